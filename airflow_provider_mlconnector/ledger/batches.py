"""Batches in the ledger: their state, window, counts and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import batch

STAGED, SENDING, COMMITTED, SUPERSEDED, ABANDONED = "staged", "sending", "committed", "superseded", "abandoned"
OPEN = (STAGED, SENDING)
_QUIET_AT_MOST = 1_000
"""How many batches without a row are passed over in search of one that has some."""


@dataclass(frozen=True)
class Batch:
    """A batch as the ledger holds it. Totals are text, exactly; cursors are in the source's form."""

    id: int
    lane_id: int
    run_id: str
    dag_id: str
    state: str
    folder: str
    manifest_sha256: str
    low: str
    high: str
    safe_to: str | None
    generation: int
    hash_version: str
    began_seq: int
    claimed_seq: int
    rows: int
    counts: Mapping[str, int]
    totals: Mapping[str, str]
    output: Mapping[str, Any] | None
    created_at: datetime
    frozen_at: datetime | None
    ended_at: datetime | None
    expired_at: datetime | None


def is_posted(batch: Batch) -> bool:
    """Whether a frozen batch is posted record by record, instead of going out in files."""
    return bool((batch.output or {}).get("posted"))


def add(connection: Connection, **values: Any) -> int:
    """Stage a batch; returns its id."""
    result = connection.execute(insert(batch).values(state=STAGED, created_at=utc_now(), **values))
    key: Any = result.inserted_primary_key
    return int(key[0])


def get(connection: Connection, batch_id: int) -> Batch | None:
    """The batch with this id."""
    found = connection.execute(select(batch).where(batch.c.id == batch_id)).first()
    return _batch(found) if found else None


def newest_of_run(connection: Connection, lane_id: int, run_id: str) -> Batch | None:
    """The run's newest batch that is not superseded."""
    query = select(batch).where(batch.c.lane_id == lane_id, batch.c.run_id == run_id, batch.c.state != SUPERSEDED)
    found = connection.execute(query.order_by(batch.c.id.desc()).limit(1)).first()
    return _batch(found) if found else None


def in_states(connection: Connection, lane_id: int, states: Sequence[str]) -> list[Batch]:
    """A lane's batches in these states, oldest first."""
    query = select(batch).where(batch.c.lane_id == lane_id, batch.c.state.in_(states)).order_by(batch.c.id)
    return [_batch(row) for row in connection.execute(query)]


def last_read(connection: Connection, lane_id: int) -> Batch | None:
    """The newest committed batch of a lane whose run has read any rows."""
    query = select(batch).where(batch.c.lane_id == lane_id, batch.c.state == COMMITTED).order_by(batch.c.id.desc())
    found = (_batch(row) for row in connection.execute(query.limit(_QUIET_AT_MOST)))
    return next((each for each in found if each.counts.get("read")), None)


def greatest_safe_to(connection: Connection, lane_id: int, generation: int) -> str | None:
    """The greatest `safe_to` of a lane's committed batches of this generation."""
    query = (
        select(batch.c.safe_to)
        .where(batch.c.lane_id == lane_id, batch.c.state == COMMITTED, batch.c.generation == generation)
        .where(batch.c.safe_to.is_not(None))
        .order_by(batch.c.safe_to.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def change_state(connection: Connection, batch_id: int, was: str, becomes: str, **values: Any) -> bool:
    """Compare-and-set a batch's state; False where it was not what the caller thought."""
    stamp = {"frozen_at": utc_now()} if becomes == SENDING else {"ended_at": utc_now()}
    result = connection.execute(
        update(batch).where(batch.c.id == batch_id, batch.c.state == was).values(state=becomes, **stamp, **values)
    )
    return result.rowcount == 1


def set_counts(connection: Connection, batch_id: int, counts: Mapping[str, int]) -> None:
    """Replace a batch's counts."""
    connection.execute(update(batch).where(batch.c.id == batch_id).values(counts=dict(counts)))


def listed(connection: Connection, lane_id: int | None, limit: int) -> list[Batch]:
    """The newest batches, of one lane or of all."""
    query = select(batch).order_by(batch.c.id.desc()).limit(limit)
    query = query.where(batch.c.lane_id == lane_id) if lane_id is not None else query
    return [_batch(row) for row in connection.execute(query)]


def expirable(connection: Connection, lane_id: int, before: datetime) -> list[Batch]:
    """Ended batches older than this whose staging is still there. Open ones never expire."""
    query = select(batch).where(
        batch.c.lane_id == lane_id,
        batch.c.state.in_((COMMITTED, SUPERSEDED, ABANDONED)),
        batch.c.ended_at < before,
        batch.c.expired_at.is_(None),
    )
    return [_batch(row) for row in connection.execute(query)]


def staged_still(connection: Connection, lane_id: int) -> list[Batch]:
    """A lane's batches whose staging has not been removed."""
    query = select(batch).where(batch.c.lane_id == lane_id, batch.c.expired_at.is_(None))
    return [_batch(row) for row in connection.execute(query)]


def set_expired(connection: Connection, batch_id: int) -> None:
    """Remember that a batch's staging was removed."""
    connection.execute(update(batch).where(batch.c.id == batch_id).values(expired_at=utc_now()))


def _batch(row: Any) -> Batch:
    return Batch(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
