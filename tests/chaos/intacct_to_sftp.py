"""Sage Intacct to SFTP as a flow under test: bills as X12 810, and acknowledgments that come back."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from airflow_provider_mlconnector.ledger import audit, interchanges, numbers
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.schema import alert
from airflow_provider_mlconnector.ledger.schema import interchange as interchange_table
from tests.chaos import answers, bills, judge_edi, schedule, x12_files
from tests.chaos.answers import RECEIVED, SENT, Answers
from tests.chaos.bills import Bills
from tests.chaos.flow import Arrival, Held, Traits
from tests.chaos.judge_edi import Gap, Told
from tests.chaos.points import EDI_POINTS
from tests.chaos.to_sftp import BROKEN, MENDED, SFTP, ToSftp

CHANGE = "intacct: a record changes between pages"
_COUNTER = "edi:acme:out:"
_OVERDUE = "overdue:acme:"
_MOST = 100_000


class IntacctToSftp(ToSftp):
    """One stream of bills to one partner, who answers."""

    name, group, stream = "intacct_to_sftp", "ap_bills", "ap_bills"
    upstream: Mapping[str, tuple[str, ...]] = {**ToSftp.upstream, "acknowledge": ()}
    points: Mapping[str, tuple[str, ...]] = EDI_POINTS
    dag = "tests.chaos.intacct_to_sftp_dag:build"
    length = (20, 44)
    stress: Mapping[str, int] = {"format": 3, "acknowledge": 2}
    acts: Sequence[str] = (*bills.ACTS, BROKEN, MENDED)
    replies: Sequence[str] = answers.ACTS
    before_each: Sequence[str] = ("new", answers.SOME_REJECTED)
    people: Sequence[str] = (schedule.REPLAY, schedule.RETRY, schedule.RETRY)
    unreachable = bills.FAR_TOO_LATE
    faults: Sequence[str] = (*bills.FAULTS, CHANGE, *SFTP)

    def __init__(self) -> None:
        super().__init__("intacct_default", ("gl_accounts.csv", "5200,520000"))

    def traits(self, random: Random) -> Traits:
        """A world that this flow can have."""
        made = super().traits(random)
        # The sandbox's partner who takes what is renamed would take acknowledgments, too.
        free = made.server == "openssh" or not made.target_removes
        return replace(made, answers_moved=free and random.random() < 0.5, answers_due=random.random() < 0.3)

    def make_source(self) -> Bills:
        """A company of its own."""
        self._bills = Bills()
        return self._bills

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""
        super().start(home, traits)
        self._answers = Answers(self._partner)
        if traits.answers_due:
            profile = self._files / "acme.partner.yaml"
            profile.write_text(profile.read_text().replace("within: PT24H", "within: PT0S"))

    def arrived(self, name: str, data: bytes) -> Sequence[Arrival]:
        """The bills in a file."""
        return x12_files.bills(name, data)

    def held(self, data: bytes) -> Held:
        """What an arrived file holds."""
        return x12_files.held(data)

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes; with a key, so that all runs share one session."""
        key = base64.urlsafe_b64encode(b"chaos" * 6 + b"!!").decode()
        return {**super().environment(), "AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS": key}

    def dag_arguments(self) -> Mapping[str, Any]:
        """For `dag`."""
        acks = self._partner.named(self._answers.folder)
        return {**super().dag_arguments(), "acks": acks, "moves": self._traits.answers_moved}

    def act(self, name: str, number: int) -> bool:
        """Let something happen."""
        return self._answers.act(name, number) if name in answers.ACTS else super().act(name, number)

    def fault(self, name: str, number: int) -> bool:
        """Switch something wrong on."""
        if name in SFTP:
            return self._partner.misbehave(**SFTP[name])
        return self._bills.change_under_poll(number) if name == CHANGE else self._bills.fault(name, number)

    def heal(self) -> None:
        """Everything that is wrong is put right; half an acknowledgment becomes whole."""
        super().heal()
        self._answers.complete()

    def catch_up(self) -> bool:
        """The partner answers; not where everything is overdue."""
        return not self._traits.answers_due and self._answers.act(answers.SOME_REJECTED, len(self._answers.said))

    def ceiling(self) -> str:
        """The company's clock."""
        return self._bills.clock()

    def resting_watermark(self) -> str:
        """The greatest time of change up to the clock."""
        return self._bills.greatest_cursor()

    def amounts(self) -> Mapping[str, tuple[str, str]]:
        """Amount and currency of each bill."""
        return {key: (row["TRX_TOTALENTERED"], row["CURRENCY"]) for key, row in self._bills.rows.items()}

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
        return bills.day(number % 20 + 5 + number % 60), bills.day(number % 20)

    def refused(self) -> Mapping[tuple[str, str], int]:
        """Bills that the partner has refused."""
        return self._answers.refused()

    def may_stay(self, cause: str) -> bool:
        """What is overdue is judged by itself."""
        return super().may_stay(cause) or cause.startswith(_OVERDUE)

    def further(self, ledger: Ledger, *, resting: bool) -> Iterator[tuple[str, str]]:
        """Control numbers and acknowledgments."""
        yield from super().further(ledger, resting=resting)
        sent = self._answers.transmissions()
        yield from (("doubled", reason) for reason in judge_edi.used_twice(sent))
        if not resting:
            return
        yield from (("lost", reason) for reason in judge_edi.broken(sent))
        following, gaps = _numbers(ledger)
        yield from (("lost", reason) for reason in judge_edi.missing(sent, gaps, following))
        yield from (("lost", reason) for reason in judge_edi.answered(self._answers.states(), _told(ledger)))
        yield from (("stuck", reason) for reason in self._unaudited(ledger))
        yield from (("stuck", reason) for reason in self._overdue(ledger))

    def _unaudited(self, ledger: Ledger) -> Iterator[str]:
        """What nobody waits for is audited, once for each file."""
        with ledger.read() as connection:
            read = audit.search(connection, {"event": "acknowledgments read"}, None, None, _MOST)
            contrary = audit.search(connection, {"event": "acknowledged", "outcome": "contrary"}, None, None, _MOST)
        right = dict.fromkeys(self._answers.strangers, "orphan")
        right |= {said.file: "repeated" if said.again else "applied" for said in self._answers.said}
        found = Counter((event.object, event.outcome) for event in read if event.outcome != "unreadable")
        if found != Counter(right.items()):
            yield f"files read are {dict(found)}, and should be {right}"
        if len(contrary) != len(self._answers.contrary()):
            yield f"{len(contrary)} answers are audited as contrary, {self._answers.contrary()} are"

    def _overdue(self, ledger: Ledger) -> Iterator[str]:
        """Who is overdue is told once, and no longer once the partner has answered."""
        with ledger.read() as connection:
            alerts = connection.execute(select(alert).where(alert.c.cause.startswith(_OVERDUE))).all()
            rows = connection.execute(select(interchange_table)).all()
        waits = [row for row in rows if row.state in (SENT, RECEIVED)]
        right = {f"{_OVERDUE}{row.id}" for row in waits} if self._traits.answers_due else set()
        still = {each.cause for each in alerts if each.resolved_at is None}
        if still != right:
            yield f"overdue alerts are {sorted(still)}, and should be {sorted(right)}"
        if len({each.cause for each in alerts}) != len(alerts):
            yield f"an overdue alert was raised again: {sorted(each.cause for each in alerts)}"


def _numbers(ledger: Ledger) -> tuple[dict[str, int], list[Gap]]:
    with ledger.read() as connection:
        following = {kind: numbers.peek(connection, f"{_COUNTER}{kind}") for kind in ("interchange", "group", "set")}
        found = audit.search(connection, {"event": numbers.GAP}, None, None, _MOST)
    return following, [judge_edi.gap(event.object, event.rows, event.detail) for event in found]


def _told(ledger: Ledger) -> dict[str, Told]:
    with ledger.read() as connection:
        rows = connection.execute(
            select(interchange_table).where(interchange_table.c.state != interchanges.UNSENT)
        ).all()
        return {
            row.interchange_control: Told(
                row.state, {one.control: one.state for one in interchanges.sets_of(connection, row.id)}
            )
            for row in rows
        }
