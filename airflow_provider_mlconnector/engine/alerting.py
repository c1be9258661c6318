"""Alerts of a lane and of its connections: raised once per cause, told until the flow's notifiers have taken them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airflow_provider_mlconnector.engine import absent_columns
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.ledger import alerts, audit, lanes
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName

_LONGEST = 500
_DAYS_LEFT = re.compile(r"\d+ days")


@dataclass(frozen=True)
class Scope:
    """What a task works with another system for, and whose alerts it passes on besides the connection's.

    Attributes:
        ledger: where alerts lie.
        actor: who acts.
        conn_id: the connection.
        lane: the lane; None where the work belongs to none.
        prefixes: says what the causes of further alerts begin with; asked when they are told, as a new lane has no row
            before.
    """

    ledger: Ledger
    actor: Actor
    conn_id: str
    lane: LaneName | None = None
    prefixes: Callable[[], Sequence[str]] = tuple


def of_lane(context: LaneContext, conn_id: str, also: Sequence[str] = ()) -> Scope:
    """A lane's work over a connection, with further causes that begin with `also`."""

    def prefixes() -> Sequence[str]:
        with context.ledger.read() as connection:
            lane = lanes.find(connection, context.name)
        of_lane = (f"orphan:{lane.id}:", f"vanished:{lane.id}:", absent_columns.prefix(lane)) if lane else ()
        return (*of_lane, *also)

    return Scope(context.ledger, context.actor, conn_id, context.name, prefixes)


def warn(scope: Scope, warnings: Sequence[str]) -> None:
    """Raise an alert for each warning of the connection that is new, and resolve those that are gone.

    Args:
        scope: names the connection.
        warnings: what it warns of now. Two warnings that differ in figures alone are one cause.
    """
    prefix = _of_connection(scope.conn_id)
    causes = {_cause(prefix, warning): f"{scope.conn_id}: {warning}" for warning in warnings}
    with scope.ledger.write() as connection:
        alerts.resolve_others(connection, prefix, list(causes))
        for cause, text in causes.items():
            alerts.raise_once(connection, cause, text)


def audit_failure(scope: Scope, error: MlconnectorError) -> None:
    """Leave in the audit that a system could not be worked with, and why."""
    conn_id = scope.conn_id
    with scope.ledger.write() as connection:
        lane = lanes.find(connection, scope.lane) if scope.lane else None
        detail = f"{type(error).__name__}: {error}"
        audit.record(connection, lane, scope.actor, Event("failed", conn_id, "failed", system=conn_id, detail=detail))


def tell(scope: Scope, notify: Callable[[str], None]) -> None:
    """Pass on what nobody has been told yet.

    An alert counts as told once `notify` has returned: where it raises, or the task is killed meanwhile, the next task
    tells it again.
    """
    prefixes = (_of_connection(scope.conn_id), *scope.prefixes())
    with scope.ledger.read() as connection:
        waiting = alerts.untold(connection, prefixes)
    for alert_id, message in waiting:
        notify(message)
        with scope.ledger.write() as connection:
            alerts.set_told(connection, alert_id)


def _of_connection(conn_id: str) -> str:
    return f"connection:{conn_id}:"


def _cause(prefix: str, warning: str) -> str:
    """The days that are left change every day, and are no new cause."""
    return f"{prefix}{_DAYS_LEFT.sub('some days', warning)}"[:_LONGEST]
