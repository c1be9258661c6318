"""Records that a poll asked for, or should have met, and that are not at the source any more: they go to a person."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.gone import too_many
from airflow_provider_mlconnector.engine.reading import Reading
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.ledger import alerts, claims
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.exceptions import Opened
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.streams.declaration import Detect
from airflow_provider_mlconnector.streams.fingerprint import key_hash

log = logging.getLogger(__name__)

_REASON = "the record is not at the source any more; resolve the exception when that is right"


@dataclass(frozen=True)
class Missing:
    """Keys that were not met, by hash.

    Attributes:
        due: exceptions that were retried, and records of batches that this poll takes over.
        known: records that a reading of the whole table, or of what is open, should have met.
    """

    due: Mapping[bytes, str]
    known: Mapping[bytes, str]


def missing(
    connection: Connection,
    reading: Reading,
    due_keys: Mapping[bytes, str],
    taken_over: Sequence[int],
    *,
    backfill: bool,
) -> Missing:
    """What a poll has not met; a row that is there and can't be read has not vanished.

    Args:
        connection: the poll's own.
        reading: what it has read.
        due_keys: hash and text of the keys whose exception it retries.
        taken_over: ids of the batches that it takes over.
        backfill: whether it read a window that a person asked for.
    """
    lane_id, detect, polled = reading.bench.lane_id, reading.bench.declaration.detect, reading.polled
    with connection.begin():
        met = polled.known_already(list(due_keys)) | reading.unreadable.keys()
        unread = polled.vanished(lane_id) if detect is Detect.SNAPSHOT else []
        closed = polled.remembered_open(lane_id) if detect is Detect.OPEN_ITEMS and not backfill else []
        held = {key: shown for page in polled.unread_of(taken_over) for key, shown in page.items()}
    due = {key: shown for key, shown in {**due_keys, **held}.items() if shown and key not in met}
    known = {**dict(unread), **{key_hash(shown): shown for shown in closed}, **reading.absent.for_people}
    left_out = due.keys() | reading.unreadable.keys()
    return Missing(due, {key: shown for key, shown in known.items() if key not in left_out})


def report(
    context: LaneContext, connection: Connection, lane: Lane, reading: Reading, missing_: Missing
) -> list[Opened]:
    """The exceptions to open; where most of the table is gone, one alert instead for what only should have been met."""
    due = [Opened(key, shown, ItemKind.VANISHED, _REASON) for key, shown in missing_.due.items()]
    cause, gone = f"vanished:{lane.id}:", reading.absent.too_many or len(missing_.known)
    there = max(reading.read, reading.absent.there)
    if reading.absent.too_many or too_many(gone, there):
        message = (
            f"{context.name}: {gone} known records are not at the source any more, {there} are. "
            "Was the table emptied, or may this user no longer see all of it?"
        )
        if alerts.raise_once(connection, cause, message):
            log.warning(message)
            context.record(connection, lane, Event("alert", cause, "open", detail=message))
        return due
    alerts.resolve(connection, cause)
    # Asked for once: whether it is right that they are gone, the person who has the exception says.
    claims.set_open(connection, lane.id, list(missing_.known), still=False)
    return due + [Opened(key, shown, ItemKind.VANISHED, _REASON) for key, shown in missing_.known.items()]
