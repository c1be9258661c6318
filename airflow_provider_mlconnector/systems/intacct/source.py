"""One Intacct stream as the port `StreamSource`: an object, its lines, and which rows are wanted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import pyarrow as pa

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.declaration import DELETED, StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.intacct import deletions, filters, keyset
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.deletions import AuditTrail, KeySnapshot
from airflow_provider_mlconnector.systems.intacct.documents import Documents, parent_of
from airflow_provider_mlconnector.systems.intacct.filters import MOST_VALUES, Compare, Filter
from airflow_provider_mlconnector.systems.intacct.lookup import Lookup
from airflow_provider_mlconnector.systems.intacct.reader import LegacyReader, QueryReader
from airflow_provider_mlconnector.systems.intacct.session import Session
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead, Rows

_LOG = logging.getLogger(__name__)
_DOCUMENT_TYPE = "DOCPARID"
_TYPED_OBJECTS = ("SODOCUMENT", "PODOCUMENT", "INVDOCUMENT")
_MOST_ALTERNATIVES = 100


class IntacctSource:
    """Reads one stream of a company.

    Args:
        declaration: the stream.
        client: asks.
        session: whose session.
        warn: told of what needs somebody's attention, such as an audit trail that can't be read.
    """

    def __init__(
        self,
        declaration: StreamDeclaration,
        client: IntacctClient,
        session: Session,
        warn: Callable[[str], None] = lambda _warning: None,
    ) -> None:
        self._document_type = _checked(declaration)
        self._stream = declaration
        self._client = client
        self._warn = warn
        self._zone = declaration.zone or client.config.time_zone
        legacy = client.config.read_function == "readByQuery"
        self._reader = (LegacyReader if legacy else QueryReader)(client, session, self._zone)
        self._lookup = Lookup(client, session)
        self._trail = AuditTrail(client, session, self._zone)

    def clock(self) -> datetime:
        """Intacct's own clock, as its last reply said; a request that is needed anyway where there was none.

        Raises:
            ConfigurationError: neither Intacct nor a proxy before it says what time it is.
        """
        self._lookup.of(self._stream.table, self._document_type)
        at = self._client.last_clock()
        if at is None:
            raise ConfigurationError("Intacct's replies say no time, and have no Date header.", "Look at the proxy.")
        return at.astimezone(UTC)

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """Rows whose cursor lies in low..high; with a clock also those beyond it and null ones, and deletions.

        Raises:
            ConfigurationError: the stream has no cursor.
        """
        if self._stream.cursor is None:
            raise ConfigurationError(f"Stream {self._stream.stream} has no cursor.", "Read everything instead.")
        column = self._stream.cursor.column
        inside, nulls = keyset.window(column, low, high, clock)
        yield from self._told(replace(self._head(), order=column, inside=inside, nulls=nulls))
        # A backfill is asked for what was changed then; a deletion of then could undo what has been sent since.
        if clock is not None and self._client.config.deletes == "audit":
            yield from self._deleted(low, high)

    def everything(self) -> Iterator[Page]:
        """The whole object, as far as it meets the declared conditions."""
        return self._told(self._head())

    def still_open(self) -> Iterator[Page]:
        """The rows that meet the stream's `open_when`."""
        return self._told(replace(self._head(), inside=filters.declared(self._stream.open_when)))

    def deletions(self) -> KeySnapshot | None:
        """See `StreamSource`: with `deletes: snapshot`, by the keys of the whole object."""
        if self._client.config.deletes != "snapshot":
            return None
        stream = self._stream
        wanted = {RECORD: "integer", **{name: stream.columns[name] for name in stream.key}}
        columns = self._lookup.present(stream.table, wanted, stream.key, self._document_type)
        # A document keeps its type; whatever else a record does not meet any more, it is still there.
        where = filters.declared(tuple(each for each in stream.where if each.column == _DOCUMENT_TYPE))
        head = ObjectRead(
            stream.table, columns, stream.key, where, document_type=self._document_type, largest_pages=True
        )
        return KeySnapshot(stream, self._reader, head)

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """The rows with these keys, as far as they are still there; a thousand a request."""
        wanted = sorted(set(keys))
        at_once = MOST_VALUES if len(self._stream.key) == 1 else _MOST_ALTERNATIVES
        for start in range(0, len(wanted), at_once):
            where = _with_keys(self._stream.key, wanted[start : start + at_once])
            yield from self._told(replace(self._head(), inside=where))

    def _head(self) -> ObjectRead:
        stream = self._stream
        needed = {*stream.key, *(each.column for each in (*stream.where, *stream.open_when))}
        needed |= {stream.cursor.column} if stream.cursor else set()
        needed |= {stream.totals.amount} if stream.totals else set()
        wanted = {RECORD: "integer", **stream.columns}
        wanted.pop(DELETED, None)
        columns = self._lookup.present(stream.table, wanted, needed - {DELETED}, self._document_type)
        where = filters.declared(stream.where)
        return ObjectRead(stream.table, columns, stream.key, where, document_type=self._document_type)

    def _told(self, read: ObjectRead) -> Iterator[Page]:
        began, rows, count = time.monotonic(), 0, 0
        for found in self._documents(read, self._reader.pages(read)):
            rows, count = rows + found.table.num_rows, count + 1
            absent = self._absent() if found.table.num_rows else frozenset()
            yield Page(self._declared(found.table), found.rejected, absent)
        taken, spent = time.monotonic() - began, self._client.budget.report()
        _LOG.info("%s: read %d rows in %d pages, %.1f s; %s", self._stream.stream, rows, count, taken, spent)

    def _documents(self, head: ObjectRead, headers: Iterator[Rows]) -> Iterator[Rows]:
        lines = self._stream.lines
        if lines is None:
            yield from headers
            return
        first = next(headers, None)
        if first is None:
            return
        parent = parent_of(lines)
        wanted = {RECORD: "integer", parent: "integer", **lines.columns}
        columns = self._lookup.present(lines.table, wanted, (RECORD, parent, *lines.key), self._document_type)
        where = filters.declared(lines.where)
        read = ObjectRead(lines.table, columns, (parent,), where, document_type=self._document_type)
        cursor = self._stream.cursor.column if self._stream.cursor else ""
        yield from Documents(self._reader, head, read, lines, cursor).pages(chain((first,), headers))

    def _absent(self) -> frozenset[str]:
        """The declared columns that the company lacks; costs nothing where rows were read, which had to know."""
        stream, lines = self._stream, self._stream.lines
        known = self._lookup.of(stream.table, self._document_type)
        absent = {name for name in stream.columns if name != DELETED and not known.has(name)}
        if lines is not None:
            of_lines = self._lookup.of(lines.table, self._document_type)
            absent |= {f"lines.{name}" for name in lines.columns if not of_lines.has(name)}
        return frozenset(absent)

    def _declared(self, rows: pa.Table) -> pa.Table:
        schema = self._stream.schema()
        columns = []
        for name in schema.names:
            if name == DELETED:
                columns.append(pa.array([False] * rows.num_rows, pa.bool_()))
            elif name in rows.schema.names:
                columns.append(rows[name])
            else:
                columns.append(pa.nulls(rows.num_rows, arrow_type(self._stream.columns[name])))
        return pa.table(columns, schema=schema)

    def _deleted(self, low: str, high: str) -> Iterator[Page]:
        if len(self._stream.key) != 1:
            self._warn(f"Deleted records of {self._stream.stream} are not seen: its key has several columns.")
            return
        found, warning = self._trail.deletions(self._stream.table, low, high)
        if warning:
            self._warn(warning)
        if found:
            # Read from the beginning, as after a rewind, the trail is that of all time.
            yield replace(deletions.as_page(found, self._stream), absent=self._absent(), of_known=not low)


