"""Postings: records on their way into a system, an attempt a row (rule 8). They are never forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import posting as table

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


def listed(connection: Connection, filters: Mapping[str, Any], limit: int) -> list[Posting]:
    """The newest attempts that meet these column values."""
    query = select(table).order_by(table.c.intent_at.desc(), table.c.key).limit(limit)
    for column, value in filters.items():
        query = query.where(table.c[column] == value)
    return [_posting(row) for row in connection.execute(query)]


def _posting(row: Any) -> Posting:
    values = dict(row._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
    for name in ("key_hash", "version_hash", "record_hash"):
        values[name] = bytes(values[name])
    return Posting(**values)
