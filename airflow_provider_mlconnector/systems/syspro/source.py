"""One SYSPRO stream as the port `StreamSource`: a table, what is joined to it, and which rows are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.documents import documents
from airflow_provider_mlconnector.systems.syspro.extension import extended
from airflow_provider_mlconnector.systems.syspro.filters import Filter
from airflow_provider_mlconnector.systems.syspro.keyed import rows_with_keys
from airflow_provider_mlconnector.systems.syspro.progress import reported
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader


class SysproSource:
    """Reads one stream of a SYSPRO company, over whichever protocol the reader speaks.

    Args:
        declaration: the stream.
        reader: reads tables.
        company: whose database holds the table; empty: the connection's.
        where: a condition beside the declared ones.
    """

    def __init__(
        self,
        declaration: StreamDeclaration,
        reader: TableReader,
        company: str = "",
        where: Filter = filters.EVERYTHING,
    ) -> None:
        self._stream = declaration
        self._reader = reader
        conditions = filters.all_of(where, filters.declared(declaration.where))
        self._read = TableRead(declaration.table, declaration.key, dict(declaration.columns), conditions, company)
        _check(declaration)

    def clock(self) -> datetime:
        """The server's own clock, as an aware UTC time."""
        return self._reader.clock(self._read)

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """Rows whose cursor lies in low..high; with a clock also those beyond it, blank and null ones.

        Raises:
            ConfigurationError: the stream has no cursor.
        """
        if self._stream.cursor is None:
            raise ConfigurationError(f"Stream {self._stream.stream} has no cursor.", "Read everything instead.")
        return self._pages(filters.window(self._stream.cursor.column, low, high, clock))

    def everything(self) -> Iterator[Page]:
        """The whole table, as far as it meets the declared conditions."""
        return self._pages(filters.EVERYTHING)

    def still_open(self) -> Iterator[Page]:
        """The rows that meet the stream's `open_when`."""
        return self._pages(filters.declared(self._stream.open_when))

    def deletions(self) -> None:
        """Nothing: what is gone from a table is found where the whole of it is read (`detect: snapshot`)."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """The rows with these keys, as far as they are still there."""
        if self._stream.lines is not None:
            pages = documents(self._reader, self._read, self._stream.lines, filters.EVERYTHING, keys)
        else:
            pages = rows_with_keys(self._reader, self._read, self._read.key, sorted(set(keys)))
        return reported(self._joined(pages), self._stream.stream)

    def _pages(self, where: Filter) -> Iterator[Page]:
        if self._stream.lines is not None:
            pages = documents(self._reader, self._read, self._stream.lines, where)
        else:
            pages = self._reader.pages(replace(self._read, where=filters.all_of(where, self._read.where)))
        return reported(self._joined(pages), self._stream.stream)

    def _joined(self, pages: Iterator[Page]) -> Iterator[Page]:
        if self._stream.extension is None:
            return pages
        return extended(pages, self._reader, self._read, self._stream.extension, self._stream.schema())


def _check(declaration: StreamDeclaration) -> None:
    conditions = (*declaration.where, *declaration.open_when)
    foreign = {condition.column for condition in conditions} - set(declaration.columns)
    foreign |= {*declaration.key} - set(declaration.columns)
    if declaration.cursor is not None:
        foreign |= {declaration.cursor.column} - set(declaration.columns)
    if foreign:
        raise ConfigurationError(
            f"Stream {declaration.stream}: {', '.join(sorted(foreign))} is not a column of {declaration.table} itself.",
            "Keys, cursors and conditions name columns of the stream's own table.",
        )
