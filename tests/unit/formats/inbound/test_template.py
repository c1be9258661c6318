from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.inbound.template import load
from tests.unit.formats.inbound.reading import INVOICES


def test_the_schema_is_fields_then_voided_then_lines() -> None:
    line = pa.struct(
        [("line", pa.int64()), ("account", pa.string()), ("amount", pa.decimal128(18, 2)), ("text", pa.string())]
    )
    amount = pa.decimal128(18, 2)
    assert INVOICES.schema() == pa.schema(
        [
            ("vendor", pa.string()),
            ("number", pa.string()),
            ("date", pa.date32()),
            ("total", amount),
            ("tax", amount),
            ("status", pa.string()),
            ("voided", pa.bool_()),
            ("lines", pa.list_(line)),
        ]
    )
    assert INVOICES.key == ("vendor", "number")


def test_a_mistake_is_told_with_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "vendors.yaml"
    file.write_text("entity: vendors\nformat: csv\nkey: [id]\nfields:\n  id: {typ: string}\n")
    with pytest.raises(ConfigurationError, match=rf"{file}, line 5, fields.id.typ: "):
        load(file)


_CSV = "entity: v\nformat: csv\nkey: [id]\n"
_XML = "entity: v\nformat: xml\nkey: [id]\nfields: {id: {}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{_CSV}fields: {{name: {{}}}}", "not among the fields: id"),
        (f"{_CSV}fields: {{id: {{}}}}\nline_key: [n]", "not among the line_fields: n"),
        (f"{_CSV}fields: {{id: {{type: integer}}}}", "key and join are texts"),
        (f"{_CSV}fields: {{id: {{first_of: [x]}}}}", "first_of names no text field that stands in the file: x"),
        (f"{_CSV}fields: {{id: {{first_of: [id]}}}}", "first_of names no text field"),
        (f"{_CSV}fields: {{id: {{constant: a, aliases: [b]}}}}", "one of these"),
        (f"{_CSV}fields: {{id: {{}}, n: {{type: integer, normalise: [upper]}}}}", "belong to texts"),
        (f"{_CSV}fields: {{id: {{}}, ID_: {{}}}}", "the title 'id' could be fields.id or fields.ID_"),
        (f"{_CSV}fields: {{id: {{}}, voided: {{}}}}", "voided: a column of the reader's own"),
        (f"{_CSV}fields: {{id: {{}}}}\nzone: Mars/Base", "'Mars/Base' is not an IANA time zone"),
        (f"{_CSV}fields: {{id: {{}}}}\ndate_formats: ['%y-%m-%d']", "%y can't be used"),
        (f"{_CSV}fields: {{id: {{}}}}\ndate_formats: ['%Y-%m']", "can't be read without %d"),
        (f"{_CSV}fields: {{id: {{}}}}\ndate_formats: ['%Y%z%m%d']", "%z stands last"),
        (f"{_CSV}fields: {{id: {{}}}}\nshape: typed_rows", "shape: typed_rows needs line_fields"),
        (f"{_CSV}fields: {{id: {{}}}}\nline_fields: {{n: {{}}}}\nshape: header_line", "join belongs to shape"),
        (f"{_CSV}fields: {{id: {{}}}}\nrecord: V", "belong to format: xml"),
        (f"{_CSV}fields: {{id: {{}}}}\nsums: {{total: id, line: x}}", "not among the line_fields: x"),
        (
            f"{_CSV}fields: {{id: {{}}}}\nline_fields: {{n: {{}}}}\nsums: {{total: id, line: n}}",
            "sums need decimals: id, n",
        ),
        (f"{_CSV}fields: {{id: {{}}}}\nkey: [id]", "stands twice"),
        (_XML, "XML needs the name of its record element"),
        (f"{_XML}record: V\nline: L", "line and line_fields belong together"),
        (f"{_XML}record: V\nline: L[1]\nline_fields: {{n: {{}}}}", "is not a path of steps"),
    ],
)
def test_what_does_not_fit_together_is_a_mistake(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(text)
    assert said in str(told.value)
