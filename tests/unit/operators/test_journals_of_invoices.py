"""Stampli's invoices as journals: the shipped mapping and the DAG's settings, at both sandboxes."""

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
        posting = runpy.run_path(str(DAGS / "stampli_to_syspro.py"))["POSTING"]
        made.kind, made.posting = "gl_journals", posting["gl_journals"]
        yield made


def test_an_invoice_becomes_one_balanced_journal(flow: StampliFlow) -> None:
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
