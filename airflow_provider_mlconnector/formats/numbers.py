"""Decimals and integers as texts, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.strings import joined

Rounding = Literal["half_up", "half_even"] | None
_MODES = {"half_up": "half_towards_infinity", "half_even": "half_to_even", None: "towards_zero"}
# Arrow writes a decimal with more than six zeros behind its mark in scientific notation.
_PLAIN_SCALE = 6
_WIDEST = 76


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers: integers or decimals."""
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def widest(column: pa.Array) -> pa.Array:
    """The same numbers as 76-digit decimals, so that no sum and no rounding of 38 digits overflows."""
    if pa.types.is_decimal(column.type):
        return pc.cast(column, pa.decimal256(_WIDEST, column.type.scale))
    return pc.cast(pc.cast(column, pa.decimal128(38, 0)), pa.decimal256(_WIDEST, 0))


def rescaled(column: pa.Array, decimals: int | None, rounding: Rounding) -> tuple[pa.Array, pa.BooleanArray | None]:
    """Numbers with no more decimals than declared.

    Args:
        column: decimals or integers.
        decimals: how many decimals; None for as many as the type has.
        rounding: how the excess is rounded; None where it may not be.

    Returns:
        The numbers, and where one has more decimals than it may have (cut off there); None where none has.
    """
    if not pa.types.is_decimal(column.type) or decimals is None or column.type.scale <= decimals:
        return column, None
    wide = widest(column)
    kept = pc.round(wide, decimals, _MODES[rounding])
    excess = pc.not_equal(wide, kept) if rounding is None else None
    return pc.cast(kept, pa.decimal256(_WIDEST, decimals)), excess


def number_texts(column: pa.Array, decimals: int | None) -> pa.StringArray:
    """Numbers as plain texts with a point, such as `-1234.50`.

    Args:
        column: numbers that have no more decimals than that.
        decimals: how many decimals are written; None for as many as the type has.
    """
    scale = column.type.scale if pa.types.is_decimal(column.type) else 0
    texts = pc.cast(column, pa.string()) if scale <= _PLAIN_SCALE else _from_digits(column, scale)
    missing = (decimals or 0) - scale
    if missing > 0:
        texts = joined(texts, ("" if scale else ".") + "0" * missing)
    return texts


def shortest(texts: pa.StringArray, mark: str) -> pa.StringArray:
    """Plain texts of numbers without zeros behind the last decimal, and with this decimal mark."""
    has_point = pc.match_substring(texts, ".")
    if pc.any(has_point).as_py():
        short = pc.ascii_rtrim(pc.ascii_rtrim(texts, characters="0"), characters=".")
        texts = pc.if_else(has_point, short, texts)
        if mark != ".":
            texts = pc.replace_substring(texts, ".", mark)
    return texts


def negative(column: pa.Array) -> pa.BooleanArray:
    """Where a number is below zero; null where it is missing."""
    return pc.less(column, pa.scalar(Decimal(0) if pa.types.is_decimal(column.type) else 0, column.type))


def _from_digits(column: pa.Array, scale: int) -> pa.StringArray:
    kind = pa.decimal128(38, 0) if pa.types.is_decimal128(column.type) else pa.decimal256(_WIDEST, 0)
    unscaled = pa.Array.from_buffers(kind, len(column), column.buffers(), offset=column.offset)
    signed = pc.cast(unscaled, pa.string())
    digits = pc.utf8_lpad(pc.utf8_ltrim(signed, "-"), scale + 1, "0")
    sign = pc.if_else(negative(column), "-", "")
    return joined(sign, pc.utf8_slice_codeunits(digits, 0, -scale), ".", pc.utf8_slice_codeunits(digits, -scale))
