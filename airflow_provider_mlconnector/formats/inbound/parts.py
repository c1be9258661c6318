"""Rows sorted into parts by their group, so that each part fits into memory; the others wait on disk."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.rows import GROUP, Rows
from airflow_provider_mlconnector.formats.spool import Spool

PART_BYTES = 8 * 1024 * 1024
"""Bytes of a file for which there is one part."""
_MOST_PARTS = 1024


def in_parts(rows: Iterator[Rows], size: int) -> Iterator[Rows]:
    """All rows of a group together, whatever stands between them in the file.

    What does not fit into memory waits in a temporary file without a name, which nobody else can open and nothing
    has to remove.

    Args:
        rows: the rows in the order of the file.
        size: bytes of the file.

    Yields:
        Rows in the order of the file, every group in one part.
    """
    count = min(_MOST_PARTS, -(-size // PART_BYTES))
    if count <= 1:
        held = list(rows)
        if held:
            lines = [each.lines for each in held if each.lines is not None]
            yield Rows(pa.concat_tables(each.records for each in held), pa.concat_tables(lines) if lines else None)
        return
    with Spool() as spool:
        schemas: dict[str, pa.Schema] = {}
        for name, table in _gathered(rows):
            schemas[name] = table.schema
            _spill(spool, name, table, count)
        for number in range(count):
            records = _read(spool, f"records{number}", schemas.get("records"))
            of_lines = _read(spool, f"lines{number}", schemas.get("lines"))
            if records is not None and records.num_rows + (of_lines.num_rows if of_lines is not None else 0):
                yield Rows(records, of_lines)


def _gathered(rows: Iterator[Rows]) -> Iterator[tuple[str, pa.Table]]:
    """Larger tables of records and of lines, so that the pieces of the parts are not too small."""
    held: dict[str, list[pa.Table]] = {"records": [], "lines": []}
    sizes = dict.fromkeys(held, 0)
    for block in rows:
        for name, table in (("records", block.records), ("lines", block.lines)):
            if table is None:
                continue
            held[name].append(table)
            sizes[name] += table.nbytes
            if sizes[name] >= PART_BYTES:
                yield name, pa.concat_tables(held[name])
                held[name], sizes[name] = [], 0
    for name, tables in held.items():
        if tables:
            yield name, pa.concat_tables(tables)


def _spill(spool: Spool, name: str, table: pa.Table, count: int) -> None:
    coded = table[GROUP].combine_chunks().dictionary_encode()
    parts = pa.array([crc32(group.encode()) % count for group in coded.dictionary.to_pylist()], pa.int64())
    of_row = parts.take(coded.indices)
    order = pc.array_sort_indices(of_row)
    ordered = table.take(order).combine_chunks()
    sorted_parts = of_row.take(order)
    counted = pc.value_counts(sorted_parts)
    start = 0
    for part, rows in zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(ordered.slice(start, rows))
        spool.append(f"{name}{part}", memoryview(sink.getvalue()))
        start += rows


def _read(spool: Spool, group: str, schema: pa.Schema | None) -> pa.Table | None:
    if schema is None:
        return None
    source = pa.BufferReader(b"".join(spool.read(group)))
    tables = [schema.empty_table()]
    while source.tell() < source.size():
        tables.append(pa.ipc.open_stream(source).read_all())
    return pa.concat_tables(tables)
