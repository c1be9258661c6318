"""Words that `query` speaks and codes that `readByQuery` has for them (sheet 1.5); a stream always sees the words."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from airflow_provider_mlconnector.systems.intacct.filters import Compare, Filter
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead, Rows

# Only these are published; another code is shown as it comes.
_CODES = {
    ("APBILL", "STATE"): {
        "Draft": "D",
        "Submitted": "S",
        "Partially Approved": "PA",
        "Declined": "U",
        "Posted": "A",
    }
}


def coded(where: Filter, name: str) -> Filter:
    """A condition with codes in the place of words.

    Args:
        where: the condition.
        name: the object that it is about.
    """
    if not isinstance(where, Compare):
        return replace(where, parts=tuple(coded(part, name) for part in where.parts))
    codes = _CODES.get((name, where.column), {})
    return replace(where, values=tuple(codes.get(value, value) for value in where.values))


def in_words(rows: Rows, read: ObjectRead) -> Rows:
    """Rows with words in the place of codes."""
    table = rows.table
    for (name, column), codes in _CODES.items():
        if name == read.name and column in table.schema.names:
            words = {code: word for word, code in codes.items()}
            shown = [words.get(value, value) for value in table[column].to_pylist()]
            table = table.set_column(table.schema.get_field_index(column), column, pa.array(shown, pa.string()))
    return replace(rows, table=table)
