"""Suppliers into the sandbox: added, updated by what differs, left alone where nothing does."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome, Result
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.posting.conftest import SUPPLIER, Target
from tests.unit.systems.syspro.posting.rows import Row


def supplier(code: str = "0009002", **changes: Any) -> Row:
    row: Row = {
        "Supplier": code,
        "SupplierName": "Söhne & Co",
        "Currency": "EUR",
        "Branch": "10",
        "Email": None,
        "SupAddr1": "Street 1",
        "OnHold": "N",
    }
    return row | changes


def document(target: SysproTarget, row: Row) -> Document:
    return Document(target.identity([row]), [row], target.shown([row]))


def post(target: SysproTarget, *every: Row) -> list[Result]:
    attempts = [Attempt(document(target, row), f"EXT-{row['Supplier']}") for row in every]
    return [result for group in target.calls(attempts, 10) for result in target.post(group)]


def setups(sandbox: SysproSandbox) -> list[str]:
    return [each["operation"] for each in sandbox.admin.requests() if each["operation"].startswith("setup/")]


def test_a_new_supplier_is_added_and_a_known_one_updated(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers")
    assert made.check([document(made, supplier())]) == [None]
    assert made.unique(made.identity([supplier()]))
    assert made.replaces(made.identity([supplier()]))
    (added,) = post(made, supplier())
    assert (added.outcome, added.target_key) == (Outcome.POSTED, "0009002")
    row = next(iter(sandbox.admin.rows("ApSupplier", "Supplier eq '0009002'")))
    assert (row["SupplierName"], row["Branch"]) == ("Söhne & Co", "10")
    assert next(iter(sandbox.admin.rows("ApSupplierAddr", "Supplier eq '0009002'")))["SupAddr1"] == "Street 1"
    (updated,) = post(made, supplier(Email="ap@acme.example"))
    assert updated.outcome is Outcome.POSTED
    row = next(iter(sandbox.admin.rows("ApSupplier", "Supplier eq '0009002'")))
    assert (row["Email"], row["SupplierName"]) == ("ap@acme.example", "Söhne & Co")
    assert setups(sandbox) == ["setup/add", "setup/update"]


def test_nothing_is_sent_where_nothing_differs(target: Target, sandbox: SysproSandbox) -> None:
    there = next(iter(sandbox.admin.rows("ApSupplier", f"Supplier eq '{SUPPLIER}'")))
    made = target("suppliers")
    same = {"Supplier": SUPPLIER, "SupplierName": there["SupplierName"], "Currency": there["Currency"], "Email": ""}
    (result,) = post(made, same)
    assert (result.outcome, result.target_key, result.answer) == (Outcome.POSTED, SUPPLIER, "nothing to change")
    assert setups(sandbox) == []
    assert list(made.rehearse([document(made, same)])) == [f"supplier {SUPPLIER}: nothing to change"]


def test_only_what_differs_is_sent(target: Target) -> None:
    made = target("suppliers")
    (shown,) = made.rehearse([document(made, {"Supplier": SUPPLIER, "SupplierName": "Acme", "Contact": "Zoë"})])
    assert "Setup/Update APSSSP" in shown
    assert "<Item><Key><Supplier>0009001</Supplier></Key><Contact>Zo&#235;</Contact></Item>" in shown


def test_adding_and_updating_do_not_share_a_call(target: Target) -> None:
    made = target("suppliers")
    rows = [supplier(), supplier(SUPPLIER, SupplierName="Other"), supplier("0009003")]
    attempts = [Attempt(document(made, row), f"EXT-{row['Supplier']}") for row in rows]
    groups = [[each.own_id for each in group] for group in made.calls(attempts, 10)]
    assert sorted(groups) == [["EXT-0009001"], ["EXT-0009002", "EXT-0009003"]]


def test_a_new_supplier_needs_a_name(target: Target) -> None:
    made = target("suppliers")
    rows: list[Row] = [{"Supplier": "0009002", "Email": "a@b.example"}, {"Supplier": SUPPLIER, "Email": "a@b.example"}]
    new, known = made.check([document(made, row) for row in rows])
    assert new is not None
    assert new.field == "SupplierName"
    assert known is None


def test_a_supplier_is_found_when_all_of_it_is_there(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers")
    there = next(iter(sandbox.admin.rows("ApSupplier", f"Supplier eq '{SUPPLIER}'")))
    rows: list[Row] = [
        {"Supplier": SUPPLIER, "SupplierName": there["SupplierName"]},
        {"Supplier": SUPPLIER, "SupplierName": "Other"},
        {"Supplier": "0009002", "SupplierName": "Other"},
    ]
    found, different, missing = made.look_up([Attempt(document(made, row), "X") for row in rows])
    assert found is not None
    assert (found.target_key, found.ours, found.equal) == (SUPPLIER, False, True)
    assert different is None
    assert missing is None


OWNED = {"only_when_new": ["SupplierName"], "must_agree": ["Currency"]}


def held_in_syspro(sandbox: SysproSandbox, code: str = SUPPLIER) -> dict[str, Any]:
    return next(iter(sandbox.admin.rows("ApSupplier", f"Supplier eq '{code}'")))


def test_fields_that_syspro_owns_are_sent_with_a_new_supplier_only(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers", **OWNED)
    post(made, supplier("0009002"))
    assert held_in_syspro(sandbox, "0009002")["SupplierName"] == "Söhne & Co"
    renamed = supplier("0009002", SupplierName="Other", Currency="GBP")
    (same,) = post(made, renamed)
    assert same.answer == "nothing to change"
    (found,) = made.look_up([Attempt(document(made, renamed), "X")])
    assert found is not None
    post(made, supplier("0009002", SupplierName="Other", Contact="Zoë"))
    row = held_in_syspro(sandbox, "0009002")
    assert (row["SupplierName"], row["Currency"], row["Contact"]) == ("Söhne & Co", "EUR", "Zoë")


def test_a_supplier_of_another_currency_waits_until_both_agree(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers", **OWNED)
    has = held_in_syspro(sandbox)["Currency"]
    (problem,) = made.check([document(made, supplier(SUPPLIER, Currency="GBP"))])
    assert problem is not None
    assert problem.field == "Currency"
    assert f"is 'GBP', and '{has}' in SYSPRO for supplier {SUPPLIER}" in problem.reason
    assert not made.cause_gone(problem.cause)
    sandbox.admin.update("ApSupplier", [SUPPLIER], Currency="GBP")
    assert made.cause_gone(problem.cause)
    assert made.check([document(made, supplier(SUPPLIER, Currency="GBP"))]) == [None]


def test_a_new_supplier_whose_name_another_one_has_is_not_added(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers")
    rows = [supplier(SupplierName=" aCME "), supplier("0009003"), supplier("0009004")]
    namesake, fine, second = made.check([document(made, row) for row in rows])
    assert fine is None
    assert namesake is not None
    assert namesake.field == "SupplierName"
    assert f"supplier {SUPPLIER} has the name" in namesake.reason
    assert second is not None
    assert "supplier 0009003 has the name" in second.reason
    assert not made.cause_gone(namesake.cause)
    assert made.cause_gone(second.cause), "0009003 has not been added after all"
    post(made, supplier())
    assert made.cause_gone(namesake.cause), "a person has added it, so they are two"
    allowed = target("suppliers", same_name="allow")
    assert allowed.check([document(allowed, row) for row in rows]) == [None] * 3


def test_a_namesake_that_was_renamed_is_none(target: Target, sandbox: SysproSandbox) -> None:
    made = target("suppliers")
    (problem,) = made.check([document(made, supplier(SupplierName="Acme"))])
    assert problem is not None
    sandbox.admin.update("ApSupplier", [SUPPLIER], SupplierName="Acme Holding")
    assert made.cause_gone(problem.cause)


def test_a_supplier_without_a_code_is_told_the_code_of_its_name(target: Target) -> None:
    made = target("suppliers")
    rows = [supplier("", SupplierName="ACME"), supplier("", SupplierName="Nobody"), supplier("", SupplierName=None)]
    every = [document(made, row) for row in rows]
    assert every[0].shown == "supplier 'ACME' without a code"
    reasons = [each.reason for each in made.check(every) if each is not None]
    assert reasons == [
        f"is missing; SYSPRO has the name 'ACME' as supplier {SUPPLIER}",
        "is missing; SYSPRO does not have its name",
        "is missing",
    ]


def test_a_field_that_suppliers_do_not_have_can_not_be_kept_back(target: Target) -> None:
    with pytest.raises(ConfigurationError, match="APSSSP has no element Colour"):
        target("suppliers", must_agree=["Colour"])
