"""Records as the bytes of the files that Stampli would export: every shape and every bad habit of the sheet (12.7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from xml.etree import ElementTree as ET

from airflow_provider_mlconnector.sandbox.stampli.records import KINDS, LINES, Invoice, InvoiceLine, Record

_JOIN = "invoice_id"
_ELEMENTS = {
    "InvoiceNumber": "invoice_number",
    "DocumentType": "document_type",
    "Status": "status",
    "InvoiceDate": "invoice_date",
    "DueDate": "due_date",
    "PostingDate": "posting_date",
    "Currency": "currency",
    "TotalAmount": "total_amount",
    "TaxAmount": "tax_amount",
    "PurchaseOrderNumber": "po_number",
    "Memo": "memo",
}
_LINE_ELEMENTS = {
    "GLAccount": "gl_account",
    "Description": "line_description",
    "Amount": "line_amount",
    "TaxCode": "tax_code",
    "Quantity": "quantity",
    "UnitPrice": "unit_price",
    "Sku": "item_sku",
    "Department": "department",
}


@dataclass(frozen=True, kw_only=True)
class Form:
    """What files look like.

    Attributes:
        shape: `flat`, `header_line` (two files, invoices only), `typed_rows` or `xml` (invoices only).
        encoding: of the text, such as `cp1252`; what it lacks becomes a question mark.
        bom: whether a UTF-8 file begins with a byte order mark.
        newline: between rows.
        delimiter: between the values of a CSV file.
        totals_row: whether a row with a count and a sum comes last.
        without: columns that are missing.
        renamed: other titles of columns, by their names.
        empty: whether the file has no byte at all.
    """

    shape: Literal["flat", "header_line", "typed_rows", "xml"] = "flat"
    encoding: str = "utf-8"
    bom: bool = False
    newline: Literal["\n", "\r\n"] = "\n"
    delimiter: str = ","
    totals_row: bool = False
    without: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False

    @property
    def ending(self) -> str:
        """Of the files' names."""
        return "xml" if self.shape == "xml" else "csv"


def render(kind: str, records: Sequence[Any], form: Form, stamp: datetime, company: str) -> dict[str, bytes]:
    """The files of one export, by their part: "" for one alone, or `headers` and `lines`.

    Args:
        kind: of the records.
        records: the records.
        form: what the files look like.
        stamp: when they are made, aware.
        company: the Stampli Company ID.

    Raises:
        ValueError: records of this kind have no such shape.
    """
    if form.shape in ("header_line", "xml") and kind != "invoices":
        raise ValueError(f"{kind} have no shape '{form.shape}'")
    if form.shape == "typed_rows" and kind not in LINES:
        raise ValueError(f"{kind} have no lines, and so no typed rows")
    if form.empty:
        return dict.fromkeys(("headers", "lines") if form.shape == "header_line" else ("",), b"")
    if form.shape == "xml":
        return {"": _xml(records, stamp, company, form)}
    tables = {"flat": _flat, "header_line": _header_line, "typed_rows": _typed_rows}[form.shape](kind, records, form)
    return {part: _csv(rows, form) for part, rows in tables.items()}


def columns(kind: str) -> list[str]:
    """The columns of a kind's records, without their lines."""
    return [each.name for each in fields(KINDS[kind]) if each.name != "lines"]


def line_columns(kind: str) -> list[str]:
    """The columns of their lines; none where there are no lines."""
    return [each.name for each in fields(LINES[kind])] if kind in LINES else []


def _flat(kind: str, records: Sequence[Any], form: Form) -> dict[str, list[list[str]]]:
    own, of_lines = _left(columns(kind), form), _left(line_columns(kind), form)
    rows = [_titles(own + of_lines, form)]
    for record in records:
        if of_lines:
            rows += [_values(record, own) + _values(line, of_lines) for line in record.lines]
        else:
            rows.append(_values(record, own))
    return {"": _with_total(rows, records, form)}


def _header_line(kind: str, records: Sequence[Any], form: Form) -> dict[str, list[list[str]]]:
    own, of_lines = _left(columns(kind), form), _left(line_columns(kind), form)
    headers, lines = [_titles(own, form)], [_titles([_JOIN, *of_lines], form)]
    for record in records:
        headers.append(_values(record, own))
        lines += [[str(getattr(record, _JOIN)), *_values(line, of_lines)] for line in record.lines]
    return {"headers": _with_total(headers, records, form), "lines": lines}


def _typed_rows(kind: str, records: Sequence[Any], form: Form) -> dict[str, list[list[str]]]:
    own, of_lines = _left(columns(kind), form), _left(line_columns(kind), form)
    rows = [["H", *_titles(own, form)], ["L", *_titles(of_lines, form)]]
    for record in records:
        rows.append(["H", *_values(record, own)])
        rows += [["L", *_values(line, of_lines)] for line in record.lines]
    return {"": rows}


def _left(names: Sequence[str], form: Form) -> list[str]:
    return [name for name in names if name not in form.without]


def _titles(names: Sequence[str], form: Form) -> list[str]:
    return [form.renamed.get(name, name) for name in names]


def _values(of: Any, names: Sequence[str]) -> list[str]:
    return [shown(getattr(of, name)) for name in names]


def _with_total(rows: list[list[str]], records: Sequence[Record], form: Form) -> list[list[str]]:
    if not form.totals_row:
        return rows
    amounts = [record.total_amount for record in records if isinstance(record, Invoice)]
    last = ["Total", str(len(records)), shown(sum(amounts, Decimal(0))) if amounts else ""]
    return [*rows, [*last, *[""] * (len(rows[0]) - len(last))]]


def shown(value: object) -> str:
    """A value as Stampli would write it: dates in ISO form, times with an offset, amounts with a point."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S%z")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _csv(rows: Sequence[Sequence[str]], form: Form) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form.delimiter, lineterminator=form.newline).writerows(rows)
    return (b"\xef\xbb\xbf" if form.bom else b"") + text.getvalue().encode(form.encoding, "replace")


def _xml(records: Sequence[Invoice], stamp: datetime, company: str, form: Form) -> bytes:
    root = ET.Element("StampliExport", companyId=company, generatedAt=shown(stamp), schemaVersion="1")
    holder = ET.SubElement(root, "Invoices")
    for record in records:
        element = ET.SubElement(holder, "Invoice", id=record.invoice_id)
        ET.SubElement(element, "Vendor", id=record.vendor_id, name=record.vendor_name)
        _children(element, record, _ELEMENTS, form)
        lines = ET.SubElement(element, "Lines")
        for line in record.lines:
            _children(ET.SubElement(lines, "Line", number=str(line.line_number)), line, _LINE_ELEMENTS, form)
    data: bytes = ET.tostring(root, encoding=form.encoding, xml_declaration=True)
    return data.replace(b"\n", form.newline.encode())


def _children(parent: ET.Element, of: Invoice | InvoiceLine, names: Mapping[str, str], form: Form) -> None:
    for element, name in names.items():
        if name not in form.without:
            ET.SubElement(parent, form.renamed.get(name, element)).text = shown(getattr(of, name))
