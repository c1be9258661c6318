"""Payments by a site's own business object; the sandbox has one that is made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome
from airflow_provider_mlconnector.systems.syspro.posting.settings import read
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.posting import rows as mapped
from tests.unit.systems.syspro.posting.conftest import SUPPLIER, Target
from tests.unit.systems.syspro.posting.rows import Row

TEMPLATE = {
    "business_object": "ZZAPAY",
    "parameters": "<PostApPayment><Parameters><PostingPeriod>{PostingPeriod}</PostingPeriod>"
    "<ApplyIfEntireDocumentValid>Y</ApplyIfEntireDocumentValid><ValidateOnly>{ValidateOnly}</ValidateOnly>"
    "</Parameters></PostApPayment>",
    "document": "<PostApPayment>{Items}</PostApPayment>",
    "item": "{Lines}",
    "line": "<Item><Supplier>{Supplier}</Supplier><Invoice>{Invoice}</Invoice><PaymentValue>{PaymentValue}"
    "</PaymentValue><PaymentDate>{PaymentDate}</PaymentDate><PaymentReference>{OwnId}</PaymentReference>"
    "<Notation>{PaymentNumber}</Notation></Item>",
}


def paid(*invoices: str, value: str = "100.00") -> list[Row]:
    head = {"Supplier": SUPPLIER, "PaymentNumber": "P & 7 ö", "PaymentDate": date(2026, 3, 30)}
    return [head | {"Invoice": invoice, "PaymentValue": Decimal(value)} for invoice in invoices]


def document(target: SysproTarget, rows: list[Row]) -> Document:
    return Document(target.identity(rows), rows, target.shown(rows))


@pytest.fixture
def owed(target: Target) -> None:
    made = target()
    rows = [mapped.invoice(Supplier=SUPPLIER, Invoice=f"INV-{number}") for number in range(3)]
    made.post([Attempt(Document(made.identity([row]), [row], ""), f"EXT-{row['Invoice']}") for row in rows])


@pytest.mark.usefixtures("owed")
def test_payments_are_posted_and_found_by_our_own_id(target: Target, sandbox: SysproSandbox) -> None:
    made = target("payments", payment=TEMPLATE)
    two, one = document(made, paid("INV-0", "INV-1")), document(made, paid("INV-2"))
    assert not made.unique(two.identity)
    assert made.check([two, one]) == [None, None]
    (group,) = made.calls([Attempt(two, "PAY-1"), Attempt(one, "PAY-2")], 10)
    results = made.post(group)
    assert [result.outcome for result in results] == [Outcome.POSTED] * 2
    found = made.look_up([*group, Attempt(one, "PAY-3")])
    assert [each and (each.target_key, each.ours, each.equal) for each in found] == [
        (results[0].target_key, True, True),
        (results[1].target_key, True, True),
        None,
    ]
    (other,) = made.look_up([Attempt(document(made, paid("INV-2", value="99.00")), "PAY-2")])
    assert other is not None
    assert not other.equal
    assert sandbox.admin.books()["references"]["ZZAPAY"] == {"PAY-1": 2, "PAY-2": 1}


@pytest.mark.usefixtures("owed")
def test_one_payment_is_told_by_its_answer(target: Target) -> None:
    made = target("payments", payment=TEMPLATE)
    (result,) = made.post([Attempt(document(made, paid("INV-2")), "PAY-2")])
    assert result.outcome is Outcome.POSTED
    (found,) = made.look_up([Attempt(document(made, paid("INV-2")), "PAY-2")])
    assert found is not None
    assert found.target_key == result.target_key


@pytest.mark.usefixtures("owed")
def test_a_rehearsal_asks_where_the_template_can(target: Target, sandbox: SysproSandbox) -> None:
    made = target("payments", payment=TEMPLATE)
    (shown,) = made.rehearse([document(made, paid("INV-0"))])
    assert "<Notation>P &amp; 7 &#246;</Notation>" in shown
    assert "SYSPRO: valid" in shown
    silent = target("payments", payment=TEMPLATE | {"parameters": ""})
    (shown,) = silent.rehearse([document(silent, paid("INV-0"))])
    assert "not asked" in shown
    assert not [each for each in sandbox.admin.books()["posted"] if each["kind"] == "P"]


@pytest.mark.parametrize(
    ("changes", "field", "cause"),
    [
        ({"Invoice": "INV-9"}, "Invoice", f"syspro:invoice:{SUPPLIER}/INV-9"),
        ({"Supplier": "0099999"}, "Supplier", "syspro:supplier:0099999"),
        ({"PaymentDate": date(2026, 4, 1)}, "PaymentDate", "syspro:period:2026/4"),
        ({"PaymentDate": None}, "PaymentDate", ""),
        ({"PaymentValue": None}, "PaymentValue", ""),
        ({"PaymentValue": 1.5}, "PaymentValue", ""),
        ({"PaymentNumber": "a\x01"}, "PaymentNumber", ""),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_sent(
    target: Target, changes: dict[str, Any], field: str, cause: str
) -> None:
    made = target("payments", payment=TEMPLATE)
    rows = paid("INV-0")
    (problem,) = made.check([document(made, [rows[0] | changes])])
    assert problem is not None
    assert (problem.field, problem.cause) == (field, cause)


def test_the_mapping_must_fill_the_template(target: Target) -> None:
    made = target("payments", payment=TEMPLATE | {"line": TEMPLATE["line"].replace("PaymentNumber", "Memo")})
    with pytest.raises(ConfigurationError, match="lacks Memo"):
        made.check([document(made, paid("INV-0"))])
    single = target("payments", payment=TEMPLATE | {"item": TEMPLATE["line"], "line": ""})
    (problem,) = single.check([document(single, paid("INV-0", "INV-1"))])
    assert problem is not None
    assert "several lines" in problem.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"document": "<a/>"}, "must hold {Items}"),
        ({"item": "<Item/>", "line": ""}, "must hold {OwnId}"),
        ({"item": "<Item>{OwnId}</Item>"}, "must hold {Lines}"),
        ({"item": "{Lines}{0.x!r}"}, "is not a place"),
        ({"parameters": "<a>{Supplier}</a>"}, "no other place"),
    ],
)
def test_wrong_templates_are_told_when_they_are_read(changes: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read({"payment": TEMPLATE | changes})


def test_a_template_that_is_not_xml_is_refused(target: Target) -> None:
    with pytest.raises(ConfigurationError, match="does not become XML"):
        target("payments", payment=TEMPLATE | {"document": "<a>{Items}</b>"})
    with pytest.raises(ConfigurationError, match="no business object that posts payments"):
        target("payments")
    with pytest.raises(ConfigurationError, match="it takes ap_invoices"):
        target("weather")


def test_settings_are_read_with_their_names() -> None:
    with pytest.raises(ConfigurationError, match=r"error_rules.0.pattern: '\(' is not a regular expression"):
        read({"error_rules": [{"pattern": "(", "category": "x"}]})
    with pytest.raises(ConfigurationError, match="lookup"):
        read({"lookup": "telepathy"})
