"""Rows as the two protocols show them, fast: a row of the cycle is rendered once, its moving columns are filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from xml.sax.saxutils import escape

from airflow_provider_mlconnector.sandbox.syspro.columns import Column, TableSchema, Value
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Numbered
from airflow_provider_mlconnector.sandbox.syspro.table import Hit, Table

# Keys that are padded on the left with zeros when they are numeric (SYSPRO sheet 3.2).
PADDED = {"Supplier": 7, "PurchaseOrder": 15, "Grn": 15}
_STAMP = "TimeStamp"
Encode = Callable[[Value], str]
# A row with places for its moving columns, and for each place what its number grows by per cycle and begins with.
_Written = tuple[str, list[tuple[int, int]]]


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
        self._moving = [name for name in self.columns if name in moving or name == _STAMP]
        # A padding other than zeros, and what is no plain number, is worked out value by value.
        self._filled_in = style.padding == "zero" and all(
            isinstance(moving.get(name), Numbered) for name in self._moving
        )
        self._written: dict[int, _Written] = {}

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
        locate, written = self.table.base.locate, self._written
        texts: list[str] = []
        for hit in hits:
            if not isinstance(hit, int):
                texts.append(self.joined(self.cells(hit)))
                continue
            cycle, member = locate(hit)
            known = written.get(id(member))
            if known is None:
                known = written[id(member)] = self._write(member)
            if self._filled_in:
                texts.append(known[0] % tuple([step * cycle + first for step, first in known[1]]))
            else:
                texts.append(known[0] % tuple(self._values(hit, cycle, member)))
        return texts

    def _values(self, index: int, cycle: int, member: Member[Any]) -> Iterator[str]:
        for name in self._moving:
            value = self.table.base_stamp(index) if name == _STAMP else self.table.base.moving[name](cycle, member)
            yield self._encode[name](value)

    def _write(self, member: Member[Any]) -> _Written:
        base, blanks = self.table.base, self.table.schema.blanks
        fixed, cells, lines = base.fixed(member), {}, []
        for name in self.columns:
            moving = base.moving.get(name)
            if name not in self._moving:
                cells[name] = self._encode[name](fixed.get(name, blanks[name])).replace("%", "%%")
            elif self._filled_in and isinstance(moving, Numbered):
                cells[name] = self._form(name, moving, member)
                lines.append(moving.line(member))
            else:
                cells[name] = "%s"
        return self.joined(cells), lines

    def _form(self, name: str, moving: Numbered, member: Member[Any]) -> str:
        if moving.form is not None:
            return self._encode[name](moving.form(member))
        if self.style.form == "xml":
            return f"%{self.table.schema.by_name[name].size}d"
        return '"%d"' if self.style.quoted else "%d"
