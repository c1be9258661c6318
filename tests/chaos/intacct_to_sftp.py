"""Sage Intacct to SFTP as a flow under test: bills and vendors to partners, and acknowledgments that come back."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from airflow_provider_mlconnector.ledger import audit, interchanges, numbers
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.schema import alert
from airflow_provider_mlconnector.ledger.schema import interchange as interchange_table
from tests.chaos import answers, bills, edifact_files, judge_edi, schedule, vendors, x12_files
from tests.chaos.answers import RECEIVED, SENT, Answers
from tests.chaos.bills import Bills
from tests.chaos.flow import Arrival, FlowLane, Held, Traits, lane_key
from tests.chaos.judge_edi import Gap, Told
from tests.chaos.points import EDI_POINTS
from tests.chaos.to_sftp import BROKEN, MENDED, SFTP, ToSftp
from tests.chaos.transmissions import Transmission
from tests.chaos.vendors import Vendors

CHANGE = "intacct: a record changes between pages"
_OVERDUE = "overdue:"
_VENDORS, _GLOBEX = "vendors", "globex"
_BESIDE = ((), (_VENDORS,), (_VENDORS,), (_GLOBEX,), (_VENDORS, _GLOBEX))
_MOST = 100_000


class IntacctToSftp(ToSftp):
    """Bills to a partner who answers; beside them vendors, by the same counters, and bills in EDIFACT to another one.

    Both partners have their files in one folder: their names say whose they are.
    """

    name = "intacct_to_sftp"
    lanes: Mapping[str, FlowLane] = {
        "": FlowLane("ap_bills", "partner_sftp", "ap_bills", {**ToSftp.upstream, "acknowledge": ()}),
        _VENDORS: FlowLane("vendors", "partner_sftp", "vendors", ToSftp.upstream, vendors.ACTS),
        _GLOBEX: FlowLane("ap_bills", "partner_globex", "ap_bills", ToSftp.upstream),
    }
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
        moved, due = free and random.random() < 0.5, random.random() < 0.3
        return replace(made, answers_moved=moved, answers_due=due, beside=random.choice(_BESIDE))

    def make_source(self) -> Bills:
        """A company of its own."""
        self._bills = Bills()
        self._vendors = Vendors(self._bills)
        return self._bills

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""
        super().start(home, traits)
        self._answers = Answers(self._partner, read)
        for profile in self._profiles() if traits.answers_due else ():
            profile.write_text(profile.read_text().replace("within: PT24H", "within: PT0S"))

    def look(self) -> None:
        """Note what has become of source and partners."""
        if _VENDORS in self._traits.beside:
            self._vendors.look()
        super().look()

    def arrived(self, name: str, data: bytes) -> Sequence[Arrival]:
        """The records in a file."""
        found = read(name, data).records
        return [Arrival(self._key(each.key, name), each.version, each.amount, each.currency, name) for each in found]

    def held(self, data: bytes) -> Held:
        """What an arrived file holds."""
        records = read("", data).records
        totals = {each.currency: Decimal(0) for each in records if each.currency}
        for each in records:
            if each.currency:
                totals[each.currency] += Decimal(each.amount)
        return Held(sum(each.lines for each in records), totals)

    def history(self) -> Mapping[str, Sequence[str]]:
        """The versions of each record, in each lane that it goes by."""
        found = {**self._bills.history}
        if _GLOBEX in self._traits.beside:
            found |= {lane_key(_GLOBEX, key): versions for key, versions in self._bills.history.items()}
        if _VENDORS in self._traits.beside:
            found |= {lane_key(_VENDORS, key): versions for key, versions in self._vendors.history.items()}
        return found

    def gone(self) -> Collection[str]:
        """Bills and vendors that have been deleted."""
        of_globex = {lane_key(_GLOBEX, key) for key in self._bills.gone}
        return self._bills.gone | of_globex | {lane_key(_VENDORS, key) for key in self._vendors.gone}

    def _key(self, written: str, name: str) -> str:
        """The record that a partner's key in this file stands for."""
        if name.startswith("VENDORS"):
            return lane_key(_VENDORS, self._vendors.key_of(written))
        return lane_key(_GLOBEX if name.endswith(".edi") else "", written)

    def _profiles(self) -> list[Path]:
        partners = ("acme", *(lane for lane in self._traits.beside if lane == _GLOBEX))
        return [self._files / f"{partner}.partner.yaml" for partner in partners]

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes; with a key, so that all runs share one session."""
        key = base64.urlsafe_b64encode(b"chaos" * 6 + b"!!").decode()
        shared = super().environment()
        globex = {"AIRFLOW_CONN_PARTNER_GLOBEX": shared["AIRFLOW_CONN_PARTNER_SFTP"]}
        return {**shared, **globex, "AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS": key}

    def dag_arguments(self, lane: str) -> Mapping[str, Any]:
        """For `dag`."""
        acks = self._partner.named(self._answers.folder)
        profiles = [str(path) for path in self._profiles()]
        more = {"lane": lane, "acks": acks, "profiles": profiles, "moves": self._traits.answers_moved}
        return {**super().dag_arguments(lane), **more}

    def act(self, name: str, number: int) -> bool:
        """Let something happen."""
        if name in vendors.ACTS:
            return self._vendors.act(name, number)
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

    def resting_watermark(self, lane: str) -> Collection[str]:
        """The greatest time of change up to the clock."""
        return (self._vendors if lane == _VENDORS else self._bills).greatest_cursors()

    def amounts(self) -> Mapping[str, tuple[str, str]]:
        """Amount and currency of each bill, in each lane that it goes by."""
        lanes = [lane for lane in self._traits.lanes if lane != _VENDORS]
        rows = self._bills.rows.items()
        return {lane_key(lane, key): (row["TRX_TOTALENTERED"], row["CURRENCY"]) for lane in lanes for key, row in rows}

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
        return bills.day(number % 20 + 5 + number % 60), bills.day(number % 20)

    def refused(self) -> Mapping[tuple[str, str], int]:
        """Records that a partner has refused."""
        found = self._answers.refused().items()
        return {(self._key(written, name), name): arrivals for (written, name), arrivals in found}

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
        following, gaps = _numbers(ledger, [path.name.partition(".")[0] for path in self._profiles()])
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
        right = {f"{_OVERDUE}{row.partner}:{row.id}" for row in waits} if self._traits.answers_due else set()
        still = {each.cause for each in alerts if each.resolved_at is None}
        if still != right:
            yield f"overdue alerts are {sorted(still)}, and should be {sorted(right)}"
        if len({each.cause for each in alerts}) != len(alerts):
            yield f"an overdue alert was raised again: {sorted(each.cause for each in alerts)}"


def read(name: str, data: bytes) -> Transmission:
    """A file as the partner reads it that it is for."""
    return x12_files.read(name, data) if data.startswith(b"ISA") else edifact_files.read(name, data)


def _numbers(ledger: Ledger, partners: Sequence[str]) -> tuple[dict[str, int], list[Gap]]:
    kinds = [(partner, kind) for partner in partners for kind in ("interchange", "group", "set")]
    with ledger.read() as connection:
        following = {
            f"{partner} {kind}": numbers.peek(connection, f"edi:{partner}:out:{kind}") for partner, kind in kinds
        }
        found = audit.search(connection, {"event": numbers.GAP}, None, None, _MOST)
    return following, [judge_edi.gap(event.object, event.rows, event.detail) for event in found]


def _told(ledger: Ledger) -> dict[str, Told]:
    with ledger.read() as connection:
        rows = connection.execute(
            select(interchange_table).where(interchange_table.c.state != interchanges.UNSENT)
        ).all()
        return {
            f"{row.partner} {row.interchange_control}": Told(
                row.state, {one.control: one.state for one in interchanges.sets_of(connection, row.id)}
            )
            for row in rows
        }
