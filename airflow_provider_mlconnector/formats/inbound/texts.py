"""Columns of texts as a file holds them, and what a template makes of them before they get their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.template import InboundField, loose
from airflow_provider_mlconnector.formats.strings import content, repeated

Texts = Mapping[str, pa.StringArray]


def clean(column: pa.StringArray) -> pa.StringArray:
    """Texts without white space around them; null where nothing is left."""
    if not len(content(column)):
        return pa.nulls(len(column), pa.string())
    trimmed = pc.utf8_trim_whitespace(column)
    blank = pc.equal(trimmed, "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed) if pc.any(blank).as_py() else trimmed


def final_text(fields: Mapping[str, InboundField], name: str, given: Texts, rows: int) -> pa.StringArray:
    """What a template makes of one field's texts.

    Args:
        fields: the fields of the record, or of the line.
        name: the field.
        given: cleaned columns by field; a field that the file does not hold is missing.
        rows: their length.
    """
    field = fields[name]
    if field.constant:
        return repeated(field.constant, rows)
    if field.first_of:
        found = pc.coalesce(*(final_text(fields, source, given, rows) for source in field.first_of))
    else:
        found = given[name] if name in given else pa.nulls(rows, pa.string())
    found = _spelled(_normalised(found, field.normalise), field.values)
    return pc.coalesce(found, field.default) if field.default else found


def _normalised(column: pa.StringArray, steps: Sequence[str]) -> pa.StringArray:
    if column.null_count == len(column):
        return column
    if "upper" in steps:
        column = pc.utf8_upper(column)
    if "spaces" in steps:
        column = pc.replace_substring_regex(column, r"[\pZ\s]+", " ")
    if "leading_zeros" in steps:
        column = pc.replace_substring_regex(column, "^0+(.)", r"\1")
    return column


def _spelled(column: pa.StringArray, values: Mapping[str, Sequence[str]]) -> pa.StringArray:
    if not values:
        return column
    known = {loose(text): value for value, others in values.items() for text in (value, *others)}
    coded = column.dictionary_encode()
    made = [known.get(loose(text), text) for text in coded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(coded.indices)
