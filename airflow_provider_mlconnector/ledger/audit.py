"""Audit events: what was done when, by which task or person, on which object, and with what outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.ledger.schema import audit_event

_OF_RECORDS = ("posting", "posted", "adopted", "not there", "not posted")
"""Events of a post task that tell of one record; of a batch there may be thousands."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a task of a run, or a person."""

    run_id: str = ""
    task_id: str = ""
    try_number: int = 0
    dag_id: str = ""
    person: str = ""


@dataclass(frozen=True)
class Event:
    """What happened.

    Attributes:
        event: its kind, such as `staged`, `delivered`, `committed`.
        system: the outside party or connection, where one took part.
        object: what it was done to: a batch, a file, a key.
        outcome: `ok`, `failed`, `in doubt` or the like.
        rows: how many records.
        totals: control totals, as text.
        detail: the partner's answer, a person's comment.
        batch_id: the batch, where there is one.
    """

    event: str
    object: str
    outcome: str = "ok"
    system: str = ""
    rows: int | None = None
    totals: Mapping[str, str] | None = None
    detail: str = ""
    batch_id: int | None = None


def record(connection: Connection, lane: Lane | None, actor: Actor, event: Event) -> None:
    """Write one audit row, in the transaction of what it tells of."""
    connection.execute(
        insert(audit_event).values(
            at=utc_now(),
            flow=lane.name.flow if lane else "",
            stream=lane.name.stream if lane else "",
            lane_id=lane.id if lane else None,
            batch_id=event.batch_id,
            run_id=actor.run_id,
            task_id=actor.task_id,
            try_number=actor.try_number,
            actor=actor.person,
            event=event.event,
            system=event.system,
            object=event.object,
            outcome=event.outcome,
            rows=event.rows,
            totals=dict(event.totals) if event.totals is not None else None,
            detail=event.detail,
        )
    )


def of_record(shown: str, key: str) -> str:
    """What an event was done to that tells of one record: as people know it, and its key, by which it is found."""
    return f"{shown} ({key})"


def search(
    connection: Connection, filters: Mapping[str, Any], since: Any, until: Any, limit: int, key: str = ""
) -> Sequence[Any]:
    """The newest events that meet these column values, within these UTC times where given.

    Args:
        connection: within a transaction.
        filters: values by column; a list: one of them.
        since: from this time.
        until: to this time.
        limit: how many at most.
        key: of events that tell of one record, only those of the record with this key.
    """
    query = select(audit_event).order_by(audit_event.c.id.desc()).limit(limit)
    for column, value in filters.items():
        wanted = audit_event.c[column]
        query = query.where(wanted.in_(value) if isinstance(value, list) else wanted == value)
    if key:
        ours = audit_event.c.object.endswith(of_record("", key), autoescape=True)
        query = query.where(or_(audit_event.c.event.not_in(_OF_RECORDS), ours))
    query = query.where(audit_event.c.at >= since) if since else query
    query = query.where(audit_event.c.at <= until) if until else query
    return connection.execute(query).all()
