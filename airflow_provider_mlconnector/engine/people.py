"""What a person may do: abandon, rewind, retry, resolve, decide what is in doubt, accept a ledger. All is audited."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import control_numbers, doubts, rules
from airflow_provider_mlconnector.engine.context import LaneContext, Seen
from airflow_provider_mlconnector.engine.fencing import fence
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.engine.site import OpenSite
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger import batches, claims, deliveries, exceptions, interchanges, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem, Opened
from airflow_provider_mlconnector.ledger.lanes import Lane, WatermarkMove
from airflow_provider_mlconnector.staging import markers
from airflow_provider_mlconnector.streams.fingerprint import key_values

_BEYOND_EVERY_XCOM = 1_000


def rewind(context: LaneContext, watermark: str, comment: str) -> None:
    """Set a lane's watermark back: a new generation begins, and batches of the older one move nothing (rule 9).

    Raises:
        ConfigurationError: the watermark would move forward.
    """
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        if watermark >= lane.watermark:
            raise ConfigurationError(
                f"{context.name}: the watermark is {lane.watermark or 'not set'}; a rewind only goes below it."
            )
        seq = lanes.bump(connection, lane.id)
        moved = lanes.by_id(connection, lane.id)
        lanes.move_watermark(connection, moved, watermark, lane.generation + 1, WatermarkMove(f"rewind: {comment}"))
        detail = f"from {lane.watermark} to {watermark or 'the beginning'}: {comment}"
        context.record(connection, lane, Event("rewound", str(context.name), detail=detail))
    context.mark(seq)


def abandon(context: LaneContext, batch_id: int, comment: str) -> None:
    """Give a batch that is being sent up (rule 2).

    Files and postings that have not begun end; their records are read again by the next poll. Records of files that
    were being renamed, or that were being posted, are in doubt, and only a person goes on with them.

    Raises:
        ConfigurationError: the batch is not being sent.
    """
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        batch = batches.get(connection, batch_id)
        if batch is None or batch.lane_id != lane.id or batch.state != batches.SENDING:
            state = batch.state if batch and batch.lane_id == lane.id else "not known in this lane"
            raise ConfigurationError(f"batch {batch_id} is {state}; only one that is being sent can be abandoned")
        seq = lanes.bump(connection, lane.id)
        if batches.is_posted(batch):
            doubts.give_up(connection, batch, seq)
        else:
            _end_deliveries(context, connection, lane, batch, seq)
        batches.change_state(connection, batch.id, batches.SENDING, batches.ABANDONED)
        context.record(connection, lane, Event("abandoned", f"batch {batch_id}", detail=comment, batch_id=batch_id))
    context.mark(seq)


def _end_deliveries(context: LaneContext, connection: Connection, lane: Lane, batch: Batch, seq: int) -> None:
    files = deliveries.of_batch(connection, batch.id)
    doubtful = [file.position for file in files if file.state in (deliveries.RENAMING, deliveries.DOUBT)]
    unsent = [file.position for file in files if file.state == deliveries.PREPARED]
    # Of a record in several files part may have arrived: sending it whole again would double that part.
    if unsent and len(unsent) == len(files):
        unsent.append(claims.IN_SEVERAL)
    elif unsent or doubtful:
        doubtful.append(claims.IN_SEVERAL)
    for file in files:
        if deliveries.change_state(connection, file.id, [deliveries.PREPARED], deliveries.DEAD):
            control_numbers.never_sent(context, connection, lane, batch.id, file.position)
        deliveries.change_state(connection, file.id, [deliveries.RENAMING], deliveries.DOUBT)
    # Doubt is found out before anything is marked, because marked claims are no longer unfinished.
    groups = [(doubtful, ItemKind.DOUBT), (unsent, ItemKind.RETRY)]
    for positions, kind in groups:
        _set_aside(connection, batch, seq, claims.unfinished(connection, batch.id, positions), kind)


def _set_aside(
    connection: Connection, batch: Batch, seq: int, keys: Sequence[tuple[bytes, str]], kind: ItemKind
) -> None:
    reason = (
        f"batch {batch.id} was abandoned while a file of this record was being sent; does the partner have it?"
        if kind is ItemKind.DOUBT
        else f"batch {batch.id} was abandoned before it was sent"
    )
    versions = claims.versions(connection, batch.id, [key for key, _ in keys])
    items = [Opened(key, shown, kind, reason, version_hash=versions.get(key)) for key, shown in keys]
    claims.set_mark(connection, batch.id, [key for key, _ in keys], claims.SET_ASIDE)
    exceptions.open_or_renew(connection, batch.lane_id, seq, items, batch_id=batch.id, run_id=batch.run_id)


def retry(context: LaneContext, item: ExceptionItem) -> None:
    """Have the next poll take an exception in.

    Raises:
        ConfigurationError: the item is closed, or in doubt, or has no key to read it by.
    """
    if item.kind == ItemKind.DOUBT:
        raise ConfigurationError(
            f"exception {item.id} is in doubt: whether the target has it must be decided first.",
            "Resolve it with --at-target yes or no.",
        )
    if not item.key:
        raise ConfigurationError(
            f"exception {item.id} has no key to read its record by.",
            "When it is mended at the source, read its window again (parameters since and until), then resolve it.",
        )
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        _check_seen(connection, item)
        exceptions.request_retry(connection, item.id)
        seq = lanes.bump(connection, lane.id)
        context.record(connection, lane, Event("retry requested", f"{item.key} (exception {item.id})"))
    context.mark(seq)


def resolve(
    context: LaneContext,
    item: ExceptionItem,
    comment: str,
    *,
    at_target: bool | None = None,
    open_site: OpenSite | None = None,
) -> None:
    """Close an exception by hand.

    Args:
        context: who acts, on which lane.
        item: the exception.
        comment: why it is closed.
        at_target: for one in doubt: whether the target has it. Its record is read again by the next poll: what it has
            become while it was in doubt, no poll has looked at.
        open_site: connects to the partner, whose files a decision that the target has it not is held against.

    Raises:
        ConfigurationError: it is closed, or has become another one; or it is in doubt, and `at_target` is not given, or
            is False although the file lies at the partner, or the target has it, or may still get it.
        TransientError: the partner did not answer; nothing was decided.
    """
    in_doubt = item.kind == ItemKind.DOUBT
    if in_doubt and at_target is None:
        raise ConfigurationError(f"exception {item.id} is in doubt: say --at-target yes or no")
    files = _in_doubt_with(context, item) if in_doubt else []
    if not at_target and open_site:
        for file in files:
            fence(file, open_site)
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        _check_seen(connection, item)
        seq = lanes.bump(connection, lane.id)
        if in_doubt:
            doubts.decide(connection, item, comment, arrived=bool(at_target))
            again = _end_doubt(connection, item, files, comment, arrived=bool(at_target))
            exceptions.open_or_renew(connection, lane.id, seq, [again], batch_id=item.batch_id, run_id=item.run_id)
            _end_files(context, connection, lane, files, arrived=bool(at_target))
        else:
            exceptions.close(connection, [item.id], by=context.actor.person, comment=comment)
        shown = f"{'/'.join(key_values(item.key))} (exception {item.id})"
        context.record(connection, lane, Event("resolved", shown, detail=comment))
    context.mark(seq)


def _end_doubt(
    connection: Connection, item: ExceptionItem, files: Sequence[Delivery], comment: str, *, arrived: bool
) -> Opened:
    """What a record that was in doubt waits for from now on: to be read again, or, rejected meanwhile, for a person."""
    said = [each for file in files for each in _answers(connection, file, item.key_hash, arrived=arrived)]
    refused = [why for state, why in said if state == interchanges.REJECTED]
    if refused:
        # They have it, and have refused it: it counts no more as delivered than any other that was rejected.
        version = claims.versions(connection, item.batch_id or 0, [item.key_hash]).get(item.key_hash)
        reasons = "; ".join(filter(None, refused))
        why = f"the partner rejects it{': ' if reasons else ''}{reasons}; {comment}"
        return Opened(item.key_hash, item.key, ItemKind.REJECTED, why, version_hash=version)
    if arrived:
        claims.set_mark(connection, item.batch_id or 0, [item.key_hash], claims.CONFIRMED)
    why = f"the target {'has' if arrived else 'does not have'} the version that was in doubt: {comment}"
    return Opened(item.key_hash, item.key, ItemKind.RETRY, why)


def _end_files(
    context: LaneContext, connection: Connection, lane: Lane, files: Sequence[Delivery], *, arrived: bool
) -> None:
    for file in files:
        if arrived:
            interchanges.confirmed(connection, file.batch_id, file.position)
        else:
            control_numbers.never_sent(context, connection, lane, file.batch_id, file.position)


def _in_doubt_with(context: LaneContext, item: ExceptionItem) -> list[Delivery]:
    """Every file in doubt that holds this record."""
    with context.ledger.read() as connection:
        files = deliveries.of_batch(connection, item.batch_id or 0)
        held_in = claims.output_of(connection, item.batch_id or 0, item.key_hash)
    return [file for file in files if file.state == deliveries.DOUBT and held_in in (claims.IN_SEVERAL, file.position)]


def _answers(connection: Connection, file: Delivery, key_hash: bytes = b"", *, arrived: bool) -> list[tuple[str, str]]:
    """What the partner has answered of a file, or of one of its records: who has answered has the file."""
    said = interchanges.said_of(connection, file.batch_id, file.position, key_hash)
    if said and not arrived:
        raise ConfigurationError(
            f"the partner has answered {file.name} ({', '.join(sorted({state for state, _ in said}))}), and so has it.",
            "Say that it has arrived.",
        )
    return said


def _check_seen(connection: Connection, item: ExceptionItem) -> None:
    """What a person decides on is what they have seen: not a newer version that has taken its place."""
    now = exceptions.get(connection, item.id)
    if now is None or (now.state, now.opened_seq) != (exceptions.OPEN, item.opened_seq):
        raise ConfigurationError(f"exception {item.id} is closed, or not the one any more that you have seen")


def decide_delivery(
    context: LaneContext, delivery: Delivery, *, arrived: bool, comment: str, open_site: OpenSite
) -> None:
    """Say of a file that was being renamed whether the partner has it.

    Raises:
        ConfigurationError: the delivery is not in doubt; or it is said not to have arrived, and lies at the partner.
        TransientError: the partner did not answer; nothing was decided.
    """
    if not arrived:
        fence(delivery, open_site)
    becomes = deliveries.CONFIRMED if arrived else deliveries.PREPARED
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        batch = batches.get(connection, delivery.batch_id)
        _answers(connection, delivery, arrived=arrived)
        ok = batch is not None and batch.state == rules.BatchState.SENDING
        if not ok or not deliveries.change_state(
            connection, delivery.id, [deliveries.RENAMING], becomes, answer=comment
        ):
            raise ConfigurationError(f"delivery {delivery.id} is {delivery.state}; there is nothing to decide")
        seq = lanes.bump(connection, lane.id)
        event = "confirmed by hand" if arrived else "to be sent again"
        context.record(connection, lane, Event(event, delivery.name, system=delivery.partner, detail=comment))
    context.mark(seq)


def accept_ledger(context: LaneContext, comment: str, other: Seen | None = None) -> Lane:
    """Say that this ledger is to be believed for this lane, although a marker is ahead of it or was written by another.

    It stands for the others from now on, so that their XComs stay readable. What they knew and this one does not may be
    sent again: that is what the person answers for.

    Args:
        context: who accepts, for which lane.
        comment: why.
        other: a ledger that only an XCom speaks of, where the staging area is a new one too.
    """
    found = markers.every(context.staging, str(context.name))
    others = [Seen(marker.ledger_id, marker.seq) for marker in found] + ([other] if other else [])
    with context.ledger.write() as connection:
        lane = lanes.lock(connection, context.name)
        # A commit counts on without a marker, so XComs may be a little ahead of the greatest marker.
        ahead = max([lane.seq, *(one.seq for one in others)]) + _BEYOND_EVERY_XCOM
        lanes.accept(connection, lane, ahead, {one.ledger for one in others} - {context.ledger.id})
        context.record(connection, lane, Event("ledger accepted", context.ledger.id, detail=comment))
        return lanes.by_id(connection, lane.id)
