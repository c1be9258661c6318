"""`query` of the Intacct sandbox: what is selected, filtered, ordered and paged, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from tests.support.intacct_calls import Calls, compare, query

PRIVATE = "<showprivate>true</showprivate>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=300) as running:
        yield running


@pytest.fixture
def calls(sandbox: IntacctSandbox) -> Iterator[Calls]:
    with Calls(sandbox) as made:
        made.sign_in()
        yield made


def _ids(calls: Calls, where: str, object: str = "VENDOR", field: str = "VENDORID", options: str = PRIVATE) -> set[str]:  # noqa: A002
    return {row[field] for row in calls.query(object, field, where, size=2000, options=options).rows}


def test_exactly_the_selected_fields_come_and_empty_ones_are_there(calls: Calls) -> None:
    row = calls.query("APBILL", "RECORDNO DESCRIPTION WHENCREATED WHENMODIFIED ONHOLD", size=1).rows[0]
    assert list(row) == ["RECORDNO", "DESCRIPTION", "WHENCREATED", "WHENMODIFIED", "ONHOLD"]
    assert row == row | {
        "RECORDNO": "1001",
        "DESCRIPTION": "",
        "WHENCREATED": "03/31/2024",
        "WHENMODIFIED": "03/31/2024 12:00:00",
        "ONHOLD": "false",
    }


def test_fields_of_related_objects_come_under_their_path(calls: Calls) -> None:
    where = compare("equalto", "VENDOR.DISPLAYCONTACT.MAILADDRESS.CITY", "Boston")
    rows = calls.query("APBILL", "RECORDNO VENDOR.NAME VENDOR.CREDITLIMIT VENDORNAME", where, size=5).rows
    assert len(rows) == 5
    assert all(row["VENDOR.NAME"] == row["VENDORNAME"] and int(row["VENDOR.CREDITLIMIT"]) >= 100 for row in rows)
    lines = calls.query("APBILLITEM", "APBILL.RECORDID APBILL.VENDOR.NAME VENDORNAME", size=3).rows
    assert all(row["APBILL.VENDOR.NAME"] == row["VENDORNAME"] for row in lines)


def test_every_operator(calls: Calls) -> None:
    rows = calls.sandbox.admin.rows("VENDOR")
    every = {row["VENDORID"] for row in rows}
    inactive = {row["VENDORID"] for row in rows if row["STATUS"] == "inactive"}
    no_comment = {row["VENDORID"] for row in rows if not row["COMMENTS"]}
    limits = {row["VENDORID"]: int(row["CREDITLIMIT"]) for row in rows}
    assert _ids(calls, compare("equalto", "STATUS", "inactive")) == inactive != set()
    assert _ids(calls, compare("notequalto", "STATUS", "inactive")) == every - inactive
    assert _ids(calls, compare("lessthan", "VENDORID", "V00003")) >= {"V00000", "V00002"}
    pivot = limits["V00004"]
    expected = {
        "lessthan": {key for key, limit in limits.items() if limit < pivot},
        "lessthanorequalto": {key for key, limit in limits.items() if limit <= pivot},
        "greaterthan": {key for key, limit in limits.items() if limit > pivot},
        "greaterthanorequalto": {key for key, limit in limits.items() if limit >= pivot},
    }
    for operator, ids in expected.items():
        assert _ids(calls, compare(operator, "CREDITLIMIT", f"{pivot}.00")) == ids, operator
    assert _ids(calls, compare("between", "CREDITLIMIT", "0", str(pivot))) == expected["lessthanorequalto"]
    assert _ids(calls, compare("in", "VENDORID", "V00001", "V00002", "none")) == {"V00001", "V00002"}
    assert _ids(calls, compare("notin", "VENDORID", "V00001")) == every - {"V00001"}
    assert _ids(calls, compare("like", "NAME", "Acme*Star ~ P_rts%")) == {
        row["VENDORID"] for row in rows if row["NAME"].startswith("Acme*Star ~ Parts")
    }
    assert _ids(calls, compare("notlike", "NAME", "%a%")) == {row["VENDORID"] for row in rows if "a" not in row["NAME"]}
    assert _ids(calls, compare("isnull", "COMMENTS")) == no_comment
    assert _ids(calls, compare("isnotnull", "COMMENTS")) == every - no_comment


def test_null_meets_nothing_but_isnull(calls: Calls) -> None:
    null = calls.query("APBILL", "RECORDNO", compare("isnull", "WHENMODIFIED")).counts[0]
    assert null == 3
    before = calls.query("APBILL", "RECORDNO", compare("lessthan", "WHENMODIFIED", "01/01/2100")).counts[0]
    unequal = calls.query("APBILL", "RECORDNO", compare("notequalto", "WHENMODIFIED", "01/01/2100")).counts[0]
    every = calls.query("APBILL").counts[0]
    assert before == unequal == every - null
    for operator in ("equalto", "notequalto"):
        assert calls.query("VENDOR", "RECORDNO", compare(operator, "COMMENTS", "")).counts[0] == 0


def test_and_and_or_nest(calls: Calls) -> None:
    first, second = compare("equalto", "VENDORID", "V00001"), compare("equalto", "VENDORID", "V00002")
    active = compare("equalto", "STATUS", "active")
    assert _ids(calls, f"<and>{active}<or>{first}{second}</or></and>") == {"V00001", "V00002"}
    assert _ids(calls, f"<or><and>{first}{second}</and>{second}</or>") == {"V00002"}


def test_case_counts_unless_told_otherwise(calls: Calls) -> None:
    where = compare("like", "NAME", "NORTHERN%")
    assert _ids(calls, where) == set()
    assert "V00001" in _ids(calls, where, options="<caseinsensitive>true</caseinsensitive>")
    assert _ids(calls, compare("equalto", "VENDORID", "v00001")) == set()
    folded = "<caseinsensitive>true</caseinsensitive>"
    assert _ids(calls, compare("in", "VENDORID", "v00001", "v2"), options=folded) == {"V00001"}


def test_order_is_as_asked_and_nulls_come_last(calls: Calls) -> None:
    rows = calls.query("APBILL", "CURRENCY WHENMODIFIED RECORDNO", order="CURRENCY -RECORDNO", size=2000).rows
    assert rows == sorted(rows, key=lambda row: (row["CURRENCY"], -int(row["RECORDNO"])))
    stamps = [
        row["WHENMODIFIED"]
        for row in calls.query("APBILL", "WHENMODIFIED", order="WHENMODIFIED RECORDNO", size=2000).rows
    ]
    assert stamps[-3:] == ["", "", ""]
    assert all(stamps[:-3])
    unordered = [row["RECORDNO"] for row in calls.query("APBILL", order="", size=2000).rows]
    assert unordered != sorted(unordered, key=int)


def test_pages_and_their_counts(calls: Calls) -> None:
    total = calls.query("APBILL").counts[0]
    found: list[str] = []
    for offset in range(0, total, 80):
        page = calls.query("APBILL", size=80, offset=offset)
        count = min(80, total - offset)
        assert page.counts == (total, count, total - offset - count)
        assert page.data.get("offset") == str(offset)
        found += [row["RECORDNO"] for row in page.rows]
    assert len(found) == len(set(found)) == total
    assert calls.query("APBILL").counts[1] == 100
    beyond = calls.query("APBILL", size=10, offset=total)
    assert beyond.counts == (total, 0, 0)
    assert etree.tostring(beyond.data).endswith(b'numremaining="0"/>')


def test_records_that_change_between_pages_move(calls: Calls) -> None:
    with IntacctSandbox(scale=60, hard=False) as fresh, Calls(fresh) as own:
        own.sign_in()

        def page(offset: int) -> list[str]:
            answer = own.query("APBILL", order="WHENMODIFIED RECORDNO", size=20, offset=offset, options=PRIVATE)
            assert answer.counts[0] == 60
            return [row["RECORDNO"] for row in answer.rows]

        first, second = page(0), page(20)
        fresh.admin.event("change_bill", recordno=int(first[0]))
        moved = page(20)
        # What stood at the head of the second page has slipped into the first, where nobody looks again.
        assert moved == [*second[1:], moved[-1]]
        assert page(40)[-1] == first[0]


def test_private_entities_are_hidden_at_the_top_and_seen_within(calls: Calls) -> None:
    rows = calls.sandbox.admin.rows("APBILL")
    private = {row["RECORDNO"] for row in rows if row["MEGAENTITYID"] == "300"}
    other = {row["RECORDNO"] for row in rows if row["MEGAENTITYID"] == "200"}
    assert private
    assert other
    hidden = _ids(calls, "", "APBILL", "RECORDNO", options="")
    assert hidden.isdisjoint(private)
    assert hidden >= other
    assert _ids(calls, "", "APBILL", "RECORDNO") == hidden | private
    lines = {row["RECORDKEY"] for row in calls.sandbox.admin.rows("APBILLITEM") if row["RECORDKEY"] in private}
    assert lines
    assert _ids(calls, "", "APBILLITEM", "RECORDKEY", options="").isdisjoint(lines)
    assert _ids(calls, "", "APBILLITEM", "RECORDKEY") >= lines
    calls.session, calls.endpoint = "", calls.sandbox.endpoint
    calls.sign_in("300")
    assert _ids(calls, "", "APBILL", "RECORDNO") == (hidden | private) - other


def test_order_entry_documents_by_type(calls: Calls) -> None:
    shipper = "<docparid>Shipper</docparid>"
    documents = calls.query("SODOCUMENT", "RECORDNO DOCID DOCPARID TRACKINGNUMBER", more=shipper).rows
    assert {row["DOCPARID"] for row in documents} == {"Shipper"}
    every = calls.query("SODOCUMENT", "DOCPARID").rows
    assert {row["DOCPARID"] for row in every} == {"Shipper", "Sales Order", "Sales Invoice"}
    where = compare("in", "DOCHDRNO", *(row["RECORDNO"] for row in documents[:2]))
    lines = calls.query("SODOCUMENTENTRY", "DOCHDRNO LINE_NO ITEMID QUANTITY", where, order="DOCHDRNO LINE_NO").rows
    assert [row["LINE_NO"] for row in lines] == ["0", "1", "2"] * 2
    kinds = {row["DOCHDRID"][:8] for row in calls.query("SODOCUMENTENTRY", "DOCHDRID", more=shipper).rows}
    assert kinds == {"Shipper-"}
    assert "Document type" in calls.query("SODOCUMENT", more="<docparid>Nothing</docparid>").failures()[0].description2


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("<query><object>CLASS</object></query>", "select is required"),
        ("<query><object>CLASS</object><select/></query>", "select is required"),
        (query("CLASS", "*"), "Invalid fields list *"),
        (query("CLASS", "RECORDNO NOSUCH"), "Invalid fields list NOSUCH"),
        (query("APBILL", "VENDOR.NOSUCH"), "Invalid fields list VENDOR.NOSUCH"),
        (query("CLASS", "RECORDNO", compare("equalto", "NOSUCH", "1")), "Invalid fields list NOSUCH"),
        (query("CLASS", order="NOSUCH"), "Invalid fields list NOSUCH"),
        (query("CLASS", "RECORDNO", compare("isnull", "NAME") * 2), "exactly one operator"),
        (query("CLASS", "RECORDNO", f"<and>{compare('isnull', 'NAME')}</and>"), "at least two"),
        (query("CLASS", "RECORDNO", compare("resembles", "NAME", "x")), "not an operator"),
        (query("CLASS", "RECORDNO", compare("between", "NAME", "x")), "takes 2 values"),
        (query("CLASS", "RECORDNO", compare("in", "NAME", *map(str, range(1001)))), "1 to 1000"),
        (query("CLASS", "RECORDNO", compare("equalto", "RECORDNO", "ten")), "whole number"),
        (query("CLASS", "RECORDNO", compare("equalto", "WHENMODIFIED", "2026-03-31T00:00:00Z")), "not a date"),
        (query("APBILL", "RECORDNO", compare("equalto", "STATE", "A")), "not a value of STATE"),
        (query("CLASS", size=0), "1 to 2000"),
        (query("CLASS", size=2001), "1 to 2000"),
        (query("CLASS", more="<offset>-1</offset>"), "offset"),
        (query("CLASS", more="<fields>*</fields>"), "not an element of query"),
        (query("CLASS", options="<returnformat>json</returnformat>"), "XML only"),
    ],
)
def test_what_is_wrong_fails_the_whole_query(calls: Calls, function: str, said: str) -> None:
    answer = calls.ask(function)
    assert answer.http.status_code == 200
    assert answer.text("operation/result/status") == "failure"
    assert answer.data is None
    failure = answer.failures("operation/result/errormessage")[0]
    assert failure.errorno == "Query Failed"
    assert said in failure.description2


def test_a_thousand_values_are_allowed(calls: Calls) -> None:
    where = compare("in", "RECORDKEY", *(str(key) for key in range(1001, 2001)))
    rows = calls.query("APBILLITEM", "RECORDKEY", where, size=2000, options=PRIVATE).rows
    assert {row["RECORDKEY"] for row in rows} == {str(key) for key in range(1001, 1301 + 6)}


def test_aggregates(calls: Calls) -> None:
    select = "<select><count>RECORDNO</count><max>RECORDNO</max><sum>TRX_TOTALENTERED</sum></select>"
    rows = calls.sandbox.admin.rows("APBILL")
    answer = calls.ask(f"<query><object>APBILL</object>{select}<options>{PRIVATE}</options></query>")
    assert answer.rows[0]["COUNT.RECORDNO"] == str(len(rows))
    assert answer.rows[0]["MAX.RECORDNO"] == rows[-1]["RECORDNO"]
    grouped = "<select><field>CURRENCY</field><count>RECORDNO</count></select>"
    answer = calls.ask(f"<query><object>APBILL</object>{grouped}<options>{PRIVATE}</options></query>")
    counts = {row["CURRENCY"]: int(row["COUNT.RECORDNO"]) for row in answer.rows}
    assert counts == {name: sum(1 for row in rows if row["CURRENCY"] == name) for name in counts}
    assert sum(counts.values()) == len(rows)
