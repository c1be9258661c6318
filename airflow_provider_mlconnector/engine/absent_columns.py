"""Declared columns that a source has no longer, such as a field that its user may not see any more: an alert."""

from __future__ import annotations

import logging

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.reading import Reading
from airflow_provider_mlconnector.ledger import alerts, batches
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.streams.fingerprint import absent_in

log = logging.getLogger(__name__)


def prefix(lane: Lane) -> str:
    """What the causes begin with."""
    return f"absent:{lane.id}:"


def report(context: LaneContext, connection: Connection, lane: Lane, reading: Reading) -> None:
    """Raise an alert for each column that the last committed reading had, and end those of columns that are back."""
    if not reading.read:
        # Without rows nobody has looked which columns there are.
        return
    absent = reading.bench.absent
    alerts.resolve_others(connection, prefix(lane), [f"{prefix(lane)}{column}" for column in absent])
    last = batches.last_read(connection, lane.id) if absent else None
    for column in sorted(absent - absent_in(last.hash_version)) if last else ():
        cause = f"{prefix(lane)}{column}"
        message = (
            f"{context.name}: {reading.bench.declaration.table} has no column {column} any more, or not for this user; "
            "it is empty in all that is read now. Restore the permission, or take the column out of the stream. "
            "Records are not sent again because of it; those that change meanwhile go out with the column empty."
        )
        if alerts.raise_once(connection, cause, message):
            log.warning(message)
            context.record(connection, lane, Event("alert", cause, "open", detail=message))
