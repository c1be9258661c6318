"""The types that a stream's columns are declared with, and the Arrow types that carry them exactly."""

from __future__ import annotations

import re
from typing import Annotated

import pyarrow as pa
from pydantic import AfterValidator

_DECIMAL = re.compile(r"decimal\((\d{1,2}),\s*(\d{1,2})\)")
_STRING = re.compile(r"string(\(\d+\))?")
_PLAIN = {
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    # A naive local date and time, as SQL Server's datetime is; never converted.
    "datetime": pa.timestamp("us"),
}


def arrow_type(declared: str) -> pa.DataType:
    """The Arrow type that holds a declared column type without loss.

    Args:
        declared: `string`, `string(n)`, `decimal(p,s)`, `integer`, `boolean`, `date` or `datetime`.

    Raises:
        ValueError: the type is not one of these.
    """
    if declared in _PLAIN:
        return _PLAIN[declared]
    if _STRING.fullmatch(declared):
        return pa.string()
    if match := _DECIMAL.fullmatch(declared):
        precision, scale = int(match[1]), int(match[2])
        if 1 <= precision <= 38 and scale <= precision:
            return pa.decimal128(precision, scale)
    raise ValueError(
        f"'{declared}' is not a column type; use string, string(n), decimal(p,s), integer, boolean, date or datetime"
    )


def _check(declared: str) -> str:
    arrow_type(declared)
    return declared


ColumnType = Annotated[str, AfterValidator(_check)]
