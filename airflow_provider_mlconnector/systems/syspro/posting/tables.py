"""Rows of SYSPRO's tables by a few of their values: many keys in few questions, over COMFND or OData."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader

Row = dict[str, Any]
_MOST_KEYS = 64


class Tables:
    """Looks rows up.

    Args:
        reader: reads the company's tables.
        ledger: reads those of the general ledger.
        company: the company that general-ledger accounts belong to, where its tables lie in another one's.
        gl_company: whose database holds the general ledger; empty: the same company's.
    """

    def __init__(self, reader: TableReader, ledger: TableReader, company: str, gl_company: str) -> None:
        self._reader = reader
        self._ledger = ledger
        self._company = company
        self._gl_company = gl_company

    def with_keys(self, read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> list[Row]:
        """The rows in which these columns hold one of these values.

        Args:
            read: table, key and columns.
            columns: the columns; where they are the whole key, asking ends when every key has been found.
            keys: their values, as the database holds them.

        Returns:
            The rows, their values in these columns written as they were asked for, however the server pads them.

        Raises:
            IntegrityError: a row can't be read, so that nobody can say what is there.
        """
        if read.table.startswith("Gen"):
            read = self._of_ledger(read)
        reader = self._ledger if read.table.startswith("Gen") else self._reader
        wanted = list(dict.fromkeys(keys))
        return [row for group in _groups(reader, read, columns, wanted) for row in _found(reader, read, columns, group)]

    def every(self, read: TableRead) -> list[Row]:
        """All rows of a small table; errors as `with_keys`."""
        if read.table.startswith("Gen"):
            return list(_rows(self._ledger, self._of_ledger(read)))
        return list(_rows(self._reader, read))

    def _of_ledger(self, read: TableRead) -> TableRead:
        if not self._gl_company:
            return read
        read = replace(read, company=self._gl_company)
        if "Company" not in read.columns:
            return read
        return replace(read, where=filters.all_of(read.where, filters.Compare("Company", "eq", self._company)))


def _groups(reader: TableReader, read: TableRead, columns: Sequence[str], keys: list[Key]) -> Iterator[list[Key]]:
    start = 0
    while start < len(keys):
        count = min(_MOST_KEYS, len(keys) - start)
        while count > 1 and not reader.fits(_exactly(read, columns, keys[start : start + count])):
            count //= 2
        yield keys[start : start + count]
        start += count


def _exactly(read: TableRead, columns: Sequence[str], keys: Sequence[Key]) -> TableRead:
    return replace(read, where=filters.all_of(read.where, filters.one_of(columns, keys)))


def _found(reader: TableReader, read: TableRead, columns: Sequence[str], keys: list[Key]) -> Iterator[Row]:
    alone = set(columns) >= set(read.key) - {"Company"}
    waiting = set(keys)
    for row in _rows(reader, _exactly(read, columns, keys)):
        key = _as_asked(tuple(str(row[column]) for column in columns), keys)
        yield row | dict(zip(columns, key, strict=True))
        waiting.discard(key)
        if alone and not waiting:
            # Saves the question whether more rows follow.
            return


def _as_asked(key: Key, keys: Sequence[Key]) -> Key:
    if key in keys:
        return key
    alike = [each for each in keys if _bare(each) == _bare(key)]
    return alike[0] if len(alike) == 1 else key


def _bare(key: Key) -> Key:
    """The key without case and without padding of numbers, which servers show in several ways (sheet 6.14)."""
    stripped = (value.strip().casefold() for value in key)
    return tuple(value.lstrip("0") if value.isdigit() else value for value in stripped)


def _rows(reader: TableReader, read: TableRead) -> Iterator[Row]:
    for page in reader.pages(read):
        for rejected in page.rejected:
            raise IntegrityError(
                f"{read.table}: a row can't be read: {rejected.reason}.", "Look at it in SYSPRO; nothing was posted."
            )
        yield from page.rows.to_pylist()
