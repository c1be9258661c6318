"""Streams read from the sandbox: nothing lost, nothing asked in vain, documents whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, RejectedError, TransientError
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Page, StreamSource
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from tests.unit.systems.intacct.conftest import Connect

NOW = "2026-03-31T12:00:00.000000"
PRIVATE = "300"
"""The sandbox's entity whose rows nobody else sees unasked."""
UNPOSTED = {"Draft", "Submitted", "Partially Approved", "Declined"}


def stream(name: str, **changes: Any) -> StreamDeclaration:
    return StreamDeclaration.model_validate({**shipped()[name].model_dump(exclude_unset=True), **changes})


BILLS, VENDORS = shipped()["ap_bills"], shipped()["vendors"]
EVERY_BILL = stream("ap_bills", where=[])
HEADERS = stream("ap_bills", where=[], lines=None)


def table(pages: Iterator[Page]) -> pa.Table:
    found = list(pages)
    assert not [row for page in found for row in page.rejected]
    return pa.concat_tables(page.rows for page in found)


def records(pages: Iterator[Page]) -> list[int]:
    return [record for page in pages for record in page.rows["RECORDNO"].to_pylist()]


def asked(sandbox: IntacctSandbox, **where: Any) -> int:
    return len(sandbox.admin.requests(**where))


def window(source: StreamSource, low: str = "", high: str = NOW) -> Iterator[Page]:
    return source.window(low, high, high)


@pytest.mark.parametrize("function", ["query", "readByQuery"])
@pytest.mark.parametrize("lower_case", ["", "objects", "all"])
@pytest.mark.parametrize("name", ["vendors", "gl_accounts", "departments", "locations", "classes"])
def test_every_stream_is_read_as_it_stands(connect: Connect, name: str, lower_case: str, function: str) -> None:
    with IntacctSandbox(scale=60, lower_case=lower_case, lower_case_in={"query", "readByQuery", "readMore"}) as sandbox:
        declared = shipped()[name]
        rows = table(window(connect(sandbox, read_function=function, page_size=10).source(declared)))
        wanted = [row for row in sandbox.admin.rows(declared.table) if not row.get("MEGAENTITYID")]
        key = declared.key[0]
        found = {row[key]: row for row in rows.to_pylist() if not row.get("MEGAENTITYID")}
        assert found.keys() == {row[key] for row in wanted}
        assert rows.schema == declared.schema()
        for row in wanted:
            for column in ("NAME", "TITLE", "STATUS", "DISPLAYCONTACT.MAILADDRESS.ADDRESS1"):
                assert (found[row[key]].get(column) or "") == row.get(column, "")
            assert found[row[key]]["DELETED"] is False


@pytest.mark.parametrize("function", ["query", "readByQuery"])
def test_bills_come_with_all_their_lines_and_exact_totals(
    sandbox: IntacctSandbox, connect: Connect, function: str
) -> None:
    rows = table(window(connect(sandbox, read_function=function).source(BILLS))).to_pylist()
    bills = {row["RECORDNO"]: row for row in sandbox.admin.rows("APBILL") if row["STATE"] not in UNPOSTED}
    shared = {number for number, row in bills.items() if row["MEGAENTITYID"] != PRIVATE}
    # `readByQuery` does not see from the top level what is private to an entity.
    assert {str(row["RECORDNO"]) for row in rows} == (set(bills) if function == "query" else shared)
    lines: dict[str, list[dict[str, str]]] = {}
    for line in sandbox.admin.rows("APBILLITEM"):
        lines.setdefault(line["RECORDKEY"], []).append(line)
    for row in rows:
        bill, own = bills[str(row["RECORDNO"])], lines[str(row["RECORDNO"])]
        assert row["TRX_TOTALENTERED"] == Decimal(bill["TRX_TOTALENTERED"])
        if function == "query":
            assert row["STATE"] == bill["STATE"]
        ordered = sorted(own, key=lambda line: int(line["LINE_NO"]))
        assert [line["RECORDNO"] for line in row["lines"]] == [int(line["RECORDNO"]) for line in ordered]
        assert [line["TRX_AMOUNT"] for line in row["lines"]] == [Decimal(line["TRX_AMOUNT"]) for line in ordered]
        assert [line["ACCOUNTNO"] for line in row["lines"]] == [line["ACCOUNTNO"] for line in ordered]


