"""Acknowledging: read what partners say of what was sent, once for each file, and tell of what they leave unsaid.

All that one file does is done in one transaction. A file is moved only after it, and known by name, size and time until
then, so that a task may be killed anywhere and run again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import applying, failure_points, inbox
from airflow_provider_mlconnector.engine.alerting import Scope
from airflow_provider_mlconnector.engine.answers import Incoming, UnreadableFileError
from airflow_provider_mlconnector.engine.applying import Applied, Desk
from airflow_provider_mlconnector.engine.context import fitting
from airflow_provider_mlconnector.engine.inbox import Inbox
from airflow_provider_mlconnector.errors import IntegrityError, RejectedError
from airflow_provider_mlconnector.ledger import alerts, audit, deliveries, interchanges, lanes, received
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.interchanges import Interchange
from airflow_provider_mlconnector.ledger.received import Look, Place

log = logging.getLogger(__name__)

_MOVED = (received.APPLIED, received.ORPHAN, received.REPEATED)
_TROUBLE = (received.UNREADABLE, received.TOO_LARGE)


@dataclass(frozen=True)
class Post:
    """How files come in.

    Attributes:
        folder: the folder below the connection's.
        partners: names of the partners whose acknowledgments are waited for.
        read: takes a file's bytes apart; raises `UnreadableFileError`.
        move_to: folder below it into which files go once read; empty leaves them.
        settle: seconds between the two equal looks that a new file needs.
        largest: bytes; a greater file is not read.
        sleep: waits.
    """

    folder: str
    partners: Sequence[str]
    read: Callable[[bytes], Incoming]
    move_to: str = ""
    settle: float = 10
    largest: int = 20_000_000
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Acknowledged:
    """What a task has read and told: figures for XCom and the log."""

    ledger: str
    counts: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """For XCom; of many files the first twenty are named, or as many as there is room for."""
        push: dict[str, object] = {
            "ledger": self.ledger,
            "counts": dict(sorted(self.counts.items())),
            "files": [],
            "file_count": len(self.files),
        }
        return {**push, "files": fitting(push, self.files[:20])}


def scope(desk: Desk, post: Post) -> Scope:
    """The work over the connection that files come in by, with the alerts that reading them may raise."""
    of_partners = [start for name in post.partners for start in (f"overdue:{name}:", applying.news_prefix(name))]
    prefixes = (_cause(desk, post, ""), *of_partners)
    return Scope(desk.ledger, desk.actor, desk.conn_id, prefixes=lambda: prefixes)


def acknowledge(desk: Desk, post: Post, box: Inbox) -> Acknowledged:
    """Read what has come in, and raise an alert for each interchange that is overdue.

    Raises:
        IntegrityError: the ledger is behind what has been done.
        TransientError: ledger or partner did not answer.
    """
    with desk.ledger.write() as connection:
        for name in post.partners:
            alerts.resolve_told(connection, applying.news_prefix(name))
    done = Acknowledged(desk.ledger.id)
    reader = _Reader(desk, post, box, done)
    reader.run()
    _tell_overdue(desk, post, done)
    shown = ", ".join(f"{count} {what}" for what, count in sorted(done.counts.items()))
    log.info("acknowledgments: %s", shown or "none")
    return done


@dataclass
class _Reader:
    """One task's way through the folder."""

    desk: Desk
    post: Post
    box: Inbox
    done: Acknowledged
    trouble: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.desk.conn_id, self.post.folder)

    def run(self) -> None:
        found = inbox.looks(self.box)
        outcomes: dict[Look, str | None] = {look: file.outcome for look, file in self._known(found).items()}
        for file in self._to_reread():
            outcomes[file.look] = self._reread(file)
        fresh = [look for look in found if look not in outcomes]
        if fresh:
            for look in inbox.settled(self.box, fresh, self.post.settle, self.post.sleep):
                outcome = self._take(look)
                if outcome:
                    outcomes[look] = outcome
        for look in found:
            if self.post.move_to and outcomes.get(look) in _MOVED:
                self._move(look)
        known = self._known(found)
        self.trouble |= {look.name: file.detail for look, file in known.items() if file.outcome in _TROUBLE}
        self._tell_trouble()

    def _known(self, found: Sequence[Look]) -> dict[Look, received.ReceivedFile]:
        with self.desk.ledger.read() as connection:
            known = received.known(connection, self.place, [look.name for look in found])
        return {look: known[look] for look in found if look in known}

    def _to_reread(self) -> list[received.ReceivedFile]:
        with self.desk.ledger.read() as connection:
            return received.to_reread(connection, self.place)

    def _reread(self, file: received.ReceivedFile) -> str | None:
        there = inbox.find(self.box, file.look, file.moved_to)
        if there is None:
            detail = f"it was to be read again, and {file.moved_to or file.name} is not there any more"
            self.trouble[file.name] = detail
            return self._put_down(file.look, file.sha256, received.GONE, detail)
        return self._take(file.look, there)

    def _take(self, look: Look, there: Look | None = None) -> str | None:
        """Read one file, where it lies now; returns its outcome, or None where it is left for the next run."""
        if look.size > self.post.largest:
            detail = f"{look.size} bytes, where {self.post.largest} are the most"
            return self._put_down(look, "", received.TOO_LARGE, detail)
        try:
            data = inbox.whole(self.box, there or look)
        except (RejectedError, IntegrityError) as error:
            # What one file refuses does not hold the others up.
            self.trouble[look.name] = str(error)
            return None
        if data is None:
            log.info("%s has become another file meanwhile; the next run reads it", look.name)
            return None
        digest = sha256(data).hexdigest()
        failure_points.reach("acknowledgment_read")
        try:
            incoming = self.post.read(data)
        except (UnreadableFileError, ValueError) as error:
            return self._put_down(look, digest, received.UNREADABLE, str(error))
        return self._apply(look, digest, incoming)

    def _apply(self, look: Look, digest: str, incoming: Incoming) -> str | None:
        applied = Applied()
        with self.desk.ledger.write() as connection:
            outcome, detail = received.APPLIED, ""
            before = received.applied_before(connection, self.place.partner, digest)
            if not received.add(connection, self.place, look, digest, outcome):
                return None
            if before:
                outcome, detail = received.REPEATED, f"the same bytes as {before.name}, read {before.read_at:%Y-%m-%d}"
                applied.counts["repeated"] += 1
            else:
                applied = applying.apply(self.desk, connection, incoming.answers)
                outcome, detail = _outcome(applied, incoming)
            received.set_outcome(connection, self.place, look, outcome, detail)
            self._record(connection, look, outcome, len(incoming.answers), detail)
        for context, seq in applied.marks.values():
            context.mark(seq)
        failure_points.reach("acknowledgments_applied")
        self._count(look, outcome, applied.counts)
        return outcome

    def _put_down(self, look: Look, digest: str, outcome: str, detail: str) -> str | None:
        with self.desk.ledger.write() as connection:
            if not received.add(connection, self.place, look, digest, outcome, detail):
                return None
            self._record(connection, look, outcome, None, detail)
        self._count(look, outcome, Counter())
        return outcome

    def _record(self, connection: Connection, look: Look, outcome: str, answers: int | None, detail: str) -> None:
        event = Event("acknowledgments read", look.name, outcome, self.desk.conn_id, answers, detail=detail)
        audit.record(connection, None, self.desk.actor, event)

    def _count(self, look: Look, outcome: str, counts: Counter[str]) -> None:
        self.done.files.append(look.name)
        self.done.counts.update(counts)
        self.done.counts[f"files {outcome}"] += 1
        log.info("%s: %s%s", look.name, outcome, "".join(f", {number} {what}" for what, number in counts.items()))

    def _move(self, look: Look) -> None:
        if not inbox.still(self.box, look):
            return
        moved_to = inbox.move(self.box, look, self.post.move_to)
        failure_points.reach("acknowledgment_moved")
        with self.desk.ledger.write() as connection:
            received.set_moved(connection, self.place, look, moved_to)

    def _tell_trouble(self) -> None:
        causes = {_cause(self.desk, self.post, name): (name, why) for name, why in self.trouble.items()}
        with self.desk.ledger.write() as connection:
            alerts.resolve_others(connection, _cause(self.desk, self.post, ""), list(causes))
            for cause, (name, why) in causes.items():
                message = (
                    f"{self.desk.conn_id}: {name} in folder {self.post.folder!r} can't be read as an acknowledgment: "
                    f"{why}. Look at it, and have the partner send it again, or take it away."
                )
                alerts.raise_once(connection, cause, message)


