# ruff: noqa: DTZ001 - SYSPRO's times are naive
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    IntegrityError,
    MlconnectorError,
    TransientError,
)
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams import cursor as cursors
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Page, RejectedRow, StreamSource
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError
from airflow_provider_mlconnector.systems.syspro.streams import load_streams, shipped
from tests.unit.systems.syspro.conftest import Connect

Open = Callable[..., StreamSource]


@pytest.fixture
def opened(sandbox: SysproSandbox, connect: Connect) -> Iterator[Open]:
    sessions = []

    def make(stream: str | StreamDeclaration, via: str = "odata", **extra: object) -> StreamSource:
        connection = connect(sandbox, **extra)
        session = connection.direct_session()
        sessions.append(session)
        declaration = shipped()[stream] if isinstance(stream, str) else stream
        return connection.source(declaration.model_copy(update={"via": via}), session)

    yield make
    sandbox.admin.clear_faults()
    for session in sessions:
        session.close()


def table(pages: Iterator[Page]) -> pa.Table:
    read = list(pages)
    assert not [row for page in read for row in page.rejected]
    return pa.concat_tables([page.rows for page in read])


def rejected(pages: Iterator[Page]) -> tuple[pa.Table, list[RejectedRow]]:
    read = list(pages)
    return pa.concat_tables([page.rows for page in read]), [row for page in read for row in page.rejected]


def keys(rows: pa.Table, *columns: str) -> list[tuple[object, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in columns), strict=True))


@pytest.mark.parametrize("stream", sorted(shipped()))
def test_both_protocols_give_the_same_records_and_all_of_them(
    sandbox: SysproSandbox, opened: Open, stream: str
) -> None:
    odata, enet = table(opened(stream).everything()), table(opened(stream, "enet").everything())
    assert odata.equals(enet)
    declaration = shipped()[stream]
    assert odata.schema == declaration.schema()
    real = list(sandbox.admin.rows(declaration.table))
    assert len(real) > 10
    assert keys(odata, *declaration.key) == [
        tuple(
            int(row[name]) if declaration.columns[name] == "integer" else _moment(row[name], declaration.columns[name])
            for name in declaration.key
        )
        for row in real
    ]
    for name, kind in declaration.columns.items():
        if kind.startswith(("string", "decimal")):
            assert [str(value) for value in odata[name].to_pylist()] == [row[name] for row in real], name


def _moment(text: str, kind: str) -> object:
    return datetime.fromisoformat(text) if kind == "datetime" else text


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_a_purchase_order_comes_with_its_lines_in_order(sandbox: SysproSandbox, opened: Open, via: str) -> None:
    lines: dict[str, list[tuple[int, str]]] = {}
    for row in sandbox.admin.rows("PorMasterDetail"):
        lines.setdefault(row["PurchaseOrder"], []).append((int(row["Line"]), row["MOrderQty"]))
    sandbox.admin.insert("PorMasterHdr", {"PurchaseOrder": "0", "Supplier": "X"})
    orders = table(opened("purchase_orders", via, page_size=7).everything())
    assert orders["PurchaseOrder"][0].as_py() == "0"
    for order in orders.to_pylist():
        found = [(line["Line"], str(line["MOrderQty"])) for line in order["lines"]]
        assert found == lines.get(order["PurchaseOrder"], [])


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_suppliers_have_their_addresses_and_a_missing_address_is_null(
    sandbox: SysproSandbox, opened: Open, via: str
) -> None:
    first, second = (row["Supplier"] for row in sandbox.admin.rows("ApSupplier", top=2))
    sandbox.admin.update("ApSupplierAddr", [first], SupAddr1="Straße 1 & 'Co'")
    sandbox.admin.delete("ApSupplierAddr", [second])
    rows = table(opened("suppliers", via).everything())
    assert rows["SupAddr1"].to_pylist()[:2] == ["Straße 1 & 'Co'", None]
    assert rows["SupplierName"][1].as_py() is not None


