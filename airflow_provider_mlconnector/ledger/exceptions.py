"""Exception items: records that could not go on, waiting for a cause to go away or for a person (rule 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import exception_item as table

OPEN, CLOSED = "open", "closed"
BY_ENGINE = "engine"


@dataclass(frozen=True)
class ExceptionItem:
    """One record that could not go on."""

    id: int
    lane_id: int
    key_hash: bytes
    key: str
    state: str
    kind: str
    reason: str
    cause: str
    blocker_batch_id: int | None
    version_hash: bytes | None
    opened_seq: int
    batch_id: int | None
    run_id: str
    attempts: int
    due_at: datetime | None
    retry_requested: bool
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    comment: str


@dataclass(frozen=True)
class Opened:
    """What an item is opened with."""

    key_hash: bytes
    key: str
    kind: str
    reason: str
    cause: str = ""
    version_hash: bytes | None = None
    blocker_batch_id: int | None = None
    due_at: datetime | None = None


def open_of_lane(connection: Connection, lane_id: int) -> dict[bytes, ExceptionItem]:
    """The lane's open items, by key hash."""
    query = select(table).where(table.c.lane_id == lane_id, table.c.state == OPEN)
    return {item.key_hash: item for item in (_item(row) for row in connection.execute(query))}


def closed_by_people(connection: Connection, lane_id: int) -> dict[bytes, tuple[bytes, int]]:
    """Of each key the version whose item a person closed last, and the lane's counter when that item was opened."""
    query = select(table.c.key_hash, table.c.version_hash, table.c.opened_seq).where(
        table.c.lane_id == lane_id,
        table.c.state == CLOSED,
        table.c.closed_by != BY_ENGINE,
        table.c.version_hash.is_not(None),
    )
    return {bytes(key): (bytes(version), seq) for key, version, seq in connection.execute(query.order_by(table.c.id))}


def open_or_renew(
    connection: Connection, lane_id: int, seq: int, items: Sequence[Opened], *, batch_id: int | None, run_id: str
) -> None:
    """Open items; one that is open for the same key already is opened again, with its new reason."""
    known = open_of_lane(connection, lane_id) if items else {}
    shared = {"opened_seq": seq, "batch_id": batch_id, "run_id": run_id, "retry_requested": False}
    new, again = [], []
    for item in {item.key_hash: item for item in items}.values():
        values: dict[str, Any] = {
            "kind": item.kind,
            "reason": item.reason,
            "cause": item.cause,
            "version_hash": item.version_hash,
            "blocker_batch_id": item.blocker_batch_id,
            "due_at": item.due_at,
            **shared,
        }
        before = known.get(item.key_hash)
        if before:
            again.append({**values, "which": before.id, "attempts": before.attempts + 1})
        else:
            made = {"lane_id": lane_id, "key_hash": item.key_hash, "key": item.key, "state": OPEN}
            new.append({**values, **made, "opened_at": utc_now()})
    # Many at once: a mapping that knows none of a table's accounts opens one for every record.
    if again:
        columns: dict[str, Any] = {name: bindparam(name) for name in again[0] if name != "which"}
        connection.execute(update(table).where(table.c.id == bindparam("which")).values(**columns), again)
    if new:
        connection.execute(insert(table), new)


def add_reasons(connection: Connection, reasons: Mapping[int, str]) -> None:
    """Say more of open items, by their id; what they wait for stays."""
    statement = update(table).where(table.c.id == bindparam("which"), table.c.state == OPEN)
    adding = statement.values(reason=table.c.reason + bindparam("more"))
    if reasons:
        connection.execute(adding, [{"which": item_id, "more": f"; {text}"} for item_id, text in reasons.items()])


def close(connection: Connection, item_ids: Sequence[int], by: str, comment: str = "") -> None:
    """Close items: by the engine (empty comment), or by a person who says why."""
    statement = update(table).where(table.c.id == bindparam("which"), table.c.state == OPEN)
    if item_ids:
        closing = statement.values(state=CLOSED, closed_at=utc_now(), closed_by=by, comment=comment)
        connection.execute(closing, [{"which": item_id} for item_id in item_ids])


def request_retry(connection: Connection, item_id: int) -> None:
    """A person wants the record to be tried again by the next poll."""
    connection.execute(update(table).where(table.c.id == item_id).values(retry_requested=True))


def get(connection: Connection, item_id: int) -> ExceptionItem | None:
    """The item with this id."""
    found = connection.execute(select(table).where(table.c.id == item_id)).first()
    return _item(found) if found else None


def listed(connection: Connection, filters: Mapping[str, Any], limit: int) -> list[ExceptionItem]:
    """The newest items that meet these column values."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    for column, value in filters.items():
        query = query.where(table.c[column] == value)
    return [_item(row) for row in connection.execute(query)]


def _item(row: Any) -> ExceptionItem:
    values = dict(row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
    values["key_hash"] = bytes(values["key_hash"])
    values["version_hash"] = None if values["version_hash"] is None else bytes(values["version_hash"])
    return ExceptionItem(**values)
