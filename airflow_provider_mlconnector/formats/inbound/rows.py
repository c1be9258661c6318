"""What every kind of file is cut into before records are made of it: rows of texts, and which belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.template import InboundField, Template
from airflow_provider_mlconnector.formats.inbound.texts import final_text
from airflow_provider_mlconnector.streams.fingerprint import key_texts

# The record's key; of a row without a whole one, a mark that no key can be. Rows of one group are read together.
GROUP = "_group"
# Which rows of a group are one record: where it was first met.
RUN = "_run"
LINE = "_line"
# Why a row can't be read at all; null for all others.
BAD = "_bad"
HEADER, DETAIL = "h.", "l."
NO_KEY = "\x00"


@dataclass(frozen=True)
class Rows:
    """Some of a file's rows, as tables of texts.

    Attributes:
        records: rows with the records' fields, in columns `h.<field>`, beside `GROUP`, `RUN`, `LINE` and `BAD`.
        lines: rows with the lines' fields, in columns `l.<field>`, with the same; None: these stand in `records`.
    """

    records: pa.Table
    lines: pa.Table | None = None


def part(table: pa.Table, prefix: str) -> dict[str, pa.Array]:
    """The columns of the records' or of the lines' fields, by field."""
    return {
        name.removeprefix(prefix): table[name].combine_chunks()
        for name in table.column_names
        if name.startswith(prefix)
    }


def with_groups(columns: Mapping[str, pa.Array], template: Template) -> dict[str, pa.Array]:
    """The columns of records, with the group that each row belongs to.

    Args:
        columns: as in `Rows.records`, without `GROUP`.
        template: says what the key is, and which of its fields are required.
    """
    rows = len(columns[LINE])
    given = {name.removeprefix(HEADER): column for name, column in columns.items() if name.startswith(HEADER)}
    key = key_columns(template.fields, template.key, given, rows)
    # A row that can't be read still spoils the record whose key it names: its line would be missing there.
    whole = pc.not_equal(pc.binary_join_element_wise(*key, ""), "")
    for name, values in zip(template.key, key, strict=True):
        if template.fields[name].required:
            whole = pc.and_(whole, pc.not_equal(values, ""))
    group = key_texts(pa.table(dict(zip(template.key, key, strict=True))), template.key)
    alone = pc.binary_join_element_wise(NO_KEY, columns[LINE].cast(pa.string()), "")
    return {GROUP: pc.if_else(whole, group, alone), **columns}


def key_columns(
    fields: Mapping[str, InboundField], key: Sequence[str], given: Mapping[str, pa.Array], rows: int
) -> list[pa.StringArray]:
    """The key's texts; what is blank is an empty text, so that keys can be compared."""
    return [pc.fill_null(final_text(fields, name, given, rows), "") for name in key]