def window_of(sandbox: SysproSandbox, low: str, high: str, clock: str | None) -> set[tuple[str, str]]:
    taken = set()
    for row in sandbox.admin.rows("ApInvoice"):
        at = row["JournalDate"] and f"{row['JournalDate']}.000000"
        beyond = clock is not None and (not at or at < "1753" or at > clock)
        if (at and low <= at <= high) or beyond:
            taken.add((row["Supplier"], row["Invoice"]))
    return taken


@pytest.mark.parametrize("via", ["odata", "enet"])
@pytest.mark.parametrize("with_clock", [False, True])
def test_a_window_holds_what_lies_in_it_and_what_no_window_would_hold(
    sandbox: SysproSandbox, opened: Open, via: str, with_clock: bool
) -> None:
    [blank, old, *_] = sandbox.admin.rows("ApInvoice")
    sandbox.admin.update("ApInvoice", [blank["Supplier"], blank["Invoice"]], JournalDate=None)
    sandbox.admin.update("ApInvoice", [old["Supplier"], old["Invoice"]], JournalDate="0001-01-01T00:00:00")
    sandbox.admin.event("post_dated_invoice")
    source = opened("ap_invoices", via)
    declared = shipped()["ap_invoices"]
    assert declared.cursor is not None
    clock = cursors.from_clock(source.clock(), declared.cursor, sandbox.zone)
    low, high = "2026-01-01T00:00:00.000000", "2026-02-28T23:59:59.999999"
    rows = table(source.window(low, high, clock if with_clock else None))
    wanted = window_of(sandbox, low, high, clock if with_clock else None)
    assert set(keys(rows, "Supplier", "Invoice")) == wanted
    assert rows.num_rows == len(wanted) > 5
    assert ((blank["Supplier"], blank["Invoice"]) in wanted) is with_clock


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_two_rows_at_the_boundary_are_both_in(sandbox: SysproSandbox, opened: Open, via: str) -> None:
    days = sorted(row["JournalDate"] for row in sandbox.admin.rows("ApInvoice") if row["JournalDate"])
    low, high = f"{days[10]}.000000", f"{days[-10]}.000000"
    rows = table(opened("ap_invoices", via).window(low, high, None))
    found = [value.isoformat() for value in rows["JournalDate"].to_pylist()]
    assert sorted(found) == [day for day in days if days[10] <= day <= days[-10]]


@pytest.mark.parametrize("via", ["odata", "enet"])
@pytest.mark.parametrize("stream", ["ap_invoices", "purchase_orders"])
def test_what_is_still_open_is_read_again(sandbox: SysproSandbox, opened: Open, via: str, stream: str) -> None:
    declared = shipped()[stream]
    is_open = {"ap_invoices": "MthInvBal1 ne 0", "purchase_orders": "OrderStatus ne '9' and OrderStatus ne '*'"}[stream]
    wanted = [tuple(row[name] for name in declared.key) for row in sandbox.admin.rows(declared.table, is_open)]
    assert len(wanted) < len(list(sandbox.admin.rows(declared.table)))
    assert keys(table(opened(stream, via).still_open()), *declared.key) == wanted


