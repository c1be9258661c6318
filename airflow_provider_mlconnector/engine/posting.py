"""Dedup and post: records reach a system once, whatever is killed, lost or repeated (rule 8)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from airflow_provider_mlconnector.engine import documents, failure_points
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.documents import Record
from airflow_provider_mlconnector.engine.freezing import Destination, freeze
from airflow_provider_mlconnector.engine.looking import Looked, Looking
from airflow_provider_mlconnector.engine.posted import PostingBook, Refusal, Tried, attempted, new_own_id
from airflow_provider_mlconnector.engine.posting_rules import PostingStep, posting_step
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.postings import DEAD, Posting
from airflow_provider_mlconnector.streams.target import Attempt, Outcome, Result, Target

log = logging.getLogger(__name__)

# An identity that is in doubt again after so many look-ups is being posted by somebody else all the time.
_MOST_LOOKS = 5
# So many calls in a row that got no answer mean that the target is down: the task's retries wait for it.
_MOST_LOST = 3


@dataclass(frozen=True)
class PostingSettings:
    """How records are posted.

    Attributes:
        per_call: at most so many records in one call.
        post_again: how often a record that the target has refused is posted again, by later polls, before it waits for
            a person.
        look_first: whether the target is asked, before a first attempt, whether the record is there already.
        deadline: within which a call begins after its intent, by the task's own clock.
        margin: added to `deadline` and the target's longest call before a lost call is looked for.
        wait: sleeps for so many seconds.
        log_every: seconds between two lines of progress.
    """

    per_call: int = 20
    post_again: int = 3
    look_first: bool = True
    deadline: timedelta = timedelta(seconds=10)
    margin: timedelta = timedelta(seconds=5)
    wait: Callable[[float], None] = time.sleep
    log_every: float = 10


@dataclass
class Posted:
    """What a post task has done.

    Attributes:
        batch: the batch; None where it was superseded.
        seq: the lane's counter.
        posted: records that this try's calls have brought to the target.
        adopted: records that were found there.
        aside: records that went to the exceptions.
        calls: how many calls it took.
    """

    batch: Batch | None
    seq: int
    posted: int = 0
    adopted: int = 0
    aside: int = 0
    calls: int = 0


def post(
    context: LaneContext,
    reference: tuple[int | None, Mapping[str, Any] | None],
    destination: str,
    target: Target,
    settings: PostingSettings,
) -> Posted:
    """Freeze the run's batch and bring its records to the target.

    Args:
        context: who posts.
        reference: the batch's id and the output's reference, as XCom and the map step name them.
        destination: the target's connection id, for the audit.
        target: what is posted into.
        settings: how.

    Raises:
        IntegrityError: see `freeze`.
        TransientError: the target did not answer, or another try has taken something over.
    """
    frozen = freeze(context, reference[0], reference[1], Destination(destination, ""))
    failure_points.reach("frozen")
    done = Posted(frozen.batch, frozen.seq)
    if frozen.batch is None or frozen.output is None:
        log.info("the batch of this run is %s; nothing to post", frozen.batch.state if frozen.batch else "superseded")
        return done
    if frozen.output.documents is None:
        raise IntegrityError(
            f"{context.name}: batch {frozen.batch.id} was frozen to be sent in files, not to be posted."
        )
    book = PostingBook(context, frozen.batch, destination, settings.post_again)
    work = _Work(book, target, settings, done)
    for rows in documents.tables(context.staging, frozen.output.documents):
        held = book.unfinished(documents.keys_of(rows))
        for some in documents.rounds(documents.records_of(rows, held, target)):
            work.bring(some)
    work.report()
    return done


@dataclass
class _Work:
    """One try: records are sorted out by what the ledger and the target know of them, then posted in calls."""

    book: PostingBook
    target: Target
    settings: PostingSettings
    done: Posted
    _lost_in_a_row: int = 0
    _mine: set[str] = field(default_factory=set)
    _fenced: bool = False
    _started: float = field(default_factory=time.monotonic)
    _logged: float = field(default_factory=time.monotonic)

    @cached_property
    def _looking(self) -> Looking:
        return Looking(self.book, self.target, self.settings.wait)

    @property
    def _settle(self) -> timedelta:
        return self.settings.deadline + self.target.longest_call + self.settings.margin

    def bring(self, records: Sequence[Record]) -> None:
        """Bring records of different identities to the target, or to the exceptions."""
        new = self._fit(self._sorted_out(records))
        again: list[Record] = []
        for group in self._calls(new, self.settings.per_call):
            again += self._call(group)
        # What a call that was not clean has left behind goes alone, so that one bad record blocks nobody.
        for group in self._calls(self._sorted_out(again), 1):
            left = self._call(group)
            reason = "the target's answer was lost or unclear, and it holds nothing of this record; it is posted again"
            self._put_aside([Refusal(record, ItemKind.RETRY, reason) for record in left])

    def _sorted_out(self, records: Sequence[Record]) -> list[Record]:
        """Those that are to be posted; whatever else there is to do with the others is done."""
        left, fresh = list(records), []
        for _ in range(_MOST_LOOKS):
            last = self.book.last_of(left)
            steps: dict[PostingStep, list[Record]] = {step: [] for step in PostingStep}
            for record in left:
                steps[self._step(record, last)].append(record)
            self.book.done_before(steps[PostingStep.ADOPT])
            self.done.adopted += len(steps[PostingStep.ADOPT])
            self._second(steps[PostingStep.SECOND], last)
            self._fence_off(last[one.identity_hash] for one in steps[PostingStep.POST] if one.identity_hash in last)
            fresh += steps[PostingStep.POST]
            doubtful = steps[PostingStep.LOOK_UP]
            if not doubtful:
                return fresh
            left = self._sorted(self._looking.settled([(one, last[one.identity_hash]) for one in doubtful]))
        raise TransientError(
            f"{left[0].document.shown}: another task posts it again and again; a later try looks again."
        )

    def _step(self, record: Record, last: Mapping[bytes, Posting]) -> PostingStep:
        before = attempted(last.get(record.identity_hash), record)
        return posting_step(before, replaces=self.target.replaces(record.document.identity))

    def _fence_off(self, before: Iterable[Posting]) -> None:
        """Of an attempt that a person called off the caller may still sleep: its session ends before the next one."""
        if not self._fenced and any(one.state == DEAD and one.own_id not in self._mine for one in before):
            self._fenced = True
            self.target.fence()

    def _second(self, records: Sequence[Record], last: Mapping[bytes, Posting]) -> None:
        refusals = []
        for record in records:
            there = last[record.identity_hash]
            reason = (
                f"{record.document.shown} was posted before with other content ({there.target_key or there.own_id}, "
                f"batch {there.batch_id}); correct it in the target by hand, then resolve this"
            )
            refusals.append(Refusal(record, ItemKind.CHANGED, reason))
        self._put_aside(refusals)

    def _sorted(self, looked: Looked) -> list[Record]:
        """Count and put aside what a look-up has found; those that are left."""
        self.done.adopted += looked.there
        self._put_aside(looked.taken)
        return looked.left

    def _fit(self, records: Sequence[Record]) -> list[Record]:
        """Those that may be posted: nothing that they refer to is missing, and they are not at the target already."""
        problems = self.target.check([record.document for record in records]) if records else ()
        refusals, fit = [], []
        for record, problem in zip(records, problems, strict=True):
            if problem is None:
                fit.append(record)
            else:
                cause = f"posting:{problem.cause}" if problem.cause else ""
                reason = (
                    problem.reason if problem.reason.startswith(problem.field) else f"{problem.field}: {problem.reason}"
                )
                refusals.append(Refusal(record, ItemKind.MAPPING, reason, cause))
        self._put_aside(refusals)
        return self._sorted(self._looking.before_first(fit)) if self.settings.look_first else fit

    def _calls(self, records: Sequence[Record], most: int) -> list[list[tuple[Record, str]]]:
        """The records, each with the own id of its attempt, in groups of one call each, as the target makes them."""
        by_id = {new_own_id(): record for record in records}
        attempts = [Attempt(record.document, own_id) for own_id, record in by_id.items()]
        groups = self.target.calls(attempts, most)
        return [[(by_id[one.own_id], one.own_id) for one in group] for group in groups]

    def _call(self, new: Sequence[tuple[Record, str]]) -> list[Record]:
        """Post records in one call; those of which it is known afterwards that they are not there."""
        self.target.renew()
        began = time.monotonic()
        replaces = self.target.replaces(new[0][0].document.identity)
        tried = self.book.intend(new, self._settle, replaces=replaces)
        self._mine.update(one.intent.own_id for one in tried)
        failure_points.reach("intended")
        if time.monotonic() - began > self.settings.deadline.total_seconds():
            self.book.bury([(one.record, one.intent) for one in tried], "the call was not made: too late")
            raise TransientError("the ledger or the staging area is slow: a call was not begun within its deadline.")
        results = self.target.post([one.attempt for one in tried])
        failure_points.reach("called")
        self.done.calls += 1
        return self._conclude(list(zip(tried, results, strict=True)))

    def _conclude(self, answered: Sequence[tuple[Tried, Result]]) -> list[Record]:
        clean = [(one, result) for one, result in answered if result.outcome is Outcome.POSTED]
        refused = [(one, result.reason) for one, result in answered if result.outcome is Outcome.REFUSED]
        doubtful = [
            (one.record, replace(one.intent, answer=result.answer or "taken") if result.taken else one.intent)
            for one, result in answered
            if result.outcome is Outcome.DOUBT
        ]
        self.book.confirm(clean, [(one, result) for one, result in answered if result.taken])
        self.done.posted += len(clean)
        self.book.refuse(refused)
        self.done.aside += len(refused)
        failure_points.reach("concluded")
        self._progress()
        if not doubtful:
            self._lost_in_a_row = 0
            return []
        in_flight = any(result.in_flight for _, result in answered)
        self._lost_in_a_row = self._lost_in_a_row + 1 if in_flight else 0
        log.warning("%d records are in doubt: %s", len(doubtful), answered[0][1].answer or "no answer came")
        left = self._sorted(self._looking.settled(doubtful) if in_flight else self._looking.judged(doubtful))
        if self._lost_in_a_row >= _MOST_LOST:
            raise TransientError(f"the target has not answered {_MOST_LOST} calls in a row.")
        return self._not_adopted(left)

    def _not_adopted(self, records: Sequence[Record]) -> list[Record]:
        last = self.book.last_of(records)
        steps = {record.key_hash: self._step(record, last) for record in records}
        there = [record for record in records if steps[record.key_hash] is PostingStep.ADOPT]
        self.book.done_before(there)
        self.done.adopted += len(there)
        return [record for record in records if steps[record.key_hash] is not PostingStep.ADOPT]

    def _put_aside(self, refusals: Sequence[Refusal]) -> None:
        self.book.put_aside(refusals)
        self.done.aside += len(refusals)

    def _progress(self) -> None:
        now = time.monotonic()
        if now - self._logged >= self.settings.log_every:
            self._logged = now
            self.report()

    def report(self) -> None:
        """Log what was done so far, and how fast."""
        done = self.done
        rate = done.posted / max(time.monotonic() - self._started, 1e-6)
        log.info(
            "%d records posted in %d calls (%.1f/s), %d found at the target, %d set aside",
            done.posted,
            done.calls,
            rate,
            done.adopted,
            done.aside,
        )
