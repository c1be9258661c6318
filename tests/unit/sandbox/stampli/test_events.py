"""What happens in a Stampli company, seen in its exports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.support.stampli_files import in_file


def exported(stampli: StampliSandbox, kind: str = "invoices") -> tuple[dict[str, Any], list[str]]:
    (path,) = stampli.outbox.export(kind)
    rows, refused = in_file(path, kind)
    key = {"invoices": "invoice_id", "payments": "payment_id", "vendors": "vendor_id"}.get(kind, "po_number")
    return {row[key]: row for row in rows}, refused


def test_invoices_add_up_and_are_approved_or_not(stampli: StampliSandbox) -> None:
    done = stampli.event("new_invoices", n=20)
    waiting = stampli.event("new_invoices", n=2, approved=False, lines=3, days_back=9)
    rows, refused = exported(stampli)
    assert refused == []
    assert {key: row["status"] for key, row in rows.items()} == {
        **dict.fromkeys(done, "APPROVED"),
        **dict.fromkeys(waiting, "PENDING"),
    }
    for row in rows.values():
        assert sum(line["line_amount"] for line in row["lines"]) + row["tax_amount"] == row["total_amount"]
    assert len(rows[waiting[0]]["lines"]) == 3
    assert len({row["invoice_number"] for row in rows.values()}) == 22
    approved = stampli.event("approve", n=2)
    rows, _ = exported(stampli)
    assert sorted(rows) == sorted(approved) == sorted(waiting)
    assert {row["status"] for row in rows.values()} == {"APPROVED"}


def test_what_becomes_of_an_approved_invoice(stampli: StampliSandbox) -> None:
    one, other, third = stampli.event("new_invoices", n=3, amount="100.00")
    stampli.event("changed_invoice", invoice=one, amount="25.50")
    stampli.event("void", invoice=other)
    (payment,) = stampli.event("pay", invoice=third)
    (part,) = stampli.event("pay", invoice=one, amount="10")
    (memo,) = stampli.event("credit_memo", invoice=one, amount="10.00")
    rows, refused = exported(stampli)
    assert refused == []
    assert (rows[one]["net_amount"], rows[one]["total_amount"]) == (Decimal("125.50"), Decimal("144.50"))
    assert [rows[key]["status"] for key in (one, other, third)] == ["APPROVED", "VOID", "PAID"]
    assert rows[other]["voided"]
    assert (rows[memo]["document_type"], rows[memo]["total_amount"]) == ("CREDIT_MEMO", Decimal("11.90"))
    assert rows[memo]["invoice_number"] == rows[one]["invoice_number"]
    paid, _ = exported(stampli, "payments")
    assert (paid[payment]["amount"], paid[part]["amount"]) == (Decimal("119.00"), Decimal(10))
    stampli.event("void_payment", payment=part)
    paid, _ = exported(stampli, "payments")
    assert paid[part]["voided"]


def test_what_can_be_wrong_with_an_invoice(stampli: StampliSandbox) -> None:
    (account,) = stampli.event("unknown_gl_code")
    (vendor,) = stampli.event("unknown_vendor")
    (currency,) = stampli.event("foreign_currency")
    (fitting,) = stampli.event("foreign_currency", vendor="0000003")
    (sums,) = stampli.event("unbalanced_totals")
    rows, refused = exported(stampli)
    assert {line["gl_account"] for line in rows[account]["lines"]} == {"5999"}
    assert rows[vendor]["vendor_id"] == "9999999"
    assert rows[currency]["currency"] == rows[fitting]["currency"] == "USD"
    assert rows[fitting]["vendor_id"] == "0000003"
    assert sums not in rows
    (reason,) = refused
    assert "do not add up" in reason
    stampli.event("totals_corrected", invoice=sums)
    rows, refused = exported(stampli)
    assert (list(rows), refused) == ([sums], [])


def test_vendors_accounts_and_orders(stampli: StampliSandbox) -> None:
    stampli.outbox.export("vendors")
    (new,) = stampli.event("new_vendor", name="Neu & Co", currency="EUR")
    (changed,) = stampli.event("vendor_changed", vendor="0000002", email="new@example.com")
    rows, _ = exported(stampli, "vendors")
    assert {key: row["vendor_name"] for key, row in rows.items()}[new] == "Neu & Co"
    assert rows[changed]["email"] == "new@example.com"
    stampli.outbox.export("gl_accounts")
    assert stampli.event("new_account", code="7100") == ["7100"]
    (path,) = stampli.outbox.export("gl_accounts")
    assert [row["account_code"] for row in in_file(path, "gl_accounts")[0]] == ["7100"]
    orders = stampli.event("new_purchase_orders", n=2)
    assert sorted(exported(stampli, "purchase_orders")[0]) == orders


def test_unknown_events_parameters_and_records_are_named(stampli: StampliSandbox) -> None:
    with pytest.raises(ValueError, match="no event 'party'; there are approve, "):
        stampli.event("party")
    with pytest.raises(ValueError, match=r"'approve'.*guests"):
        stampli.event("approve", guests=2)
    with pytest.raises(KeyError, match="no invoice"):
        stampli.event("approve")
    with pytest.raises(KeyError, match="no vendor '0000099'"):
        stampli.event("new_invoices", vendor="0000099")


def test_its_masters_are_those_of_the_syspro_sandbox(stampli: StampliSandbox) -> None:
    with SysproSandbox() as syspro:
        suppliers = {row["Supplier"]: row for row in syspro.admin.rows("ApSupplier")}
        codes = {row["GlCode"] for row in syspro.admin.rows("GenMaster")}
    for vendor in stampli.company.vendors():
        there = suppliers[vendor.vendor_id]
        assert (vendor.currency, vendor.vendor_name) == (there["Currency"], there["SupplierName"])
        assert (vendor.status == "INACTIVE") == (there["OnHold"] == "Y")
    made = {f"{c.code}-{a.account_code}" for c in stampli.company.cost_centers() for a in stampli.company.accounts()}
    assert made <= codes
