"""Rows as fixed-width records, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.fixed_layout import FixedField, FixedWidthLayout
from airflow_provider_mlconnector.formats.numbers import is_number, negative
from airflow_provider_mlconnector.formats.strings import joined, repeated
from airflow_provider_mlconnector.formats.texts import cell_numbers, cell_texts

# The last digit of a signed COBOL number (USAGE DISPLAY): 0 to 9 of a positive one, then 0 to 9 of a negative one.
_OVERPUNCH = pa.array(list("{ABCDEFGHI}JKLMNOPQR"))


def fixed_lines(
    layout: FixedWidthLayout, fields: Sequence[FixedField], rows: pa.RecordBatch, faults: Faults
) -> pa.StringArray:
    """One record for each row, its line end included.

    Args:
        layout: the file's layout.
        fields: the record's fields.
        rows: the data.
        faults: takes the rows that can't be written; their records mean nothing.

    Raises:
        ConfigurationError: a field is declared in a way that its type can't be written in.
    """
    in_order = sorted(fields, key=lambda cell: cell.start)
    return joined(*(_field(layout, cell, rows, faults) for cell in in_order), layout.end)


def _field(layout: FixedWidthLayout, cell: FixedField, rows: pa.RecordBatch, faults: Faults) -> pa.StringArray:
    if cell.text is not None:
        return repeated(_blank(cell, cell.text, right=cell.align == "right"), rows.num_rows)
    column = rows.column(cell.field)
    numeric = is_number(column.type)
    if numeric and cell.truncate:
        raise ConfigurationError(f"{cell.field} holds numbers, which are never truncated.", "Remove truncate.")
    right = cell.align == "right" or (cell.align is None and (numeric or cell.pad == "0"))
    padded = _number(layout, cell, column, faults) if numeric else _text(layout, cell, column, faults, right=right)
    return pc.fill_null(padded, _blank(cell, layout.null_text, right=right))


def _blank(cell: FixedField, text: str, *, right: bool) -> str:
    """A constant at its width; an empty one is blank, since zeros would read as a number."""
    pad = cell.pad if text else " "
    return text.rjust(cell.width, pad) if right else text.ljust(cell.width, pad)


def _text(
    layout: FixedWidthLayout, cell: FixedField, column: pa.Array, faults: Faults, *, right: bool
) -> pa.StringArray:
    texts = cell_texts(layout, cell, column, faults)
    if cell.truncate:
        texts = pc.utf8_slice_codeunits(texts, 0, cell.width)
    else:
        _check_width(cell, pc.utf8_length(texts), faults)
    return _padded(cell, texts, right=right)


def _number(layout: FixedWidthLayout, cell: FixedField, column: pa.Array, faults: Faults) -> pa.StringArray:
    numbers, texts = cell_numbers(cell, column, faults)
    digits = pc.ascii_ltrim(texts, "-")
    if cell.implied_decimals is not None:
        digits = pc.replace_substring(digits, ".", "")
        # The zero before an absent mark is no digit of its own: 0.05 fits into two positions.
        digits = pc.ascii_ltrim(digits, "0") if cell.pad == "0" else digits
    elif layout.decimal_mark != ".":
        digits = pc.replace_substring(digits, ".", layout.decimal_mark)
    below = negative(numbers)
    if cell.sign == "overpunch":
        _check_width(cell, pc.binary_length(digits), faults)
        return _overpunched(pc.ascii_lpad(digits, cell.width, "0"), below)
    if cell.sign == "none":
        faults.add(below, cell.field, "is negative, and the layout has no sign")
        _check_width(cell, pc.binary_length(digits), faults)
        return _padded(cell, digits, right=cell.align != "left")
    return _signed(cell, digits, below, faults)


def _signed(cell: FixedField, digits: pa.StringArray, below: pa.BooleanArray, faults: Faults) -> pa.StringArray:
    leading = cell.sign == "leading"
    sign = pc.if_else(below, "-", "+" if cell.plus else "" if leading else " ")
    _check_width(cell, pc.add(pc.binary_length(digits), pc.binary_length(sign)), faults)
    if cell.pad != "0":
        return _padded(cell, joined(sign, digits) if leading else joined(digits, sign), right=cell.align != "left")
    filled = pc.ascii_lpad(digits, cell.width, "0")
    # A sign takes the place of the first zero, which the check above has left free.
    shorter = pc.utf8_slice_codeunits(filled, 1)
    if not leading:
        return joined(shorter, sign)
    return pc.if_else(pc.equal(sign, ""), filled, joined(sign, shorter))


def _overpunched(filled: pa.StringArray, below: pa.BooleanArray) -> pa.StringArray:
    last = pc.cast(pc.utf8_slice_codeunits(filled, -1), pa.int32())
    punched = _OVERPUNCH.take(pc.add(last, pc.if_else(below, 10, 0)))
    return joined(pc.utf8_slice_codeunits(filled, 0, -1), punched)


def _padded(cell: FixedField, texts: pa.StringArray, *, right: bool) -> pa.StringArray:
    pad = pc.utf8_lpad if right else pc.utf8_rpad
    return pad(texts, cell.width, cell.pad)


def _check_width(cell: FixedField, length: pa.Array, faults: Faults) -> None:
    faults.add(pc.greater(length, cell.width), cell.field, f"is wider than {cell.width}")
