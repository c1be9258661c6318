"""What a template's files are read as: which of their records may go to a target."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.formats.inbound.read import read
from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template
from airflow_provider_mlconnector.streams.conditions import matches

PAYMENTS = "payment_id,invoice_number,vendor_id,payment_date,amount,status\n{}"
INVOICES = "invoice_number,vendor_id,invoice_date,total_amount,line_number,line_amount,status\n{}"


def claimed(entity: str, titles: str, rows: list[str]) -> list[bool]:
    template = shipped_template(entity)
    pages = list(read(template, {"": io.BytesIO(titles.format("\n".join(rows)).encode())}))
    table = pa.concat_tables([page.rows for page in pages])
    assert table.num_rows == len(rows)
    return matches(table, stream_of(template).claim_when)


@pytest.mark.parametrize(("status", "goes"), [("PAID", True), ("", True), ("void", False), ("VOIDED", False)])
def test_a_payment_that_is_void_goes_nowhere(status: str, *, goes: bool) -> None:
    assert claimed("payments", PAYMENTS, [f"P-1,INV-1,V1,2026-03-01,10.00,{status}"]) == [goes]


@pytest.mark.parametrize(("status", "goes"), [("Approved", True), ("PENDING", False), ("VOID", False)])
def test_an_invoice_goes_once_it_is_approved(status: str, *, goes: bool) -> None:
    assert claimed("invoices", INVOICES, [f"INV-1,V1,2026-03-01,10.00,1,10.00,{status}"]) == [goes]
