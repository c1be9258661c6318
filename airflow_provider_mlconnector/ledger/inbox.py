"""Files that come in with records: seen, kept under a number that only grows, and which lanes read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk, lanes, numbers
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.ledger.received import Look
from airflow_provider_mlconnector.ledger.schema import inbox_file as table
from airflow_provider_mlconnector.ledger.schema import inbox_reader

SEEN, KEPT, REPEATED, REFUSED, GONE = "seen", "kept", "repeated", "refused", "gone"
REMOVED = "-"
"""Stands in `moved_to` where a file was deleted."""
_COUNTER = "inbox:file"


class TakenMeanwhileError(Exception):
    """Another task has taken a file in, or it has changed; the transaction is to be rolled back."""


@dataclass(frozen=True)
class Place:
    """Where files of one kind come in: connection id, folder, and what their records are."""

    partner: str
    folder: str
    entity: str

    def __str__(self) -> str:
        """As folder names and messages show it."""
        return f"{self.partner}/{self.folder.strip('/')}/{self.entity}"


@dataclass(frozen=True)
class InboxFile:
    """A file as the ledger holds it."""

    id: int
    number: int | None
    partner: str
    folder: str
    entity: str
    name: str
    pair: str
    part: str
    size: int
    modified: datetime
    sha256: str
    staged: str
    seen_at: datetime
    taken_at: datetime | None
    state: str
    detail: str
    moved_to: str

    @property
    def place(self) -> Place:
        """Where it came in."""
        return Place(self.partner, self.folder, self.entity)

    @property
    def look(self) -> Look:
        """As it was seen."""
        return Look(self.name, self.size, self.modified)


@dataclass(frozen=True)
class Named:
    """A file whose name says what it is: alone, or one part of a pair."""

    look: Look
    pair: str = ""
    part: str = ""


def note(connection: Connection, place: Place, listed: Sequence[Named], now: datetime) -> list[InboxFile]:
    """Remember what lies there now; returns what was waiting to be taken in and is not there any more.

    A file that has changed is another one: what it looked like before is gone.
    """
    waiting = {file.look: file for file in in_states(connection, place, [SEEN, GONE])}
    for named in listed:
        known = waiting.pop(named.look, None)
        if known is None:
            _see(connection, place, named, now)
        elif known.state == GONE:
            _set(connection, [known.id], state=SEEN, seen_at=now, detail="")
    gone = [file for file in waiting.values() if file.state == SEEN]
    there = {named.look.name for named in listed}
    for file in gone:
        detail = "it has changed since" if file.name in there else "it was taken away before it was taken in"
        _set(connection, [file.id], state=GONE, detail=detail)
    return [file for file in gone if file.name not in there]


def _see(connection: Connection, place: Place, named: Named, now: datetime) -> None:
    look = named.look
    bulk.insert_once(
        connection,
        table,
        partner=place.partner,
        folder=place.folder,
        entity=place.entity,
        name=look.name,
        size=look.size,
        modified=look.modified,
        pair=named.pair,
        part=named.part,
        seen_at=now,
        state=SEEN,
    )


def known_looks(connection: Connection, place: Place) -> set[Look]:
    """The files of a place that have been taken in, or found not to be needed."""
    return {file.look for file in in_states(connection, place, [KEPT, REPEATED, REFUSED])}


def in_states(connection: Connection, place: Place, states: Collection[str]) -> list[InboxFile]:
    """The files of a place in these states, in the order in which they were changed at the partner's, then by name."""
    query = select(table).where(_at(place), table.c.state.in_(list(states)))
    return [_file(row) for row in connection.execute(query.order_by(table.c.modified, table.c.name, table.c.id))]


def newest_kept(connection: Connection, place: Place) -> list[InboxFile]:
    """The kept file, or pair, that was changed last at the partner's; the one kept last may be an older one."""
    query = select(table.c.number).where(_at(place), table.c.state == KEPT)
    newest = query.order_by(table.c.modified.desc(), table.c.name.desc()).limit(1)
    number = connection.execute(newest).scalar()
    return of_number(connection, number) if number is not None else []


