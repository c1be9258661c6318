"""The keys of a whole table, in a temporary table beside `polled`, and what is known of a lane and not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk

_COLUMNS = {"key_hash": "bytea"}


def open_comparison(connection: Connection) -> None:
    """Make the table that `note` fills."""
    kind = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    connection.execute(text(f"CREATE TEMPORARY TABLE there (key_hash {kind} NOT NULL PRIMARY KEY)"))


def note(connection: Connection, keys: Sequence[bytes]) -> None:
    """These keys are there."""
    bulk.insert_new(connection, "there", _COLUMNS, [(key,) for key in keys])


def known_and_gone(
    connection: Connection, lane_id: int, began_seq: int, after: bytes, at_once: int
) -> dict[bytes, str]:
    """Keys that were confirmed once and are neither noted nor read by this poll, in the order of their hashes.

    Args:
        connection: the poll's own.
        lane_id: the lane.
        began_seq: the lane's counter when the poll began: a key that was claimed since may be newer than what was read.
        after: the last key of the page before.
        at_once: how many at most.
    """
    query = text(
        "SELECT DISTINCT c.key_hash, c.key FROM claim c JOIN batch b ON b.id = c.batch_id"
        " WHERE c.lane_id = :lane AND c.key_hash > :after"
        " AND (c.mark = 2 OR (c.mark = 0 AND b.state IN ('committed', 'abandoned')))"
        " AND NOT EXISTS (SELECT 1 FROM there t WHERE t.key_hash = c.key_hash)"
        " AND NOT EXISTS (SELECT 1 FROM polled p WHERE p.key_hash = c.key_hash)"
        " AND NOT EXISTS (SELECT 1 FROM claim n JOIN batch m ON m.id = n.batch_id"
        " WHERE n.lane_id = c.lane_id AND n.key_hash = c.key_hash AND m.claimed_seq > :began)"
        " ORDER BY c.key_hash LIMIT :page"
    )
    values = {"lane": lane_id, "after": after, "began": began_seq, "page": at_once}
    return {bytes(key): shown for key, shown in connection.execute(query, values)}


def not_asked_yet(connection: Connection, lane_id: int, keys: Mapping[bytes, str]) -> dict[bytes, str]:
    """Of these keys those that no person is asked about, or has been."""
    query = (
        "SELECT key_hash FROM exception_item WHERE lane_id = :lane AND kind = 'vanished'"
        " AND (state = 'open' OR closed_by <> 'engine') AND key_hash IN {keys}"
    )
    asked = {bytes(row[0]) for row in bulk.select_in(connection, query, list(keys), lane=lane_id)}
    return {key: shown for key, shown in keys.items() if key not in asked}
