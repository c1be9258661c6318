"""Records as XML, right or, where a fault says so, wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Row
from airflow_provider_mlconnector.sandbox.intacct.conditions import Get

Shown = dict[str, str]


@dataclass(frozen=True)
class Column:
    """A field of an answer: what its element is called, and how a record's value is read."""

    name: str
    field: Field
    get: Get


@dataclass(frozen=True)
class Style:
    """How records are written.

    Attributes:
        coded: ENUMs as codes.
        iso: dates and timestamps in ISO form.
        lower: nothing in lower case, `objects`, or `all`.
    """

    coded: bool = False
    iso: bool = False
    lower: str = ""


def element(name: str, text: str = "") -> str:
    """An element with a text."""
    return f"<{name}>{escape(text)}</{name}>"


def texts(rows: Iterable[Row], columns: Sequence[Column], style: Style) -> list[Shown]:
    """Records as texts by element name."""
    return [
        {each.name: each.field.text(each.get(row), coded=style.coded, iso=style.iso) for each in columns}
        for row in rows
    ]


def objects(name: str, rows: Iterable[Shown], style: Style, inner: Mapping[int, str] | None = None) -> str:
    """The elements of records.

    Args:
        name: the object's.
        rows: the records.
        style: how they are written.
        inner: further XML at the end of a record, by its place.
    """
    tag = name.lower() if style.lower else name
    pieces = []
    for place, row in enumerate(rows):
        fields = "".join(element(key.lower() if style.lower == "all" else key, text) for key, text in row.items())
        pieces.append(f"<{tag}>{fields}{(inner or {}).get(place, '')}</{tag}>")
    return "".join(pieces)


def data(attributes: Mapping[str, object], inner: str) -> str:
    """The `data` element; it closes itself where nothing is in it."""
    shown = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())
    return f"<data{shown}>{inner}</data>" if inner else f"<data{shown}/>"


def spoiled(rows: list[Shown], active: Active) -> list[Shown]:
    """A page with what faults do to it; each names a `row` from 0, and mostly a `column`."""
    if not rows:
        return rows
    rows = [dict(row) for row in rows]
    for name, options in active.items():
        place, column = int(options.get("row", 0)) % len(rows), str(options.get("column", ""))
        if name in _TEXTS:
            default, text = _TEXTS[name]
            rows[place][column or default] = str(options.get("value", text))
        elif name == "row_without_key":
            rows[place].pop("RECORDNO", None)
        elif name == "field_missing":
            rows = [{key: text for key, text in row.items() if key != column} for row in rows]
        elif name == "new_field":
            rows = [{**row, column or "NEWFIELD": "new"} for row in rows]
        elif name == "repeat_row":
            rows.insert(place, rows[place])
        elif name == "lose_row":
            del rows[place]
    return rows


_TEXTS = {
    "null_cursor": ("WHENMODIFIED", ""),
    "bad_date": ("WHENMODIFIED", "13/32/2026 25:00:00"),
    "bad_number": ("TRX_TOTALENTERED", "twelve"),
    "long_number": ("TRX_TOTALENTERED", "1" * 30),
}
