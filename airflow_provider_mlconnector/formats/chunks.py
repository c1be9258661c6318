"""Tables cut into chunks that never divide a record or a document."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError

ROWS = 32_768
"""Rows of a chunk, unless a record or document has more."""


def changes(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Where a value differs from the one before it; from the second row on."""
    rows = len(column)
    return pc.fill_null(pc.not_equal(column.slice(1), column.slice(0, rows - 1)), fill_value=True)


def begins(column: pa.Array) -> pa.BooleanArray:
    """Where a new value begins; the first row of a chunk always does."""
    if len(column) == 0:
        return pa.array([], pa.bool_())
    return pa.concat_arrays([pa.array([True]), changes(column)])


def unit_begins(rows: pa.RecordBatch, document: str) -> pa.BooleanArray:
    """Where the rows of a new record begin; with documents, where both record and document change.

    Args:
        rows: a chunk.
        document: the field whose change begins a document; empty where there is none.
    """
    starts = begins(rows.column("_key_hash"))
    return pc.and_(starts, begins(rows.column(document))) if document else starts


def whole_records(tables: Iterator[pa.Table], document: str, size: int = ROWS) -> Iterator[pa.RecordBatch]:
    """Chunks of about `size` rows; the rows of one record or document stay together, however many they are.

    Args:
        tables: tables of one schema in which the rows of a record, or document, follow one another.
        document: the field whose change begins a document; empty where there is none.
        size: rows of a chunk.

    Raises:
        ConfigurationError: a table has another schema than the first.
    """
    held: list[pa.Table] = []
    rows = 0
    schema: pa.Schema | None = None
    for table in tables:
        schema = schema or table.schema
        if not table.schema.equals(schema):
            raise ConfigurationError("The mapped tables of one batch have different schemas.", "Clear the map task.")
        for at in range(0, table.num_rows, size):
            held.append(table.slice(at, size))
            rows += held[-1].num_rows
            if rows >= size:
                joined = pa.concat_tables(held)
                cut = _last_begin(joined, document)
                yield from _whole(joined.slice(0, cut))
                held, rows = [joined.slice(cut)], rows - cut
    if held:
        yield from _whole(pa.concat_tables(held))


def _last_begin(table: pa.Table, document: str) -> int:
    """The row at which the last record of a table begins; 0 where it has only one."""
    starts = changes(table.column("_key_hash"))
    if document:
        starts = pc.and_(starts, changes(table.column(document)))
    places = pc.indices_nonzero(starts)
    return int(places[-1].as_py()) + 1 if len(places) else 0


def _whole(table: pa.Table) -> Iterator[pa.RecordBatch]:
    if table.num_rows:
        columns = [_one_array(table.column(place)) for place in range(table.num_columns)]
        yield pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.unify_dictionaries().chunks)
