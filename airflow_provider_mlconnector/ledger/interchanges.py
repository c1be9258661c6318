"""Interchanges: what each EDI file was sent as, which records each of its sets holds, and what the partner said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, distinct, func, insert, select, tuple_, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import delivery
from airflow_provider_mlconnector.ledger.schema import interchange as table
from airflow_provider_mlconnector.ledger.schema import interchange_set as sets

PREPARED, SENT, RECEIVED, UNSENT = "prepared", "sent", "received", "unsent"
ACCEPTED, ACCEPTED_WITH_ERRORS, REJECTED = "accepted", "accepted_with_errors", "rejected"
PARTLY, UNKNOWN = "partly", "unknown"
WAITING = (PREPARED, SENT, RECEIVED)
REFUSED = (REJECTED, PARTLY)
_SET_COLUMNS = {
    "interchange_id": "bigint",
    "position": "integer",
    "key_hash": "bytea",
    "control": "text",
    "key": "text",
}
_KEYS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Interchange:
    """One EDI file, as the ledger holds it."""

    id: int
    lane_id: int
    batch_id: int
    position: int
    partner: str
    standard: str
    set_code: str
    group_code: str
    interchange_control: str
    group_control: str
    interchange_number: int | None
    group_number: int | None
    test: bool
    sets: int
    expected: Mapping[str, Any] | None
    state: str
    reason: str
    due_at: datetime | None
    overdue_at: datetime | None
    acknowledged_at: datetime | None

    def __str__(self) -> str:
        """For people: `810 interchange 000000012 to acme, group 12`."""
        group = f", group {self.group_control}" if self.group_control else ""
        return f"{self.set_code} interchange {self.interchange_control} to {self.partner}{group}"


@dataclass(frozen=True)
class SentSet:
    """One set of an interchange."""

    position: int
    control: str
    state: str


def put_down(connection: Connection, **values: Any) -> int:
    """Put an interchange down; returns its id."""
    numbers = {f"{name}_number": as_number(values[f"{name}_control"]) for name in ("interchange", "group")}
    result = connection.execute(insert(table).values(**numbers, **values))
    key: Any = result.inserted_primary_key
    return int(key[0])


def add_records(connection: Connection, interchange_id: int, rows: Sequence[tuple[int, bytes, str, str]]) -> None:
    """Add records of its sets: position of the set, key hash, control number, key."""
    bulk.insert_new(connection, sets.name, _SET_COLUMNS, [(interchange_id, *row) for row in rows])


def confirmed(connection: Connection, batch_id: int, position: int) -> None:
    """A file has reached the partner: from now on its interchange, if it is one, is waited for."""
    query = select(table.c.id, table.c.expected, table.c.state)
    found = connection.execute(query.where(table.c.batch_id == batch_id, table.c.position == position)).first()
    if found is None:
        return
    due = None
    if found.expected and found.state in WAITING:
        due = utc_now() + timedelta(seconds=found.expected["within_seconds"])
    state = SENT if found.state == PREPARED else found.state
    connection.execute(update(table).where(table.c.id == found.id).values(state=state, due_at=due))


def never_left(connection: Connection, batch_id: int, position: int) -> Interchange | None:
    """A file will never be sent; returns its interchange, if it was one and nobody has said so before."""
    found = connection.execute(
        select(table).where(table.c.batch_id == batch_id, table.c.position == position, table.c.state == PREPARED)
    ).first()
    if found is None:
        return None
    connection.execute(update(table).where(table.c.id == found.id).values(state=UNSENT))
    return _interchange(found)


def get(connection: Connection, interchange_id: int) -> Interchange | None:
    """The interchange with this id."""
    found = connection.execute(select(table).where(table.c.id == interchange_id)).first()
    return _interchange(found) if found else None


def of_batch(connection: Connection, batch_id: int) -> list[Interchange]:
    """A batch's interchanges, in the order of its files."""
    query = select(table).where(table.c.batch_id == batch_id).order_by(table.c.position)
    return [_interchange(row) for row in connection.execute(query)]


