"""A session whose holder is gone, or whose token nobody can read: waited for once, then signed on anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from airflow_provider_mlconnector.engine import session_lease
from airflow_provider_mlconnector.engine.session_lease import SessionLease, TokenCipher
from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.ledger import leases
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from tests.support.tries import KilledError

KEY, NEW_KEY = (Fernet.generate_key().decode() for _ in range(2))


@dataclass
class Clock:
    """The machine's clock, which goes on while somebody waits."""

    now: datetime

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(utc_now())
    for module in (leases, session_lease):
        monkeypatch.setattr(module, "utc_now", lambda: made.now)
    monkeypatch.setattr(session_lease, "time", made)
    return made


@dataclass
class Server:
    """Signs on, and counts."""

    signed_on: int = 0

    def logon(self) -> str:
        self.signed_on += 1
        return f"token {self.signed_on}"


def session(
    ledger: Ledger, clock: Clock, holder: str = "run", keys: Sequence[str] = (KEY,), wait: float = 300
) -> SessionLease:
    cipher = TokenCipher(keys) if keys else None
    return SessionLease(
        ledger, "server/operator", holder, timedelta(minutes=20), cipher, wait, lambda _: clock.wait(10)
    )


def while_signing_on(session: SessionLease, then: Callable[[], None]) -> None:
    """What others find from here on is what a process leaves that was killed while it signed on."""

    def logon() -> str:
        then()
        raise KilledError

    with pytest.raises(KilledError):
        session.acquire(logon)


def test_a_retry_waits_no_longer_than_a_sign_on_may_take(ledger: Ledger, clock: Clock) -> None:
    server, began = Server(), clock.now

    def retry() -> None:
        assert session(ledger, clock).acquire(server.logon) == "token 1"

    while_signing_on(session(ledger, clock), retry)
    assert timedelta(minutes=1) < clock.now - began < timedelta(minutes=3)
    assert session(ledger, clock, wait=0).acquire(server.logon) == "token 1"


def test_retries_that_can_not_wait_do_not_shut_other_runs_out(ledger: Ledger, clock: Clock) -> None:
    server = Server()

    def retries() -> None:
        for _ in range(6):
            with pytest.raises(TransientError, match="held by run"):
                session(ledger, clock, wait=0).acquire(server.logon)
            clock.wait(19)
        clock.wait(19)
        assert session(ledger, clock, "another", wait=0).acquire(server.logon) == "token 1"

    while_signing_on(session(ledger, clock), retries)


def test_a_lost_key_costs_one_sign_on(ledger: Ledger, clock: Clock) -> None:
    server, began = Server(), clock.now
    session(ledger, clock).acquire(server.logon)
    for _ in range(2):
        assert session(ledger, clock, keys=[NEW_KEY], wait=0).acquire(server.logon) == "token 2"
    assert clock.now == began


def test_a_key_that_was_put_in_ahead_of_another_costs_none(ledger: Ledger, clock: Clock) -> None:
    server = Server()
    session(ledger, clock).acquire(server.logon)
    assert session(ledger, clock, keys=[NEW_KEY, KEY], wait=0).acquire(server.logon) == "token 1"


def test_whoever_was_overtaken_while_signing_on_leaves_the_new_session_alone(ledger: Ledger, clock: Clock) -> None:
    server, slow = Server(), session(ledger, clock)

    def logon() -> str:
        assert session(ledger, clock).acquire(server.logon) == "token 1"
        return "too late"

    with pytest.raises(TransientError, match="lost while signing on"):
        slow.acquire(logon)
    assert session(ledger, clock, wait=0).acquire(server.logon) == "token 1"


def test_a_refused_token_is_renewed_by_one_of_the_tasks_that_hold_it(ledger: Ledger, clock: Clock) -> None:
    server, one, other = Server(), session(ledger, clock), session(ledger, clock)
    tokens = [one.acquire(server.logon), other.acquire(server.logon)]
    assert tokens == ["token 1", "token 1"]

    def renewing() -> str:
        with pytest.raises(TransientError, match="held by run"):
            session(ledger, clock, wait=0).renew("token 1", server.logon)
        return server.logon()

    assert one.renew("token 1", renewing) == "token 2"
    assert other.renew("token 1", server.logon) == "token 2"


def test_a_use_keeps_the_session(ledger: Ledger, clock: Clock) -> None:
    server = Server()
    for _ in range(4):
        assert session(ledger, clock, wait=0).acquire(server.logon) == "token 1"
        clock.wait(19 * 60)
    clock.wait(2 * 60)
    assert session(ledger, clock, wait=0).acquire(server.logon) == "token 2"


def test_without_keys_a_retry_does_not_wait_for_the_try_before_it(ledger: Ledger, clock: Clock) -> None:
    server = Server()
    session(ledger, clock, "dag/run/poll/-1/9", keys=()).acquire(server.logon)
    for other in ("dag/run/other/-1/10", "dag/run/poll/0/10", "dag/run/poll/-1/8"):
        with pytest.raises(TransientError, match="held by dag/run/poll/-1/9"):
            session(ledger, clock, other, keys=(), wait=0).acquire(server.logon)
    retry = session(ledger, clock, "dag/run/poll/-1/10", keys=(), wait=0)
    assert retry.acquire(server.logon) == "token 2"
    assert retry.renew("token 2", server.logon) == "token 3"


def test_runs_whose_ids_end_in_numbers_are_no_tries(ledger: Ledger, clock: Clock) -> None:
    server = Server()
    session(ledger, clock, "dag/run/1").acquire(server.logon)
    with pytest.raises(TransientError, match="held by dag/run/1"):
        session(ledger, clock, "dag/run/2", wait=0).acquire(server.logon)


def test_a_session_of_another_company_is_not_used(ledger: Ledger, clock: Clock) -> None:
    """One run posts into two companies with one operator: the second's invoices must not land in the first's books."""
    server = Server()
    first, second = session(ledger, clock), session(ledger, clock)
    first.scope, second.scope = "EDU1", "EDU2"
    assert first.acquire(server.logon) == "token 1"
    assert second.acquire(server.logon) == "token 2"
    assert first.renew("token 1", server.logon) == "token 3"
    shared = session(ledger, clock)
    shared.scope = "EDU1"
    assert shared.acquire(server.logon) == "token 3"
