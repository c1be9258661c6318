"""Who holds the e.net session: a token that somebody else keeps, or one that is signed on and off here.

One operator has one session: a second logon ends the first, a person's at the screen included (sheet 4.1).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, Self

from airflow_provider_mlconnector.errors import MlconnectorError, TransientError


class SessionLostError(TransientError):
    """The server says that the session is gone: it timed out, or another logon of the operator ended it."""


class Session(Protocol):
    """What an e.net client asks for the token of its calls."""

    def token(self) -> str:
        """The token of a session that is believed to be alive; signs on where there is none."""

    def renew(self, stale: str) -> str:
        """A token other than `stale`, which the server has just refused."""


class SignOn(Protocol):
    """The two calls by which a session begins and ends."""

    def logon(self) -> str:
        """Sign on, and return the token."""

    def logoff(self, token: str) -> None:
        """End the session of this token."""


class SessionStore(Protocol):
    """A lease on the operator's one session, kept outside of this process (the ledger).

    `logon` and `logoff` are called by the store, under its lock, so that two workers can't sign on over each other.
    """

    def acquire(self, logon: Callable[[], str]) -> str:
        """The token of the lease; signs on where there is none, or none that is fresh."""

    def renew(self, stale: str, logon: Callable[[], str]) -> str:
        """The lease's token if it is another than `stale`, else that of a new logon."""

    def release(self, logoff: Callable[[str], None]) -> None:
        """End the lease, and with it the session."""


class StoredSession:
    """A session whose token lies in a store.

    Args:
        store: the lease.
        signer: how to sign on and off.
    """

    def __init__(self, store: SessionStore, signer: SignOn) -> None:
        self._store = store
        self._signer = signer

    def token(self) -> str:
        """The token of the lease."""
        return self._store.acquire(self._signer.logon)

    def renew(self, stale: str) -> str:
        """The token that came after `stale`."""
        return self._store.renew(stale, self._signer.logon)

    def close(self) -> None:
        """End the lease and the session."""
        self._store.release(self._signer.logoff)


class DirectSession:
    """A session that signs on at its first use, and off when closed; without a store. Usable from several threads.

    Args:
        signer: how to sign on and off.
    """

    def __init__(self, signer: SignOn) -> None:
        self._signer = signer
        self._lock = threading.Lock()
        self._token = ""

    def token(self) -> str:
        """The token; signs on at the first call."""
        with self._lock:
            if not self._token:
                self._token = self._signer.logon()
            return self._token

    def renew(self, stale: str) -> str:
        """A new token, unless another thread has signed on since `stale` was handed out."""
        with self._lock:
            if self._token in ("", stale):
                self._token = self._signer.logon()
            return self._token

    def close(self) -> None:
        """Sign off; a failure is left to the server's own timeout, since the work is done."""
        with self._lock:
            token, self._token = self._token, ""
        if token:
            try:
                self._signer.logoff(token)
            except MlconnectorError:
                return

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Sign off."""
        self.close()
