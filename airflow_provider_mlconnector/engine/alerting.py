"""Alerts of a lane and of its connections: raised once per cause, told until the flow's notifiers have taken them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.ledger import alerts, audit, lanes
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName

_LONGEST = 500
_DAYS_LEFT = re.compile(r"\d+ days")


def warn(ledger: Ledger, conn_id: str, warnings: Sequence[str]) -> None:
    """Raise an alert for each warning of a connection that is new, and resolve those that are gone.

    Args:
        ledger: where alerts lie.
        conn_id: the connection.
        warnings: what it warns of now. Two warnings that differ in figures alone are one cause.
    """
    prefix = _of_connection(conn_id)
    causes = {_cause(prefix, warning): f"{conn_id}: {warning}" for warning in warnings}
    with ledger.write() as connection:
        alerts.resolve_others(connection, prefix, list(causes))
        for cause, text in causes.items():
            alerts.raise_once(connection, cause, text)


def audit_failure(ledger: Ledger, actor: Actor, name: LaneName | None, conn_id: str, error: MlconnectorError) -> None:
    """Leave in the audit that a system could not be worked with, and why."""
    with ledger.write() as connection:
        lane = lanes.find(connection, name) if name else None
        detail = f"{type(error).__name__}: {error}"
        audit.record(connection, lane, actor, Event("failed", conn_id, "failed", system=conn_id, detail=detail))


def tell(context: LaneContext, conn_id: str, notify: Callable[[str], None], also: Sequence[str] = ()) -> None:
    """Pass on what nobody has been told yet of this lane, this connection, and causes that begin with `also`.

    An alert counts as told once `notify` has returned: where it raises, or the task is killed meanwhile, the next task
    tells it again.
    """
    with context.ledger.read() as connection:
        lane = lanes.find(connection, context.name)
    of_lane = (f"orphan:{lane.id}:", f"vanished:{lane.id}:") if lane else ()
    tell_of(context.ledger, conn_id, (*of_lane, *also), notify)


def tell_of(ledger: Ledger, conn_id: str, prefixes: Sequence[str], notify: Callable[[str], None]) -> None:
    """The same for a connection and for causes that begin with one of these."""
    with ledger.read() as connection:
        waiting = alerts.untold(connection, (_of_connection(conn_id), *prefixes))
    for alert_id, message in waiting:
        notify(message)
        with ledger.write() as connection:
            alerts.set_told(connection, alert_id)


def _of_connection(conn_id: str) -> str:
    return f"connection:{conn_id}:"


def _cause(prefix: str, warning: str) -> str:
    """The days that are left change every day, and are no new cause."""
    return f"{prefix}{_DAYS_LEFT.sub('some days', warning)}"[:_LONGEST]
