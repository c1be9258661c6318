"""Warnings of a connection: keys and passwords that are to be changed soon, told once until it has been done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from airflow_provider_mlconnector.ledger import alerts
from airflow_provider_mlconnector.ledger.database import Ledger

_LONGEST = 500
_DAYS_LEFT = re.compile(r"\d+ days")


def warn(ledger: Ledger, conn_id: str, warnings: Sequence[str]) -> tuple[str, ...]:
    """Raise an alert for each warning that is new, and resolve those that are gone.

    Args:
        ledger: where alerts lie.
        conn_id: the connection.
        warnings: what it warns of now. Two warnings that differ in figures alone are one cause.

    Returns:
        The messages that nobody has been told yet.
    """
    prefix = f"connection:{conn_id}:"
    causes = {_cause(prefix, warning): f"{conn_id}: {warning}" for warning in warnings}
    with ledger.write() as connection:
        alerts.resolve_others(connection, prefix, list(causes))
        return tuple(text for cause, text in causes.items() if alerts.raise_once(connection, cause, text))


def _cause(prefix: str, warning: str) -> str:
    """The days that are left change every day, and are no new cause."""
    return f"{prefix}{_DAYS_LEFT.sub('some days', warning)}"[:_LONGEST]