def _with_keys(columns: Sequence[str], keys: Sequence[Key]) -> Filter:
    if len(columns) == 1:
        return Compare(columns[0], "in", tuple(value for (value,) in keys))
    exactly = [
        filters.all_of(*(Compare(column, "eq", (value,)) for column, value in zip(columns, key, strict=True)))
        for key in keys
    ]
    return filters.any_of(*exactly)


def _checked(declaration: StreamDeclaration) -> str:
    """Check what a declaration means here; returns the document type that it names."""
    named = [*declaration.columns, *(declaration.lines.columns if declaration.lines else ())]
    lower = [name for name in named if name != name.upper()]
    if lower or declaration.extension is not None:
        problem = f"columns are written in capitals: {', '.join(lower)}" if lower else "there are no extension tables"
        raise ConfigurationError(f"Stream {declaration.stream}: in Intacct {problem}.", "Correct the declaration.")
    types = [each for each in declaration.where if each.column == _DOCUMENT_TYPE and each.op == "eq"]
    if declaration.table in _TYPED_OBJECTS and not types:
        raise ConfigurationError(
            f"Stream {declaration.stream}: {declaration.table} holds documents of every type.",
            'Name one: where: [{column: DOCPARID, values: ["Shipper"]}], in a streams file or the overrides.',
        )
    return types[0].values[0] if types else ""
