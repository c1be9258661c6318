"""Poll: fix the window, read it, drop what is known, take in the exceptions that are due, stage a batch (rule 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import failure_points, rules
from airflow_provider_mlconnector.engine.absence import read_deletions, read_keys
from airflow_provider_mlconnector.engine.context import BatchReference, LaneContext, reference_to
from airflow_provider_mlconnector.engine.judging import Bench, as_rule_item
from airflow_provider_mlconnector.engine.reading import Reading
from airflow_provider_mlconnector.engine.stage import StagePlan, stage
from airflow_provider_mlconnector.engine.vanished import missing
from airflow_provider_mlconnector.ledger import alerts, batches, claims, exceptions, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName, RunWindow
from airflow_provider_mlconnector.ledger.polled import Polled
from airflow_provider_mlconnector.streams import cursor
from airflow_provider_mlconnector.streams.declaration import Detect, StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import hash_version
from airflow_provider_mlconnector.streams.source import StreamSource

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backfill:
    """A window that a person asked for: cursors in the source's form, both ends included."""

    since: str
    until: str


@dataclass(frozen=True)
class PollRequest:
    """What a poll is asked to do.

    Attributes:
        declaration: the stream.
        source: where it is read.
        zone: the source's time zone (IANA).
        run_finished: whether the run of a batch is over.
        cause_gone: whether an exception's local cause is gone.
        backfill: a window that a person asked for; None for the ordinary one.
        part_rows: rows per part of the batch.
        log_every: seconds between two lines of progress.
    """

    declaration: StreamDeclaration
    source: StreamSource
    zone: str
    run_finished: Callable[[Batch], bool]
    cause_gone: Callable[[str], bool] = lambda _cause: False
    backfill: Backfill | None = None
    part_rows: int = 50_000
    log_every: float = 10


@dataclass(frozen=True)
class Opened:
    """What the opening of a poll fixes."""

    lane: Lane
    window: RunWindow
    clock: str
    take_over: tuple[int, ...]
    """Ids of the staged batches that this poll supersedes."""
    due_keys: dict[bytes, str]
    """Hash and text of the keys whose exception it retries."""


def poll(context: LaneContext, request: PollRequest) -> BatchReference:
    """Read a lane's window and stage its batch, or return the run's own batch where that stands already.

    Raises:
        IntegrityError: the ledger is behind its marker, or too much of the table is unreadable.
        TransientError: source, ledger or staging did not answer.
    """
    standing = _own_batch(context)
    if standing:
        return standing
    clock = (
        cursor.from_clock(request.source.clock(), request.declaration.cursor, request.zone)
        if request.declaration.cursor
        else ""
    )
    opened = _open(context, request, clock)
    if isinstance(opened, BatchReference):
        return opened
    failure_points.reach("window_fixed")
    log.info("window of %s: %s", context.name, _shown(opened.window, request.declaration))
    with context.ledger.session() as connection:
        reading = _read(context, request, opened, connection)
        plan = StagePlan(opened.lane, opened.window, opened.take_over, request.declaration)
        absent = missing(connection, reading, opened.due_keys, opened.take_over, backfill=opened.window.backfill)
        return stage(context, connection, plan, reading, absent)


def _own_batch(context: LaneContext) -> BatchReference | None:
    """Rule 5: a frozen batch of this run is returned without asking the source anything."""
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        own = batches.newest_of_run(connection, lane.id, context.actor.run_id)
        if own is None or own.state == batches.STAGED:
            return None
        log.info("batch %d of this run stands (%s); nothing is read again", own.id, own.state)
        return reference_to(context, lane, own)


def _open(context: LaneContext, request: PollRequest, clock: str) -> Opened | BatchReference:
    finished, gone = _finished_runs(context, request), gone_causes(context.ledger, context.name, request)
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        own = batches.newest_of_run(connection, lane.id, context.actor.run_id)
        if own and own.state != batches.STAGED:
            return reference_to(context, lane, own)
        window = _window(context, request, connection, lane, clock)
        still_open = batches.in_states(connection, lane.id, batches.OPEN)
        take = tuple(b for b in still_open if _takes(b, context.actor.run_id, finished))
        _alert_orphans(context, connection, lane, [b for b in still_open if b.run_id in finished])
        due = due_items(connection, lane, gone, {b.id for b in still_open} - {b.id for b in take})
    return Opened(lane, window, clock, tuple(batch.id for batch in take), {item.key_hash: item.key for item in due})


def _takes(batch: Batch, run_id: str, finished: set[str]) -> bool:
    state = rules.BatchState(batch.state)
    return rules.may_take_over(state, own_run=batch.run_id == run_id, run_finished=batch.run_id in finished)


def _finished_runs(context: LaneContext, request: PollRequest) -> set[str]:
    """Which runs with open batches are over; asked outside the lane's lock, because it may take a while."""
    with context.ledger.read() as connection:
        lane = lanes.find(connection, context.name)
        open_batches = batches.in_states(connection, lane.id, batches.OPEN) if lane else []
    others = {batch.run_id: batch for batch in open_batches if batch.run_id != context.actor.run_id}
    return {run_id for run_id, batch in others.items() if request.run_finished(batch)}


def _window(context: LaneContext, request: PollRequest, connection: Connection, lane: Lane, clock: str) -> RunWindow:
    """Rule 5: this run's own window, or a new one from the watermark."""
    kept = lanes.window_of(connection, lane.id, context.actor.run_id)
    if kept:
        return kept
    window = new_window(request, lane, clock)
    lanes.keep_window(connection, lane.id, context.actor.run_id, window)
    return window