@pytest.mark.parametrize("via", ["odata", "enet"])
@pytest.mark.parametrize("step", [1, 7, 60])
def test_rows_are_found_by_their_keys_however_they_lie(
    sandbox: SysproSandbox, opened: Open, via: str, step: int
) -> None:
    every = [(row["Supplier"], row["Invoice"]) for row in sandbox.admin.rows("ApInvoice")]
    wanted = every[::step]
    gone = wanted[len(wanted) // 2]
    sandbox.admin.delete("ApInvoice", list(gone))
    given = [*reversed(wanted), ("NOBODY", "O'Neil & Söhne / *~"), wanted[0]]
    rows = table(opened("ap_invoices", via).by_keys(given))
    assert sorted(keys(rows, "Supplier", "Invoice")) == sorted(set(wanted) - {gone})


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_documents_are_found_by_their_keys(sandbox: SysproSandbox, opened: Open, via: str) -> None:
    every = [(row["PurchaseOrder"],) for row in sandbox.admin.rows("PorMasterHdr")]
    for wanted in (every, every[::9], [("no such order",)]):
        read = list(opened("purchase_orders", via).by_keys(wanted))
        rows = [row for page in read for row in page.rows.to_pylist()]
        assert sorted((row["PurchaseOrder"],) for row in rows) == sorted(set(wanted) & set(every))
        assert all(row["lines"] for row in rows)


@pytest.mark.parametrize("via", ["odata", "enet"])
@pytest.mark.parametrize("padding", ["space", "trailing"])
@pytest.mark.parametrize("stream", ["suppliers", "purchase_orders"])
def test_padded_keys_are_read_through(
    sandbox: SysproSandbox, opened: Open, via: str, padding: str, stream: str
) -> None:
    plain = table(opened(stream, via).everything())
    sandbox.admin.fault("key_padding", value=padding)
    padded = table(opened(stream, via).everything())
    key = shipped()[stream].key[0]
    assert [text.strip(" 0") for text in padded[key].to_pylist()] == [
        text.strip(" 0") for text in plain[key].to_pylist()
    ]
    assert padded.drop_columns([key]).num_rows == plain.num_rows
    assert padded.equals(plain) is (padding == "trailing")


@pytest.mark.parametrize(
    "fault", [{"name": "lower_cap", "value": 7}, {"name": "next_link"}, {"name": "ieee754_ignored"}, {"name": "zulu"}]
)
@pytest.mark.parametrize("stream", ["ap_invoices", "purchase_orders", "gl_postings"])
def test_every_dialect_gives_the_same_records(
    sandbox: SysproSandbox, opened: Open, fault: dict[str, object], stream: str
) -> None:
    plain = table(opened(stream).everything())
    sandbox.admin.fault(**fault)  # type: ignore[arg-type]
    assert table(opened(stream).everything()).equals(plain)


@pytest.mark.parametrize("fault", ["truncated", "html", "drop", "wrong_length", "lost_answer", "throttle", "status"])
@pytest.mark.parametrize("via", ["odata", "enet"])
def test_pages_that_are_not_whole_are_asked_for_again_and_then_given_up(
    sandbox: SysproSandbox, opened: Open, fault: str, via: str
) -> None:
    source = opened("ap_invoices", via, read_timeout=2)
    plain = table(source.everything())
    value: dict[str, Any] = {"status": {"value": 503}, "wrong_length": {"value": 9}, "throttle": {"value": 1}}.get(
        fault, {}
    )
    sandbox.admin.fault(
        fault, after=1, count=2, where={"table": "ApInvoice"} if via == "odata" else {"bo": "COMFND"}, **value
    )
    assert table(source.everything()).equals(plain)
    sandbox.admin.clear_faults()
    sandbox.admin.fault(fault, after=1, **value)
    with pytest.raises(TransientError):
        list(source.everything())


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("fault", ["nan", "long_number", "bad_number", "column_missing", "row_without_key"])
@pytest.mark.parametrize("row", [0, 24])
def test_a_row_that_cannot_be_read_is_set_aside_and_no_other_is_lost(
    sandbox: SysproSandbox, opened: Open, fault: str, row: int, quoted: bool
) -> None:
    source = opened("ap_invoices")
    plain = table(source.everything())
    if not quoted:
        sandbox.admin.fault("ieee754_ignored")
    sandbox.admin.fault(fault, row=row, after=1, count=1)
    rows, bad = rejected(source.everything())
    [missing] = sorted(set(keys(plain, "Supplier", "Invoice")) - set(keys(rows, "Supplier", "Invoice")))
    assert rows.num_rows == plain.num_rows - 1
    [problem] = bad
    assert problem.key == (("", "") if fault == "row_without_key" else missing)
    assert problem.reason.startswith("ApInvoice: ")


@pytest.mark.parametrize("fault", ["null_cursor", "year_one_cursor"])
def test_blank_and_ancient_cursors_are_read_as_they_are(sandbox: SysproSandbox, opened: Open, fault: str) -> None:
    sandbox.admin.fault(fault, column="JournalDate", count=1)
    first = table(opened("ap_invoices").everything())["JournalDate"][0].as_py()
    assert first == (None if fault == "null_cursor" else datetime(1, 1, 1))


def test_a_spoiled_line_sets_its_whole_document_aside(sandbox: SysproSandbox, opened: Open) -> None:
    source = opened("purchase_orders")
    count = table(source.everything()).num_rows
    sandbox.admin.fault("nan", where={"table": "PorMasterDetail"}, row=3, count=1)
    rows, bad = rejected(source.everything())
    assert rows.num_rows == count - 1
    assert len(bad) == 1
    assert "PorMasterDetail" in bad[0].reason
    assert bad[0].key[0] not in rows["PurchaseOrder"].to_pylist()
    sandbox.admin.fault("row_without_key", where={"table": "PorMasterDetail"}, row=3, count=1)
    with pytest.raises(IntegrityError):
        list(source.everything())


def test_a_spoiled_address_sets_its_supplier_aside(sandbox: SysproSandbox, opened: Open) -> None:
    sandbox.admin.fault("column_missing", where={"table": "ApSupplierAddr"}, row=1, count=1)
    rows, bad = rejected(opened("suppliers").everything())
    assert rows.num_rows == len(list(sandbox.admin.rows("ApSupplier"))) - 1
    assert [len(row.key) for row in bad] == [1]


def test_new_columns_are_named_once(sandbox: SysproSandbox, opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    sandbox.admin.fault("new_column", column="Fresh")
    table(opened("ap_invoices").everything())
    assert [record.getMessage().count("Fresh") for record in caplog.records if "Fresh" in record.getMessage()] == [1]


def test_a_column_or_table_that_is_not_there_is_a_mistake_of_the_declaration(opened: Open) -> None:
    site = load_streams(
        "streams:\n"
        "  - {stream: a, table: ApInvoice, key: [Supplier], columns: {Supplier: string, Nope: string},"
        " detect: snapshot}\n"
        "  - {stream: b, table: NoTable, key: [K], columns: {K: string}, detect: snapshot}\n"
    )
    with pytest.raises(ConfigurationError, match="Nope"):
        list(opened(site["a"]).everything())
    with pytest.raises(ConfigurationError):
        list(opened(site["b"]).everything())
    for stream in "ab":
        with pytest.raises(MlconnectorError):
            list(opened(site[stream], "enet").everything())


@pytest.mark.parametrize("fault", ["evict_session", "session_timeout"])
def test_a_session_lost_in_mid_reading_is_renewed_once(sandbox: SysproSandbox, opened: Open, fault: str) -> None:
    source = opened("ap_invoices", "enet")
    plain = table(source.everything())
    sandbox.admin.clear_requests()
    sandbox.admin.fault(fault, after=2, count=1, where={"operation": "query/query"})
    assert table(source.everything()).equals(plain)
    assert len(sandbox.admin.requests(operation="logon")) == 1
    sandbox.admin.fault(fault, where={"operation": "query/query"})
    with pytest.raises(SessionLostError):
        list(source.everything())


def test_odata_can_be_read_with_the_session(sandbox: SysproSandbox, opened: Open) -> None:
    plain = table(opened("items").everything())
    sandbox.admin.settings(odata_auth="session")
    with pytest.raises(CredentialsError):
        list(opened("items").everything())
    source = opened("items", odata_auth="session")
    assert table(source.everything()).equals(plain)
    sandbox.server.sessions.end_all("ERROR: gone")
    assert table(source.everything()).equals(plain)


def test_a_wrong_odata_password_is_about_credentials(sandbox: SysproSandbox, opened: Open) -> None:
    with pytest.raises(CredentialsError) as caught:
        list(opened("items", odata_password="wrong-secret").everything())
    assert "wrong-secret" not in str(caught.value)


def test_fifty_megabytes_in_a_page_are_read_below_the_cap_and_refused_above(
    sandbox: SysproSandbox, opened: Open
) -> None:
    plain = table(opened("items").everything())
    sandbox.admin.fault("big_page", count=1)
    assert table(opened("items").everything()).equals(plain)
    sandbox.admin.fault("big_page")
    with pytest.raises(ConfigurationError, match="max_response_mb"):
        list(opened("items", max_response_mb=40).everything())


def test_a_server_that_never_answers_is_given_up(sandbox: SysproSandbox, opened: Open) -> None:
    source = opened("items", read_timeout=0.2, read_attempts=2)
    sandbox.admin.fault("hang")
    with pytest.raises(TransientError):
        list(source.everything())


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_the_clock_is_the_servers(sandbox: SysproSandbox, opened: Open, via: str) -> None:
    source = opened("ap_invoices", via)
    before = source.clock()
    sandbox.admin.advance(days=3)
    after = source.clock()
    assert (after - before).days == 3
    assert after.isoformat() == sandbox.admin.state()["utc"].split(".")[0].replace("Z", "+00:00")


def test_a_shared_ledger_is_read_from_its_own_company_for_this_one_only(sandbox: SysproSandbox, opened: Open) -> None:
    sandbox.admin.insert("GenMaster", {"Company": "TRD", "GlCode": "1-1", "Description": "shared"})
    source = opened("gl_accounts", company="TRD", gl_company=sandbox.company)
    assert keys(table(source.everything()), "Company", "GlCode") == [("TRD", "1-1")]
    with pytest.raises(ConfigurationError, match="gl_company"):
        list(opened("gl_accounts", "enet", gl_company="OTHER").everything())


def test_conditions_of_the_declaration_hold_everywhere(sandbox: SysproSandbox, opened: Open) -> None:
    held = [row["Supplier"] for row in sandbox.admin.rows("ApSupplier", top=2)]
    sandbox.admin.update("ApSupplier", [held[0]], OnHold="Y")
    site = load_streams("streams: [{stream: suppliers, where: [{column: OnHold, values: [Y]}]}]")
    for via in ("odata", "enet"):
        source = opened(site["suppliers"], via)
        assert held[0] in table(source.everything())["Supplier"].to_pylist()
        assert held[1] not in table(source.everything())["Supplier"].to_pylist()
        assert keys(table(source.by_keys([(each,) for each in held])), "Supplier") == [(held[0],)]


def test_a_condition_on_a_joined_table_is_refused(opened: Open) -> None:
    site = load_streams("streams: [{stream: suppliers, where: [{column: SupAddr1, values: [x]}]}]")
    with pytest.raises(ConfigurationError, match="SupAddr1"):
        opened(site["suppliers"])


def test_a_snapshot_has_no_window(opened: Open) -> None:
    with pytest.raises(ConfigurationError, match="no cursor"):
        opened("items").window("", "", None)


def test_lines_are_asked_for_before_their_headers(sandbox: SysproSandbox, opened: Open) -> None:
    sandbox.admin.clear_requests()
    list(opened("purchase_orders").everything())
    tables = [(entry["table"], entry) for entry in sandbox.admin.requests() if entry.get("table")]
    first_lines = next(place for place, (name, _) in enumerate(tables) if name == "PorMasterDetail")
    first_headers = next(
        place for place, (name, entry) in enumerate(tables) if name == "PorMasterHdr" and "OrderStatus" in str(entry)
    )
    assert first_lines < first_headers
