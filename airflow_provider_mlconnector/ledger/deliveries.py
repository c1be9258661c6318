"""Deliveries: files on their way to a partner (rule 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import interchanges
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import delivery as table

PREPARED, RENAMING, CONFIRMED, EQUAL, DEAD, DOUBT = "prepared", "renaming", "confirmed", "equal", "dead", "doubt"


@dataclass(frozen=True)
class Delivery:
    """One file on its way."""

    id: int
    lane_id: int
    batch_id: int
    position: int
    partner: str
    folder: str
    name: str
    group_name: str
    staged_name: str
    size: int
    sha256: str
    fingerprint: str
    rows: int
    totals: Mapping[str, str]
    state: str
    temporary_name: str
    tries: int
    answer: str
    prepared_at: datetime
    confirmed_at: datetime | None


def prepare(connection: Connection, **values: Any) -> int:
    """Put a file down as `prepared`, or as `equal` where its state is given so; returns its id."""
    values.setdefault("state", PREPARED)
    result = connection.execute(insert(table).values(prepared_at=utc_now(), **values))
    key: Any = result.inserted_primary_key
    return int(key[0])


def of_batch(connection: Connection, batch_id: int) -> list[Delivery]:
    """A batch's files, in their order."""
    query = select(table).where(table.c.batch_id == batch_id).order_by(table.c.position)
    return [_delivery(row) for row in connection.execute(query)]


def get(connection: Connection, delivery_id: int) -> Delivery | None:
    """The delivery with this id."""
    found = connection.execute(select(table).where(table.c.id == delivery_id)).first()
    return _delivery(found) if found else None


def change_state(connection: Connection, delivery_id: int, was: Sequence[str], becomes: str, **values: Any) -> bool:
    """Compare-and-set a delivery's state; False where it was not what the caller thought."""
    if becomes == CONFIRMED:
        values["confirmed_at"] = utc_now()
    statement = update(table).where(table.c.id == delivery_id, table.c.state.in_(was))
    done = connection.execute(statement.values(state=becomes, **values)).rowcount == 1
    if done and becomes == CONFIRMED:
        sent = connection.execute(select(table.c.batch_id, table.c.position).where(table.c.id == delivery_id)).one()
        interchanges.confirmed(connection, sent.batch_id, sent.position)
    return done


def rename(connection: Connection, delivery_id: int, name: str) -> bool:
    """Give a delivery that has not reached its final name another one."""
    statement = update(table).where(table.c.id == delivery_id, table.c.state.in_((PREPARED, RENAMING)))
    return connection.execute(statement.values(name=name)).rowcount == 1


def count_try(connection: Connection, delivery_id: int) -> None:
    """One more try begins."""
    connection.execute(update(table).where(table.c.id == delivery_id).values(tries=table.c.tries + 1))


def last_confirmed(connection: Connection, lane_id: int, group: str) -> Delivery | None:
    """The lane's last file that reached the partner, of this group."""
    query = select(table).where(table.c.lane_id == lane_id, table.c.group_name == group)
    query = query.where(table.c.state.in_((CONFIRMED, EQUAL)))
    found = connection.execute(query.order_by(table.c.id.desc()).limit(1)).first()
    return _delivery(found) if found else None


def in_last_export(
    connection: Connection, lane_id: int, batch_id: int, group: str, partner: str, folder: str
) -> Delivery | None:
    """The file of this group in the lane's last export before a batch, if it reached this folder of the partner.

    Only the last export counts: what an older one held may have been overtaken since, by a file of another group or by
    one that a person found at the partner.
    """
    there = select(func.max(table.c.batch_id)).where(
        table.c.lane_id == lane_id, table.c.batch_id != batch_id, table.c.state.in_((CONFIRMED, EQUAL, DOUBT))
    )
    query = select(table).where(table.c.batch_id == there.scalar_subquery(), table.c.group_name == group)
    query = query.where(table.c.partner == partner, table.c.folder == folder)
    found = connection.execute(query.where(table.c.state.in_((CONFIRMED, EQUAL)))).first()
    return _delivery(found) if found else None


def equal_since(connection: Connection, batch_id: int, position: int) -> list[int]:
    """The batches that were not sent because they equal this confirmed file: what becomes of it becomes of them."""
    alike = table.alias()
    same = (table.c.lane_id == alike.c.lane_id) & (table.c.fingerprint == alike.c.fingerprint)
    query = select(table.c.batch_id, table.c.state).join(alike, same & (table.c.id > alike.c.id))
    query = query.where(alike.c.batch_id == batch_id, alike.c.position == position)
    found = connection.execute(query.where(table.c.state.in_((CONFIRMED, EQUAL))).order_by(table.c.id)).all()
    # Those behind the next transmission equal that one.
    return [row.batch_id for row in takewhile(lambda row: row.state == EQUAL, found)]


def listed(connection: Connection, lane_id: int | None, limit: int) -> list[Delivery]:
    """The newest deliveries, of one lane or of all."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    query = query.where(table.c.lane_id == lane_id) if lane_id is not None else query
    return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: Any) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
