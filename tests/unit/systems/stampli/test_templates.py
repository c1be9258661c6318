"""The neutral templates: they load, and read what the sheet shows (12.2-12.4)."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.formats.inbound.template import Template, load
from tests.unit.formats.inbound.reading import read_bytes, read_lines

FOLDER = Path(str(resources.files("airflow_provider_mlconnector.systems.stampli") / "templates"))
NAMES = ("gl_accounts", "invoices", "invoices_xml", "payments", "purchase_orders", "vendors")


def template(name: str) -> Template:
    return load(FOLDER / f"{name}.yaml")


def test_there_is_one_for_each_entity() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == list(NAMES)
    assert {template(name).entity for name in NAMES} == {*NAMES} - {"invoices_xml"}


def test_both_formats_of_invoices_give_the_same_records() -> None:
    titles = (
        "company_id,invoice_id,Invoice #,document_type,status,vendor_id,vendor_name,invoice_date,due_date,currency,"
        "total_amount,tax_amount,po_number,line_number,gl_account,line_amount,line_tax_amount,tax_code,line_description"
    )
    flat = (
        titles,
        'C1,77,inv  7,Credit Note,Approved,0042,"Müller, Söhne",2026-03-31,2026-04-30,eur,-121,-21,P1,1,0400,-100,,S,x',
    )
    xml = """
    <StampliExport companyId="C1" generatedAt="2026-03-31T10:00:00Z" schemaVersion="1"><Invoices><Invoice id="77">
      <InvoiceNumber>inv  7</InvoiceNumber><DocumentType>CREDIT_MEMO</DocumentType><Status>APPROVED</Status>
      <Vendor id="0042" name="Müller, Söhne"/><InvoiceDate>2026-03-31</InvoiceDate><DueDate>2026-04-30</DueDate>
      <Currency>EUR</Currency><TotalAmount>-121.00</TotalAmount><TaxAmount>-21.00</TaxAmount>
      <PurchaseOrderNumber>P1</PurchaseOrderNumber>
      <Lines><Line number="1"><GLAccount>0400</GLAccount><Description>x</Description><Amount>-100.00</Amount>
      <TaxCode>S</TaxCode></Line></Lines>
    </Invoice></Invoices></StampliExport>"""
    assert template("invoices").schema() == template("invoices_xml").schema()
    (one,) = read_lines(template("invoices"), *flat).rows
    assert read_bytes(template("invoices_xml"), xml.encode()).rows == [one]
    key = [one[name] for name in template("invoices").key]
    assert key == ["C1", "0042", "INV 7", "CREDIT_MEMO"]
    assert (one["invoice_date"], one["total_amount"]) == (date(2026, 3, 31), Decimal("-121.00"))


def test_a_vendor_without_an_id_is_known_by_its_name() -> None:
    titles = "vendor_name,invoice_number,status,invoice_date,total_amount,line_number,line_amount"
    rows = ("Acme  Inc,1,APPROVED,2026-03-31,5,1,5", ",2,APPROVED,2026-03-31,5,1,5")
    done = read_lines(template("invoices"), titles, *rows)
    assert [row["vendor_key"] for row in done.rows] == ["ACME INC"]
    assert done.reasons == ["line 3: vendor_id and vendor_name are blank"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "invoices_xml"])
def test_every_column_of_the_sheet_is_read(name: str) -> None:
    declared = template(name)
    samples = {"string": "x", "integer": "1", "date": "2026-03-31", "datetime": "2026-03-31T10:00:00Z"}
    fields = {**declared.fields, **declared.line_fields}
    cells: dict[str, Any] = {
        title: samples.get(field.type.partition("(")[0], "1") for title, field in fields.items() if field.in_file
    }
    if name == "invoices":
        cells["total_amount"] = "2"
    text = io.StringIO()
    csv.writer(text).writerows([cells.keys(), cells.values()])
    done = read_bytes(declared, text.getvalue().encode())
    assert done.rejected == []
    (row,) = done.rows
    (line,) = row.pop("lines", [{}])
    assert None not in {*row.values(), *line.values()}


def test_an_invoice_of_a_supplier_called_total_that_lacks_its_amount_is_told_of_although_it_is_the_last() -> None:
    titles = "vendor_name,invoice_number,status,invoice_date,total_amount,line_number,line_amount"
    done = read_lines(template("invoices"), titles, "Total Energies,2,APPROVED,2026-03-31,,1,5")
    assert done.reasons[0].startswith("line 2: total_amount is blank")


@pytest.mark.parametrize("status", ["Void", "CANCELLED", "canceled"])
def test_what_was_cancelled_is_void(status: str) -> None:
    titles = "vendor_name,invoice_number,status,invoice_date,total_amount,line_number,line_amount"
    (row,) = read_lines(template("invoices"), titles, f"Acme,1,{status},2026-03-31,5,1,5").rows
    assert row["voided"] is True
