"""What a run did, from the ledger: read, sent, skipped, set aside, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger


@dataclass(frozen=True)
class StreamFigures:
    """One stream to one partner in one run; read = sent + skipped + exceptions.

    Of what was sent, `adopted` were found at the target: from an attempt whose answer was lost, or from elsewhere.
    """

    stream: str
    target: str
    read: int
    sent: int
    skipped: int
    exceptions: int
    files: tuple[str, ...]
    adopted: int = 0


@dataclass(frozen=True)
class RunFigures:
    """One run of a flow."""

    run_id: str
    state: str
    seconds: float
    streams: Sequence[StreamFigures]

    def total(self, name: str) -> int:
        """The sum of a figure over the streams."""
        return sum(getattr(stream, name) for stream in self.streams)

    def to_json(self) -> dict[str, Any]:
        """For `summary.json`."""
        sums = {name: self.total(name) for name in ("read", "sent", "adopted", "skipped", "exceptions")}
        files = [file for stream in self.streams for file in stream.files]
        return {
            **sums,
            "files": files,
            "run_id": self.run_id,
            "state": self.state,
            "seconds": round(self.seconds, 1),
            "streams": [asdict(stream) for stream in self.streams],
        }


def figures_of(ledger_file: Path, flow: str, run_id: str) -> list[StreamFigures]:
    """The figures of a run's committed batches, by stream.

    Args:
        ledger_file: the embedded ledger.
        flow: the flow's name.
        run_id: Airflow's run id.
    """
    ledger = Ledger(f"sqlite:///{ledger_file}", upgrade=False)
    query = (
        select(schema.lane.c.stream, schema.lane.c.target, schema.batch.c.id, schema.batch.c.counts)
        .join_from(schema.batch, schema.lane)
        .where(schema.lane.c.flow == flow, schema.batch.c.run_id == run_id, schema.batch.c.state == "committed")
        .order_by(schema.batch.c.id)
    )
    names = select(schema.delivery.c.batch_id, schema.delivery.c.name).where(schema.delivery.c.state == "confirmed")
    events = schema.audit_event.c
    adopted = select(events.batch_id, func.count()).where(events.event == "adopted").group_by(events.batch_id)
    with ledger.read() as connection:
        rows = connection.execute(query).all()
        found_there = {row[0]: row[1] for row in connection.execute(adopted)}
        files = connection.execute(names.order_by(schema.delivery.c.id)).all()
    found = []
    for stream, target, batch_id, counts in rows:
        sent = tuple(name for of_batch, name in files if of_batch == batch_id)
        figures = {name: counts[name] for name in ("read", "sent", "skipped", "exceptions")}
        found.append(StreamFigures(stream, target, files=sent, adopted=found_there.get(batch_id, 0), **figures))
    return found
