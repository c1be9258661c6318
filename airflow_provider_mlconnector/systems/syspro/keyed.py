"""Rows of many keys: as one range where the keys lie close together, else in small groups of keys."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_texts
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader

_AT_ONCE = 5000
_FEW = 20
# A range is given up when, after this many rows, fewer than one in so many is wanted.
_PROBED_ROWS = 1000
_SPARSE = 5
_MOST_KEYS = 64


def keys_of(rows: pa.Table, columns: Sequence[str]) -> list[Key]:
    """The rows' keys as texts, in their order."""
    shown = [pc.cast(rows[name], pa.string()).to_pylist() for name in columns]
    return list(zip(*shown, strict=True))


def unreadable_by_key(pages: Iterable[Page], width: int, table: str) -> dict[Key, RejectedRow]:
    """The rows of a related table that could not be read, by the key of the record that they belong to.

    Args:
        pages: pages of the related table.
        width: how many columns the record's key has.
        table: the related table's name.

    Raises:
        IntegrityError: such a row does not say whose it is, so that any record might be incomplete.
    """
    found = {row.key[:width]: row for page in pages for row in page.rejected}
    if any("" in key for key in found):
        raise IntegrityError(f"{table}: a row can't be read and does not say whose it is.", "Look at it in SYSPRO.")
    return found


def rows_with_keys(reader: TableReader, read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> Iterator[Page]:
    """The rows whose key, or the first part of it, is one of these.

    Whether the server sorts texts as we do does not matter: what a range did not bring is asked for by itself.

    Args:
        reader: reads the table.
        read: the table; its conditions hold as well.
        columns: the first columns of its key.
        keys: their wanted values, sorted.
    """
    for start in range(0, len(keys), _AT_ONCE):
        wanted = keys[start : start + _AT_ONCE]
        ranged = _ranged(reader, read, columns, wanted) if len(wanted) > _FEW else None
        yield from ranged or ()
        found = {key for page in ranged or () for key in _present(page, columns)}
        yield from _grouped(reader, read, columns, [key for key in wanted if key not in found])


def _ranged(reader: TableReader, read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> list[Page] | None:
    bounded = replace(read, where=filters.all_of(read.where, filters.between(columns, keys[0], keys[-1])))
    if not reader.fits(bounded):
        return None
    wanted = set(keys)
    texts = pa.array([key_text(key) for key in keys], pa.string())
    kept: list[Page] = []
    seen = hits = 0
    # Closed at once when given up, so that no page is fetched ahead for nothing.
    with closing(_generator(reader, bounded)) as pages:
        for page in pages:
            rows = page.rows.filter(pc.is_in(key_texts(page.rows, columns), value_set=texts))
            bad = tuple(row for row in page.rejected if row.key[: len(columns)] in wanted or "" in row.key)
            kept.append(Page(rows, bad))
            seen, hits = seen + page.rows.num_rows, hits + rows.num_rows
            if seen >= _PROBED_ROWS and hits * _SPARSE < seen:
                return None
    return kept


def _grouped(reader: TableReader, read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> Iterator[Page]:
    start = 0
    while start < len(keys):
        count = min(_MOST_KEYS, len(keys) - start)
        group = _exactly(read, columns, keys[start : start + count])
        while count > 1 and not reader.fits(group):
            count = count // 2
            group = _exactly(read, columns, keys[start : start + count])
        yield from reader.pages(group)
        start += count


def _exactly(read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> TableRead:
    return replace(read, where=filters.all_of(read.where, filters.one_of(columns, keys)))


def _generator(reader: TableReader, read: TableRead) -> Generator[Page, None, None]:
    yield from reader.pages(read)


def _present(page: Page, columns: Sequence[str]) -> set[Key]:
    return {*keys_of(page.rows, columns), *(row.key[: len(columns)] for row in page.rejected)}
