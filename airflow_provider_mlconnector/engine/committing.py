"""Commit: counts and totals end to end, then the batch, then the watermark (rule 9). It believes the ledger alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import delivery_rules, failure_points, memory, rules
from airflow_provider_mlconnector.engine.context import LaneContext, fitting
from airflow_provider_mlconnector.engine.rules import BatchState, CommitView
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import alerts, batches, claims, deliveries, exceptions, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.ledger.lanes import Lane, WatermarkMove

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retention:
    """How long things are kept.

    Attributes:
        remember: key and version hashes (rule 10).
        staging: the staged files of ended batches.
    """

    remember: timedelta
    staging: timedelta


@dataclass(frozen=True)
class Committed:
    """What a commit leaves for XCom and the log: watermark, counts, files."""

    lane: str
    ledger: str
    seq: int
    watermark: str
    batch: int | None
    counts: dict[str, int]
    files: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For XCom; of many files the first twenty are named, or as many as there is room for."""
        push: dict[str, object] = {
            "lane": self.lane,
            "ledger": self.ledger,
            "seq": self.seq,
            "watermark": self.watermark,
            "batch": self.batch,
            "counts": self.counts,
            "files": [],
            "file_count": len(self.files),
        }
        return {**push, "files": fitting(push, self.files[:20])}


def commit(context: LaneContext, batch_id: int | None, retention: Retention) -> Committed:
    """Commit the run's batch, or find it committed.

    Raises:
        IntegrityError: something of the batch is not confirmed, or counts or totals differ.
    """
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        batch = context.batch_of(connection, lane, batch_id)
        if batch and batch.state in batches.OPEN:
            _check(connection, context, batch)
            _commit(context, connection, lane, batch)
            batch = batches.get(connection, batch.id)
        lane = lanes.by_id(connection, lane.id)
        files = deliveries.of_batch(connection, batch.id) if batch else []
    failure_points.reach("ledger_committed")
    try:
        memory.tidy(context, lane, batch, retention)
    except Exception:
        log.exception("the batch is committed; what is old was not cleared away, and the next commit tries again")
    failure_points.reach("tidied")
    counts = dict(batch.counts) if batch else {}
    log.info(
        "%s: watermark %s; %s",
        context.name,
        lane.watermark or "not set",
        ", ".join(f"{number} {what}" for what, number in counts.items()),
    )
    names = tuple(file.name for file in files if file.state == deliveries.CONFIRMED)
    number = batch.id if batch else None
    return Committed(str(context.name), context.ledger.id, lane.seq, lane.watermark, number, counts, names)


def _check(connection: Connection, context: LaneContext, batch: Batch) -> None:
    """Every claimed key is confirmed or set aside, and the numbers agree."""
    if batch.state == BatchState.STAGED:
        raise IntegrityError(
            f"{context.name}: batch {batch.id} has not been sent.",
            "Clear this run's deliver or post task, then this one.",
        )
    left = claims.unfinished(connection, batch.id) if batches.is_posted(batch) else []
    if left:
        shown = ", ".join(key for _, key in left[:5])
        raise IntegrityError(
            f"{context.name}: {len(left)} records are neither posted nor set aside, the first being {shown}.",
            "Clear this run's post task, then this one.",
        )
    files = deliveries.of_batch(connection, batch.id)
    waiting = [file.name for file in files if file.state not in delivery_rules.DELIVERED]
    if waiting:
        raise IntegrityError(
            f"{context.name}: not confirmed at the partner: {', '.join(waiting)}.",
            "Clear this run's deliver task, then this one.",
        )
    _check_counts(connection, context, batch, files)


def _check_counts(connection: Connection, context: LaneContext, batch: Batch, files: Sequence[Delivery]) -> None:
    claimed = claims.count(connection, batch.id) - batch.counts.get("rebaselined", 0)
    aside = claims.count(connection, batch.id, claims.SET_ASIDE)
    sent = batch.counts.get("sent", 0)
    counted = {"claimed": claimed, "in the batch": batch.rows, "sent and set aside": sent + aside}
    if len(set(counted.values())) != 1:
        shown = ", ".join(f"{number} {what}" for what, number in counted.items())
        raise IntegrityError(f"{context.name}: batch {batch.id} does not add up: {shown}.")
    if sent and not files and not batches.is_posted(batch):
        raise IntegrityError(f"{context.name}: batch {batch.id} has {sent} records to send and no file.")
    read = batch.counts["read"]
    parts = sent + batch.counts["skipped"] + batch.counts["exceptions"]
    if read != parts:
        raise IntegrityError(f"{context.name}: {read} rows were read, but sent, skipped and set aside are {parts}.")


def _commit(context: LaneContext, connection: Connection, lane: Lane, batch: Batch) -> None:
    if not batches.change_state(connection, batch.id, batches.SENDING, batches.COMMITTED):
        raise IntegrityError(f"batch {batch.id} changed while its lane was locked")
    seq = lanes.bump(connection, lane.id)
    _close_items(connection, batch)
    alerts.resolve(connection, f"orphan:{lane.id}:{batch.id}")
    watermark = _watermark(connection, lane)
    if watermark != lane.watermark:
        why = WatermarkMove("commit", batch.id, batch.run_id)
        lanes.move_watermark(connection, lanes.by_id(connection, lane.id), watermark, lane.generation, why)
    event = Event(
        "committed",
        f"batch {batch.id}",
        rows=batch.counts.get("sent"),
        totals=(batch.output or {}).get("totals", {}),
        detail=f"watermark {watermark or 'not set'}, change {seq}",
        batch_id=batch.id,
    )
    context.record(connection, lane, event)


def _watermark(connection: Connection, lane: Lane) -> str:
    """Rule 9, from what the ledger holds now."""
    views = [
        CommitView(BatchState(batch.state), batch.generation, batch.low, batch.safe_to)
        for batch in batches.in_states(connection, lane.id, batches.OPEN)
    ]
    greatest = batches.greatest_safe_to(connection, lane.id, lane.generation)
    if greatest is not None:
        views.append(CommitView(BatchState.COMMITTED, lane.generation, "", greatest))
    return rules.watermark_after(lane.watermark, lane.generation, views)


def _close_items(connection: Connection, batch: Batch) -> None:
    """Rule 6: what was read after its exception was opened, and is at the target now, closes it."""
    query = text(
        "SELECT i.id FROM exception_item i JOIN claim c ON c.lane_id = i.lane_id AND c.key_hash = i.key_hash"
        " WHERE c.batch_id = :batch AND c.mark <> :aside AND i.state = 'open' AND i.opened_seq <= :began"
    )
    values = {"batch": batch.id, "aside": claims.SET_ASIDE, "began": batch.began_seq}
    found = [row[0] for row in connection.execute(query, values)]
    exceptions.close(connection, found, by="engine", comment=f"batch {batch.id} brought it to the target")
