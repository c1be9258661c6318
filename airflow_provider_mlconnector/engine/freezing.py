"""Freeze: `staged -> sending` before the first outside effect; batch, files, names and numbers stand (rule 4)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import aside, control_numbers, outputs, transmissions
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.delivery_rules import DeliveryState
from airflow_provider_mlconnector.engine.outputs import Output, OutputFile
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import batches, claims, deliveries, interchanges, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.exceptions import Opened
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.staging.store import StagedFile
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.fingerprint import KEY_HASH

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Destination:
    """Where a batch's files go: the partner's connection and folder."""

    partner: str
    folder: str


@dataclass(frozen=True)
class Frozen:
    """A batch that may be sent, and the lane's counter of this try; None where the batch has been superseded."""

    batch: Batch | None
    seq: int
    output: Output | None = None


def freeze(
    context: LaneContext, batch_id: int | None, output_reference: Mapping[str, Any] | None, destination: Destination
) -> Frozen:
    """Freeze a batch, or find it frozen; then put the marker of this try down.

    Args:
        context: who delivers.
        batch_id: what XCom names.
        output_reference: `folder` and `sha256` of the format step's output.
        destination: where the files go.

    Raises:
        IntegrityError: the ledger is behind, or the output does not belong to the batch or does not add up.
    """
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        batch = context.batch_of(connection, lane, batch_id)
        if batch is None or batch.state not in batches.OPEN:
            return Frozen(batch, lane.seq)
        if batch.state == batches.STAGED:
            _freeze(context, connection, lane, batch, output_reference, destination)
        seq = lanes.bump(connection, lane.id)
        if batch.state == batches.STAGED:
            _set_aside(context, connection, lane, batch, seq)
        frozen = batches.get(connection, batch.id)
    context.mark(seq)
    return Frozen(frozen, seq, output_of(context, frozen) if frozen else None)


def output_of(context: LaneContext, batch: Batch) -> Output:
    """The files that the freeze has fixed for a batch.

    Raises:
        IntegrityError: they are missing or damaged.
    """
    fixed = batch.output or {}
    return outputs.read(context.staging, fixed["folder"], fixed["sha256"])


def _freeze(
    context: LaneContext,
    connection: Connection,
    lane: Lane,
    batch: Batch,
    reference: Mapping[str, Any] | None,
    destination: Destination,
) -> None:
    output = outputs.read(context.staging, reference["folder"], reference["sha256"]) if reference else None
    if reference is None or output is None or output.made_from != batch.manifest_sha256:
        raise IntegrityError(
            f"{context.name}: the format step's files were made from batch {(reference or {}).get('batch')}, "
            f"but this run's batch is {batch.id}, or has been read again since.",
            "Clear this run's map task with its downstream tasks.",
        )
    if output.records + len(output.refused) != batch.rows:
        raise IntegrityError(
            f"{context.name}: batch {batch.id} has {batch.rows} records, but {output.records} lie in its files and "
            f"{len(output.refused)} were refused.",
            "Nothing was sent. Clear this run's map task with its downstream tasks; if it comes again, report it.",
        )
    sums = totals.added(totals.from_json(output.totals), totals.from_json(output.refused_totals))
    if not totals.equal(sums, totals.from_json(batch.totals)):
        raise IntegrityError(
            f"{context.name}: the control totals of batch {batch.id} are {dict(batch.totals)}, those of its files and "
            f"refused records together {totals.to_json(sums)}.",
            "Nothing was sent. Clear this run's map task with its downstream tasks; if it comes again, report it.",
        )
    fixed: dict[str, Any] = {"folder": reference["folder"], "sha256": reference["sha256"]}
    fixed |= {"totals": dict(output.totals), "posted": output.documents is not None}
    if not batches.change_state(connection, batch.id, batches.STAGED, batches.SENDING, output=fixed):
        raise IntegrityError(f"batch {batch.id} changed while its lane was locked")
    _put_down(context, connection, lane, batch, output, destination)


def _put_down(
    context: LaneContext, connection: Connection, lane: Lane, batch: Batch, output: Output, destination: Destination
) -> None:
    """Each file becomes a delivery; which records lie in which file, and which sets in which interchange."""
    held: set[bytes] = set()
    for position, file in enumerate(output.files):
        equal = _prepare(connection, batch, destination, position, file)
        if file.interchange:
            sent = transmissions.Transmission(batch, position, output.folder, file.interchange, never_sent=equal)
            transmissions.put_down(context, connection, lane, sent)
        if file.keys_part:
            keys = context.staging.read_part(output.folder, StagedFile(**file.keys_part))[KEY_HASH].to_pylist()
            claims.set_output(connection, batch.id, [key for key in keys if key not in held], position)
            claims.set_output(connection, batch.id, [key for key in keys if key in held], claims.IN_SEVERAL)
            held.update(keys)
    control_numbers.unused(context, connection, lane, batch, [file.interchange for file in output.files])


def _prepare(connection: Connection, batch: Batch, destination: Destination, position: int, file: OutputFile) -> bool:
    """Put a delivery down; returns whether it need not be sent, because the last export holds the same."""
    to = (destination.partner, destination.folder)
    last = deliveries.in_last_export(connection, batch.lane_id, batch.id, file.group, *to)
    equal = last is not None and last.fingerprint == file.fingerprint
    # What the partner has refused is no export that they have.
    equal = equal and not interchanges.was_refused(connection, batch.lane_id, file.fingerprint)
    if equal and last:
        log.info("%s equals %s, the last file of this lane, and is not sent again", file.name, last.name)
    deliveries.prepare(
        connection,
        lane_id=batch.lane_id,
        batch_id=batch.id,
        position=position,
        partner=destination.partner,
        folder=destination.folder,
        name=file.name,
        group_name=file.group,
        staged_name=file.staged_name,
        size=file.size,
        sha256=file.sha256,
        fingerprint=file.fingerprint,
        rows=file.rows,
        totals=dict(file.totals),
        state=DeliveryState.EQUAL if equal else DeliveryState.PREPARED,
    )
    return equal


def _set_aside(context: LaneContext, connection: Connection, lane: Lane, batch: Batch, seq: int) -> None:
    """The refused records go to the exceptions, in the transaction that freezes the rest."""
    frozen = batches.get(connection, batch.id)
    output = output_of(context, frozen) if frozen else None
    if output is None:
        return
    refused = [
        Opened(
            bytes.fromhex(record.key_hash),
            record.key,
            ItemKind.MAPPING,
            record.reason if record.reason.startswith(record.field) else f"{record.field}: {record.reason}",
            cause=record.cause,
        )
        for record in output.refused
    ]
    aside.set_aside(connection, batch, seq, refused)
    counts = dict(batch.counts)
    counts["exceptions"] += len(refused)
    counts["sent"] = counts.pop("claimed") - len(refused)
    batches.set_counts(connection, batch.id, counts)
    detail = ", ".join(f"{what} {sha[:12]}" for what, sha in sorted(output.fingerprints.items()))
    event = Event("frozen", f"batch {batch.id}", rows=output.records, detail=detail, batch_id=batch.id)
    context.record(connection, lane, event)
