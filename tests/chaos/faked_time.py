"""The time of a schedule whose tasks wait for minutes: it passes when somebody waits, and all processes share it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import doubts, posted, posting, session_lease
from airflow_provider_mlconnector.ledger import clock
from airflow_provider_mlconnector.systems.syspro.posting.sitting import Sitting
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget

_SHORTEST = 30.0
"""Seconds that pass with every wait: who looks every half second shall not look for minutes."""


class FakedTime:
    """A time that is ahead of the real one by what a file says.

    Args:
        path: the file.
        before: what happens while time passes, before anybody sees that it has.
    """

    def __init__(self, path: Path, before: Callable[[], object]) -> None:
        self._path, self._before = path, before

    @property
    def ahead(self) -> float:
        """In seconds."""
        return float(self._path.read_text()) if self._path.exists() else 0.0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._before()
        self._path.write_text(str(self.ahead + max(seconds, _SHORTEST)))

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return time.monotonic() + self.ahead

    def install(self) -> None:
        """Have everything that posts, and the ledger, live in this time."""
        self.install_for_people()
        waiting: Any = SimpleNamespace(monotonic=self.monotonic, sleep=self.wait)
        modules: tuple[Any, ...] = (posting, session_lease)
        for module in modules:
            module.time = waiting
        for made in (posting.PostingSettings, session_lease.SessionLease, SysproTarget, Sitting):
            self._put_into(made.__init__)

    def install_for_people(self) -> None:
        """Have what people do with the ledger happen in this time, by whichever clock it has."""
        ledger: Any = clock
        ledger.datetime = SimpleNamespace(now=lambda zone: datetime.now(zone) + timedelta(seconds=self.ahead))
        self._have_shared(self._shared_now)

    def uninstall(self) -> None:
        """Have the ledger live in the real time again; for the harness, which plays several schedules."""
        ledger: Any = clock
        ledger.datetime = datetime
        self._have_shared(clock.shared_now)

    def _shared_now(self, connection: Connection) -> datetime:
        now = clock.shared_now(connection)
        # SQLite has no clock of its own.
        return now if connection.dialect.name == "sqlite" else now + timedelta(seconds=self.ahead)

    @staticmethod
    def _have_shared(shared_now: Callable[[Connection], datetime]) -> None:
        modules: tuple[Any, ...] = (doubts, posted)
        for module in modules:
            module.shared_now = shared_now

    def _put_into(self, function: Any) -> None:
        instead = {time.sleep: self.wait, time.monotonic: self.monotonic}
        function.__defaults__ = tuple(
            instead.get(value, value) if callable(value) else value for value in function.__defaults__ or ()
        )
