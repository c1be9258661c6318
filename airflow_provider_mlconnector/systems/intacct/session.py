"""Sessions: what getAPISession gives, how long it holds, and who keeps it.

A user may have several sessions at once, and a new one ends none of the others: tasks share one only to save requests.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self

from airflow_provider_mlconnector.errors import TransientError


class SessionLostError(TransientError):
    """Intacct says that the session is invalid: it has timed out."""


@dataclass(frozen=True)
class ApiSession:
    """One session.

    Attributes:
        id: what later requests sign with.
        endpoint: where they go; the session is tied to it (sheet 1.2).
        begun: when it was signed on to, by our own clock.
        holds: seconds that it holds after its last use, as the reply said; None where it did not say.
    """

    id: str = field(repr=False)
    endpoint: str
    begun: datetime
    holds: float | None

    def to_text(self) -> str:
        """The session as one text, to be kept encrypted."""
        kept = {"id": self.id, "endpoint": self.endpoint, "begun": self.begun.isoformat(), "holds": self.holds}
        return json.dumps(kept)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` made."""
        kept = json.loads(text)
        return cls(kept["id"], kept["endpoint"], datetime.fromisoformat(kept["begun"]), kept["holds"])


class Session(Protocol):
    """What the client asks for the session of its calls, as the text of an `ApiSession`."""

    def token(self) -> str:
        """A session that is believed to be alive; signs on where there is none."""

    def renew(self, stale: str) -> str:
        """Another session than `stale`, which has ended or is about to."""


class SessionStore(Protocol):
    """Where a session is kept for several tasks (the ledger)."""

    def acquire(self, logon: Callable[[], str]) -> str:
        """The kept session; signs on where there is none."""

    def renew(self, stale: str, logon: Callable[[], str]) -> str:
        """The kept session if it is another than `stale`, else a new one."""

    def release(self, logoff: Callable[[str], None]) -> None:
        """Keep it no longer."""


class StoredSession:
    """A session that lies in a store.

    Args:
        store: where it lies.
        logon: signs on, and returns the new session's text.
    """

    def __init__(self, store: SessionStore, logon: Callable[[], str]) -> None:
        self._store = store
        self._logon = logon

    def token(self) -> str:
        """The session of the store."""
        return self._store.acquire(self._logon)

    def renew(self, stale: str) -> str:
        """The session that came after `stale`."""
        return self._store.renew(stale, self._logon)

    def close(self) -> None:
        """Keep it no longer; Intacct has no call that ends a session, it times out."""
        self._store.release(lambda _token: None)


class DirectSession:
    """A session of one task, signed on to at its first use. Usable from several threads.

    Args:
        logon: signs on, and returns the new session's text.
    """

    def __init__(self, logon: Callable[[], str]) -> None:
        self._logon = logon
        self._lock = threading.Lock()
        self._token = ""

    def token(self) -> str:
        """The session; signs on at the first call."""
        with self._lock:
            if not self._token:
                self._token = self._logon()
            return self._token

    def renew(self, stale: str) -> str:
        """A new session, unless another thread has signed on since `stale` was handed out."""
        with self._lock:
            if self._token in ("", stale):
                self._token = self._logon()
            return self._token


class Freshness:
    """How long sessions still hold: each reply counts their time anew (sheet 1.4).

    Args:
        fallback: seconds that a session holds where no reply says.
        margin: seconds before its end at which a session counts as ended.
        clock: our own clock.
    """

    def __init__(
        self, fallback: float, margin: float = 120, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._fallback = fallback
        self._margin = margin
        self._clock = clock
        self._ends: dict[str, float] = {}

    def used(self, session: ApiSession, holds: float | None) -> None:
        """A reply came; `holds` is what it says of the session's time.

        A reply that says nothing prolongs nothing: whether the 50 minutes slide is not documented.
        """
        if holds is not None:
            self._ends[session.id] = self._clock().timestamp() + holds

    def is_over(self, session: ApiSession) -> bool:
        """Whether the session has ended or is about to."""
        length = self._fallback if session.holds is None else session.holds
        ends = self._ends.get(session.id, session.begun.timestamp() + length)
        return self._clock().timestamp() >= ends - min(self._margin, length / 10)
