"""Staging: one transaction that supersedes what is taken over, judges every row, and claims the batch (rule 2)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import (
    absent_columns,
    control_numbers,
    failure_points,
    manifest,
    rules,
    twins,
)
from airflow_provider_mlconnector.engine.cancelling import UNCANCELLED
from airflow_provider_mlconnector.engine.context import BatchReference, LaneContext, reference_to
from airflow_provider_mlconnector.engine.judging import Bench
from airflow_provider_mlconnector.engine.reading import Reading, shown_key
from airflow_provider_mlconnector.engine.rules import ItemKind, Verdict
from airflow_provider_mlconnector.engine.vanished import Missing, report
from airflow_provider_mlconnector.ledger import batches, claims, exceptions, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.database import begin_write
from airflow_provider_mlconnector.ledger.documents import TWIN
from airflow_provider_mlconnector.ledger.exceptions import Opened
from airflow_provider_mlconnector.ledger.lanes import Lane, RunWindow
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.declaration import Detect, StreamDeclaration

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StagePlan:
    """What the opening of the poll has fixed: lane, window, and which batches are taken over."""

    lane: Lane
    window: RunWindow
    take_over: tuple[int, ...]
    declaration: StreamDeclaration


def stage(
    context: LaneContext, connection: Connection, plan: StagePlan, reading: Reading, missing: Missing
) -> BatchReference:
    """Stage what was read, unless the run's own batch stands by now (rule 5).

    Args:
        context: who polls.
        connection: the poll's own, with the keys that it read.
        plan: what the opening has fixed.
        reading: what was read.
        missing: keys that were asked for and are not at the source any more.
    """
    failure_points.reach("read")
    with begin_write(connection):
        lane = context.lock(connection)
        own = batches.newest_of_run(connection, lane.id, context.actor.run_id)
        began = reading.bench.began_seq
        if own and rules.own_batch_stands(rules.BatchState(own.state), own.claimed_seq, began):
            log.info("batch %d of this run stands by now (%s); what was read is dropped", own.id, own.state)
            context.staging.remove(reading.folder)
            return reference_to(context, lane, own)
        for batch_id in plan.take_over:
            if batches.change_state(connection, batch_id, batches.STAGED, batches.SUPERSEDED):
                control_numbers.lost(context, connection, lane, batch_id)
        if lane.seq != began:
            ended = batches.in_states(connection, lane.id, [batches.SUPERSEDED])
            _judge_again(connection, reading, lane, {batch.id for batch in ended} & set(plan.take_over))
        apart = twins.set_apart(connection, reading)
        if apart or lane.seq != began:
            reading.drop_unclaimed()
        seq = lanes.bump(connection, lane.id)
        absent_columns.report(context, connection, lane, reading)
        staged = _add(context, connection, plan, reading, lane, seq)
        failure_points.reach("manifest_written")
        reading.polled.claim(lane.id, staged.id)
        gone = report(context, connection, lane, reading, missing)
        _items(connection, reading, staged, seq, gone)
        claims.set_open(connection, lane.id, reading.no_longer_open, still=False)
        claims.set_open(connection, lane.id, reading.open_again, still=True)
        context.record(connection, lane, _event(staged))
        lane = lanes.by_id(connection, lane.id)
    failure_points.reach("staged")
    log.info("batch %d staged: %s", staged.id, ", ".join(f"{n} {what}" for what, n in staged.counts.items()))
    return reference_to(context, lane, staged)


def _judge_again(connection: Connection, reading: Reading, lane: Lane, superseded: set[int]) -> None:
    """The lane has changed since the poll began: what is known is judged anew, now under its lock (rule 2)."""
    bench: Bench = reading.bench
    items = exceptions.open_of_lane(connection, lane.id)
    dismissed = exceptions.closed_by_people(connection, lane.id)
    taken = frozenset(superseded)
    now = replace(bench, superseded=taken, dismissed=dismissed)
    for page in list(reading.polled.pages()):
        known = claims.of_keys(connection, lane.id, [row.key_hash for row in page])
        changed = []
        for row in page:
            history, item = known.get(row.key_hash, ()), items.get(row.key_hash)
            standing = rules.Standing(row.standing)
            judged = now.judge(row.version_hash, row.key_hash, history, item, row.as_before, standing=standing)
            if (str(judged.verdict), judged.blocker) != (row.verdict, row.blocker):
                changed.append((row.key_hash, str(judged.verdict), judged.blocker))
        reading.polled.rejudge(changed)
    reading.polled.turn_unspooled_into_retries()


def _add(
    context: LaneContext, connection: Connection, plan: StagePlan, reading: Reading, lane: Lane, seq: int
) -> Batch:
    counts = _counts(reading)
    safe = None
    if plan.declaration.detect is not Detect.SNAPSHOT:
        read = [reading.greatest_cursor] if reading.greatest_cursor else []
        safe = rules.safe_to(read, plan.window.high, backfill=plan.window.backfill)
    details = {
        "lane": str(context.name),
        "run_id": context.actor.run_id,
        "window": {"low": plan.window.low, "high": plan.window.high, "safe_to": safe},
        "counts": counts,
        "declaration": plan.declaration.model_dump(mode="json", exclude_unset=True),
    }
    made = manifest.of_reading(reading.parts, counts["claimed"], reading.totals, details)
    batch_id = batches.add(
        connection,
        lane_id=lane.id,
        run_id=context.actor.run_id,
        dag_id=context.actor.dag_id,
        folder=reading.folder,
        manifest_sha256=made.write(context.staging, reading.folder),
        low=plan.window.low,
        high=plan.window.high,
        safe_to=safe,
        generation=plan.window.generation,
        hash_version=reading.bench.hash_version,
        began_seq=reading.bench.began_seq,
        claimed_seq=seq,
        rows=counts["claimed"],
        counts=counts,
        totals=totals.to_json(reading.totals),
    )
    staged = batches.get(connection, batch_id)
    if staged is None:
        raise LookupError(batch_id)
    return staged


def _counts(reading: Reading) -> dict[str, int]:
    """Read = claimed + skipped + exceptions."""
    of = reading.polled.counts()
    claimed = of.get(Verdict.CLAIM, 0)
    held_back = (Verdict.WAIT, Verdict.CHANGED, Verdict.MISSED, TWIN, UNCANCELLED, RETRY)
    aside = sum(of.get(verdict, 0) for verdict in held_back) + len(reading.unreadable)
    return {
        "read": reading.read,
        "claimed": claimed,
        "skipped": reading.read - claimed - aside,
        "exceptions": aside,
        "rebaselined": of.get(Verdict.REBASELINE, 0),
    }


RETRY = "retry"
"""The verdict of a row that would be claimed now, but was known when it was read and so lies in no part."""


def _items(connection: Connection, reading: Reading, staged: Batch, seq: int, gone: Sequence[Opened]) -> None:
    verdicts = (Verdict.WAIT, Verdict.CHANGED, Verdict.MISSED, TWIN, UNCANCELLED, RETRY, Verdict.KNOWN_CLOSES_ITEM)
    opened, closed = [], []
    items = exceptions.open_of_lane(connection, staged.lane_id)
    there = reading.polled.counts().keys() & {str(verdict) for verdict in verdicts}
    for row in reading.polled.with_verdicts(sorted(there)) if there else ():
        if row.verdict == Verdict.KNOWN_CLOSES_ITEM:
            closed.append(items[row.key_hash].id)
        elif row.verdict == UNCANCELLED:
            reason = reading.absent.uncancelled[row.key_hash]
            opened.append(Opened(row.key_hash, row.key, ItemKind.VANISHED, reason, version_hash=row.version_hash))
        elif row.verdict == TWIN:
            opened.append(twins.item(row, reading.bench.declaration))
        else:
            opened.append(_item(row.verdict, row.key_hash, row.key, row.version_hash, row.blocker))
    opened += [*_unreadable(reading), *gone]
    # Rule 3: no poll touches the exception of a key in doubt.
    free = [one for one in opened if one.key_hash not in items or items[one.key_hash].kind != ItemKind.DOUBT]
    exceptions.open_or_renew(connection, staged.lane_id, seq, free, batch_id=staged.id, run_id=staged.run_id)
    exceptions.close(connection, closed, by="engine", comment="its version is at the target")


def _item(verdict: str, key: bytes, shown: str, version: bytes, blocker: int | None) -> Opened:
    if verdict == Verdict.WAIT:
        reason = f"batch {blocker} holds another version of this record; it goes on when that batch has ended"
        return Opened(key, shown, ItemKind.WAITING, reason, version_hash=version, blocker_batch_id=blocker)
    if verdict == Verdict.CHANGED:
        reason = (
            "the record has changed after it was sent; retry the exception to send the new version, or resolve it; "
            "a document that was posted is corrected in the target by hand"
        )
        return Opened(key, shown, ItemKind.CHANGED, reason, version_hash=version)
    if verdict == Verdict.MISSED:
        reason = (
            "the record went past the state in which it is sent, and never was sent from here; "
            "retry the exception to send it, or resolve it"
        )
        return Opened(key, shown, ItemKind.CHANGED, reason, version_hash=version)
    reason = "another run has changed what is known of this record while it was read; it is read again by the next poll"
    return Opened(key, shown, ItemKind.RETRY, reason, version_hash=version)


def _unreadable(reading: Reading) -> list[Opened]:
    return [
        Opened(key, shown_key(row), ItemKind.UNREADABLE, f"{row.reason}; as sent: {row.raw}".replace("\x00", "\\u0000"))
        for key, row in reading.unreadable.items()
    ]


def _event(staged: Batch) -> Event:
    window = f"{staged.low or 'the beginning'} to {staged.high or 'the end'}"
    return Event(
        "staged", f"batch {staged.id}", rows=staged.rows, totals=staged.totals, detail=window, batch_id=staged.id
    )