def new_window(request: PollRequest, lane: Lane, clock: str) -> RunWindow:
    """Rule 5: from the watermark minus lookback to the source's clock minus a margin; or what a person asks for."""
    field = request.declaration.cursor
    if field is None:
        return RunWindow("", "", lane.generation, backfill=False)
    if request.backfill:
        return RunWindow(request.backfill.since, request.backfill.until, lane.generation, backfill=True)
    high = cursor.minus(clock, field.margin) if field.margin > timedelta(0) else clock
    return RunWindow(cursor.looked_back(lane.watermark, field), high, lane.generation, backfill=False)


def _alert_orphans(context: LaneContext, connection: Connection, lane: Lane, of_finished_runs: Sequence[Batch]) -> None:
    """Rule 5: a `sending` batch of a finished run is nobody's work: name the run to clear."""
    causes = []
    for batch in of_finished_runs:
        if batch.state != batches.SENDING:
            continue
        cause = f"orphan:{lane.id}:{batch.id}"
        causes.append(cause)
        message = (
            f"{context.name}: batch {batch.id} of run {batch.run_id} was being sent when its run ended. "
            f"Clear the failed tasks of run {batch.run_id}, or abandon the batch."
        )
        if alerts.raise_once(connection, cause, message):
            log.warning(message)
            context.record(connection, lane, Event("alert", cause, "open", detail=message, batch_id=batch.id))
    alerts.resolve_others(connection, f"orphan:{lane.id}:", causes)


def gone_causes(ledger: Ledger, name: LaneName, request: PollRequest) -> frozenset[str]:
    """The causes of open exceptions that are gone; looked at outside the lane's lock, as a system may be asked."""
    with ledger.read() as connection:
        lane = lanes.find(connection, name)
        items = exceptions.open_of_lane(connection, lane.id).values() if lane else ()
    causes = {item.cause for item in items if item.kind == rules.ItemKind.MAPPING and item.cause}
    return frozenset(cause for cause in sorted(causes) if request.cause_gone(cause))


def due_items(
    connection: Connection, lane: Lane, gone: frozenset[str], open_ids: set[int]
) -> tuple[ExceptionItem, ...]:
    """Rule 6: the exceptions that a poll retries."""
    now = utc_now()
    return tuple(
        item
        for item in exceptions.open_of_lane(connection, lane.id).values()
        if rules.is_due(
            as_rule_item(item),
            blocker_open=item.blocker_batch_id in open_ids,
            cause_gone=item.kind == rules.ItemKind.MAPPING and item.cause in gone,
            time_has_come=item.due_at is None or item.due_at <= now,
        )
    )


def _read(context: LaneContext, request: PollRequest, opened: Opened, connection: Connection) -> Reading:
    with connection.begin():
        items = exceptions.open_of_lane(connection, opened.lane.id)
        dismissed = exceptions.closed_by_people(connection, opened.lane.id)
        begun = claims.any_of_lane(connection, opened.lane.id)
    made_of, due = hash_version(request.declaration), frozenset(opened.due_keys)
    taken_over = frozenset(opened.take_over)
    fixed = (opened.lane.id, request.declaration, made_of, opened.lane.seq, taken_over, due, dismissed)
    bench = Bench(*fixed, begun=begun)
    folder = context.staging.new_folder(str(context.name), "batch")
    reading = Reading(
        bench,
        items,
        Polled(connection),
        context.staging,
        folder,
        part_rows=request.part_rows,
        log_every=request.log_every,
    )
    read_pages(request, opened.window, opened.clock, opened.due_keys, reading)
    reading.finish()
    return reading


def read_pages(
    request: PollRequest, window: RunWindow, clock: str, due_keys: Mapping[bytes, str], reading: Reading
) -> None:
    """Read whatever the stream's way of detecting changes asks for, then the keys that are due or were taken over.

    Args:
        request: stream and source.
        window: what the run reads.
        clock: the source's clock, as a cursor.
        due_keys: hash and text of keys that are read again by key.
        reading: takes the rows in.
    """
    source, lane_id = request.source, reading.bench.lane_id
    if request.declaration.detect is Detect.SNAPSHOT:
        reading.take(source.everything(), None)
    else:
        beyond = None if window.backfill else clock
        reading.take(source.window(window.low, window.high, beyond), window.high)
    if request.declaration.detect is Detect.OPEN_ITEMS and not window.backfill:
        reading.take(source.still_open(), None)
        with reading.polled.connection.begin():
            closed_since = reading.polled.remembered_open(lane_id)
        read_keys(reading, source, closed_since)
    if window.low and not window.backfill:
        read_deletions(source, reading)
    with reading.polled.connection.begin():
        met = reading.polled.known_already(list(due_keys)) | reading.unreadable.keys()
        held = [dict(due_keys), *reading.polled.unread_of(sorted(reading.bench.superseded))]
    for keys in held:
        read_keys(reading, source, [shown for key, shown in keys.items() if key not in met and shown])


def _shown(window: RunWindow, declaration: StreamDeclaration) -> str:
    if declaration.cursor is None:
        return "the whole table"
    kind = "backfill " if window.backfill else ""
    return f"{kind}{declaration.cursor.column} from {window.low or 'the beginning'} to {window.high or 'the end'}"
