"""The session around posts: renewed before it ends, held before a call, and never in the way of the deadline."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome
from airflow_provider_mlconnector.systems.syspro.posting.payables import ApInvoices
from airflow_provider_mlconnector.systems.syspro.posting.sitting import Sitting
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.conftest import Connect
from tests.unit.systems.syspro.posting import rows as mapped
from tests.unit.systems.syspro.posting.conftest import SUPPLIER, Target


class Clock:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Held:
    """A session that counts how often it is renewed."""

    def __init__(self) -> None:
        self.renewed: list[str] = []

    def token(self) -> str:
        return f"token {len(self.renewed)}"

    def renew(self, stale: str) -> str:
        self.renewed.append(stale)
        return self.token()


def attempt(target: SysproTarget, number: str = "INV-1") -> Attempt:
    row = mapped.invoice(Supplier=SUPPLIER, Invoice=number)
    return Attempt(Document(target.identity([row]), [row], ""), f"EXT-{number}")


def test_a_session_is_renewed_before_it_is_too_old() -> None:
    held, clock = Held(), Clock()
    sitting = Sitting(held, 60, clock)
    clock.now = 59
    sitting.begin()
    sitting.renew_if_old()
    assert held.renewed == []
    clock.now = 60
    sitting.renew_if_old()
    sitting.renew_if_old()
    assert held.renewed == ["token 0"]
    clock.now = 100
    sitting.renew()
    clock.now = 159
    sitting.renew_if_old()
    assert held.renewed == ["token 0", "token 1"]


def test_renewing_before_a_group_signs_in_once(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    made = target(connection=connect(sandbox, session_minutes=30))
    made.renew()
    assert made.post([attempt(made)])[0].outcome is Outcome.POSTED
    made.renew()
    assert len(sandbox.admin.requests(operation="logon")) == 1
    made.fence()
    assert len(sandbox.admin.requests(operation="logon")) == 2
    assert made.post([attempt(made, "INV-2")])[0].outcome is Outcome.POSTED


def test_nothing_is_sent_when_getting_ready_took_too_long(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    moments = iter((0.0, 30.1))
    made._clock = lambda: next(moments)
    (late,) = made.post([attempt(made)])
    assert (late.outcome, late.in_flight) == (Outcome.DOUBT, False)
    assert "nothing was sent" in late.reason
    assert sandbox.admin.requests(operation="transaction/post") == []


def test_a_period_that_is_closed_meanwhile_is_not_posted_in(target: Target, sandbox: SysproSandbox) -> None:
    made, clock = target(), Clock()
    kind = made._kind
    assert isinstance(kind, ApInvoices)
    kind._references._clock = clock
    tried = attempt(made)
    (group,) = made.calls([tried], 1)
    sandbox.admin.update("ApControl", ["CTL"], FinPeriod=6)
    clock.now = 61
    (refused,) = made.post(group)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason.startswith("PostingDate: period 2026/03 is closed")
    assert sandbox.admin.requests(operation="transaction/post") == []
    sandbox.admin.update("ApControl", ["CTL"], FinPeriod=4)
    clock.now = 122
    (posted,) = made.post([tried])
    assert posted.target_key.endswith("/2026/3")
