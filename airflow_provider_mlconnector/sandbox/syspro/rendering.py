"""Rows as the two protocols show them, fast: a row of the cycle is rendered once, its moving columns are filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from xml.sax.saxutils import escape

from airflow_provider_mlconnector.sandbox.syspro.columns import Column, TableSchema, Value
from airflow_provider_mlconnector.sandbox.syspro.table import Hit, Table

# Keys that are padded on the left with zeros when they are numeric (SYSPRO sheet 3.2).
PADDED = {"Supplier": 7, "PurchaseOrder": 15, "Grn": 15}
_STAMP = "TimeStamp"
Encode = Callable[[Value], str]


@dataclass(frozen=True)
class Style:
    """How values are shown.

    Attributes:
        form: `json` (OData) or `xml` (e.net).
        quoted: whether decimals are JSON strings (`IEEE754Compatible=true`).
        zulu: whether dates end with `Z`.
        padding: of keys: `zero`, `space` (on the left) or `trailing` (blanks to the column's size).
    """

    form: str = "json"
    quoted: bool = False
    zulu: bool = False
    padding: str = "zero"


def number_text(value: Value, scale: int) -> str:
    """A number with exactly so many decimals; no float on the way."""
    if not scale and isinstance(value, int):
        return str(value)
    return f"{Decimal(value or 0):.{scale}f}"


def padded(column: Column, key: Sequence[str], padding: str) -> Callable[[str], str]:
    """How a text column shows its values under a padding."""
    width = PADDED.get(column.name, 0)
    if padding == "space" and width:
        return lambda text: text.lstrip("0").rjust(width) if text.isdigit() and len(text) == width else text
    if padding == "trailing" and column.name in key:
        return lambda text: text.ljust(column.size)
    return str


def encoder(column: Column, key: Sequence[str], style: Style) -> Encode:
    """How a column's values are written."""
    if style.form == "xml":
        return _xml_encoder(column, padded(column, key, style.padding))
    if column.kind == "number":
        if style.quoted:
            return lambda value: f'"{number_text(value, column.scale)}"'
        return lambda value: number_text(value, column.scale)
    if column.kind == "date":
        suffix = 'Z"' if style.zulu else '"'
        return lambda value: f'"{value}{suffix}' if value else "null"
    if style.padding == "zero":
        return encode_basestring  # type: ignore[return-value]
    pad = padded(column, key, style.padding)
    return lambda value: encode_basestring(pad(str(value)))


def _xml_encoder(column: Column, pad: Callable[[str], str]) -> Encode:
    if column.kind == "number":
        width = column.size + (column.scale > 0)
        return lambda value: number_text(value, column.scale).rjust(width)
    if column.kind == "date":
        return lambda value: str(value)[:10] if value else "0000-00-00"
    return lambda value: escape(pad(str(value)))


class Renderer:
    """Writes rows of a table with some of its columns.

    Args:
        table: the table.
        columns: names of the columns, in the order shown.
        style: how values are shown.
    """

    def __init__(self, table: Table, columns: Sequence[str], style: Style) -> None:
        self.table, self.columns, self.style = table, tuple(columns), style
        schema: TableSchema = table.schema
        self._encode = {name: encoder(schema.by_name[name], schema.key, style) for name in self.columns}
        moving = table.base.moving
        self._moving = [(self._encode[name], moving[name]) for name in self.columns if name in moving]
        self._stamped = _STAMP in self.columns
        self._templates: dict[int, str] = {}

    def cells(self, hit: Hit) -> dict[str, str]:
        """One row as column name and written value."""
        row = self.table.row(hit)
        return {name: self._encode[name](row[name]) for name in self.columns}

    def joined(self, cells: dict[str, str]) -> str:
        """Written values as a whole row."""
        if self.style.form == "xml":
            return "<Row>" + "".join(f"<{name}>{text}</{name}>" for name, text in cells.items()) + "</Row>"
        return "{" + ",".join(f'"{name}":{text}' for name, text in cells.items()) + "}"

    def texts(self, hits: Iterable[Hit]) -> list[str]:
        """Whole rows, written."""
        locate, templates, moving = self.table.base.locate, self._templates, self._moving
        written: list[str] = []
        for hit in hits:
            if not isinstance(hit, int):
                written.append(self.joined(self.cells(hit)))
                continue
            cycle, member = locate(hit)
            template = templates.get(id(member))
            if template is None:
                template = templates[id(member)] = self._template(member)
            values = [encode(compute(cycle, member)) for encode, compute in moving]
            if self._stamped:
                values.append(f'"{self.table.base_stamp(hit)}"')
            written.append(template % tuple(values))
        return written

    def _template(self, member: Any) -> str:
        fixed, blanks = self.table.base.fixed(member), self.table.schema.blanks
        cells = {}
        for name in sorted(self.columns, key=lambda name: name == _STAMP):
            filled_in = name in self.table.base.moving or name == _STAMP
            text = "%s" if filled_in else self._encode[name](fixed.get(name, blanks[name])).replace("%", "%%")
            cells[name] = text
        return self.joined(cells)