def _outcome(applied: Applied, incoming: Incoming) -> tuple[str, str]:
    if incoming.others or not incoming.answers:
        # The rest of such a file is somebody else's to read: it stays where it is.
        return received.FOREIGN, f"also holds {', '.join(incoming.others) or 'nothing'}"
    if applied.counts["orphans"]:
        return received.ORPHAN, f"answers nothing that was sent: {applied.counts['orphans']} of what it says"
    return received.APPLIED, ""


def _cause(desk: Desk, post: Post, name: str) -> str:
    return f"acknowledgments:{desk.conn_id}:{post.folder}:{name}"[:500]


def _tell_overdue(desk: Desk, post: Post, done: Acknowledged) -> None:
    with desk.ledger.read() as connection:
        late = interchanges.overdue(connection, post.partners, utc_now())
    for sent in late:
        with desk.ledger.write() as connection:
            context = desk.lane(lanes.by_id(connection, sent.lane_id))
            lane = context.lock(connection)
            if not interchanges.set_overdue(connection, sent.id):
                continue
            message = f"{lane.name}: {_overdue(connection, sent)}"
            alerts.raise_once(connection, applying.overdue_cause(sent), message)
            event = Event("overdue", str(sent), "open", sent.partner, sent.sets, detail=message, batch_id=sent.batch_id)
            context.record(connection, lane, event)
        done.counts["overdue"] += 1
        log.warning(message)


def _overdue(connection: Connection, sent: Interchange) -> str:
    file = next(each for each in deliveries.of_batch(connection, sent.batch_id) if each.position == sent.position)
    kinds = " and ".join((sent.expected or {}).get("kinds", ()))
    return (
        f"{sent} ({file.name}, confirmed {file.confirmed_at:%Y-%m-%d %H:%M} UTC) should have been acknowledged by "
        f"{sent.due_at:%Y-%m-%d %H:%M} UTC ({kinds}), and is not. Ask the partner whether they have it."
    )
