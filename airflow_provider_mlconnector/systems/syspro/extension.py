"""Tables joined one to one, such as a supplier's addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.declaration import Related
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_texts
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.keyed import keys_of, rows_with_keys, unreadable_by_key
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader


def extended(
    pages: Iterator[Page], reader: TableReader, read: TableRead, related: Related, schema: pa.Schema
) -> Iterator[Page]:
    """Pages with the related table's columns beside their own; null where it has no row of that key.

    A record whose related row can't be read is set aside as a whole.

    Args:
        pages: pages of the stream's own table.
        reader: reads the related table.
        read: how the own table is read.
        related: the related table, which has the same key.
        schema: the stream's schema, which says the order of the columns.

    Raises:
        IntegrityError: a related row can't be read and does not say whose it is.
    """
    columns = {name: read.columns[name] for name in read.key} | related.columns
    where = filters.declared(related.where)
    beside = TableRead(related.table, read.key, columns, where, read.company)
    for page in pages:
        found = list(rows_with_keys(reader, beside, read.key, keys_of(page.rows, read.key)))
        yield _joined(page, found, beside, related, schema)


def _joined(page: Page, found: list[Page], beside: TableRead, related: Related, schema: pa.Schema) -> Page:
    unreadable = unreadable_by_key(found, len(beside.key), beside.table)
    keys = keys_of(page.rows, beside.key)
    rejected = [RejectedRow(key, unreadable[key].reason, unreadable[key].raw) for key in keys if key in unreadable]
    rows = page.rows.filter(pa.array([key not in unreadable for key in keys], pa.bool_()))
    others = pa.concat_tables([beside.schema().empty_table(), *(part.rows for part in found)]).combine_chunks()
    wanted = pa.array([key_text(key) for key in keys_of(rows, beside.key)], pa.string())
    places = pc.index_in(wanted, value_set=key_texts(others, beside.key))
    joined = {name: rows[name] for name in rows.schema.names}
    joined |= {name: others[name].take(places) for name in related.columns}
    return Page(pa.table([joined[name] for name in schema.names], schema=schema), (*page.rejected, *rejected))
