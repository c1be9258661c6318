"""Receiving: take in what partners put into a folder, each file once, whole, and under a number that only grows.

A file is downloaded into a folder of staging that nobody else knows, and its row names that folder in the transaction
that numbers it. Killed anywhere, a task leaves a file either as it was or kept; what it had downloaded is swept later.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import failure_points, inbox
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.inbox import Emptied, Inbox
from airflow_provider_mlconnector.errors import IntegrityError, RejectedError
from airflow_provider_mlconnector.ledger import alerts, audit
from airflow_provider_mlconnector.ledger import inbox as files
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.inbox import InboxFile, Named, Place, TakenMeanwhileError
from airflow_provider_mlconnector.ledger.received import Look

log = logging.getLogger(__name__)

HEADER, LINES = "header", "lines"
_LONGEST_WAIT = 60.0
"""Seconds that a task waits for a file to settle; for one that takes longer comes the next task."""


@dataclass(frozen=True)
class Intake:
    """How files of one kind come in.

    Attributes:
        place: where.
        named: what a file is by its name: None if it is none of these, else its pair and part, both empty for a file
            that stands alone.
        settle: seconds for which a file must have looked the same.
        trigger_endings: endings of the empty files that say that a file is whole, instead of waiting.
        largest: bytes; a greater file is refused.
        archive: what becomes of files in the folder once the batch that read them has been committed.
        archive_folder: the folder below it that `move` means.
        now: the clock that settling goes by; UTC, without an offset.
        sleep: waits.
    """

    place: Place
    named: Callable[[str], tuple[str, str] | None]
    settle: float = 30
    trigger_endings: tuple[str, ...] = ()
    largest: int = 2_000_000_000
    archive: Literal["none", "move", "delete"] = "none"
    archive_folder: str = "archive"
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Listing:
    """What lies in the folder.

    Attributes:
        files: those of this kind.
        names: all names, and when what has them was last changed.
    """

    files: tuple[Named, ...]
    names: Mapping[str, datetime]


@dataclass
class Received:
    """What was taken in: figures for the log and for XCom."""

    counts: Counter[str] = field(default_factory=Counter)
    trouble: dict[str, str] = field(default_factory=dict)


def alert_prefix(place: Place) -> str:
    """What the causes of the alerts about files of this place begin with."""
    return f"received:{place}:"[:400]


def listing(box: Inbox, intake: Intake) -> Listing:
    """What lies in the folder now; what is being written by its name, and trigger files, are no files of any kind."""
    looks = inbox.looks(box)
    of_kind = []
    for look in looks:
        said = intake.named(look.name)
        if said is not None and not (intake.trigger_endings and look.name.endswith(intake.trigger_endings)):
            of_kind.append(Named(look, *said))
    return Listing(tuple(of_kind), {look.name: look.modified for look in looks})


def is_triggered(intake: Intake, look: Look, there: Mapping[str, datetime]) -> bool:
    """Whether the file lies there that says that this one is whole: `x.csv.done` or `x.done` for `x.csv`.

    One that is older than the file belongs to another file, which had this name before.
    """
    bases = (look.name, look.name.rpartition(".")[0] or look.name)
    triggers = [base + ending for ending in intake.trigger_endings for base in bases]
    return any(there[trigger] >= look.modified for trigger in triggers if trigger in there)


def units(found: Sequence[InboxFile]) -> list[list[InboxFile]]:
    """Files alone and whole pairs, in the order in which they were changed, then by name; half a pair waits."""
    grouped: dict[tuple[str, str], dict[str, InboxFile]] = {}
    for file in found:
        # Of a part that was put there twice under different names, the newest counts.
        grouped.setdefault((file.pair, "" if file.part else file.name), {})[file.part] = file
    whole = [list(parts.values()) for parts in grouped.values() if "" in parts or {HEADER, LINES} <= parts.keys()]
    return sorted(whole, key=lambda unit: max((file.modified, file.name) for file in unit))


def receive(context: LaneContext, intake: Intake, box: Emptied) -> Received:
    """Take in what has settled, for all lanes that read this place.

    Args:
        context: the lane that reads it, which is remembered.
        intake: how files come in.
        box: the folder.

    Raises:
        IntegrityError: the ledger is behind what has been done.
        TransientError: ledger, staging or partner did not answer.
    """
    with context.ledger.write() as connection:
        files.add_reader(connection, intake.place, context.lock(connection).id)
    receiver = _Receiver(context, intake, box)
    receiver.run()
    shown = ", ".join(f"{count} {what}" for what, count in sorted(receiver.done.counts.items()))
    log.info("files of %s: %s", intake.place, shown or "nothing new")
    return receiver.done


@dataclass
class _Receiver:
    """One task's way through the folder."""

    context: LaneContext
    intake: Intake
    box: Emptied
    done: Received = field(default_factory=Received)

    def run(self) -> None:
        ripe, wait = self._ripe()
        if 0 < wait <= _LONGEST_WAIT:
            self.intake.sleep(wait)
            ripe, wait = self._ripe()
        for unit in units(ripe):
            self._take(unit)
        self.done.counts.update({"waiting": self._waiting()} if self._waiting() else {})
        self._tell_trouble()

    def _ripe(self) -> tuple[list[InboxFile], float]:
        """The files that have settled, and how long the last of the others still needs."""
        now_there = listing(self.box, self.intake)
        with self.context.ledger.write() as connection:
            for gone in files.note(connection, self.intake.place, now_there.files, self.intake.now()):
                self._record(connection, [gone], "gone", gone.detail)
                self.done.counts["gone"] += 1
            seen = files.in_states(connection, self.intake.place, [files.SEEN])
        failure_points.reach("files_seen")
        if self.intake.trigger_endings:
            return [file for file in seen if is_triggered(self.intake, file.look, now_there.names)], 0
        left = {file.id: self._seconds_left(file) for file in seen}
        return [file for file in seen if left[file.id] <= 0], max(left.values(), default=0)

    def _seconds_left(self, file: InboxFile) -> float:
        return (file.seen_at + timedelta(seconds=self.intake.settle) - self.intake.now()).total_seconds()

    def _waiting(self) -> int:
        with self.context.ledger.read() as connection:
            return len(files.in_states(connection, self.intake.place, [files.SEEN]))

    def _take(self, unit: list[InboxFile]) -> None:
        """Download one file or pair, and number it."""
        size = max(file.size for file in unit)
        folder = self.context.staging.new_folder(str(self.intake.place), "file")
        kept = False
        try:
            if size > self.intake.largest:
                self._refuse(unit, f"{size} bytes, where {self.intake.largest} are the most")
            elif hashes := self._download(unit, folder):
                failure_points.reach("file_downloaded")
                kept = self._number(unit, hashes, folder)
        except TakenMeanwhileError as error:
            log.info("%s has changed, or another task has taken it in meanwhile", error)
        if not kept:
            self.context.staging.remove(folder)
        failure_points.reach("file_taken")

    def _download(self, unit: list[InboxFile], folder: str) -> dict[str, str] | None:
        hashes = {}
        for file in unit:
            try:
                with self.context.staging.create(folder, staged_name(file)) as writer:
                    whole = inbox.pour(self.box, file.look, writer.write)
            except (RejectedError, IntegrityError) as error:
                # What one file refuses does not hold the others up.
                self.done.trouble[file.name] = str(error)
                return None
            if not whole:
                log.info("%s has become another file meanwhile; the next run takes it in", file.name)
                return None
            hashes[file.part] = writer.sha256
        return hashes

    def _number(self, unit: list[InboxFile], hashes: dict[str, str], folder: str) -> bool:
        """Give a downloaded file or pair its number; False where it only repeats the one before it."""
        with self.context.ledger.write() as connection:
            # Before the look at the last one: whoever numbers another file meanwhile waits here.
            number = files.next_number(connection)
            last = files.newest_kept(connection, self.intake.place)
            same = {file.part: file.sha256 for file in last} == hashes
            repeats = same and not self._overtaken(connection, last, unit)
            if repeats:
                detail = f"the same bytes as {last[0].name} of {last[0].modified:%Y-%m-%d %H:%M:%S}"
                files.take_in(connection, unit, hashes, state=files.REPEATED, detail=detail)
                self._record(connection, unit, files.REPEATED, detail)
            else:
                files.take_in(connection, unit, hashes, state=files.KEPT, number=number, staged=folder)
                self._record(connection, unit, files.KEPT, f"number {number}")
            failure_points.reach("file_numbered")
        self.done.counts[files.REPEATED if repeats else files.KEPT] += 1
        log.info("%s: %s", unit[0].name, "repeated" if repeats else f"kept as number {number}")
        return not repeats

    def _overtaken(self, connection: Connection, last: list[InboxFile], unit: list[InboxFile]) -> bool:
        """Whether another file still waits that is newer than the last one: read later, it would count for newer."""
        since, until = (max((file.modified, file.name) for file in some) for some in (last, unit))
        waiting = files.in_states(connection, self.intake.place, [files.SEEN])
        return any(since < (file.modified, file.name) < until for file in waiting if file not in unit)

    def _refuse(self, unit: list[InboxFile], why: str) -> None:
        with self.context.ledger.write() as connection:
            files.take_in(connection, unit, {}, state=files.REFUSED, detail=why)
            self._record(connection, unit, files.REFUSED, why)
            raise_refused(connection, unit, why)
        self.done.counts[files.REFUSED] += 1

    def _record(self, connection: Connection, unit: Sequence[InboxFile], outcome: str, detail: str) -> None:
        record(connection, self.context.actor, unit, outcome, detail)

    def _tell_trouble(self) -> None:
        prefix = f"{alert_prefix(self.intake.place)}trouble:"
        causes = {f"{prefix}{name}"[:500]: (name, why) for name, why in self.done.trouble.items()}
        with self.context.ledger.write() as connection:
            alerts.resolve_others(connection, prefix, list(causes))
            for cause, (name, why) in causes.items():
                alerts.raise_once(connection, cause, f"{self.intake.place}: {name} could not be taken in: {why}")


def record(
    connection: Connection, actor: audit.Actor, unit: Sequence[InboxFile], outcome: str, detail: str, rows: int = -1
) -> None:
    """Leave in the audit what became of a file or pair."""
    names = " and ".join(file.name for file in unit)
    event = Event("file received", names, outcome, unit[0].partner, rows if rows >= 0 else None, detail=detail)
    audit.record(connection, None, actor, event)


def raise_refused(connection: Connection, unit: Sequence[InboxFile], why: str) -> None:
    """Tell, once for each content, that a file is set aside whole."""
    names = " and ".join(file.name for file in unit)
    message = (
        f"{unit[0].place}: {names} is set aside whole: {why} Correct the template (or have the file sent anew), then "
        f"'airflow mlconnector files reread {unit[0].id}'."
    )
    alerts.raise_once(connection, refused_cause(unit), message)


def refused_cause(unit: Sequence[InboxFile]) -> str:
    """The cause of the alert about a refused file: one for the same bytes, however often they come."""
    what = unit[0].sha256 or str(unit[0].id)
    return f"{alert_prefix(unit[0].place)}refused:{what}"


def staged_name(file: InboxFile) -> str:
    """How a file is called in its folder of staging."""
    return file.part or "file"