def test_pages_cost_what_they_must_and_nothing_more(sandbox: IntacctSandbox, connect: Connect) -> None:
    source = connect(sandbox).source(HEADERS)
    assert source.clock().isoformat() == "2026-03-31T12:00:00+00:00"
    count = sum(page.rows.num_rows for page in window(source))
    assert count > 100
    assert asked(sandbox, function="query") == -(-count // 25)
    assert (asked(sandbox), asked(sandbox, function="getAPISession"), asked(sandbox, function="lookup")) == (
        -(-count // 25) + 2, 1, 1,
    )  # fmt: skip
    again = asked(sandbox)
    assert records(source.window("2026-03-31T11:59:59.000000", "2026-03-31T11:59:59.000000", None)) == []
    assert asked(sandbox) == again + 1


def test_a_page_that_is_full_to_the_last_row_is_not_followed_by_an_empty_one(
    sandbox: IntacctSandbox, connect: Connect
) -> None:
    count = len(sandbox.admin.rows("APBILL"))
    assert len(records(window(connect(sandbox, page_size=count).source(HEADERS)))) == count
    assert asked(sandbox, function="query") == 1


def test_rows_without_a_cursor_and_beyond_the_clock_are_taken_in_but_not_by_a_backfill(
    sandbox: IntacctSandbox, connect: Connect
) -> None:
    (ahead,) = sandbox.admin.event("future_bills", minutes_ahead=90)
    nulls = {int(row["RECORDNO"]) for row in sandbox.admin.rows("APBILL") if not row["WHENMODIFIED"]}
    assert nulls
    source = connect(sandbox, page_size=7).source(HEADERS)
    low = "2026-03-01T00:00:00.000000"
    polled = set(records(source.window(low, NOW, NOW)))
    backfilled = set(records(source.window(low, NOW, None)))
    assert polled - backfilled == nulls | {ahead["recordno"]}
    assert backfilled == {
        int(row["RECORDNO"])
        for row in sandbox.admin.rows("APBILL")
        if row["WHENMODIFIED"] and row["WHENMODIFIED"][:10] >= "03/01/2026" and row["WHENMODIFIED"][6:10] == "2026"
        and int(row["RECORDNO"]) != ahead["recordno"]
    }  # fmt: skip


def test_a_windows_ends_are_included(sandbox: IntacctSandbox, connect: Connect) -> None:
    (one,) = sandbox.admin.event("new_bills")
    source = connect(sandbox).source(HEADERS)
    assert one["recordno"] in records(source.window(NOW, NOW, None))
    assert one["recordno"] not in records(source.window("2026-03-31T12:00:01.000000", "", None))


@pytest.mark.parametrize("act", ["touch", "delete"])
@pytest.mark.parametrize("function", ["query", "readByQuery"])
def test_rows_that_move_between_pages_are_not_lost(
    sandbox: IntacctSandbox, connect: Connect, act: str, function: str
) -> None:
    source = connect(sandbox, read_function=function, page_size=20).source(HEADERS)
    sandbox.admin.advance(60)
    later = {"function": "readMore"} if function == "readByQuery" else {"function": "query", "object": "APBILL"}
    for after in (1, 2, 3):
        sandbox.admin.fault("drift", after=after, n=3, act=act, where=later)
    found = set(records(window(source)))
    remaining = {
        int(row["RECORDNO"]) for row in sandbox.admin.rows("APBILL")
        if function == "query" or row["MEGAENTITYID"] != PRIVATE
    }  # fmt: skip
    touched = {
        int(row["RECORDNO"]) for row in sandbox.admin.rows("APBILL") if row["WHENMODIFIED"] == "03/31/2026 12:01:00"
    }
    assert remaining - found <= (touched if function == "readByQuery" else set())
    assert sandbox.admin.faults()[0]["hits"] == 1


@pytest.mark.parametrize(
    ("fault", "options"),
    [("repeat_row", {"row": 3}), ("lose_row", {"row": 3}), ("wrong_counts", {}), ("truncated", {})],
)
@pytest.mark.parametrize("after", [0, 2])
def test_a_page_that_is_not_what_it_says_is_read_again(
    sandbox: IntacctSandbox, connect: Connect, fault: str, options: dict[str, Any], after: int
) -> None:
    sandbox.admin.fault(fault, after=after, where={"function": "query"}, **options)
    found = records(window(connect(sandbox).source(HEADERS)))
    assert set(found) == {int(row["RECORDNO"]) for row in sandbox.admin.rows("APBILL")}
    assert sandbox.admin.faults()[0]["hits"] == 1


@pytest.mark.parametrize("function", ["query", "readByQuery"])
def test_a_session_that_ends_between_pages_costs_nothing_but_requests(
    sandbox: IntacctSandbox, connect: Connect, function: str
) -> None:
    source = connect(sandbox, read_function=function).source(VENDORS)
    pages = window(connect(sandbox, read_function=function, page_size=5).source(VENDORS))
    found = list(next(pages).rows["RECORDNO"].to_pylist())
    sandbox.admin.revoke_sessions()
    found += records(pages)
    assert set(found) == set(records(window(source)))


def test_one_bad_row_is_set_aside_with_its_reason(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.fault("bad_date", where={"function": "query"}, row=4)
    sandbox.admin.fault("long_number", where={"function": "query"}, row=6, column="TRX_TOTALENTERED")
    pages = list(window(connect(sandbox).source(HEADERS)))
    bad = [row for page in pages for row in page.rejected]
    assert len(bad) == 2
    assert "WHENMODIFIED" in bad[0].reason
    assert "TRX_TOTALENTERED" in bad[1].reason
    read = {str(record) for record in records(iter(pages))} | {row.key[0] for row in bad}
    assert read == {row["RECORDNO"] for row in sandbox.admin.rows("APBILL")}


def test_fields_that_this_company_lacks_are_null(connect: Connect) -> None:
    missing = {"VENDOR.GLGROUP", "VENDOR.DISPLAYCONTACT.URL1", "APBILLITEM.CLASSNAME", "APBILL.TAXSOLUTIONID"}
    with IntacctSandbox(scale=30, missing_fields=missing) as sandbox:
        connection = connect(sandbox)
        rows = table(window(connection.source(VENDORS)))
        assert rows.schema == VENDORS.schema()
        assert rows["GLGROUP"].null_count == rows["DISPLAYCONTACT.URL1"].null_count == rows.num_rows > 0
        bills = table(window(connection.source(BILLS))).to_pylist()
        assert {line["CLASSNAME"] for bill in bills for line in bill["lines"]} == {None}


def test_every_page_says_which_columns_this_company_lacks(connect: Connect) -> None:
    missing = {"VENDOR.GLGROUP", "APBILLITEM.CLASSNAME"}
    with IntacctSandbox(scale=30, missing_fields=missing) as sandbox:
        connection = connect(sandbox, page_size=10)
        vendors, bills = (list(window(connection.source(each))) for each in (VENDORS, BILLS))
        assert {page.absent for page in vendors if page.rows.num_rows} == {frozenset({"GLGROUP"})}
        assert {page.absent for page in bills if page.rows.num_rows} == {frozenset({"lines.CLASSNAME"})}
        assert asked(sandbox, function="lookup") == 3, "to know it costs nothing"


@pytest.mark.parametrize("column", ["VENDORID", "WHENMODIFIED"])
def test_a_key_or_cursor_that_this_company_lacks_is_named(connect: Connect, column: str) -> None:
    with (
        IntacctSandbox(scale=5, missing_fields={f"VENDOR.{column}"}) as sandbox,
        pytest.raises(ConfigurationError, match=column),
    ):
        list(window(connect(sandbox).source(VENDORS)))


def test_an_object_that_this_user_may_not_see_is_an_error_of_once(connect: Connect) -> None:
    with IntacctSandbox(scale=5, denied={"VENDOR"}) as sandbox:
        with pytest.raises((RejectedError, CredentialsError), match="VENDOR"):
            list(window(connect(sandbox).source(VENDORS)))
        assert asked(sandbox, function="lookup") == 1


def test_records_are_read_again_by_key_a_thousand_a_request(sandbox: IntacctSandbox, connect: Connect) -> None:
    connection = connect(sandbox, page_size=2000)
    source, vendors = connection.source(EVERY_BILL), connection.source(VENDORS)
    some = sandbox.admin.rows("APBILL")[10:13]
    keys = [(row["RECORDNO"],) for row in some]
    assert sorted(records(source.by_keys([*keys, ("999999",), keys[0]]))) == sorted(int(key) for (key,) in keys)
    hostile = [("CASH*1~",), ("ÜBER-1",), ("NOBODY",)]
    assert sorted(table(vendors.by_keys(hostile))["VENDORID"].to_pylist()) == ["CASH*1~", "ÜBER-1"]
    before = asked(sandbox)
    many = connection.source(HEADERS)
    list(many.by_keys([(str(number),) for number in range(1, 2501)]))
    assert asked(sandbox) == before + 3 + 1


def test_a_whole_object_and_what_is_still_open(sandbox: IntacctSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    snapshot = stream("classes", detect="snapshot", cursor=None)
    assert len(table(connection.source(snapshot).everything())) == len(sandbox.admin.rows("CLASS"))
    still = [{"column": "TRX_TOTALDUE", "op": "ne", "values": ["0"]}]
    open_items = stream("ap_bills", lines=None, where=[], detect="open_items", open_when=still)
    wanted = {int(row["RECORDNO"]) for row in sandbox.admin.rows("APBILL") if Decimal(row["TRX_TOTALDUE"] or 0)}
    assert set(records(connection.source(open_items).still_open())) == wanted
    with pytest.raises(ConfigurationError, match="cursor"):
        list(connection.source(snapshot).window("", "", None))


def test_a_payment_moves_no_version_column(sandbox: IntacctSandbox, connect: Connect) -> None:
    source = connect(sandbox).source(BILLS)
    (bill,) = sandbox.admin.event("new_bills")
    key = [(str(bill["recordno"]),)]
    before = table(source.by_keys(key)).to_pylist()[0]
    sandbox.admin.advance(60)
    sandbox.admin.event("pay_bill", recordno=bill["recordno"])
    after = table(source.by_keys(key)).to_pylist()[0]
    assert before["TRX_TOTALDUE"] != after["TRX_TOTALDUE"]
    assert before["WHENMODIFIED"] != after["WHENMODIFIED"]
    counted = (*BILLS.version_columns, "lines")
    assert {name: before[name] for name in counted} == {name: after[name] for name in counted}


def test_a_line_that_is_removed_is_gone_from_the_document(sandbox: IntacctSandbox, connect: Connect) -> None:
    source = connect(sandbox).source(EVERY_BILL)
    (bill,) = sandbox.admin.event("line_removed")
    (document,) = table(source.by_keys([(str(bill["recordno"]),)])).to_pylist()
    left = sandbox.admin.rows("APBILLITEM", RECORDKEY=str(bill["recordno"]))
    assert [line["RECORDNO"] for line in document["lines"]] == [int(line["RECORDNO"]) for line in left]


def test_a_document_that_changes_between_its_header_and_its_lines_is_read_again(
    sandbox: IntacctSandbox, connect: Connect
) -> None:
    (bill,) = sandbox.admin.event("new_bills", n=1)
    sandbox.admin.advance(60)
    change: dict[str, Any] = {"kind": "line_changed", "params": {"recordno": bill["recordno"], "amount": "77.77"}}
    sandbox.admin.fault("event", where={"function": "query", "object": "APBILLITEM"}, **change)
    source = connect(sandbox, page_size=500).source(EVERY_BILL)
    rows = {row["RECORDNO"]: row for row in table(window(source, NOW, NOW)).to_pylist()}
    document = rows[bill["recordno"]]
    assert document["WHENMODIFIED"].minute == 1
    assert sum(line["TRX_AMOUNT"] for line in document["lines"]) == document["TRX_TOTALENTERED"]


def test_a_line_that_can_not_be_read_sets_its_document_aside(sandbox: IntacctSandbox, connect: Connect) -> None:
    where = {"function": "query", "object": "APBILLITEM"}
    sandbox.admin.fault("long_number", where=where, row=0, column="AMOUNT")
    pages = list(window(connect(sandbox, page_size=2000).source(EVERY_BILL)))
    (bad,) = [row for page in pages for row in page.rejected]
    assert "AMOUNT" in bad.reason
    every = {row["RECORDNO"] for row in sandbox.admin.rows("APBILL")}
    assert {str(record) for record in records(iter(pages))} == every - {bad.key[0]}


def test_a_bill_of_9999_lines_is_one_document(sandbox: IntacctSandbox, connect: Connect) -> None:
    (bill,) = sandbox.admin.event("big_bill")
    (document,) = table(connect(sandbox, page_size=2000).source(BILLS).by_keys([(str(bill["recordno"]),)])).to_pylist()
    assert [line["LINE_NO"] for line in document["lines"]] == list(range(1, 10_000))


def test_shipments_need_their_document_type(sandbox: IntacctSandbox, connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="DOCPARID"):
        connect(sandbox).source(shipped()["shipments"])
    named = stream("shipments", where=[{"column": "DOCPARID", "values": ["Shipper"]}])
    rows = table(window(connect(sandbox).source(named))).to_pylist()
    assert {str(row["RECORDNO"]) for row in rows} == {
        row["RECORDNO"] for row in sandbox.admin.rows("SODOCUMENT", DOCPARID="Shipper")
    }
    assert all(len(row["lines"]) == 3 and row["lines"][0]["QUANTITY"] > 0 for row in rows)


def test_a_declaration_that_means_nothing_here_is_refused(sandbox: IntacctSandbox, connect: Connect) -> None:
    lower = stream("classes", columns={**shipped()["classes"].columns, "my_field": "string"})
    with pytest.raises(ConfigurationError, match="my_field"):
        connect(sandbox).source(lower)


def test_custom_fields_are_declared_like_any_other(sandbox: IntacctSandbox, connect: Connect) -> None:
    more = stream("vendors", columns={**VENDORS.columns, "EDI_PARTNER": "string"})
    rows = table(window(connect(sandbox).source(more)))
    wanted = {row["VENDORID"]: row["EDI_PARTNER"] or None for row in sandbox.admin.rows("VENDOR")}
    assert dict(zip(rows["VENDORID"].to_pylist(), rows["EDI_PARTNER"].to_pylist(), strict=True)) == wanted
    assert any(wanted.values())


@pytest.mark.parametrize("gone", ["TransientError", "RejectedError"])
def test_nothing_is_given_behind_an_error(sandbox: IntacctSandbox, connect: Connect, gone: str) -> None:
    fault = "http_status" if gone == "TransientError" else "bare_failure"
    sandbox.admin.fault(fault, after=2, count=None, where={"function": "query"})
    pages = window(connect(sandbox).source(HEADERS))
    with pytest.raises((TransientError, RejectedError)) as caught:
        records(pages)
    assert type(caught.value).__name__ == gone
