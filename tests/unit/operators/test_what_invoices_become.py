"""What Stampli's invoices become: the shipped mappings and the DAG's settings, at both sandboxes."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_mlconnector.ledger import exceptions, lanes
from tests.support.stampli_flow import DAGS, StampliFlow, line, stampli_flow


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[StampliFlow]:
    with stampli_flow(tmp_path) as made:
        yield made


def become(flow: StampliFlow, kind: str) -> None:
    flow.kind, flow.posting = kind, runpy.run_path(str(DAGS / "stampli_to_syspro.py"))["POSTING"][kind]


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_an_invoice_is_posted_in_its_suppliers_currency(flow: StampliFlow, currency: str) -> None:
    become(flow, "ap_invoices")
    suppliers = flow.syspro.admin.rows(
        "ApSupplier", f"Currency eq '{currency}' and OnHold eq 'N' and GrnMatchReqd eq 'N'"
    )
    supplier = next(row["Supplier"] for row in suppliers)
    flow.export("invoices_1.csv", line("INV-1", "119.00", supplier=supplier))
    assert flow.run("1")["counts"]["sent"] == 1
    found = flow.syspro.admin.rows("ApInvoice", f"Supplier eq '{supplier}' and Invoice eq 'INV-1'")
    assert [(row["OrigInvValue"], row["Currency"]) for row in found] == [("119.00", currency)]


def test_an_invoice_becomes_one_balanced_journal(flow: StampliFlow) -> None:
    become(flow, "gl_journals")
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2", "20.00"))
    assert flow.run("1")["counts"]["sent"] == 2
    flow.run("2")
    posted = flow.syspro.admin.books()["posted"]
    assert len(posted) == 2
    entries = {
        (row["GlCode"], row["EntryType"], row["EntryValue"])
        for row in flow.syspro.admin.rows("GenJournalDetail", "Reference eq '" + posted[0]["reference"] + "'")
    }
    assert entries == {("10-5500", "D", "100.00"), ("00-2150", "C", "100.00")}


def test_a_credit_memo_is_no_journal(flow: StampliFlow) -> None:
    become(flow, "gl_journals")
    titles = "company_id,invoice_number,status,vendor_id,invoice_date,total_amount,line_number,gl_account,line_amount"
    path = flow.stampli.root / "outbound" / "invoices" / "invoices_1.csv"
    path.write_text(
        f"{titles},department,document_type\nACME,C-1,APPROVED,0009001,2026-03-15,5,1,5500,5,10,CREDIT_MEMO\n"
    )
    flow.run("1")
    assert flow.syspro.admin.books()["posted"] == []
    with flow.ledger.read() as connection:
        (lane,) = lanes.every(connection)
        (item,) = exceptions.open_of_lane(connection, lane.id).values()
    assert item.reason.startswith("JournalType")
