"""One company, connected: the client, sessions and sources that belong together."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from lxml import etree

from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import StreamSource
from airflow_provider_mlconnector.systems.intacct import questions
from airflow_provider_mlconnector.systems.intacct.budget import Budget, Spending
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig
from airflow_provider_mlconnector.systems.intacct.filters import EVERYTHING
from airflow_provider_mlconnector.systems.intacct.reader import number
from airflow_provider_mlconnector.systems.intacct.session import (
    ApiSession,
    DirectSession,
    Session,
    SessionStore,
    StoredSession,
)
from airflow_provider_mlconnector.systems.intacct.slots import OwnSlots, Slots
from airflow_provider_mlconnector.systems.intacct.source import IntacctSource
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead
from airflow_provider_mlconnector.systems.intacct.transport import Transport

_PING = ObjectRead("VENDOR", {RECORD: "integer"})


@dataclass(frozen=True)
class Ping:
    """What a ping found: what answered, by name; seconds; and what needs attention soon."""

    found: dict[str, str]
    seconds: float
    warnings: tuple[str, ...]


class IntacctConnection:
    """Hands out what speaks to one company; everything shares one pool of connections and one budget.

    Args:
        config: the connection.
        spending: what counts the month's transactions; None: only what is spent here is counted.
        slots: how many requests may be under way at once; None: only those of this process are held back.
        mask: hides a secret that is found on the way, such as a session id, in whatever log there is.
        sleep: how pauses between tries are spent.
    """

    def __init__(
        self,
        config: IntacctConfig,
        spending: Spending | None = None,
        slots: Slots | None = None,
        mask: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.budget = Budget(config.monthly_budget, spending)
        self._transport = Transport(config, sleep, mask)
        self.client = IntacctClient(config, self._transport, self.budget, slots or OwnSlots(config.concurrency))
        self._direct = DirectSession(self.client.logon)
        self._warned: dict[str, None] = {}

    def close(self) -> None:
        """Close the sockets; sessions time out by themselves."""
        self._transport.close()

    def direct_session(self) -> AbstractContextManager[DirectSession]:
        """A session of this process; nothing has to be ended behind it, it times out."""
        return nullcontext(self._direct)

    def stored_session(self, store: SessionStore) -> StoredSession:
        """A session that lies in a store."""
        return StoredSession(store, self.client.logon)

    def source(self, declaration: StreamDeclaration, session: Session | None = None) -> StreamSource:
        """A stream, ready to be read; without a session it signs on to one of its own."""
        return IntacctSource(declaration, self.client, session or self._direct, self._warn)

    def ping(self, session: Session | None = None) -> Ping:
        """Sign on, and count the vendors by one small query."""
        began = time.monotonic()
        held = session or self._direct
        config = self.config

        def function() -> etree._Element:
            return questions.query(_PING, EVERYTHING, 1, show_private=config.show_private)

        reply = self.client.ask(held, function, "Intacct query VENDOR")
        endpoint = urlsplit(ApiSession.from_text(held.token()).endpoint)
        clock = self.client.last_clock()
        found = {
            "company": config.company,
            "user": config.user,
            "entity": config.entity or "top level",
            "endpoint": endpoint.netloc,
            "vendors": str(number(reply, "totalcount")),
            "clock": clock.isoformat() if clock else "not said",
            "spent": self.budget.report(),
        }
        return Ping(found, time.monotonic() - began, self.warnings(date.today()))  # noqa: DTZ011 - the reader's day

    def warnings(self, today: date) -> tuple[str, ...]:
        """What needs attention soon: passwords that are due, a budget that won't last, what could not be read.

        Args:
            today: the day that counts as today.
        """
        spending = self.budget.warning()
        return (*self._rotation(today), *((spending,) if spending else ()), *self._warned)

    def _rotation(self, today: date) -> tuple[str, ...]:
        limit = self.config.rotate_by
        if limit is None or (limit - today).days > self.config.rotate_warning_days:
            return ()
        left = (limit - today).days
        when = f"in {left} days" if left > 0 else "today" if left == 0 else f"{-left} days ago"
        return (f"The passwords of this connection are to be changed by {limit.isoformat()}, {when}.",)

    def _warn(self, warning: str) -> None:
        self._warned[warning] = None
