"""Rows as the lines of a CSV file, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.cells import Cell
from airflow_provider_mlconnector.formats.csv_layout import CsvLayout
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.numbers import is_number
from airflow_provider_mlconnector.formats.strings import holding, joined, occurs, repeated
from airflow_provider_mlconnector.formats.texts import cell_numbers, cell_texts

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = pa.array(["=", "+", "-", "@", "\t", "\r"])


def csv_lines(layout: CsvLayout, cells: Sequence[Cell], rows: pa.RecordBatch, faults: Faults) -> pa.StringArray:
    """One line for each row, its line end included.

    Args:
        layout: the file's layout.
        cells: the columns.
        rows: the data.
        faults: takes the rows that can't be written; their lines mean nothing.
    """
    alone = len(cells) == 1
    parts = [_column(layout, cell, rows, faults, alone=alone) for cell in cells]
    parts[-1] = joined(parts[-1], layout.end)
    return pc.binary_join_element_wise(*parts, layout.delimiter)


def title_line(layout: CsvLayout) -> str:
    """The line of titles."""
    titles = pa.array(layout.titles(), pa.string())
    alone = len(titles) == 1
    quoted = titles if layout.quoting == "none" else _quoted(layout, titles, numeric=False, alone=alone)
    return layout.delimiter.join(quoted.to_pylist()) + layout.end


def _column(layout: CsvLayout, cell: Cell, rows: pa.RecordBatch, faults: Faults, *, alone: bool) -> pa.StringArray:
    numeric = False
    if cell.text is not None:
        texts = repeated(cell.text, rows.num_rows)
    elif numeric := is_number(rows.schema.field(cell.field).type):
        _, texts = cell_numbers(cell, rows.column(cell.field), faults)
        texts = texts if layout.decimal_mark == "." else pc.replace_substring(texts, ".", layout.decimal_mark)
    else:
        texts = cell_texts(layout, cell, rows.column(cell.field), faults)
        texts = _guarded(texts) if layout.formula_guard else texts
    if layout.quoting == "none":
        return _unquoted(layout, cell, texts, faults, alone=alone)
    return _quoted(layout, texts, numeric=numeric, alone=alone)


def _guarded(texts: pa.StringArray) -> pa.StringArray:
    risky = pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), _FORMULA)
    return _changed(texts, risky, joined("'", pc.filter(texts, risky)))


def _unquoted(layout: CsvLayout, cell: Cell, texts: pa.StringArray, faults: Faults, *, alone: bool) -> pa.StringArray:
    faults.add(holding(texts, layout.breaking()), cell.field, "holds a delimiter or line break, without quotes")
    if layout.null_text:
        faults.add(pc.equal(texts, layout.null_text), cell.field, "reads as the text for a missing value")
    filled = pc.fill_null(texts, layout.null_text)
    if alone:
        faults.add(pc.equal(filled, ""), cell.field, "would be an empty line")
    return filled


def _quoted(layout: CsvLayout, texts: pa.StringArray, *, numeric: bool, alone: bool) -> pa.StringArray:
    if layout.quoting == "all" or (layout.quoting == "nonnumeric" and not numeric):
        return _between_quotes(layout, pc.fill_null(texts, layout.null_text))
    needs = holding(texts, layout.breaking() + layout.quote)
    if layout.null_text:
        # Bare, a value that equals the text for a missing one would read as missing.
        needs = _either(needs, pc.fill_null(pc.equal(texts, layout.null_text), fill_value=False))
    filled = pc.fill_null(texts, layout.null_text)
    if alone:
        needs = _either(needs, pc.equal(filled, ""))
    if needs is None:
        return filled
    return _changed(filled, needs, _between_quotes(layout, pc.filter(filled, needs)))


def _between_quotes(layout: CsvLayout, texts: pa.StringArray) -> pa.StringArray:
    if occurs(texts, layout.quote):
        texts = pc.replace_substring(texts, layout.quote, layout.quote * 2)
    return joined(layout.quote, texts, layout.quote)


def _either(one: pa.BooleanArray | None, other: pa.BooleanArray) -> pa.BooleanArray:
    return other if one is None else pc.or_(one, other)


def _changed(texts: pa.StringArray, where: pa.BooleanArray, to: pa.StringArray) -> pa.StringArray:
    return pc.replace_with_mask(texts, where, to) if len(to) else texts