def next_number(connection: Connection) -> int:
    """The number of the file that is kept next; no other transaction is given one until this one ends."""
    return numbers.take(connection, _COUNTER)


def take_in(connection: Connection, files: Sequence[InboxFile], hashes: Mapping[str, str], **values: Any) -> None:
    """What becomes of a file or pair that was seen.

    Args:
        connection: within a writing transaction.
        files: as they were seen.
        hashes: SHA-256 of each, by part; none where it was not read.
        values: the columns' new values.

    Raises:
        TakenMeanwhileError: another task was faster.
    """
    for file in files:
        statement = update(table).where(table.c.id == file.id, table.c.state == SEEN)
        statement = statement.values(sha256=hashes.get(file.part, ""), taken_at=utc_now(), **values)
        if connection.execute(statement).rowcount != 1:
            raise TakenMeanwhileError(file.name)


def renumber(connection: Connection, files: Sequence[InboxFile]) -> int:
    """Keep again what was refused, or read before: under a new number, so that every lane reads it."""
    number = next_number(connection)
    _set(connection, [file.id for file in files], number=number, state=KEPT, detail="")
    return number


def forget(connection: Connection, files: Sequence[InboxFile]) -> None:
    """Have files taken in again from the partner's folder, if they still lie there."""
    _set(connection, [file.id for file in files], number=None, state=SEEN, sha256="", staged="", detail="")


def refuse(connection: Connection, number: int, detail: str) -> bool:
    """A kept file turned out not to be readable as a whole; False where that is known."""
    statement = update(table).where(table.c.number == number, table.c.state == KEPT)
    return connection.execute(statement.values(state=REFUSED, detail=detail)).rowcount > 0


def set_moved(connection: Connection, file: InboxFile, moved_to: str) -> None:
    """A file has been moved, or removed."""
    _set(connection, [file.id], moved_to=moved_to)


def set_expired(connection: Connection, files: Sequence[InboxFile]) -> None:
    """Our copies have been removed."""
    _set(connection, [file.id for file in files], staged="")


def of_number(connection: Connection, number: int) -> list[InboxFile]:
    """The file, or the pair, of this number."""
    query = select(table).where(table.c.number == number).order_by(table.c.part)
    return [_file(row) for row in connection.execute(query)]


def get(connection: Connection, file_id: int) -> InboxFile | None:
    """One file."""
    found = connection.execute(select(table).where(table.c.id == file_id)).first()
    return _file(found) if found else None


def listed(connection: Connection, filters: dict[str, Any], limit: int) -> list[InboxFile]:
    """The newest files that meet these column values."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    for column, value in filters.items():
        query = query.where(table.c[column] == value)
    return [_file(row) for row in connection.execute(query)]


def add_reader(connection: Connection, place: Place, lane_id: int) -> None:
    """A lane reads what comes in at this place."""
    bulk.insert_once(
        connection, inbox_reader, lane_id=lane_id, partner=place.partner, folder=place.folder, entity=place.entity
    )


def readers(connection: Connection, place: Place) -> list[Lane]:
    """The lanes that read what comes in at this place."""
    at = [inbox_reader.c[name] == getattr(place, name) for name in ("partner", "folder", "entity")]
    found = connection.execute(select(inbox_reader.c.lane_id).where(*at).order_by(inbox_reader.c.lane_id))
    return [lanes.by_id(connection, lane_id) for lane_id in found.scalars().all()]


def staged_folders(connection: Connection, place: Place) -> set[str]:
    """The folders of our copies."""
    return {file.staged for file in in_states(connection, place, [SEEN, KEPT, REFUSED]) if file.staged}


def _at(place: Place) -> Any:
    return and_(table.c.partner == place.partner, table.c.folder == place.folder, table.c.entity == place.entity)


def _set(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    connection.execute(update(table).where(table.c.id.in_(list(ids))).values(**values))


def _file(row: Any) -> InboxFile:
    return InboxFile(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
