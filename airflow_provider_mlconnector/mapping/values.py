"""What a value is in a mapping: when it is blank, and how it reads as text.

Blank and null are one thing: a text that is empty or holds only white space (SYSPRO's columns are never null), and a
date before 1753-01-01 (systems without a null date show one) are taken as null wherever the mapping reads them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

# An Arrow array. Its element type is known only when a mapping meets a schema, which annotations can't say.
Values: TypeAlias = Any

# SQL Server's first date; see `streams.cursor.FIRST_DATE`.
_FIRST_DAY = date(1753, 1, 1)
_FIRST_MOMENT = datetime(1753, 1, 1)  # noqa: DTZ001 - naive on purpose


def one_array(column: Values) -> Values:
    """A column as one array, whatever its chunks."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def blanks_as_null(values: Values) -> Values:
    """The values with every blank one as null; other types than text and dates pass as they are."""
    if pa.types.is_string(values.type):
        blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    elif pa.types.is_date(values.type):
        blank = pc.less(values, pa.scalar(_FIRST_DAY, values.type))
    elif pa.types.is_timestamp(values.type):
        blank = pc.less(values, pa.scalar(_FIRST_MOMENT, values.type))
    else:
        return values
    return pc.if_else(blank, pa.scalar(None, values.type), values) if pc.any(blank).as_py() else values


def as_text(values: Values) -> Values:
    """The values in their plain form: `12.50`, `42`, `2026-03-31`, `2026-03-31T14:05:00`, `true`."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_decimal(values.type):
        return _plain_decimals(values)
    if pa.types.is_timestamp(values.type):
        return strftime(values, "%Y-%m-%dT%H:%M:%S")
    return values.cast(pa.string())


def strftime(values: Values, form: str) -> Values:
    """Dates or times as text in a form of strftime; parts of a second are left out."""
    # A batch has few distinct dates, and strftime is slow.
    encoded = pc.dictionary_encode(values)
    distinct = encoded.dictionary
    if pa.types.is_timestamp(distinct.type):
        distinct = pc.floor_temporal(distinct, unit="second").cast(pa.timestamp("s"))
    return pc.strftime(distinct, format=form).take(encoded.indices)


def trimmed(values: Values) -> Values:
    """Texts as codes are compared: without white space around them, null as an empty text."""
    return pc.fill_null(pc.utf8_trim_whitespace(as_text(values)), "")


def is_number(kind: pa.DataType) -> bool:
    """Whether a type counts exactly: integers and decimals, never floats."""
    return bool(pa.types.is_decimal(kind) or pa.types.is_integer(kind))


def _plain_decimals(values: Values) -> Values:
    shown = values.cast(pa.string())
    # Arrow writes small numbers of many places as 1E-8.
    scientific = pc.fill_null(pc.match_substring(shown, "E"), fill_value=False)
    if not pc.any(scientific).as_py():
        return shown
    distinct = pc.unique(pc.filter(shown, scientific))
    plain = pa.array([format(Decimal(text), "f") for text in distinct.to_pylist()], pa.string())
    return pc.coalesce(plain.take(pc.index_in(shown, distinct)), shown)
