"""Setting records of a frozen batch aside: their claims, their exceptions and the batch's counts in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.rules import BatchState
from airflow_provider_mlconnector.ledger import batches, claims, exceptions
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.exceptions import Opened


def set_aside(connection: Connection, batch: Batch, seq: int, opened: Sequence[Opened]) -> None:
    """Open exceptions for records of a batch, with the versions that it claims.

    Args:
        connection: within the transaction that says why.
        batch: what they are of.
        seq: the lane's counter.
        opened: an exception for each record.
    """
    keys = [item.key_hash for item in opened]
    versions = claims.versions(connection, batch.id, keys)
    known = [replace(item, version_hash=versions.get(item.key_hash)) for item in opened]
    claims.set_mark(connection, batch.id, keys, claims.SET_ASIDE)
    exceptions.open_or_renew(connection, batch.lane_id, seq, known, batch_id=batch.id, run_id=batch.run_id)


def count_aside(connection: Connection, batch_id: int, number: int) -> None:
    """Of a batch that is being sent, so many records fewer are sent: its commit holds both against each other."""
    now = batches.get(connection, batch_id)
    if now and now.state == BatchState.SENDING:
        counts = dict(now.counts)
        counts["sent"] -= number
        counts["exceptions"] += number
        batches.set_counts(connection, batch_id, counts)
