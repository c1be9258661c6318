"""Tables over OData: by key rather than by offset, the next page fetched while this one is decoded and used."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, TransientError
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.ahead import one_ahead
from airflow_provider_mlconnector.systems.syspro.careful import Decoded
from airflow_provider_mlconnector.systems.syspro.decode import decode, peek
from airflow_provider_mlconnector.systems.syspro.odata import ODataClient
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm
from airflow_provider_mlconnector.systems.syspro.transport import Transport

_LOG = logging.getLogger(__name__)
# An ASP.NET OData service refuses filters of more than some 100 nodes unless told otherwise.
_MOST_COMPARISONS = 20


@dataclass
class _Progress:
    """Where a reading stands: behind which key, how many rows beyond that key, and what has been seen."""

    after: Key | None = None
    skip: int = 0
    link: str = ""
    seen: set[str | Key] = field(default_factory=set)


class ODataReader:
    """Reads tables through an OData client.

    Args:
        client: asks for pages.
        transport: the same client's transport, for the server's clock and for patience.
        times: how times come.
    """

    def __init__(self, client: ODataClient, transport: Transport, times: TimeForm) -> None:
        self._client = client
        self._transport = transport
        self._times = times
        self._told: set[str] = set()

    def pages(self, read: TableRead) -> Iterator[Page]:
        """The rows in key order, until a page comes empty: a server may give fewer rows than asked for.

        Raises:
            IntegrityError: the server gives the same page again, or leads to another server.
            TransientError: a page could not be had, or was not whole, after all tries.
        """
        return one_ahead(self._pages(read))

    def _pages(self, read: TableRead) -> Generator[Page, None, None]:
        progress = _Progress()
        pool = ThreadPoolExecutor(1, thread_name_prefix="odata")
        try:
            url = self._url(read, progress)
            pending = pool.submit(self._get, url, read)
            while True:
                body = pending.result()
                ahead = self._ahead(body, read, progress)
                early = pool.submit(self._get, ahead, read) if ahead else None
                decoded = self._decoded(body, url, read)
                if not decoded.count:
                    return
                self._advance(progress, decoded, url, read)
                url = self._url(read, progress)
                pending = early if early is not None and ahead == url else pool.submit(self._get, url, read)
                yield decoded.page
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def fits(self, read: TableRead) -> bool:
        """Whether the conditions, and a key to go on from, are short enough for one request."""
        if filters.size(read.where) > _MOST_COMPARISONS:
            return False
        return self._client.fits(self._url(read, _Progress(read.widest_key() if self._by_key(read) else None)))

    def clock(self, read: TableRead) -> datetime:
        """The server's clock: the Date header of a request for one key.

        Raises:
            ConfigurationError: the server, or a proxy before it, sends no such header.
        """
        asked = replace(read, columns={name: read.columns[name] for name in read.key}, where=filters.EVERYTHING)
        self._client.get(self._client.url(asked, top=1), f"OData {read.table}")
        if self._transport.server_date is None:
            raise ConfigurationError("SYSPRO's OData service sends no Date header.", "Let the proxy pass it through.")
        return self._transport.server_date

    def _get(self, url: str, read: TableRead) -> bytes:
        return self._client.get(url, f"OData {read.table}")

    def _decoded(self, body: bytes, url: str, read: TableRead) -> Decoded:
        try:
            decoded = decode(body, read, self._times)
        except TransientError:
            _LOG.warning("OData %s: a page was not whole; it is asked for again", read.table)
            decoded = self._transport.patiently(
                lambda: decode(self._client.once(url, f"OData {read.table}"), read, self._times)
            )
        new = set(decoded.unknown) - self._told
        if new:
            self._told |= new
            _LOG.warning(
                "Table %s has columns that the stream does not declare: %s", read.table, ", ".join(sorted(new))
            )
        return decoded

    def _ahead(self, body: bytes, read: TableRead, progress: _Progress) -> str:
        if not self._by_key(read):
            return ""
        last = peek(body, read, self._times)
        return "" if last is None or last == progress.after else self._url(read, _Progress(last))

    def _advance(self, progress: _Progress, decoded: Decoded, url: str, read: TableRead) -> None:
        _once(progress, decoded.last or tuple(row.raw for row in decoded.page.rejected), read.table)
        if decoded.last is not None and self._by_key(read):
            progress.after, progress.skip = decoded.last, decoded.trailing
        else:
            # No key to go on from: the rows behind the last known key are counted instead.
            progress.skip += decoded.count
        progress.link = self._client.following(url, decoded.next_link) if decoded.next_link else ""
        if progress.link:
            _once(progress, progress.link, read.table)

    def _url(self, read: TableRead, progress: _Progress) -> str:
        if progress.link:
            return progress.link
        if progress.after is None:
            return self._client.url(read, skip=progress.skip)
        behind = filters.any_of(filters.all_of(*part) for part in filters.after(read.key, progress.after))
        return self._client.url(replace(read, where=filters.all_of(read.where, behind)), skip=progress.skip)

    def _by_key(self, read: TableRead) -> bool:
        # True and false have no order in OData.
        return all(read.columns[name] != "boolean" for name in read.key)


def _once(progress: _Progress, mark: str | Key, table: str) -> None:
    if mark in progress.seen:
        raise IntegrityError(
            f"OData {table}: the server gives the same page again.", "Check that it honours $filter and $orderby."
        )
    progress.seen.add(mark)
