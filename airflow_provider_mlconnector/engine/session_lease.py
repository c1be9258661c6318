"""One operator, one session: a lease in the ledger, shared by the tasks of one run.

The first task of a run that asks signs on; later ones find the token, which lies encrypted beside the lease. Without
encryption keys nothing is cached: then each task signs on for itself, one after the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from airflow_provider_mlconnector.errors import ConfigurationError, MlconnectorError, TransientError
from airflow_provider_mlconnector.ledger import leases
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.leases import Lease

log = logging.getLogger(__name__)


# Whoever dies while signing on holds the others up for no longer than this.
_SIGNING_ON = timedelta(minutes=2)
_BEHIND_SCOPE = "\n"


class TokenCipher:
    """Encrypts what outlives a task.

    Args:
        keys: Fernet keys, newest first.

    Raises:
        ConfigurationError: one of them is not a Fernet key.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigurationError(
                "[mlconnector] encryption_keys holds something that is not a Fernet key.",
                "Make one with: python -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
            ) from None

    def encrypt(self, text: str) -> bytes:
        """With the newest key."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str | None:
        """With whichever key fits; None where none does, so that a lost key costs a new sign-in and nothing else."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            return None


@dataclass
class SessionLease:
    """The lease of one run, or of one task where nothing may be cached, on one operator's session.

    Attributes:
        ledger: where the lease lies.
        resource: server and operator.
        holder: the run; or the try of a task, its number behind the last `/`, where nothing may be cached.
        length: how long a lease holds after its last use.
        cipher: encrypts the token; None where no keys are set.
        wait: how long to wait for another holder, in seconds.
        sleep: waits between two looks.
        scope: what a session is signed on to besides, such as a company; one of another is of no use here.
    """

    ledger: Ledger
    resource: str
    holder: str
    length: timedelta
    cipher: TokenCipher | None = None
    wait: float = 300
    sleep: Callable[[float], None] = time.sleep
    scope: str = ""
    _token: str = ""
    _version: int = 0

    def acquire(self, logon: Callable[[], str]) -> str:
        """The session's token; signs on where the lease is free.

        Raises:
            TransientError: another run holds the operator's session, and did not let go in time; or another task of
                this one signs on for too long.
        """
        return self._token or self._obtain("", logon)

    def renew(self, stale: str, logon: Callable[[], str]) -> str:
        """A token other than `stale`, which the server has refused.

        Raises:
            TransientError: another run has taken the session over, or another task of this one signs on for too long.
        """
        self._token = ""
        return self._obtain(stale, logon)

    def release(self, logoff: Callable[[str], None]) -> None:
        """Sign off, if this run holds a session; a failure is left to the server's own timeout."""
        with self.ledger.write() as connection:
            lease = leases.get(connection, self.resource)
            if lease is None or lease.holder != self.holder:
                return
            leases.free(connection, self.resource, lease.version)
        token = self._token or self._readable(lease)
        self._token = ""
        if token:
            try:
                logoff(token)
                log.info("signed off from %s", self.resource)
            except MlconnectorError as error:
                log.warning("could not sign off from %s: %s", self.resource, error)

    def age(self) -> timedelta | None:
        """How old the session is; None where there is none."""
        with self.ledger.read() as connection:
            lease = leases.get(connection, self.resource)
        return utc_now() - lease.acquired_at if lease and lease.is_held(utc_now()) else None

    def _obtain(self, stale: str, logon: Callable[[], str]) -> str:
        end = time.monotonic() + self.wait
        while True:
            lease = self._look(stale)
            if lease is None:
                return self._sign_on(logon)
            mine = lease.holder == self.holder
            if mine and (token := self._readable(lease)):
                self._token, self._version = token, lease.version
                return token
            if time.monotonic() >= end or (stale and not mine):
                raise self._busy(lease)
            self.sleep(0.5)

    def _look(self, stale: str) -> Lease | None:
        """The lease as it stands; None where this call has just taken it, to sign on."""
        with self.ledger.write() as connection:
            lease, now = leases.lock(connection, self.resource), utc_now()
            mine = lease.holder == self.holder
            if not lease.is_held(now) or (mine and self._is_spent(lease, stale)) or self._is_earlier_try(lease):
                if lease.holder not in ("", self.holder):
                    log.warning(
                        "the session of %s on %s was left behind; it is taken over", lease.holder, self.resource
                    )
                self._version = leases.take(connection, self.resource, self.holder, min(self.length, _SIGNING_ON))
                return None
            # Without a token somebody signs on, or has died of it: looking on must not keep that lease alive.
            if mine and lease.token is not None:
                leases.extend(connection, self.resource, lease.version, self.length)
            return lease

    def _is_spent(self, lease: Lease, stale: str) -> bool:
        """Whether a token lies there that is of no use: refused, of another scope, or unreadable with today's keys."""
        return lease.token is not None and self._readable(lease) in (None, stale)

    def _is_earlier_try(self, lease: Lease) -> bool:
        """Whether a try of this task holds it that this one comes after: it is over, and its token with it."""
        task, _, number = self.holder.rpartition("/")
        other, _, earlier = lease.holder.rpartition("/")
        if self.cipher is not None or task != other or not (number.isdigit() and earlier.isdigit()):
            return False
        return int(earlier) < int(number)

    def _sign_on(self, logon: Callable[[], str]) -> str:
        try:
            token = logon()
        except BaseException:
            with self.ledger.write() as connection:
                leases.free(connection, self.resource, self._version)
            raise
        kept = self.cipher.encrypt(f"{self.scope}{_BEHIND_SCOPE}{token}") if self.cipher else b""
        with self.ledger.write() as connection:
            mine = leases.put_token(connection, self.resource, self._version, kept, self.length)
        if not mine:
            raise TransientError(f"the lease on {self.resource} was lost while signing on")
        self._token = token
        return token

    def _readable(self, lease: Lease) -> str | None:
        found = self.cipher.decrypt(lease.token) if self.cipher and lease.token else None
        scope, _, token = (found or "").partition(_BEHIND_SCOPE)
        return token if token and scope == self.scope else None

    def _busy(self, lease: Lease) -> TransientError:
        return TransientError(
            f"the session of {self.resource} is held by {lease.holder} until {lease.expires_at:%H:%M:%S} UTC.",
            "It ends when that run signs off. Give each flow that overlaps with another an operator of its own.",
        )
