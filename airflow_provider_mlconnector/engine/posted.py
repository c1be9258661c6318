"""What the ledger is told of postings: intents before a call, and what became of them after it (rule 8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import aside
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.documents import Record
from airflow_provider_mlconnector.engine.posting_rules import Attempted, PostingState, PostingStep, posting_step
from airflow_provider_mlconnector.engine.rules import BatchState, ItemKind
from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.ledger import audit, claims, exceptions, lanes, postings
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import shared_now
from airflow_provider_mlconnector.ledger.exceptions import Opened
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.ledger.postings import Posting
from airflow_provider_mlconnector.streams.target import Attempt, Found, Result


@dataclass(frozen=True)
class Tried:
    """One attempt of this try: the record, and the intent that the ledger holds."""

    record: Record
    intent: Posting

    @property
    def attempt(self) -> Attempt:
        """As the target sees it."""
        return Attempt(self.record.document, self.intent.own_id)


@dataclass(frozen=True)
class Refusal:
    """A record that goes to the exceptions.

    Attributes:
        record: the record.
        kind: what waits for what.
        reason: why, for a person.
        cause: what has to change, in a form that a later poll rechecks.
    """

    record: Record
    kind: ItemKind
    reason: str
    cause: str = ""


class PostingBook:
    """The ledger's side of one try of a post task.

    Args:
        context: who posts.
        batch: the frozen batch.
        system: the connection that is posted through, for the audit.
        most_refusals: how many refusals of the target a record may have before it waits for a person.
    """

    def __init__(self, context: LaneContext, batch: Batch, system: str, most_refusals: int) -> None:
        self._context = context
        self._batch = batch
        self._system = system
        self._most_refusals = most_refusals

    def unfinished(self, keys: Sequence[bytes]) -> dict[bytes, claims.HeldClaim]:
        """What the batch still has to bring to the target, of these keys."""
        with self._context.ledger.read() as connection:
            held = claims.held(connection, self._batch.id, keys)
        return {key: claim for key, claim in held.items() if claim.mark == claims.AS_BATCH}

    def now(self) -> datetime:
        """By the clock that intents are stamped with: workers' own may differ."""
        with self._context.ledger.read() as connection:
            return shared_now(connection)

    def last_of(self, records: Sequence[Record]) -> dict[bytes, Posting]:
        """The last attempt of each record's identity."""
        with self._context.ledger.read() as connection:
            return postings.newest(connection, [record.identity_hash for record in records])

    def intend(self, new: Sequence[tuple[Record, str]], settle: timedelta, *, replaces: bool) -> list[Tried]:
        """Put down an intent for each, before the call that posts them; then the marker.

        Args:
            new: records, and the own ids of these attempts.
            settle: after which no call of theirs can have an effect any more.
            replaces: as the target says of them.

        Raises:
            TransientError: another try, or a person, has changed something; a later try looks again.
        """
        with self._changing() as (connection, lane):
            held = claims.held(connection, self._batch.id, [record.key_hash for record, _ in new])
            last = postings.newest(connection, [record.identity_hash for record, _ in new])
            tried = []
            for record, own_id in new:
                before = last.get(record.identity_hash)
                step = posting_step(attempted(before, record), replaces=replaces)
                intent = self._intent(connection, (record, before), settle, own_id)
                fine = step is PostingStep.POST and held[record.key_hash].mark == claims.AS_BATCH
                if not (fine and postings.begin(connection, intent)):
                    raise _overtaken(record)
                self._audit(connection, lane, "posting", record, postings.begun(intent))
                tried.append(Tried(record, intent))
        return tried

    def _intent(
        self, connection: Connection, tried: tuple[Record, Posting | None], settle: timedelta, own_id: str
    ) -> Posting:
        record, before = tried
        now, identity = shared_now(connection), record.document.identity
        return Posting(
            key_hash=record.identity_hash,
            attempt=before.attempt + 1 if before else 1,
            company=identity.company,
            kind=identity.kind,
            key=identity.key,
            version_hash=record.version,
            lane_id=self._batch.lane_id,
            batch_id=self._batch.id,
            record_hash=record.key_hash,
            own_id=own_id,
            state=postings.INTENT,
            intent_at=now,
            settled_at=now + settle,
        )

    def confirm(self, done: Sequence[tuple[Tried, Result]], taken: Sequence[tuple[Tried, Result]] = ()) -> None:
        """The target has answered that it has taken these, and of some of them, `taken`, it does not show that yet."""
        if not (done or taken):
            return
        with self._answered() as (connection, lane):
            for one, result in done:
                if _end(connection, one.intent, postings.CONFIRMED, result.target_key, result.answer):
                    self._done(connection, one.record)
                    self._audit(connection, lane, "posted", one.record, result.target_key)
            for one, result in taken:
                postings.note(connection, one.intent.key_hash, one.intent.attempt, result.answer)

    def refuse(self, refused: Sequence[tuple[Tried, str]]) -> None:
        """The target has answered that it does not take these, and why: they are posted again some times."""
        if not refused:
            return
        with self._answered() as (connection, lane):
            known = exceptions.open_of_lane(connection, lane.id)
            opened = []
            for one, reason in refused:
                if _end(connection, one.intent, postings.REJECTED, "", reason):
                    item = known.get(one.record.key_hash)
                    times = 1 + (item.attempts + 1 if item and item.kind == ItemKind.RETRY else 0)
                    kind = ItemKind.RETRY if times <= self._most_refusals else ItemKind.REJECTED
                    opened.append(Refusal(one.record, kind, reason))
            self._put_aside(connection, lane, opened)

    def adopt(self, record: Record, posting: Posting, target_key: str, detail: str) -> None:
        """An attempt in doubt is at the target: adopted as the version of that intent."""
        with self._changing() as (connection, lane):
            if _end(connection, posting, postings.CONFIRMED, target_key, detail):
                self._audit(connection, lane, "adopted", record, f"{target_key}: {detail}")

    def bury(self, ended: Sequence[tuple[Record, Posting]], why: str) -> None:
        """These attempts are not at the target, and can't come there any more."""
        if not ended:
            return
        with self._changing() as (connection, lane):
            for record, posting in ended:
                if _end(connection, posting, postings.DEAD, "", why):
                    self._audit(connection, lane, "not there", record, f"attempt {posting.attempt}: {why}")

    def done_before(self, records: Sequence[Record]) -> None:
        """Another attempt has brought these very versions to the target."""
        if not records:
            return
        with self._changing() as (connection, lane):
            for record in records:
                if self._done(connection, record):
                    self._audit(connection, lane, "adopted", record, "posted before")

    def found_there(self, found: Sequence[tuple[Record, Posting | None, Found]]) -> None:
        """No attempt of ours has brought these to the target, and yet they are there: with the last attempt of each."""
        if not found:
            return
        with self._changing() as (connection, lane):
            for record, last, what in found:
                intent = self._intent(connection, (record, last), timedelta(), new_own_id())
                if not postings.begin(connection, intent):
                    raise _overtaken(record)
                _end(connection, intent, postings.CONFIRMED, what.target_key, f"found there: {what.detail}")
                self._done(connection, record)
                self._audit(connection, lane, "adopted", record, f"found there: {what.detail}")

    def put_aside(self, refusals: Sequence[Refusal]) -> None:
        """Records that go to the exceptions."""
        if not refusals:
            return
        with self._changing() as (connection, lane):
            self._put_aside(connection, lane, refusals)

    def _put_aside(self, connection: Connection, lane: Lane, found: Sequence[Refusal]) -> None:
        # Another try may have ended them while this one slept: counted twice, the batch would never add up.
        standing = self._standing(connection, [one.record for one in found])
        refusals = [one for one in found if one.record.key_hash in standing]
        opened = [Opened(one.record.key_hash, one.record.key, one.kind, one.reason, one.cause) for one in refusals]
        aside.set_aside(connection, self._batch, lanes.by_id(connection, lane.id).seq, opened)
        aside.count_aside(connection, self._batch.id, len(opened))
        for one in refusals:
            self._audit(connection, lane, "not posted", one.record, one.reason, outcome="refused")

    def _standing(self, connection: Connection, records: Sequence[Record]) -> set[bytes]:
        """The keys of those that the batch still has to bring to the target."""
        held = claims.held(connection, self._batch.id, [record.key_hash for record in records])
        return {key for key, claim in held.items() if claim.mark == claims.AS_BATCH}

    def _done(self, connection: Connection, record: Record) -> bool:
        """A record is at the target; False where it was set aside meanwhile, and its exception finds that out."""
        stands = record.key_hash in self._standing(connection, [record])
        if stands:
            claims.set_mark(connection, self._batch.id, [record.key_hash], claims.CONFIRMED)
        return stands

    def _audit(
        self, connection: Connection, lane: Lane, event: str, record: Record, detail: str, outcome: str = "ok"
    ) -> None:
        about = audit.of_record(record.document.shown, record.key)
        told = Event(event, about, outcome, self._system, detail=detail, batch_id=self._batch.id)
        self._context.record(connection, lane, told)

    @contextmanager
    def _changing(self) -> Iterator[tuple[Connection, Lane]]:
        """A transaction that requires the batch to be `sending`; bumps the lane, and marks once it is done."""
        with self._context.ledger.write() as connection:
            lane = self._context.lock(connection)
            if not self._is_sending(connection, lane):
                raise self._taken_over()
            seq = lanes.bump(connection, lane.id)
            yield connection, lane
        self._context.mark(seq)

    @contextmanager
    def _answered(self) -> Iterator[tuple[Connection, Lane]]:
        """As `_changing`, but what the target has answered is kept first: a batch given up must not forget it."""
        with self._context.ledger.write() as connection:
            lane = self._context.lock(connection)
            sending = self._is_sending(connection, lane)
            seq = lanes.bump(connection, lane.id)
            yield connection, lane
        self._context.mark(seq)
        if not sending:
            raise self._taken_over()

    def _is_sending(self, connection: Connection, lane: Lane) -> bool:
        batch = self._context.batch_of(connection, lane, self._batch.id)
        return batch is not None and batch.id == self._batch.id and batch.state == BatchState.SENDING

    def _taken_over(self) -> TransientError:
        return TransientError(f"{self._context.name}: another try, or a person, has taken batch {self._batch.id} over.")


def new_own_id() -> str:
    """An id for one attempt, short enough for a reference field."""
    return f"ML{uuid.uuid4().hex[:26]}".upper()


def attempted(posting: Posting | None, record: Record) -> Attempted | None:
    """A last attempt as the rules look at it."""
    return Attempted(PostingState(posting.state), posting.version_hash == record.version) if posting else None


def _end(connection: Connection, posting: Posting, becomes: str, target_key: str, answer: str) -> bool:
    return postings.end(connection, posting.key_hash, posting.attempt, becomes, target_key=target_key, answer=answer)


def _overtaken(record: Record) -> TransientError:
    return TransientError(f"{record.document.shown}: another try of this task, or another flow, is posting it.")
