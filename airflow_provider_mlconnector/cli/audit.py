"""`audit`: what was done when, by which task or person, on which record."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from typing import Any

from airflow_provider_mlconnector.cli.opened import ledger
from airflow_provider_mlconnector.cli.output import show
from airflow_provider_mlconnector.errors import ConfigurationError


def audit(arguments: Namespace) -> None:
    """The newest events that meet the arguments, oldest first."""
    from airflow_provider_mlconnector.ledger import audit as events
    from airflow_provider_mlconnector.ledger import claims
    from airflow_provider_mlconnector.streams.fingerprint import key_hash

    filters: dict[str, Any] = {}
    filters |= {"flow": arguments.flow} if arguments.flow else {}
    filters |= {"run_id": arguments.run} if arguments.run else {}
    since, until = _moment(arguments.since), _moment(arguments.until)
    with ledger().read() as connection:
        if arguments.record:
            filters["batch_id"] = [batch for _, batch, _, _ in claims.search(connection, key_hash(arguments.record))]
        found = events.search(connection, filters, since, until, arguments.limit)
    rows = [
        {
            "at": each.at,
            "flow": each.flow,
            "stream": each.stream,
            "run": each.run_id,
            "by": each.actor or f"{each.task_id} (try {each.try_number})",
            "event": each.event,
            "object": each.object,
            "outcome": each.outcome,
            "rows": each.rows,
            "totals": each.totals,
            "system": each.system,
            "detail": each.detail,
        }
        for each in reversed(found)
    ]
    show(rows, arguments.output)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ConfigurationError(f"'{text}' is not a date or time such as 2026-03-31T18:00:00") from None
