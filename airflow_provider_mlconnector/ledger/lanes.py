"""Lanes: one locked row each, with a counter, a generation and a watermark (rule 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import lane, run_window, watermark_history


@dataclass(frozen=True)
class LaneName:
    """What one watermark belongs to."""

    flow: str
    stream: str
    target: str
    partition: str = ""

    def __str__(self) -> str:
        """As people see it: flow/stream/target, and the partition where there is one."""
        return "/".join(part for part in (self.flow, self.stream, self.target, self.partition) if part)


@dataclass(frozen=True)
class Lane:
    """A lane as the ledger holds it."""

    id: int
    name: LaneName
    seq: int
    generation: int
    watermark: str
    accepted: frozenset[str] = frozenset()
    """Ids of other ledgers in whose place a person has accepted this one."""


@dataclass(frozen=True)
class RunWindow:
    """The window that a run was given, kept so that a cleared run reads the same one again."""

    low: str
    high: str
    generation: int
    backfill: bool


def find(connection: Connection, name: LaneName) -> Lane | None:
    """The lane of this name, if there is one."""
    found = connection.execute(
        select(lane).where(
            lane.c.flow == name.flow,
            lane.c.stream == name.stream,
            lane.c.target == name.target,
            lane.c.partition == name.partition,
        )
    ).first()
    return _lane(found) if found else None


def every(connection: Connection, flow: str = "", stream: str = "") -> list[Lane]:
    """All lanes, or those of a flow and stream."""
    query = select(lane).order_by(lane.c.flow, lane.c.stream, lane.c.target, lane.c.partition)
    query = query.where(lane.c.flow == flow) if flow else query
    query = query.where(lane.c.stream == stream) if stream else query
    return [_lane(row) for row in connection.execute(query)]


def by_id(connection: Connection, lane_id: int) -> Lane:
    """The lane with this id, which exists."""
    return _lane(connection.execute(select(lane).where(lane.c.id == lane_id)).one())


def lock(connection: Connection, name: LaneName) -> Lane:
    """The lane's row, made if need be, locked until the transaction ends."""
    if find(connection, name) is None:
        bulk.insert_once(
            connection, lane, flow=name.flow, stream=name.stream, target=name.target, partition=name.partition
        )
    found = find(connection, name)
    if found is None:
        raise LookupError(str(name))
    return lock_id(connection, found.id)


def lock_id(connection: Connection, lane_id: int) -> Lane:
    """The same for a lane that is known to exist."""
    return _lane(connection.execute(select(lane).where(lane.c.id == lane_id).with_for_update()).one())


def bump(connection: Connection, lane_id: int) -> int:
    """Count one more change of a locked lane; returns the new counter."""
    connection.execute(update(lane).where(lane.c.id == lane_id).values(seq=lane.c.seq + 1))
    return int(connection.execute(select(lane.c.seq).where(lane.c.id == lane_id)).scalar_one())


def accept(connection: Connection, accepting: Lane, seq: int, ledger_ids: Iterable[str]) -> None:
    """A person believes this ledger for a locked lane: set its counter, and remember the ledgers that it stands for."""
    known = " ".join(sorted({*accepting.accepted, *ledger_ids}))
    connection.execute(update(lane).where(lane.c.id == accepting.id).values(seq=seq, accepted=known))


@dataclass(frozen=True)
class WatermarkMove:
    """Why a watermark moves: which batch of which run, or which act of a person."""

    reason: str
    batch_id: int | None = None
    run_id: str = ""


def move_watermark(connection: Connection, moved: Lane, watermark: str, generation: int, why: WatermarkMove) -> None:
    """Set a locked lane's watermark and generation, and keep both in the history."""
    connection.execute(update(lane).where(lane.c.id == moved.id).values(watermark=watermark, generation=generation))
    connection.execute(
        insert(watermark_history).values(
            lane_id=moved.id,
            seq=moved.seq,
            generation=generation,
            watermark=watermark,
            batch_id=why.batch_id,
            run_id=why.run_id,
            reason=why.reason,
            at=utc_now(),
        )
    )


def history(connection: Connection, lane_id: int) -> Sequence[Any]:
    """Every watermark that a lane had, newest first."""
    query = select(watermark_history).where(watermark_history.c.lane_id == lane_id)
    return connection.execute(query.order_by(watermark_history.c.id.desc())).all()


def window_of(connection: Connection, lane_id: int, run_id: str) -> RunWindow | None:
    """The window that a run was given before."""
    query = select(run_window).where(run_window.c.lane_id == lane_id, run_window.c.run_id == run_id)
    found = connection.execute(query).first()
    return RunWindow(found.low, found.high, found.generation, found.backfill) if found else None


def keep_window(connection: Connection, lane_id: int, run_id: str, window: RunWindow) -> None:
    """Keep the window of a run."""
    connection.execute(
        insert(run_window).values(
            lane_id=lane_id,
            run_id=run_id,
            low=window.low,
            high=window.high,
            generation=window.generation,
            backfill=window.backfill,
            opened_at=utc_now(),
        )
    )


def _lane(row: Any) -> Lane:
    name = LaneName(row.flow, row.stream, row.target, row.partition)
    return Lane(row.id, name, row.seq, row.generation, row.watermark, frozenset(row.accepted.split()))
