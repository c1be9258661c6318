"""Alerts: raised once per cause, until that cause is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import alert


def raise_once(connection: Connection, cause: str, message: str) -> bool:
    """Open an alert; False where this cause is open already, so that nobody is told twice."""
    return bulk.insert_once(connection, alert, cause=cause, message=message, opened_at=utc_now())


def resolve(connection: Connection, cause: str) -> None:
    """The cause is gone; the next time it comes, it is told again."""
    connection.execute(
        update(alert).where(alert.c.cause == cause, alert.c.resolved_at.is_(None)).values(resolved_at=utc_now())
    )


def resolve_others(connection: Connection, prefix: str, still: Sequence[str]) -> None:
    """Resolve the open alerts whose cause begins with `prefix` and is not among those still there."""
    query = select(alert.c.cause).where(
        alert.c.cause.startswith(prefix, autoescape=True), alert.c.resolved_at.is_(None)
    )
    for cause in connection.execute(query).scalars().all():
        if cause not in still:
            resolve(connection, cause)


def resolve_told(connection: Connection, prefix: str) -> None:
    """Resolve the alerts whose cause begins so and that somebody has been told: news, which nothing else ends."""
    begins = alert.c.cause.startswith(prefix, autoescape=True)
    told = (alert.c.resolved_at.is_(None), alert.c.told_at.is_not(None))
    connection.execute(update(alert).where(begins, *told).values(resolved_at=utc_now()))


def untold(connection: Connection, prefixes: Sequence[str]) -> list[tuple[int, str]]:
    """Id and message of the open alerts that no notifier has taken yet, and whose cause begins with one of these."""
    begins = or_(*(alert.c.cause.startswith(prefix, autoescape=True) for prefix in prefixes))
    query = select(alert.c.id, alert.c.message).where(begins, alert.c.resolved_at.is_(None), alert.c.told_at.is_(None))
    return [(row.id, row.message) for row in connection.execute(query.order_by(alert.c.id))]


def set_told(connection: Connection, alert_id: int) -> None:
    """Remember that the notifiers have taken an alert."""
    connection.execute(update(alert).where(alert.c.id == alert_id).values(told_at=utc_now()))


def opened(connection: Connection) -> Sequence[Any]:
    """All open alerts."""
    return connection.execute(select(alert).where(alert.c.resolved_at.is_(None)).order_by(alert.c.id)).all()
