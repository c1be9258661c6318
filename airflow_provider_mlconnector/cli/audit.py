"""`audit`: what was done when, by which task or person, on which record."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import ledger_to_look_at
from airflow_provider_mlconnector.cli.output import Lines, listing
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem


def audit(arguments: Namespace) -> Lines:
    """The newest events that meet the arguments, oldest first."""
    since, until = _moment(arguments.since), _moment(arguments.until)
    with ledger_to_look_at() as opened, opened.read() as connection:
        rows = _of_record(connection, arguments) if arguments.record else _events(connection, arguments, {})
    chosen = [row for row in rows if (not since or row["at"] >= since) and (not until or row["at"] <= until)]
    chosen.sort(key=lambda row: row["at"])
    return listing(chosen[-arguments.limit :], arguments.output)


def _events(
    connection: Connection, arguments: Namespace, wanted: dict[str, Any], key: str = ""
) -> list[dict[str, Any]]:
    from airflow_provider_mlconnector.ledger import audit as events

    filters = dict(wanted)
    filters |= {"flow": arguments.flow} if arguments.flow else {}
    filters |= {"run_id": arguments.run} if arguments.run else {}
    since, until = _moment(arguments.since), _moment(arguments.until)
    return [
        _row(
            each.at,
            each.flow,
            each.stream,
            each.event,
            run=each.run_id,
            by=each.actor or f"{each.task_id} (try {each.try_number})",
            object=each.object,
            outcome=each.outcome,
            rows=each.rows,
            totals=each.totals,
            system=each.system,
            detail=each.detail,
        )
        for each in reversed(events.search(connection, filters, since, until, arguments.limit, key))
    ]


def _of_record(connection: Connection, arguments: Namespace) -> list[dict[str, Any]]:
    """What happened to the batches that held a record, to its exceptions, and what persons did about them."""
    from airflow_provider_mlconnector.ledger import claims, exceptions
    from airflow_provider_mlconnector.streams.fingerprint import key_hash, key_values

    hashed = key_hash(arguments.record)
    batches = [batch for _, batch, _, _ in claims.search(connection, hashed)]
    items = exceptions.listed(connection, {"key_hash": hashed}, arguments.limit)
    shown = {arguments.record, "/".join(key_values(arguments.record))}
    objects = [f"{key} (exception {item.id})" for key in sorted(shown) for item in items]
    rows = [row for item in items for row in _of_exception(connection, item)]
    rows = [row for row in rows if arguments.flow in ("", row["flow"]) and arguments.run in ("", row["run"])]
    return [
        *_events(connection, arguments, {"batch_id": batches}, arguments.record),
        *_events(connection, arguments, {"object": objects}),
        *rows,
    ]


def _of_exception(connection: Connection, item: ExceptionItem) -> list[dict[str, Any]]:
    """The engine opens and closes exceptions without events of their own; a person's closing is an event."""
    from airflow_provider_mlconnector.ledger import exceptions, lanes

    name = lanes.by_id(connection, item.lane_id).name
    about = {"by": item.closed_by or exceptions.BY_ENGINE, "object": f"{item.key} (exception {item.id})"}
    opening = {**about, "by": exceptions.BY_ENGINE, "outcome": item.kind, "detail": item.reason}
    rows = [_row(item.opened_at, name.flow, name.stream, "exception opened", run=item.run_id, **opening)]
    if item.closed_at and item.closed_by == exceptions.BY_ENGINE:
        rows.append(_row(item.closed_at, name.flow, name.stream, "exception closed", outcome="ok", **about))
    return rows


def _row(at: datetime, flow: str, stream: str, event: str, **known: Any) -> dict[str, Any]:
    blank = {"run": "", "by": "", "event": event, "object": "", "outcome": ""}
    more = {"rows": None, "totals": None, "system": "", "detail": ""}
    return {"at": at, "flow": flow, "stream": stream, **blank, **more, **known}


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ConfigurationError(f"'{text}' is not a date or time such as 2026-03-31T18:00:00") from None
