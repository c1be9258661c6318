"""Mistakes in a layout are reported where they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.csv_layout import CsvLayout
from airflow_provider_mlconnector.formats.encodings import ENCODINGS, encode, holds
from airflow_provider_mlconnector.formats.fixed_layout import FixedWidthLayout
from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.formats.texts import check_schema

CSV = "format: csv\nfile_name: '{sequence}.csv'\ncolumns:\n  - field: Supplier\n"
FIXED = "format: fixed_width\nfile_name: '{sequence}.txt'\nfields:\n  - {field: Supplier, start: 1, width: 5}\n"


def test_the_format_decides() -> None:
    assert isinstance(load_layout(CSV), CsvLayout)
    assert isinstance(load_layout(FIXED), FixedWidthLayout)


def test_a_mistake_names_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "invoices.yaml"
    file.write_text(CSV + "  - feild: Amount\n")
    with pytest.raises(ConfigurationError, match=re.escape(f"{file}, line 5, columns.1.feild")):
        load_layout(file)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (CSV + "  - field: Suppliers\n", "line 5, columns.1.field: the data don't have Suppliers. They have Supplier."),
        (CSV + "totals:\n  amount: Supplier\n", "line 4, columns.0.field: Supplier is summed, and holds no numbers."),
        (
            FIXED.replace("fields:", "records:\n- type: line\n  fields:").replace("Supplier", "Vendor"),
            "line 6, records.0.fields.0.field: the data don't have Vendor. They have Supplier.",
        ),
        (CSV + "group: {by: Item, into: sections}\n", "line 5, group.by: the data don't have Item."),
    ],
)
def test_what_does_not_fit_the_data_is_named_with_file_line_and_field(tmp_path: Path, text: str, where: str) -> None:
    file = tmp_path / "invoices.yaml"
    file.write_text(text)
    schema = pa.schema([("Supplier", pa.string()), ("_key_hash", pa.binary(16))])
    with pytest.raises(ConfigurationError, match=re.escape(f"{file}, {where}")):
        check_schema(load_layout(file), schema)
    with pytest.raises(ConfigurationError, match=re.escape(f"variable:layout, {where}")):
        check_schema(load_layout(text, "variable:layout"), schema)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("format: xml\n", "line 1, format"),
        ("file_name: x\n", "format"),
        (CSV.replace("{sequence}.csv", "{vendor}{sequence}"), "line 2, file_name.*vendor"),
        (CSV + "delimiter: ';;'\n", "line 5, delimiter"),
        (CSV + "delimiter: '\"'\n", "delimiter and quote"),
        (CSV + "encoding: utf-7\n", "line 5, encoding"),
        (CSV + "line_end: none\n", "line ends"),
        (CSV + "date_format: '%c'\n", "line 5, date_format"),
        (CSV + "quoting: none\ndecimal_mark: ','\n", "quoting: none"),
        (CSV + "quoting: none\nnull_text: 'a,b'\n", "quoting: none"),
        (CSV + "null_text: 'a,b'\n", "null_text"),
        (CSV + "encoding: ascii\nnull_text: ü\n", "can't hold 'ü'"),
        (CSV + "encoding: ascii\nreplacements: {ü: ö}\n", "can't hold 'ö'"),
        (CSV + "encoding: ascii\nreplacements: {üü: u}\n", "one character"),
        (CSV + "encoding: iso-8859-1\nreplacements: {ü: u}\n", "holds 'ü'"),
        (CSV + "  - {field: A, text: B}\n", "line 5, columns.1.*either"),
        (CSV + "  - {}\n", "line 5, columns.1.*either"),
        (CSV + "  - field: _key\n", "bookkeeping"),
        (CSV + "  - {text: A, decimals: 2}\n", "as it is"),
        (CSV + "  - {field: A, rounding: half_up}\ntotals: {amount: A}\n", "control total"),
        (CSV + "group: {by: Supplier}\n", r"\{group\}"),
        (CSV.replace("{seq", "{group}{seq") + "group: {by: S, into: sections}\n", r"\{group\}"),
        (CSV.replace("{seq", "{group}{seq") + "group: {by: S}\nempty: write\n", "empty: write"),
        (CSV + "group: {by: S, into: sections}\ntotals: {amount: A, per: record}\n", "per row"),
        (CSV + "trailer_records: [{cells: [{field: Amount}]}]\n", "not a control value"),
        (CSV + "trailer_records: [{cells: [{field: total, decimals: 2}]}]\n", "needs the layout's totals"),
        (CSV + "totals: {amount: A}\ntrailer_records: [{cells: [{field: total}]}]\n", "needs decimals"),
        (
            CSV + "totals: {amount: A}\ntrailer_records: [{cells: [{text: x}], per_currency: true}]\n",
            "needs a currency",
        ),
        (CSV + "totals: {amount: A, currency: C}\ntrailer_records: [{cells: [{field: currency}]}]\n", "per_currency"),
        (
            CSV + "totals: {amount: A, currency: C}\ntrailer_records: [{cells: [{field: total, decimals: 2}]}]\n",
            "hash_total",
        ),
        (
            CSV
            + "totals: {amount: A, currency: C}\ntrailer_records: [{per_currency: true, cells: [{field: lines}]}]\n",
            "belong to the whole",
        ),
        (FIXED + "  - {field: B, start: 5, width: 2}\n", "overlaps"),
        (FIXED + "  - {field: B, start: 8, width: 2}\n", "6 to 7"),
        (FIXED.replace("start: 1", "start: 2"), "1 to 1"),
        (FIXED + "record_length: 6\n", "record_length is 6"),
        (FIXED + "line_end: none\n", "record_length"),
        (FIXED + "null_text: '999999'\n", "wider than Supplier"),
        (FIXED + "trailer_records: [{fields: [{field: rows, start: 2, width: 5}]}]\n", "1 to 1"),
        (FIXED + "records: [{type: line, fields: [{text: '', start: 1, width: 1}]}]\n", "either fields or records"),
        (FIXED + "  - {field: B, start: 6, width: 2, decimals: 1, implied_decimals: 1}\n", "line 5, .*either decimals"),
        (FIXED + "  - {text: 'abc', start: 6, width: 2}\n", "wider than 2"),
        (FIXED + "  - {field: B, start: 6, width: 2, pad: '0', align: left}\n", "zeros behind"),
        (FIXED + "  - {field: B, start: 6, width: 2, pad: '7'}\n", "change the value"),
        (FIXED + "  - {field: B, start: 6, width: 2, sign: overpunch}\n", "overpunched"),
        (FIXED + "  - {field: B, start: 6, width: 2, sign: none, plus: true}\n", "plus needs"),
        (FIXED + "  - {field: B, start: 6, width: 2, pad: ü}\nencoding: ascii\n", "can't hold 'ü'"),
    ],
)
def test_mistakes(text: str, where: str) -> None:
    with pytest.raises(ConfigurationError, match=where):
        load_layout(text, "layout")


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        ("[{type: document, fields: [{text: H, start: 1, width: 1}]}]", "one of type line"),
        (
            "[{type: document, fields: [&f {text: H, start: 1, width: 1}]}, {type: line, fields: [*f]}]",
            "needs document",
        ),
    ],
)
def test_record_types(records: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load_layout(f"format: fixed_width\nfile_name: '{{sequence}}'\nrecords: {records}\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_holds_ascii(encoding: Any) -> None:
    text = bytes(range(128)).decode("ascii")
    assert holds(encoding, text)
    raw = bytes(encode(memoryview(text.encode()), encoding))
    assert (raw.decode("utf-8") if encoding == "utf-8-sig" else raw.decode(encoding)) == text
