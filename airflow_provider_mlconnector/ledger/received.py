"""Files that came in from partners: which were read, when, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import received_file as table

APPLIED, ORPHAN, REPEATED, FOREIGN = "applied", "orphan", "repeated", "foreign"
UNREADABLE, TOO_LARGE = "unreadable", "too large"


@dataclass(frozen=True)
class Place:
    """The folder that files come into: connection id and folder."""

    partner: str
    folder: str


@dataclass(frozen=True)
class Look:
    """A file as it was seen in its folder. `modified` is UTC, without an offset."""

    name: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class ReceivedFile:
    """A file that was read, as the ledger holds it."""

    id: int
    partner: str
    folder: str
    name: str
    size: int
    modified: datetime
    sha256: str
    read_at: datetime
    outcome: str
    detail: str
    moved_to: str

    @property
    def look(self) -> Look:
        """As it was seen."""
        return Look(self.name, self.size, self.modified)


def known(connection: Connection, place: Place, names: Sequence[str]) -> dict[Look, ReceivedFile]:
    """What the ledger knows of files of these names."""
    found: dict[Look, ReceivedFile] = {}
    for start in range(0, len(names), 1_000):
        query = select(table).where(table.c.partner == place.partner, table.c.folder == place.folder)
        query = query.where(table.c.name.in_(list(names[start : start + 1_000])))
        for row in connection.execute(query):
            file = _file(row)
            found[file.look] = file
    return found


def applied_before(connection: Connection, partner: str, sha256: str) -> ReceivedFile | None:
    """A file of this connection with the same bytes whose acknowledgments have all been applied."""
    query = select(table).where(table.c.partner == partner, table.c.sha256 == sha256, table.c.outcome == APPLIED)
    found = connection.execute(query.order_by(table.c.id).limit(1)).first()
    return _file(found) if found else None


def add(connection: Connection, place: Place, look: Look, sha256: str, outcome: str, detail: str = "") -> bool:
    """A file has been read; False where another task has read it meanwhile."""
    return bulk.insert_once(
        connection,
        table,
        partner=place.partner,
        folder=place.folder,
        name=look.name,
        size=look.size,
        modified=look.modified,
        sha256=sha256,
        read_at=utc_now(),
        outcome=outcome,
        detail=detail,
    )


def set_outcome(connection: Connection, place: Place, look: Look, outcome: str, detail: str) -> None:
    """What has become of a file."""
    _update(connection, place, look, outcome=outcome, detail=detail)


def set_moved(connection: Connection, place: Place, look: Look, moved_to: str) -> None:
    """A file has been moved."""
    _update(connection, place, look, moved_to=moved_to)


def _update(connection: Connection, place: Place, look: Look, **values: Any) -> None:
    statement = update(table).where(
        table.c.partner == place.partner,
        table.c.folder == place.folder,
        table.c.name == look.name,
        table.c.size == look.size,
        table.c.modified == look.modified,
    )
    connection.execute(statement.values(**values))


def _file(row: Any) -> ReceivedFile:
    return ReceivedFile(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
