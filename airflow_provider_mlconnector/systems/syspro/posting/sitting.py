"""The e.net session of a series of posts, and how long it has been idle."""

from __future__ import annotations

import time
from collections.abc import Callable

from airflow_provider_mlconnector.systems.syspro.session import Session


class Sitting:
    """Renews a session before it can end in a call (sheet 4.3: how long one may be idle is the site's to know).

    Args:
        session: the session.
        idle_seconds: after how long without a call it counts as old.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, session: Session, idle_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._idle = idle_seconds
        self._clock = clock
        self._used = clock()

    def begin(self) -> None:
        """Hold a session, so that none has to be signed in within a call."""
        self._session.token()

    def touch(self) -> None:
        """A call is made now."""
        self._used = self._clock()

    def renew_if_old(self) -> None:
        """Sign in anew where the session has been idle for too long."""
        if self._clock() - self._used >= self._idle:
            self.renew()

    def renew(self) -> None:
        """Sign in anew; ends the session that was there."""
        self._session.renew(self._session.token())
        self.touch()
