"""One server and company, connected: the clients, sessions and sources that belong together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import StreamSource
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.enet_reader import EnetReader
from airflow_provider_mlconnector.systems.syspro.odata import ODataClient
from airflow_provider_mlconnector.systems.syspro.odata_reader import ODataReader
from airflow_provider_mlconnector.systems.syspro.session import DirectSession, Session, SessionStore, StoredSession
from airflow_provider_mlconnector.systems.syspro.source import SysproSource
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader, TimeForm
from airflow_provider_mlconnector.systems.syspro.transport import Transport

# A table of one row that every company has.
_PING = TableRead("ApControl", ("CtlFlag",), {"CtlFlag": "string(3)"})


@dataclass(frozen=True)
class Ping:
    """What a ping found: what answered, by name; seconds; and what needs attention soon."""

    found: dict[str, str]
    seconds: float
    warnings: tuple[str, ...]


class SysproConnection:
    """Hands out what speaks to one server; everything shares one pool of connections.

    Args:
        config: the connection.
        mask: hides a secret that is found on the way, such as a token, in whatever log there is.
        sleep: how pauses between tries are spent.
    """

    def __init__(
        self,
        config: SysproConfig,
        mask: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.transport = Transport(config, sleep, mask)

    def close(self) -> None:
        """Close the sockets; sessions are ended by who holds them."""
        self.transport.close()

    def enet(self, session: Session | None = None) -> EnetClient:
        """The e.net client; without a session it only signs on and off."""
        return EnetClient(self.config, self.transport, session)

    def direct_session(self) -> DirectSession:
        """A session of its own, which ends any other one of the operator; to be closed."""
        return DirectSession(self.enet())

    def stored_session(self, store: SessionStore) -> StoredSession:
        """A session whose token lies in a store."""
        return StoredSession(store, self.enet())

    def source(self, declaration: StreamDeclaration, session: Session | None = None) -> StreamSource:
        """A stream, ready to be read; see `hooks.syspro.SysproHook.source`."""
        times = TimeForm(declaration.zone or self.config.time_zone, self.config.date_suffix_is_local)
        company, where = self._ledger(declaration)
        return SysproSource(declaration, self._reader(declaration.via, times, session), company, where)

    def reader(self, via: str, session: Session | None = None) -> TableReader:
        """Reads any table of the company, over `odata` or `enet`, in the connection's own times.

        Raises:
            ConfigurationError: a session is needed and there is none.
        """
        return self._reader(via, TimeForm(self.config.time_zone, self.config.date_suffix_is_local), session)

    def ping(self, session: Session | None = None) -> Ping:
        """Look who we are and read one row; with a session of its own unless one is given."""
        began = time.monotonic()
        own = self.direct_session() if session is None else None
        try:
            held = session or own
            client = self.enet(held)
            profile = {name.lower(): value for name, value in client.logon_profile().items()}
            found = {
                "company": profile.get("companyname", "") or self.config.company,
                "operator": profile.get("operatorcode", "") or self.config.operator,
                "SYSPRO version": profile.get("sysproversion", "") or client.version(),
                "OData": f"{self._one_row(held)} row of {_PING.table}",
            }
        finally:
            if own is not None:
                own.close()
        return Ping(found, time.monotonic() - began, self.warnings(date.today()))  # noqa: DTZ011 - the reader's day

    def warnings(self, today: date) -> tuple[str, ...]:
        """What needs attention soon: passwords whose day of change is near or past.

        Args:
            today: the day that counts as today.
        """
        limit = self.config.rotate_by
        if limit is None or (limit - today).days > self.config.rotate_warning_days:
            return ()
        left = (limit - today).days
        when = f"in {left} days" if left > 0 else "today" if left == 0 else f"{-left} days ago"
        return (f"The passwords of this connection are to be changed by {limit.isoformat()}, {when}.",)

    def _one_row(self, session: Session | None) -> int:
        page = next(iter(self.reader("odata", session).pages(_PING)), None)
        return 0 if page is None else page.rows.num_rows

    def _reader(self, via: str, times: TimeForm, session: Session | None) -> TableReader:
        if via == "odata":
            return ODataReader(ODataClient(self.config, self.transport, times, session), self.transport, times)
        if session is None:
            raise ConfigurationError("A stream that is read over e.net needs a session.", "Sign on first.")
        return EnetReader(self.enet(session), self.transport, times, self.config.page_size)

    def _ledger(self, declaration: StreamDeclaration) -> tuple[str, filters.Filter]:
        # With a shared ledger its tables lie in another company's database, and say in a column whose rows they are.
        if not self.config.gl_company or not declaration.table.startswith("Gen"):
            return "", filters.EVERYTHING
        if "Company" not in declaration.columns:
            return self.config.gl_company, filters.EVERYTHING
        return self.config.gl_company, filters.Compare("Company", "eq", self.config.company)
