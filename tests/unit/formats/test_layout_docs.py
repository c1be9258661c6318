"""The layouts in the documentation load, and give the files that it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.formats.cells import CONTROL_VALUES
from airflow_provider_mlconnector.formats.csv_layout import CsvColumn, CsvLayout
from airflow_provider_mlconnector.formats.encodings import ENCODINGS
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.fixed_layout import FixedField, FixedGrouping, FixedWidthLayout

PAGE = (Path(__file__).parents[3] / "docs" / "layouts.md").read_text(encoding="utf-8")
NAMING = FileNaming(
    flow="erp_out",
    stream="",
    date=datetime(2026, 3, 31, 14, 5, 9, tzinfo=UTC),
    sequence=42,
    company="EDU1",
    period="2026-03",
)
_FILE = re.compile(r"(?:gives|and) `([^`\n]+)`:\n\n```text\n(.*?)```", re.DOTALL)


def _examples() -> list[tuple[str, dict[str, str]]]:
    pieces = re.split(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    return [(layout, dict(_FILE.findall(after))) for layout, after in zip(pieces[1::2], pieces[2::2], strict=True)]


def _money(*amounts: str) -> pa.Array:
    return pa.array([Decimal(amount) for amount in amounts], pa.decimal128(14, 2))


INVOICES = {
    "Supplier": ["0000100", "0000200", "0000300"],
    "Name": ["Müller & Söhne", 'Bolts; Nuts "and" more', "Paweł"],
    "Invoice": ["INV-1", "=4711", "INV-3"],
    "InvoiceDate": pa.array([date(2026, 3, 31), date(2026, 3, 30), None]),
    "Amount": _money("1234.50", "-99.00", "10.00"),
    "Currency": ["EUR", "USD", "EUR"],
}
ORDERS = {
    "PurchaseOrder": ["00001789", "00001789", "00001790"],
    "Supplier": ["0000100", "0000100", "0000200"],
    "Line": pa.array([1, 2, 1]),
    "StockCode": ["A100", "B200", "A100"],
    "Value": _money("1250.00", "9.50", "2500.00"),
}
POSTINGS = {
    "CostCenter": ["100", "200/A", "100"],
    "GlCode": ["6100-100", "6100-200", "6200-100"],
    "Value": _money("250.00", "80.00", "-50.25"),
}
DATA = {"ap_invoices": INVOICES, "purchase_orders": ORDERS, "gl_postings": POSTINGS}


@pytest.mark.parametrize(("layout", "files"), _examples())
def test_an_example_gives_the_files_that_are_shown(
    rendering: Any, make_table: Any, layout: str, files: dict[str, str]
) -> None:
    marks = {"GlCode": "gl_postings", "PurchaseOrder": "purchase_orders", "Invoice": "ap_invoices"}
    stream = next(stream for mark, stream in marks.items() if mark in layout)
    keys = DATA[stream].get("PurchaseOrder")
    done = rendering(layout, make_table(DATA[stream], keys=keys), naming=replace(NAMING, stream=stream))
    assert done.result.rejected == []
    encoding = "windows-1252" if "windows-1252" in layout else "utf-8"
    assert {name: done.text(name, encoding).replace("\r\n", "\n") for name in done.names} == files


def test_there_are_examples_of_every_kind() -> None:
    assert len(_examples()) == 5
    assert sum(len(files) for _, files in _examples()) == 6


def test_every_field_is_documented() -> None:
    models = (CsvLayout, CsvColumn, FixedWidthLayout, FixedField, FixedGrouping)
    names = {*CONTROL_VALUES, *(name for model in models for name in model.model_fields)}
    assert {name for name in names if f"`{name}`" not in PAGE and f": {name}`" not in PAGE} == set()


def test_every_encoding_is_documented() -> None:
    shown = {name.rpartition("-")[2] if name.startswith(("iso", "windows")) else name for name in ENCODINGS}
    row = next(line for line in PAGE.splitlines() if line.startswith("| `encoding`"))
    assert {name for name in shown if f"{name}`" not in row} == set()
