"""Postings: records on their way into a system, an attempt a row (rule 8). They are never forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import posting as table
from airflow_provider_mlconnector.streams.fingerprint import key_hash, key_text

INTENT, CONFIRMED, REJECTED, DEAD = "intent", "confirmed", "rejected", "dead"
_AT_ONCE = 500


@dataclass(frozen=True)
class Posting:
    """One attempt to post a record.

    Attributes:
        key_hash: of company, kind and key.
        attempt: counted from 1 for each of those.
        record_hash: of the record's key in its lane.
        own_id: ours, of this attempt; the target keeps it where it can.
        settled_at: when no call of this attempt can have an effect any more, UTC.
        target_key: what the target calls it, once it is confirmed.
        answer: what the target said, or who decided; of an intent, that the target said that it took it.
    """

    key_hash: bytes
    attempt: int
    company: str
    kind: str
    key: str
    version_hash: bytes
    lane_id: int
    batch_id: int
    record_hash: bytes
    own_id: str
    state: str
    intent_at: datetime
    settled_at: datetime
    ended_at: datetime | None = None
    target_key: str = ""
    answer: str = ""


def newest(connection: Connection, key_hashes: Sequence[bytes]) -> dict[bytes, Posting]:
    """The last attempt of each of these; those never attempted are left out."""
    found: dict[bytes, Posting] = {}
    for start in range(0, len(key_hashes), _AT_ONCE):
        query = select(table).where(table.c.key_hash.in_(list(key_hashes[start : start + _AT_ONCE])))
        for row in connection.execute(query.order_by(table.c.attempt)):
            found[bytes(row.key_hash)] = _posting(row)
    return found


def begun(intent: Posting) -> str:
    """What the audit says of an intent."""
    return f"attempt {intent.attempt}, id {intent.own_id}"


def begin(connection: Connection, intent: Posting) -> bool:
    """Put an intent down; False where another try has made this attempt already."""
    return bulk.insert_once(connection, table, **vars(intent))


def end(
    connection: Connection, key_hash: bytes, attempt: int, becomes: str, *, target_key: str = "", answer: str = ""
) -> bool:
    """Compare-and-set an intent; False where somebody else has ended it."""
    statement = update(table).where(table.c.key_hash == key_hash, table.c.attempt == attempt, table.c.state == INTENT)
    values = {"state": becomes, "ended_at": utc_now(), "target_key": target_key, "answer": answer[:4_000]}
    return connection.execute(statement.values(**values)).rowcount == 1


def note(connection: Connection, key_hash: bytes, attempt: int, answer: str) -> None:
    """Keep what the target has said of an intent that is still open."""
    statement = update(table).where(table.c.key_hash == key_hash, table.c.attempt == attempt, table.c.state == INTENT)
    connection.execute(statement.values(answer=answer[:4_000] or "taken"))


def intents_of(connection: Connection, batch_id: int) -> list[Posting]:
    """A batch's attempts whose end is not known."""
    query = select(table).where(table.c.batch_id == batch_id, table.c.state == INTENT)
    return [_posting(row) for row in connection.execute(query)]


def of_record(connection: Connection, batch_id: int, record_hash: bytes) -> list[Posting]:
    """A batch's attempts of one record, oldest first."""
    query = select(table).where(table.c.batch_id == batch_id, table.c.record_hash == record_hash)
    return [_posting(row) for row in connection.execute(query.order_by(table.c.attempt))]


def of_records(connection: Connection, lane_id: int, record_hashes: Sequence[bytes]) -> dict[bytes, Posting]:
    """A lane's last attempt of each of these records; those never attempted in it are left out."""
    query = select(table).where(table.c.lane_id == lane_id).order_by(table.c.intent_at, table.c.attempt)
    return {one.record_hash: one for one in _found(connection, query, table.c.record_hash, record_hashes)}


def of_keys(connection: Connection, company: str, keys: Sequence[str]) -> dict[str, Posting]:
    """The last attempt at a company of each of these keys, whatever its kind."""
    query = select(table).where(table.c.company == company).order_by(table.c.intent_at, table.c.attempt)
    return {one.key: one for one in _found(connection, query, table.c.key, keys)}


def count_states(connection: Connection, batch_id: int) -> dict[str, int]:
    """How many of a batch's attempts stand in which state."""
    query = select(table.c.state, func.count().label("number")).where(table.c.batch_id == batch_id)
    return {row.state: row.number for row in connection.execute(query.group_by(table.c.state))}


def with_own_id(connection: Connection, own_id: str) -> Posting | None:
    """The attempt with this id of ours."""
    found = connection.execute(select(table).where(table.c.own_id == own_id)).first()
    return _posting(found) if found else None


def listed(connection: Connection, filters: Mapping[str, Any], limit: int, about: str = "") -> list[Posting]:
    """The newest attempts that meet these column values.

    Args:
        connection: within a transaction.
        filters: values by column; a list: one of them.
        limit: how many at most.
        about: the posting's key or one value of it, such as an invoice's number, or the record's key in its stream.
    """
    query = select(table).order_by(table.c.intent_at.desc(), table.c.key).limit(limit)
    for column, value in filters.items():
        wanted = table.c[column]
        query = query.where(wanted.in_(value) if isinstance(value, list) else wanted == value)
    if about:
        whole = or_(table.c.key == about, table.c.record_hash == key_hash(about))
        value = key_text((about,))
        part = ("/" + table.c.key + "/").contains(f"/{value}/", autoescape=True)
        query = query.where(or_(whole, part))
    return [_posting(row) for row in connection.execute(query)]


def _found(connection: Connection, query: Any, column: Any, values: Sequence[Any]) -> Iterator[Posting]:
    for start in range(0, len(values), _AT_ONCE):
        for row in connection.execute(query.where(column.in_(list(values[start : start + _AT_ONCE])))):
            yield _posting(row)


def _posting(row: Any) -> Posting:
    values = dict(row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
    for name in ("key_hash", "version_hash", "record_hash"):
        values[name] = bytes(values[name])
    return Posting(**values)