def of_group(connection: Connection, partner: str, group_code: str, group: str) -> Interchange | None:
    """The newest that was sent with this group control number; leading zeros do not count."""
    number = as_number(group)
    query = select(table).where(table.c.partner == partner, table.c.group_code == group_code)
    return _newest(connection, query.where(table.c.group_number == number)) if number is not None else None


def of_control(connection: Connection, partner: str, control: str) -> Interchange | None:
    """The newest that was sent with this interchange control number: the same text, or else the same number."""
    query, number = select(table).where(table.c.partner == partner), as_number(control)
    found = _newest(connection, query.where(table.c.interchange_control == control))
    if found is None and number is not None:
        found = _newest(connection, query.where(table.c.interchange_number == number))
    return found


def was_refused(connection: Connection, lane_id: int, fingerprint: str) -> bool:
    """Whether the partner has refused the last transmission of a lane with this content, or a part of it."""
    query = (
        select(table.c.state)
        .join(delivery, (delivery.c.batch_id == table.c.batch_id) & (delivery.c.position == table.c.position))
        .where(table.c.lane_id == lane_id, delivery.c.fingerprint == fingerprint, delivery.c.state == "confirmed")
    )
    return connection.execute(query.order_by(table.c.id.desc()).limit(1)).scalar() in REFUSED


def sets_of(connection: Connection, interchange_id: int) -> list[SentSet]:
    """Its sets, in their order."""
    columns = (sets.c.position, sets.c.control, sets.c.state)
    query = select(*columns).where(sets.c.interchange_id == interchange_id).group_by(*columns)
    return [SentSet(*row) for row in connection.execute(query.order_by(sets.c.position))]


def first_and_last(connection: Connection, interchange_id: int) -> tuple[str, str] | None:
    """The control numbers of its first and last set."""
    query = select(sets.c.control).where(sets.c.interchange_id == interchange_id).limit(1)
    first = connection.execute(query.order_by(sets.c.position)).scalar()
    last = connection.execute(query.order_by(sets.c.position.desc())).scalar()
    return (str(first), str(last)) if first else None


def set_states(connection: Connection, interchange_id: int, changes: Mapping[int, tuple[str, str]]) -> None:
    """Set state and reason of sets, by their position; those that become the same are changed together."""
    statement = update(sets).where(
        sets.c.interchange_id == interchange_id, sets.c.position.between(bindparam("low"), bindparam("high"))
    )
    runs = [
        {"low": low, "high": high, "becomes": state, "why": reason} for low, high, (state, reason) in _runs(changes)
    ]
    if runs:
        connection.execute(statement.values(state=bindparam("becomes"), reason=bindparam("why")), runs)


def said_of(connection: Connection, batch_id: int, position: int, key_hash: bytes = b"") -> list[tuple[str, str]]:
    """State and reason of the sets of a file that the partner has answered; of those with this record, where given."""
    query = select(sets.c.state, sets.c.reason).distinct().join(table, table.c.id == sets.c.interchange_id)
    query = query.where(table.c.batch_id == batch_id, table.c.position == position, sets.c.state != SENT)
    query = query.where(sets.c.key_hash == key_hash) if key_hash else query
    return [(row[0], row[1]) for row in connection.execute(query)]


def count_states(connection: Connection, interchange_id: int) -> dict[str, int]:
    """How many of its sets are in each state."""
    query = select(sets.c.state, func.count(distinct(sets.c.position)))
    rows = connection.execute(query.where(sets.c.interchange_id == interchange_id).group_by(sets.c.state))
    return {state: int(number) for state, number in rows}


