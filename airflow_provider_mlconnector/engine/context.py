"""What every service of the engine works with: the ledger, the staging area, the lane and who acts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import failure_points, rules
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import audit, batches, lanes
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName
from airflow_provider_mlconnector.staging import markers
from airflow_provider_mlconnector.staging.markers import Marker
from airflow_provider_mlconnector.staging.store import Staging

# The bytes of a push, as JSON; 4 KB is the most, and Airflow may add a little.
_LARGEST_PUSH = 4000
_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class BatchReference:
    """What tasks hand on to each other by XCom: a reference and figures, never data."""

    lane: str
    batch: int
    ledger: str
    seq: int
    figures: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For XCom."""
        return {"lane": self.lane, "batch": self.batch, "ledger": self.ledger, "seq": self.seq, **self.figures}


@dataclass(frozen=True)
class Seen:
    """What an XCom says of the ledger: which one it was, and the lane's counter then (rule 4)."""

    ledger: str
    seq: int


@dataclass(frozen=True)
class LaneContext:
    """One task's, or one person's, view of a lane.

    Attributes:
        ledger: the ledger.
        staging: the staging area.
        name: the lane.
        actor: who acts.
        seen: what XComs said; held against the ledger before anything is done.
    """

    ledger: Ledger
    staging: Staging
    name: LaneName
    actor: Actor
    seen: tuple[Seen, ...] = ()

    def lock(self, connection: Connection) -> Lane:
        """The lane, locked, after marker and XComs have been held against the ledger (rule 4).

        Raises:
            IntegrityError: this ledger is behind what has been done, or is another one.
        """
        lane = lanes.lock(connection, self.name)
        believed = {self.ledger.id, *lane.accepted}
        marker = markers.greatest(self.staging, str(self.name), believed)
        known = [Seen(marker.ledger_id, marker.seq)] if marker else []
        for seen in (*known, *self.seen):
            mine = seen.ledger if seen.ledger in believed else self.ledger.id
            if rules.is_behind(mine, lane.seq, seen.ledger, seen.seq):
                raise _behind(self.name, self.ledger.id, lane.seq, seen)
        return lane

    def mark(self, seq: int) -> None:
        """Put a marker beside the staging, before acting outside (rule 4)."""
        failure_points.reach("unmarked")
        markers.write(self.staging, str(self.name), Marker(self.ledger.id, seq))

    def record(self, connection: Connection, lane: Lane, event: Event) -> None:
        """Leave an audit event."""
        audit.record(connection, lane, self.actor, event)

    def batch_of(self, connection: Connection, lane: Lane, batch_id: int | None) -> Batch | None:
        """The batch to go on with (rule 4).

        Args:
            connection: within a transaction.
            lane: the lane.
            batch_id: the batch that XCom names; None where it names none.

        Returns:
            That batch; or the run's newest one, where that one is superseded or unknown; None where it is superseded
            and the run has no other.

        Raises:
            IntegrityError: the ledger knows no batch of this run.
        """
        named = batches.get(connection, batch_id) if batch_id is not None else None
        if named and (named.lane_id != lane.id or named.run_id != self.actor.run_id):
            named = None
        if named and named.state != rules.BatchState.SUPERSEDED:
            return named
        newest = batches.newest_of_run(connection, lane.id, self.actor.run_id)
        if newest or named:
            return newest
        raise IntegrityError(
            f"the ledger knows no batch of run {self.actor.run_id} in {self.name}.",
            "Clear the poll task of this run, with its downstream tasks.",
        )


def reference_to(context: LaneContext, lane: Lane, batch: Batch) -> BatchReference:
    """What XCom holds of a batch: where it stands, its window and its counts."""
    figures: dict[str, Any] = {
        "state": batch.state,
        "rows": batch.rows,
        "counts": dict(batch.counts),
        "totals": {},
        "window": {"low": batch.low, "high": batch.high, "safe_to": batch.safe_to},
    }
    reference = BatchReference(str(context.name), batch.id, context.ledger.id, lane.seq, figures)
    figures["totals"] = dict(fitting(reference.to_json(), list(batch.totals.items())[:20]))
    return reference


def fitting(push: Mapping[str, Any], entries: Sequence[_Entry]) -> list[_Entry]:
    """The first of these entries, as many as an XCom has room for besides what is in it already."""
    room, chosen = _LARGEST_PUSH - len(json.dumps(push)), []
    for entry in entries:
        room -= len(json.dumps(entry)) + len(", ")
        if room < 0:
            break
        chosen.append(entry)
    return chosen


def _behind(name: LaneName, ledger_id: str, seq: int, seen: Seen) -> IntegrityError:
    other = "another ledger" if seen.ledger != ledger_id else f"this ledger at its change {seen.seq}"
    return IntegrityError(
        f"{name}: the staging area or an XCom was written by {other}, but this ledger is {ledger_id} at change {seq}. "
        "It was restored from a backup, or the connection names another database; going on could send records twice.",
        "Stop the workers and restore the newest ledger; or believe this one, and answer for what is sent again: "
        f"airflow mlconnector ledger accept --flow {name.flow} --stream {name.stream} --other {seen.ledger}:{seen.seq}",
    )
