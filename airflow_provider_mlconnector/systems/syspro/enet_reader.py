"""Tables over e.net's COMFND, which has no paging of its own: each request asks for what comes behind the last key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.syspro import comfnd, filters
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.filters import Conjunction
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm
from airflow_provider_mlconnector.systems.syspro.transport import Transport

_PATH, _OBJECT = "Query/Query", "COMFND"


class EnetReader:
    """Reads tables through an e.net client.

    Args:
        client: runs the queries.
        transport: the same client's transport, for the server's clock.
        times: how times come.
        page_size: rows asked for at a time.
    """

    def __init__(self, client: EnetClient, transport: Transport, times: TimeForm, page_size: int) -> None:
        self._client = client
        self._transport = transport
        self._times = times
        self._page_size = page_size

    def pages(self, read: TableRead) -> Iterator[Page]:
        """The rows in key order, until what lies behind the last key is empty.

        Raises:
            ConfigurationError: a company is named: a session reads the one it was signed on to; or the conditions
                are too long for a URL.
            IntegrityError: the server gives the same page again, or rows without a usable key.
        """
        if read.company:
            raise ConfigurationError("gl_company is read over OData only.", "Set via: odata for this stream.")
        waiting: list[Conjunction] = [()]
        seen: set[Key] = set()
        while waiting:
            count = self._most(read, waiting)
            group, waiting = waiting[:count], waiting[count:]
            decoded = comfnd.decode(self._client.query(_OBJECT, self._request(read, group)), read, self._times)
            if not decoded.count:
                continue
            if decoded.last is None or decoded.last in seen:
                problem = "rows without a key" if decoded.last is None else "the same page again"
                raise IntegrityError(
                    f"COMFND {read.table}: the server gives {problem}.", "Look at the table in SYSPRO."
                )
            seen.add(decoded.last)
            waiting = filters.after(read.key, decoded.last)
            yield decoded.page

    def fits(self, read: TableRead) -> bool:
        """Whether the conditions, and the longest key to go on from, are short enough for one request."""
        return all(self._sendable(read, [part]) for part in filters.after(read.key, read.widest_key()))

    def clock(self, read: TableRead) -> datetime:  # noqa: ARG002 - the port names the table that is read
        """The server's clock: the Date header of a call that needs no session.

        Raises:
            ConfigurationError: the server, or a proxy before it, sends no such header.
        """
        self._client.version()
        if self._transport.server_date is None:
            raise ConfigurationError("SYSPRO's e.net service sends no Date header.", "Let the proxy pass it through.")
        return self._transport.server_date

    def _request(self, read: TableRead, group: Sequence[Conjunction]) -> str:
        behind = filters.any_of(filters.all_of(*part) for part in group)
        return comfnd.request(read, filters.conjunctions(filters.all_of(read.where, behind)), self._page_size)

    def _sendable(self, read: TableRead, group: Sequence[Conjunction]) -> bool:
        parameters = {"BusinessObject": _OBJECT, "XmlIn": self._request(read, group)}
        return self._client.fits(_PATH, parameters)

    def _most(self, read: TableRead, waiting: Sequence[Conjunction]) -> int:
        # What does not fit into one request comes in the next ones: the ranges follow one another in key order.
        for count in range(len(waiting), 1, -1):
            if self._sendable(read, waiting[:count]):
                return count
        return 1