def records_of(
    connection: Connection, interchange_id: int, positions: Sequence[int]
) -> Iterator[list[tuple[bytes, str, int]]]:
    """Key hash, key and set of the records in these sets, some thousand at a time."""
    columns = (sets.c.key_hash, sets.c.key, sets.c.position)
    here = select(*columns).where(sets.c.interchange_id == interchange_id, sets.c.position <= bindparam("high"))
    behind = tuple_(sets.c.position, sets.c.key_hash) > tuple_(bindparam("position"), bindparam("key"))
    query = here.where(behind).order_by(sets.c.position, sets.c.key_hash).limit(_KEYS_AT_ONCE)
    for low, high, _ in _runs(dict.fromkeys(positions, ("", ""))):
        at = {"position": low, "key": b""}
        while rows := connection.execute(query, {**at, "high": high}).all():
            yield [(bytes(key), shown, position) for key, shown, position in rows]
            at = {"position": rows[-1][2], "key": bytes(rows[-1][0])}


def conclude(connection: Connection, interchange_id: int, state: str, reason: str, *, final: bool) -> None:
    """What the partner has said of the whole; `final` where nothing more is waited for."""
    values: dict[str, Any] = {"state": state, "reason": reason}
    if final:
        values["acknowledged_at"] = utc_now()
    connection.execute(update(table).where(table.c.id == interchange_id).values(**values))


def overdue(connection: Connection, partners: Sequence[str], now: datetime) -> list[Interchange]:
    """Those that should have been acknowledged by now, and of which nobody has been told."""
    query = select(table).where(
        table.c.partner.in_(list(partners)),
        table.c.state.in_((SENT, RECEIVED)),
        table.c.due_at < now,
        table.c.overdue_at.is_(None),
        table.c.acknowledged_at.is_(None),
    )
    return [_interchange(row) for row in connection.execute(query.order_by(table.c.id))]


def set_overdue(connection: Connection, interchange_id: int) -> bool:
    """Somebody is told that it is overdue; False where it was acknowledged, or told, meanwhile."""
    statement = update(table).where(
        table.c.id == interchange_id,
        table.c.state.in_((SENT, RECEIVED)),
        table.c.overdue_at.is_(None),
        table.c.acknowledged_at.is_(None),
    )
    return connection.execute(statement.values(overdue_at=utc_now())).rowcount == 1


def listed(connection: Connection, lane_ids: Sequence[int], states: Sequence[str], limit: int) -> list[Interchange]:
    """The newest interchanges of these lanes, in these states where any are given."""
    query = select(table).where(table.c.lane_id.in_(list(lane_ids))).order_by(table.c.id.desc()).limit(limit)
    query = query.where(table.c.state.in_(list(states))) if states else query
    return [_interchange(row) for row in connection.execute(query)]


def not_accepted(connection: Connection, interchange_id: int, limit: int) -> Sequence[Any]:
    """Control, key, state and reason of records whose set was not simply accepted."""
    query = select(sets.c.control, sets.c.key, sets.c.state, sets.c.reason).where(
        sets.c.interchange_id == interchange_id, sets.c.state != ACCEPTED
    )
    return connection.execute(query.order_by(sets.c.position, sets.c.key).limit(limit)).all()


def as_number(control: str) -> int | None:
    """A control number as a number; None where it is none, or has more digits than any standard's."""
    return int(control) if control.isascii() and control.isdigit() and len(control) <= 14 else None


def _newest(connection: Connection, query: Any) -> Interchange | None:
    # Where a range has begun anew, what was sent last is meant; what never left can't have been answered.
    chosen = query.where(table.c.state != UNSENT).order_by(table.c.id.desc()).limit(1)
    found = connection.execute(chosen).first()
    return _interchange(found) if found else None


def _runs(changes: Mapping[int, tuple[str, str]]) -> Iterator[tuple[int, int, tuple[str, str]]]:
    """Neighbouring positions with the same change, as first, last and change."""
    low = high = None
    for position in sorted(changes):
        if high is not None and position == high + 1 and changes[position] == changes[high]:
            high = position
            continue
        if low is not None and high is not None:
            yield low, high, changes[low]
        low = high = position
    if low is not None and high is not None:
        yield low, high, changes[low]


def _interchange(row: Any) -> Interchange:
    return Interchange(**row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
