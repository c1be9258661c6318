"""Markers: small objects beside a lane's batches that say how far its ledger had come (rule 4).

A ledger that is behind its own marker has been restored from a backup or swapped for another one.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from airflow_provider_mlconnector.staging.store import Staging, lane_folder

_FOLDER = "markers"


@dataclass(frozen=True)
class Marker:
    """Which ledger, and the lane's counter in it."""

    ledger_id: str
    seq: int


def write(staging: Staging, lane: str, marker: Marker) -> None:
    """Put a marker down, as an object of its own; then take away those that it surpasses.

    An older try may write late: its marker is smaller, and the greatest counts.
    """
    name = f"{marker.seq:020d}_{marker.ledger_id}_{uuid.uuid4().hex}"
    folder = _folder(lane)
    with staging.create(folder, name) as file:
        file.write(name.encode())
    for other in staging.names(folder):
        known = _parse(other)
        if known and known.ledger_id == marker.ledger_id and known.seq < marker.seq:
            staging.discard(folder, other)


def greatest(staging: Staging, lane: str, ledger_ids: Collection[str]) -> Marker | None:
    """The marker that counts: one of another ledger than these if there is any, else the greatest."""
    known = every(staging, lane)
    foreign = [marker for marker in known if marker.ledger_id not in ledger_ids]
    return max(foreign or known, key=lambda marker: marker.seq, default=None)


def every(staging: Staging, lane: str) -> list[Marker]:
    """All markers of a lane."""
    return [marker for name in staging.names(_folder(lane)) if (marker := _parse(name))]


def _folder(lane: str) -> str:
    return f"{lane_folder(lane)}/{_FOLDER}"


def _parse(name: str) -> Marker | None:
    parts = name.split("_")
    return Marker(parts[1], int(parts[0])) if len(parts) == 3 and parts[0].isdigit() else None
