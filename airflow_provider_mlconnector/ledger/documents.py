"""Which record is which document: what a receiver calls it, which no two records of a lane may share unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.engine import Connection

TWIN = "twin"
"""The verdict of a row that would be claimed, although another record that was sent or is claimed is its document."""

_REQUESTED = (
    "SELECT key_hash, cause FROM exception_item"
    " WHERE lane_id = :lane AND state = 'open' AND kind = 'twin' AND retry_requested = :yes"
)
# At the target, on its way there, or in doubt.
_HELD = (
    "c.lane_id = :lane AND c.document_hash = polled.document"
    " AND (c.mark = 2 OR (c.mark = 0 AND b.state <> 'superseded' AND NOT b.id IN ({superseded}))"
    " OR EXISTS (SELECT 1 FROM exception_item i WHERE i.lane_id = c.lane_id AND i.key_hash = c.key_hash"
    " AND i.batch_id = c.batch_id AND i.state = 'open' AND i.kind = 'doubt'))"
)
_CLAIMED = "verdict = 'claim' AND document IS NOT NULL AND stays = :no"
# Another row of this poll that goes as this document: a person says so, it was that before, or it was read first.
_FIRST = (
    "o.document = polled.document AND o.key_hash <> polled.key_hash AND o.verdict IN ('claim', 'rebaseline')"
    " AND (o.stays = :yes OR o.verdict = 'rebaseline' OR o.n < polled.n)"
)


def cause_of(document: bytes) -> str:
    """What a twin's exception says of the document that it is about."""
    return f"{TWIN}:{document.hex()}"


def find_twins(connection: Connection, lane_id: int, superseded: Sequence[int]) -> int:
    """Give the verdict `twin` to rows of this poll whose document another key is; returns to how many.

    Args:
        connection: the poll's own, with its table `polled`.
        lane_id: the lane.
        superseded: ids of batches that the poll takes over: their claims hold nothing.
    """
    values = {"lane": lane_id, "yes": True, "no": False}
    taken_over = ", ".join(str(int(batch_id)) for batch_id in superseded) or "-1"
    held = f"FROM claim c JOIN batch b ON b.id = c.batch_id WHERE {_HELD.format(superseded=taken_over)}"
    connection.execute(text("CREATE INDEX polled_document ON polled (document) WHERE document IS NOT NULL"))
    _let_stay(connection, held, values)
    # Of several the one that was claimed last.
    sent = f"SELECT c.key {held} AND c.key_hash <> polled.key_hash ORDER BY c.batch_id DESC, c.key LIMIT 1"
    first = f"SELECT o.key FROM polled o WHERE {_FIRST} ORDER BY o.n LIMIT 1"  # noqa: S608 - the text is ours
    return _set_apart(connection, sent, values) + _set_apart(connection, first, values)


def _let_stay(connection: Connection, held: str, values: Mapping[str, object]) -> None:
    asked = connection.execute(text(_REQUESTED), {"lane": values["lane"], "yes": True}).all()
    requested = [{"key": bytes(key), "document": _document_of(cause), "yes": True} for key, cause in asked]
    if requested:
        query = text("UPDATE polled SET stays = :yes WHERE key_hash = :key AND document = :document")
        connection.execute(query, requested)
    own = f"EXISTS (SELECT 1 {held} AND c.key_hash = polled.key_hash)"
    connection.execute(text(f"UPDATE polled SET stays = :yes WHERE {_CLAIMED} AND {own}"), values)  # noqa: S608


def _document_of(cause: str) -> bytes:
    return bytes.fromhex(cause.removeprefix(f"{TWIN}:"))


def _set_apart(connection: Connection, other: str, values: Mapping[str, object]) -> int:
    change = f"verdict = 'twin', twin_of = ({other})"
    query = f"UPDATE polled SET {change} WHERE {_CLAIMED} AND EXISTS ({other})"  # noqa: S608 - the text is ours
    return connection.execute(text(query), values).rowcount
