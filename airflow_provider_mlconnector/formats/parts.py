"""Chunks of rows as encoded lines, group by group; rows that can't be written stay behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.chunks import begins, unit_begins
from airflow_provider_mlconnector.formats.control import Tally, tally
from airflow_provider_mlconnector.formats.encodings import encode
from airflow_provider_mlconnector.formats.faults import Faults, RejectedRecord
from airflow_provider_mlconnector.formats.layout import Layout
from airflow_provider_mlconnector.formats.record_lines import body_lines
from airflow_provider_mlconnector.formats.strings import content, joined, repeated
from airflow_provider_mlconnector.formats.texts import document_field, encodable, plain


@dataclass(frozen=True)
class Part:
    """Lines of one group.

    Attributes:
        group: the value that the rows share; empty where rows aren't grouped.
        encoded: their lines, in the file's encoding.
        counted: what they hold.
    """

    group: str
    encoded: bytes | memoryview
    counted: Tally


@dataclass(frozen=True)
class _Chunk:
    rows: pa.RecordBatch
    lines: pa.StringArray
    documents: pa.StringArray | None
    groups: pa.StringArray

    def filter(self, mask: pa.BooleanArray) -> _Chunk:
        documents = None if self.documents is None else self.documents.filter(mask)
        return _Chunk(self.rows.filter(mask), self.lines.filter(mask), documents, self.groups.filter(mask))

    def by_group(self) -> _Chunk:
        """The same rows with those of a group one after the other, in their order."""
        order = pc.sort_indices(self.groups.dictionary_encode().indices)
        documents = None if self.documents is None else self.documents.take(order)
        return _Chunk(self.rows.take(order), self.lines.take(order), documents, self.groups.take(order))


def parts(layout: Layout, rows: pa.RecordBatch, rejected: list[RejectedRecord]) -> Iterator[Part]:
    """Render one chunk.

    Args:
        layout: the files' layout.
        rows: whole records.
        rejected: takes the records that can't be written.

    Raises:
        RejectedError: a record can't be written, and the layout's policy is `error`.
    """
    faults = Faults(partial(called, rows), layout.unrenderable, layout.unencodable)
    lines, documents = body_lines(layout, rows, faults)
    groups = _groups(layout, rows, faults)
    chunk = _Chunk(_counted_columns(layout, rows), lines, documents, groups)
    if faults.found:
        stays, gone = faults.rejected(unit_begins(rows, document_field(layout)), rows.column("_key_hash"))
        rejected.extend(gone)
        chunk = chunk.filter(stays)
    if chunk.rows.num_rows:
        yield from _by_group(layout, chunk.by_group() if layout.grouping else chunk)


def _by_group(layout: Layout, chunk: _Chunk) -> Iterator[Part]:
    lines, first = chunk.lines, None
    if chunk.documents is not None:
        first = pc.or_(begins(chunk.rows.column(document_field(layout))), begins(chunk.groups))
        lines = pc.if_else(first, joined(chunk.documents, lines), lines)
    counted = tally(chunk.rows, chunk.groups, layout.totals, first)
    at = 0
    for group in pc.unique(chunk.groups).to_pylist():
        encoded = encode(content(lines.slice(at, counted[group].rows)), layout.encoding)
        at += counted[group].rows
        yield Part(group, encoded, counted[group])


def _groups(layout: Layout, rows: pa.RecordBatch, faults: Faults) -> pa.StringArray:
    grouping = layout.grouping
    if grouping is None:
        return repeated("", rows.num_rows)
    groups = pc.fill_null(plain(rows.column(grouping.by)), "")
    faults.add(pc.equal(pc.utf8_trim_whitespace(groups), ""), grouping.by, "is empty, and rows are grouped by it")
    if any(cell.field == "group" for cells, _ in layout.control_records() for cell in cells):
        encodable(layout, grouping.by, groups, faults)
    return groups


def _counted_columns(layout: Layout, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The columns that are still needed once the lines are made."""
    totals = layout.totals
    named = {"_key_hash", document_field(layout)} | ({totals.amount, totals.currency} if totals else set())
    return rows.select([name for name in rows.schema.names if name in named])


def called(rows: pa.RecordBatch, row: int) -> str:
    """How messages call the record that a row belongs to."""
    if "_key" in rows.schema.names:
        return f"Record {rows.column('_key')[row].as_py()}"
    return f"Record with the key hash {rows.column('_key_hash')[row].as_py().hex()}"
