"""The values of a column as texts, before any format puts them between quotes or at positions."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.cells import Cell
from airflow_provider_mlconnector.formats.encodings import replace, unencodable
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.layout import Layout
from airflow_provider_mlconnector.formats.moments import moment_texts
from airflow_provider_mlconnector.formats.numbers import is_number, number_texts, rescaled
from airflow_provider_mlconnector.formats.strings import holding

_BREAKS = "\r\n"


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def check_schema(layout: Layout, schema: pa.Schema) -> None:
    """Check that the data have what the layout writes, sums and groups by, in types that can be written.

    Raises:
        ConfigurationError: a field is missing, or of a type that doesn't fit.
    """
    for cell in layout.body_cells():
        if cell.field:
            _check_cell(layout, cell, _kind(layout, schema, cell.field))
    if layout.totals:
        amount = layout.totals.amount
        if not is_number(_kind(layout, schema, amount)):
            raise ConfigurationError(layout.say(amount, f"{amount} is summed, and holds no numbers."))
    keys = {layout.grouping.by if layout.grouping else "", layout.totals.currency if layout.totals else ""}
    for name in (keys | {document_field(layout)}) - {""}:
        kind = _kind(layout, schema, name)
        if not (is_text(kind) or pa.types.is_integer(kind) or pa.types.is_date32(kind)):
            problem = f"{name} tells rows apart and must be a text, an integer or a date, not {kind}."
            raise ConfigurationError(layout.say(name, problem))
    if _kind(layout, schema, "_key_hash") != pa.binary(16):
        raise ConfigurationError("_key_hash must be 16 bytes wide.")


def document_field(layout: Layout) -> str:
    """The field whose change begins a new document; empty where rows are no documents."""
    return layout.document if layout.format == "fixed_width" else ""


def plain(column: pa.Array) -> pa.StringArray:
    """Texts, integers or dates as texts, untouched by the layout."""
    return column if pa.types.is_string(column.type) else pc.cast(column, pa.string())


def cell_numbers(cell: Cell, column: pa.Array, faults: Faults) -> tuple[pa.Array, pa.StringArray]:
    """A column of numbers with the declared decimals, and as texts with a point."""
    numbers, excess = rescaled(column, cell.scale(), cell.rounding)
    faults.add(excess, cell.field, f"has more than {cell.scale()} decimals")
    return numbers, number_texts(numbers, cell.scale())


def cell_texts(layout: Layout, cell: Cell, column: pa.Array, faults: Faults) -> pa.StringArray:
    """A column that holds no numbers, as texts that the encoding holds; null where a value is missing."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, layout.true_text, layout.false_text)
    if pa.types.is_temporal(kind):
        standard = layout.date_format if pa.types.is_date(kind) else layout.datetime_format
        return moment_texts(column, cell.date_format or standard)
    texts = plain(column)
    if layout.line_breaks != "keep" and (broken := holding(texts, _BREAKS)) is not None:
        if layout.line_breaks == "reject":
            faults.add(broken, cell.field, "holds a line break")
        texts = pc.replace_substring_regex(texts, r"\r\n|\r|\n", " ")
    return encodable(layout, cell.field, texts, faults)


def encodable(layout: Layout, name: str, texts: pa.StringArray, faults: Faults) -> pa.StringArray:
    """Texts that the encoding holds: with the declared replacements, and a fault where there is none."""
    foreign = unencodable(texts, layout.encoding)
    if foreign is None or not pc.any(foreign).as_py():
        return texts
    replaced = replace(texts, layout.encoding, layout.replacements)
    left = unencodable(replaced, layout.encoding)
    faults.add(left, name, f"holds a character that {layout.encoding} can't hold", of_characters=True)
    return replaced


def _kind(layout: Layout, schema: pa.Schema, name: str) -> pa.DataType:
    if name not in schema.names:
        known = ", ".join(known for known in schema.names if not known.startswith("_"))
        raise ConfigurationError(layout.say(name, f"the data don't have {name}."), f"They have {known}.")
    return schema.field(name).type


def _check_cell(layout: Layout, cell: Cell, kind: pa.DataType) -> None:
    typed = f"{cell.field} is of type {kind}"
    moment = pa.types.is_date32(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)
    number = is_number(kind) and getattr(kind, "scale", 0) >= 0
    if not (moment or number or is_text(kind) or pa.types.is_boolean(kind)):
        raise ConfigurationError(layout.say(cell.field, f"{typed}, which files don't hold."), "Map it to another type.")
    if not number and (cell.scale() is not None or cell.rounding):
        raise ConfigurationError(layout.say(cell.field, f"{typed}: decimals and rounding belong to numbers."))
    if not moment and cell.date_format:
        raise ConfigurationError(layout.say(cell.field, f"{typed}: date_format belongs to dates and times."))
