"""What is told to the sandbox happens in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from airflow_provider_mlconnector.sandbox.syspro import AdminError, SysproSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=400) as running:
        yield running


def _row(sandbox: SysproSandbox, record: dict[str, Any]) -> dict[str, Any]:
    schema = sandbox.server.company.tables[record["table"]].schema
    literals = [str(value).replace("'", "''") for value in record["key"]]
    quotes = ["'" if schema.by_name[name].kind == "text" else "" for name in schema.key]
    parts = zip(schema.key, quotes, literals, strict=True)
    condition = " and ".join(f"{name} eq {quote}{literal}{quote}" for name, quote, literal in parts)
    rows = list(sandbox.admin.rows(record["table"], condition))
    assert len(rows) == 1
    return rows[0]


def test_the_clock_stands_still_until_it_is_advanced(sandbox: SysproSandbox) -> None:
    with SysproSandbox(scale=10) as fresh:

        def date() -> str:
            return httpx.get(f"{fresh.base_url}{fresh.rest_path}/GetVersion").headers["Date"]

        assert date() == date() == "Tue, 31 Mar 2026 16:00:00 GMT"
        assert fresh.admin.advance(days=1) == {"utc": "2026-04-01T16:00:00+00:00", "local": "2026-04-01T18:00:00"}
        fresh.admin.advance(seconds=90)
        assert date() == "Wed, 01 Apr 2026 16:01:30 GMT"
        with pytest.raises(AdminError):
            fresh.admin.advance(days=-1)


def test_a_day_is_a_calendar_day_also_when_the_clocks_change() -> None:
    with SysproSandbox(scale=10) as fresh:
        assert fresh.admin.advance(days=208)["local"] == "2026-10-25T18:00:00"
        assert fresh.admin.state()["utc"] == "2026-10-25T17:00:00+00:00"


def test_invoices_arrive_on_time_late_and_far_ahead(sandbox: SysproSandbox) -> None:
    today = sandbox.admin.state()["local"][:10]
    for record in sandbox.admin.event("new_invoices", n=2):
        assert _row(sandbox, record)["JournalDate"] == f"{today}T00:00:00"
    late = _row(sandbox, sandbox.admin.event("late_invoices", days_back=31)[0])
    assert late["JournalDate"] == late["InvoiceDate"] == "2026-02-28T00:00:00"
    ahead = _row(sandbox, sandbox.admin.event("post_dated_invoice")[0])
    assert ahead["JournalDate"] == "2099-12-31T00:00:00"
    assert (ahead["InvoiceYear"], ahead["InvoiceMonth"]) == ("2026", "3")


def test_an_old_invoice_is_paid(sandbox: SysproSandbox) -> None:
    paid = sandbox.admin.event("payment", min_age_days=600)[0]
    assert paid["table"] == "ApInvoicePay"
    invoice = _row(sandbox, {"table": "ApInvoice", "key": paid["key"][:2]})
    assert invoice["InvoiceDate"] < "2024-08-09"
    assert Decimal(invoice["MthInvBal1"]) == 0
    assert Decimal(_row(sandbox, paid)["TrnValue"]) == Decimal(invoice["OrigInvValue"])


def test_part_of_a_named_invoice_is_paid(sandbox: SysproSandbox) -> None:
    new = sandbox.admin.event("new_invoices", supplier="0000001", invoice="PART", value="100.00")[0]
    sandbox.admin.event("payment", supplier="0000001", invoice="PART", value="20.00")
    row = _row(sandbox, new)
    assert Decimal(row["OrigInvValue"]) - Decimal(row["MthInvBal1"]) == 20


def test_masters_change(sandbox: SysproSandbox) -> None:
    key = sandbox.admin.event("supplier_renamed", supplier="0000002", name="Neu & Co")[0]
    assert _row(sandbox, key)["SupplierName"] == "Neu & Co"
    sandbox.admin.event("supplier_on_hold", supplier="0000002")
    assert _row(sandbox, key)["OnHold"] == "Y"
    sandbox.admin.event("supplier_on_hold", supplier="0000002", on_hold=False)
    assert _row(sandbox, key)["OnHold"] == "N"
    first, second = sandbox.admin.event("new_supplier", n=2)
    assert int(second["key"][0]) == int(first["key"][0]) + 1
    assert _row(sandbox, {"table": "ApSupplierAddr", "key": first["key"]})
    item = sandbox.admin.event("new_item")[0]
    assert len(list(sandbox.admin.rows("InvWarehouse", f"StockCode eq '{item['key'][0]}'"))) == 3
    changed = sandbox.admin.event("item_changed", stock_code=item["key"][0], Description="Other")[0]
    assert _row(sandbox, changed)["Description"] == "Other"


def test_orders_are_placed_changed_and_received(sandbox: SysproSandbox) -> None:
    order = sandbox.admin.event("new_purchase_order", lines=3)[0]
    name = order["key"][0]
    sandbox.admin.event("po_changed", order=name, line=2, MOrderQty=7)
    assert _row(sandbox, {"table": "PorMasterDetail", "key": [name, 2]})["MOrderQty"] == "7.000000"
    sandbox.admin.event("po_received", order=name)
    assert _row(sandbox, order)["OrderStatus"] == "9"
    receipts = list(sandbox.admin.rows("GrnDetails", f"PurchaseOrder eq '{name}'"))
    assert len(receipts) == 3
    assert {row["OrigReceiptDate"] for row in receipts} == {"2026-03-31T00:00:00"}


def test_journals_are_posted_to_the_ledger(sandbox: SysproSandbox) -> None:
    before = sandbox.admin.counts()
    records = sandbox.admin.event("gl_postings", n=3, days_back=1)
    after = sandbox.admin.counts()
    assert after["GenJournalCtl"] - before["GenJournalCtl"] == len(records) == 3
    assert after["GenTransaction"] - before["GenTransaction"] == 6
    assert _row(sandbox, records[0])["JournalDate"] == "2026-03-30T00:00:00"


def test_changed_invoices_and_any_row(sandbox: SysproSandbox) -> None:
    for record in sandbox.admin.event("changed_invoices", n=2):
        assert _row(sandbox, record)["Reference"].startswith("changed")
    record = {"table": "TblCurrency", "key": ["CHF"]}
    assert sandbox.admin.insert("TblCurrency", {"Currency": "CHF", "BuyExchangeRate": "1.05"})["Currency"] == "CHF"
    sandbox.admin.update("TblCurrency", ["CHF"], Description="Franken")
    assert _row(sandbox, record) == _row(sandbox, record) | {"Description": "Franken", "BuyExchangeRate": "1.050000"}
    sandbox.admin.delete("TblCurrency", ["CHF"])
    assert list(sandbox.admin.rows("TblCurrency", "Currency eq 'CHF'")) == []


@pytest.mark.parametrize(
    ("call", "named", "given"),
    [
        ("event", ["meteor"], {}),
        ("event", ["new_invoices"], {"n": 1, "supplier": "nobody"}),
        ("event", ["gl_postings"], {"colour": "red"}),
        ("insert", ["NoTable"], {"row": {}}),
        ("insert", ["TblCurrency"], {"row": {"NoColumn": 1}}),
        ("settings", [], {"no_setting": 1}),
    ],
)
def test_nonsense_is_refused(sandbox: SysproSandbox, call: str, named: list[str], given: dict[str, Any]) -> None:
    before = sandbox.admin.counts()
    with pytest.raises(AdminError):
        getattr(sandbox.admin, call)(*named, **given)
    assert sandbox.admin.counts() == before


def test_only_this_host_and_no_web_page_comes_in(sandbox: SysproSandbox) -> None:
    assert httpx.get(f"{sandbox.admin_url}/admin/counts").status_code == 403
    assert httpx.get(f"{sandbox.base_url}/admin/counts", headers={"X-Sandbox-Admin": "1"}).status_code == 404


def test_the_log_counts_sign_ins_and_holds_no_secret(sandbox: SysproSandbox) -> None:
    sandbox.admin.clear_requests()
    rest = f"{sandbox.base_url}{sandbox.rest_path}"
    given = {"Operator": sandbox.operator, "OperatorPassword": sandbox.password, "CompanyId": "MLC"}
    user_id = httpx.get(f"{rest}/Logon", params=given | {"CompanyPassword": ""}).text
    query = "<Query><TableName>AdmTax</TableName></Query>"
    httpx.get(f"{rest}/Query/Query", params={"UserId": user_id, "BusinessObject": "COMFND", "XmlIn": query})
    httpx.get(f"{rest}/Logoff", params={"UserId": user_id})
    httpx.get(f"{rest}/Logoff", params={"UserId": user_id})
    auth = (sandbox.odata_user, sandbox.odata_password)
    httpx.get(f"{sandbox.odata_base_url}/MLC/AdmTax", auth=auth, params={"$top": "2"})
    log = sandbox.admin.requests()
    assert [entry["operation"] for entry in log] == ["logon", "query/query", "logoff", "logoff", "read"]
    assert [entry["outcome"] for entry in log] == ["ok", "ok", "ok", "error", "ok"]
    assert [(entry["table"], entry["bo"], entry["rows"]) for entry in log][1] == ("AdmTax", "COMFND", 3)
    assert log[4]["params"] == {"$top": "2"}
    assert log[1]["params"]["UserId"] == log[2]["params"]["UserId"]
    assert len(sandbox.admin.requests(operation="logoff", outcome="ok")) == 1
    assert len(sandbox.admin.requests(since=log[2]["number"])) == 2
    for secret in (sandbox.password, sandbox.odata_password, user_id.strip(), "TableName"):
        assert secret not in str(log)


def test_rows_are_streamed_with_exact_numbers(sandbox: SysproSandbox) -> None:
    rows = list(sandbox.admin.rows("ApInvoice", select="Invoice,OrigInvValue"))
    assert len(rows) == sandbox.admin.counts()["ApInvoice"]
    assert {"Invoice": "HUGE", "OrigInvValue": "9999999999.99"} in rows
    assert len(list(sandbox.admin.rows("GenTransaction", top=1500))) == 1500
