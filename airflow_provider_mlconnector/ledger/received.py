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
REREAD, GONE = "read again", "gone"
"""A person wants it to be read again; and it was not there any more when it was to be."""
MAY_BE_REREAD = (ORPHAN, FOREIGN, UNREADABLE, TOO_LARGE, GONE)


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
    """A file has been read, for the first time or again; False where another task has read it meanwhile."""
    which = {
        "partner": place.partner,
        "folder": place.folder,
        "name": look.name,
        "size": look.size,
        "modified": look.modified,
    }
    found = {"sha256": sha256, "read_at": utc_now(), "outcome": outcome, "detail": detail}
    if bulk.insert_once(connection, table, **which, **found):
        return True
    statement = update(table).where(*_is(place, look), table.c.outcome == REREAD)
    return connection.execute(statement.values(**found)).rowcount == 1


def get(connection: Connection, file_id: int) -> ReceivedFile | None:
    """The file with this id."""
    found = connection.execute(select(table).where(table.c.id == file_id)).first()
    return _file(found) if found else None


def listed(connection: Connection, outcomes: Sequence[str], limit: int) -> list[ReceivedFile]:
    """The newest files, with these outcomes where any are given."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    query = query.where(table.c.outcome.in_(list(outcomes))) if outcomes else query
    return [_file(row) for row in connection.execute(query)]


def ask_to_reread(connection: Connection, file_id: int) -> bool:
    """Have a file read again; False where what it held has been applied, or it waits for it already."""
    statement = update(table).where(table.c.id == file_id, table.c.outcome.in_(MAY_BE_REREAD))
    return connection.execute(statement.values(outcome=REREAD)).rowcount == 1


def to_reread(connection: Connection, place: Place) -> list[ReceivedFile]:
    """The files of a folder that somebody wants to be read again."""
    query = select(table).where(table.c.partner == place.partner, table.c.folder == place.folder)
    return [_file(row) for row in connection.execute(query.where(table.c.outcome == REREAD).order_by(table.c.id))]


def set_outcome(connection: Connection, place: Place, look: Look, outcome: str, detail: str) -> None:
    """What has become of a file."""
    _update(connection, place, look, outcome=outcome, detail=detail)


def set_moved(connection: Connection, place: Place, look: Look, moved_to: str) -> None:
    """A file has been moved."""
    _update(connection, place, look, moved_to=moved_to)


def _update(connection: Connection, place: Place, look: Look, **values: Any) -> None:
    connection.execute(update(table).where(*_is(place, look)).values(**values))


def _is(place: Place, look: Look) -> tuple[Any, ...]:
    return (
        table.c.partner == place.partner,
        table.c.folder == place.folder,
        table.c.name == look.name,
        table.c.size == look.size,
        table.c.modified == look.modified,
    )


def _file(row: Any) -> ReceivedFile:
    return ReceivedFile(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
