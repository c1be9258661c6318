"""Records in one file, their lines in another, joined by fields that both hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.csv_shapes import required_places
from airflow_provider_mlconnector.formats.inbound.decoding import DecodedFile
from airflow_provider_mlconnector.formats.inbound.parts import in_parts
from airflow_provider_mlconnector.formats.inbound.rows import (
    BAD,
    DETAIL,
    GROUP,
    HEADER,
    LINE,
    NO_KEY,
    RUN,
    Rows,
    key_columns,
    with_groups,
)
from airflow_provider_mlconnector.formats.inbound.sheet import Sheet, columns_of
from airflow_provider_mlconnector.formats.inbound.template import InboundField, Template
from airflow_provider_mlconnector.formats.inbound.titles import known_titles, places
from airflow_provider_mlconnector.streams.fingerprint import key_texts

_LOST = 0


def joined_rows(header: DecodedFile, lines: DecodedFile, template: Template) -> Iterator[Rows]:
    """The rows of both files, every line with the record that it belongs to.

    Raises:
        FileRefusedError: see `read`.
    """
    both = _both(header, lines, template)
    for rows in in_parts(both, header.size + lines.size):
        yield _joined(rows, template)


def _both(header: DecodedFile, lines: DecodedFile, template: Template) -> Iterator[Rows]:
    """The rows of both files, grouped by what joins them."""
    records = _tables(header, template, template.fields, HEADER)
    details = _tables(lines, template, template.line_fields, DETAIL)
    none, no_lines = next(records), next(details)
    yield Rows(none, no_lines)
    for table in records:
        yield Rows(table, no_lines)
    for table in details:
        yield Rows(none, table)


def _tables(
    file: DecodedFile, template: Template, fields: Mapping[str, InboundField], prefix: str
) -> Iterator[pa.Table]:
    """First an empty table, which tells the columns, then the rows."""
    sheet = Sheet.opened(file, template, known_titles(fields))
    (found,) = places(sheet.titles.cells, fields)
    names = [*(prefix + name for name in found), LINE, BAD, GROUP]
    kinds = [pa.int64() if name == LINE else pa.string() for name in names]
    yield pa.schema(list(zip(names, kinds, strict=True))).empty_table()
    for grid in sheet.grids(template.totals_rows, required_places(fields, found)):
        columns = columns_of(grid, found, prefix, sheet.width)
        given = {name: columns[prefix + name] for name in found}
        join = key_columns(fields, template.join, given, len(grid.lines))
        group = key_texts(pa.table(dict(zip(template.join, join, strict=True))), template.join)
        yield pa.table({**columns, GROUP: group})


def _joined(rows: Rows, template: Template) -> Rows:
    assert rows.lines is not None, "both files have been read"
    heads, lines = _once(rows.records), rows.lines.combine_chunks()
    join = heads[GROUP].combine_chunks()
    columns = {name: heads[name].combine_chunks() for name in heads.column_names if name != GROUP}
    records = with_groups(columns, template)
    owner = pc.index_in(lines[GROUP].combine_chunks(), value_set=join)
    group = pc.fill_null(records[GROUP].take(owner), f"{NO_KEY}lost")
    run = pc.fill_null(columns[LINE].take(owner), _LOST)
    return Rows(
        pa.table({**records, RUN: columns[LINE]}),
        lines.drop_columns([GROUP]).append_column(GROUP, group).append_column(RUN, run),
    )


def _once(records: pa.Table) -> pa.Table:
    """Records of which no two share what joins them to their lines, which could be either's.

    The same row twice is one; rows that differ are marked as bad.
    """
    counted = pc.value_counts(records[GROUP].combine_chunks())
    several = pc.filter(counted.field(0), pc.greater(counted.field(1), 1))
    at = pc.indices_nonzero(pc.is_in(records[GROUP], value_set=several))
    first: dict[str, dict[str, str]] = {}
    again: list[int] = []
    differing: set[str] = set()
    for place, row in zip(at.to_pylist(), records.take(at).drop_columns([LINE]).to_pylist(), strict=True):
        if row[GROUP] not in first:
            first[row[GROUP]] = row
        elif row == first[row[GROUP]]:
            again.append(place)
        else:
            differing.add(row[GROUP])
    doubled = pc.is_in(records[GROUP], value_set=pa.array(sorted(differing), pa.string()))
    bad = pc.if_else(doubled, "another record of the file has the same values in the fields of join", records[BAD])
    marked = records.set_column(records.column_names.index(BAD), BAD, bad)
    kept = pc.invert(pc.is_in(pa.array(range(records.num_rows)), value_set=pa.array(again, pa.int64())))
    return marked.filter(kept).combine_chunks()
