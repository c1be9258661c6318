"""The e.net session of a series of posts, and how old it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from airflow_provider_mlconnector.systems.syspro.session import Session


class Sitting:
    """Renews a session before it, or the lease on it, can end in a call.

    A lease holds for a time after the session was last asked for, and a token that is kept here asks no more: so what
    counts is how long ago it was had, not how long it has been idle.

    Args:
        session: the session.
        longest: after how many seconds it counts as old.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, session: Session, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._longest = longest
        self._clock = clock
        self._since = clock()
        self._held = ""

    def begin(self) -> None:
        """Hold a session, so that none has to be signed in within a call."""
        self._session.token()

    def renew_if_old(self) -> None:
        """Sign in anew where the session is old."""
        if self._clock() - self._since >= self._longest:
            self.renew()

    def hold(self) -> None:
        """Before an intent: its call is made in this session or not at all, so that a later sign-in ends it."""
        self._held = self._session.token()

    def is_younger(self) -> bool:
        """Whether the session is another than the one that was held."""
        return self._held not in ("", self._session.token())

    def renew(self) -> None:
        """Sign in anew; ends the session that was there."""
        self._session.renew(self._session.token())
        self._since, self._held = self._clock(), ""
