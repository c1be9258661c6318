"""Claims: which batch holds which version of which key, and what is known of a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, SmallInteger, bindparam, select, text
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.key_page import KeyPage
from airflow_provider_mlconnector.ledger.schema import batch

AS_BATCH, SET_ASIDE, CONFIRMED = 0, 1, 2
# The output of a record that lies in more than one of its batch's files.
IN_SEVERAL = -1


@dataclass(frozen=True)
class BatchLook:
    """What is looked at of a batch when its claims are judged."""

    id: int
    state: str
    claimed_seq: int
    hash_version: str
    high: str
    safe_to: str | None

    @property
    def reach(self) -> str:
        """Up to which cursor it has read: its window's end, or the greatest one where the window has none."""
        return self.high or self.safe_to or ""


@dataclass(frozen=True)
class ClaimRow:
    """One claim."""

    batch: BatchLook
    version_hash: bytes
    mark: int
    is_open: bool


def any_of_lane(connection: Connection, lane_id: int) -> bool:
    """Whether anything was ever claimed in a lane."""
    query = text("SELECT 1 FROM claim WHERE lane_id = :lane LIMIT 1")
    return connection.execute(query, {"lane": lane_id}).first() is not None


def of_keys(connection: Connection, lane_id: int, keys: Sequence[bytes]) -> dict[bytes, list[ClaimRow]]:
    """All claims of these keys; keys without any are left out."""
    query = (
        "SELECT key_hash, batch_id, version_hash, mark, is_open FROM claim WHERE lane_id = :lane AND key_hash IN {keys}"
    )
    rows = list(bulk.select_in(connection, query, keys, lane=lane_id))
    looks = _looks(connection, {row[1] for row in rows})
    found: dict[bytes, list[ClaimRow]] = defaultdict(list)
    for key, batch_id, version, mark, is_open in rows:
        found[bytes(key)].append(ClaimRow(looks[batch_id], bytes(version), mark, bool(is_open)))
    return found


def brought_by(connection: Connection, lane_id: int, keys: Sequence[bytes]) -> dict[bytes, list[int]]:
    """The batches that have brought these keys to the target, newest first; keys without any are left out."""
    query = (
        "SELECT c.key_hash, c.batch_id FROM claim c JOIN batch b ON b.id = c.batch_id WHERE c.lane_id = :lane"
        " AND (c.mark = 2 OR (c.mark = 0 AND b.state IN ('committed', 'abandoned'))) AND c.key_hash IN {keys}"
    )
    found: dict[bytes, list[int]] = defaultdict(list)
    for key, batch_id in bulk.select_in(connection, query, keys, lane=lane_id):
        found[bytes(key)].append(batch_id)
    return {key: sorted(ids, reverse=True) for key, ids in found.items()}


def plainly_known(connection: Connection, lane_id: int, hash_version: str, page: KeyPage) -> list[int]:
    """Which places of a page hold what one committed batch has brought, and nothing else is claimed of their keys.

    Most rows that a window reads again are such, and the database finds them without a row coming to Python.
    """
    # A look-up for each key: no planner is to make a walk through all claims of it, whatever its statistics say.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    only = (
        "SELECT CASE WHEN count(*) = 1 AND sum(CASE WHEN"  # noqa: S608 - the text is ours
        f" c.version_hash = {page.slice('versions')} AND c.mark = 0 AND c.is_open = {page.FLAG}"
        " THEN 1 ELSE 0 END) = 1 THEN max(c.batch_id) END"
        f" FROM claim c WHERE c.lane_id = :lane AND c.key_hash = {page.slice('keys')}"
    )
    query = f"SELECT each.place, ({only}) FROM {page.source(connection)}"  # noqa: S608 - the text is ours
    found = [row for row in connection.execute(text(query), {**page.values(), "lane": lane_id}) if row[1] is not None]
    looks = _looks(connection, {batch_id for _, batch_id in found})
    plain = {look.id for look in looks.values() if look.state == "committed" and look.hash_version == hash_version}
    return [place for place, batch_id in found if batch_id in plain]


def _looks(connection: Connection, batch_ids: Collection[int]) -> dict[int, BatchLook]:
    columns = [batch.c[name] for name in ("id", "state", "claimed_seq", "hash_version", "high", "safe_to")]
    query = select(*columns).where(batch.c.id.in_(bindparam("ids", list(batch_ids), expanding=True)))
    return {row.id: BatchLook(*row) for row in connection.execute(query)} if batch_ids else {}


def unfinished(connection: Connection, batch_id: int, outputs: Iterable[int] | None = None) -> list[tuple[bytes, str]]:
    """Keys of a batch that are neither set aside nor confirmed by themselves; of these outputs, where given."""
    query = "SELECT key_hash, key, output FROM claim WHERE batch_id = :batch AND mark = 0"
    chosen = None if outputs is None else set(outputs)
    rows = connection.execute(text(query), {"batch": batch_id})
    return [(bytes(key), shown) for key, shown, output in rows if chosen is None or (output or 0) in chosen]


@dataclass(frozen=True)
class HeldClaim:
    """What a batch claims of one key: version, the key as people see it, and the claim's mark."""

    version_hash: bytes
    key: str
    mark: int


def held(connection: Connection, batch_id: int, keys: Sequence[bytes]) -> dict[bytes, HeldClaim]:
    """What a batch claims of these keys."""
    query = "SELECT key_hash, version_hash, key, mark FROM claim WHERE batch_id = :batch AND key_hash IN {keys}"
    rows = bulk.select_in(connection, query, keys, batch=batch_id)
    return {bytes(key): HeldClaim(bytes(version), shown, mark) for key, version, shown, mark in rows}


def count(connection: Connection, batch_id: int, mark: int | None = None) -> int:
    """How many keys a batch claims, or how many with this mark."""
    query = "SELECT count(*) FROM claim WHERE batch_id = :batch AND (:mark IS NULL OR mark = :mark)"
    bound = text(query).bindparams(bindparam("mark", mark, SmallInteger), batch=batch_id)
    return int(connection.execute(bound).scalar_one())


def set_mark(connection: Connection, batch_id: int, keys: Sequence[bytes], mark: int) -> None:
    """Mark some of a batch's claims."""
    _update(connection, batch_id, keys, "mark", mark)


def set_output(connection: Connection, batch_id: int, keys: Sequence[bytes], output: int) -> None:
    """Say which of the batch's files holds these keys."""
    _update(connection, batch_id, keys, "output", output)


def output_of(connection: Connection, batch_id: int, key_hash: bytes) -> int:
    """Which of a batch's files holds this key, by its position; `IN_SEVERAL` for more than one."""
    query = text("SELECT output FROM claim WHERE batch_id = :batch AND key_hash = :key")
    return int(connection.execute(query, {"batch": batch_id, "key": key_hash}).scalar() or 0)


def surpassed(connection: Connection, batch_id: int, output: int) -> int:
    """How many records of one of a batch's files a newer batch has brought to the target, or is bringing, since."""
    query = text(
        "SELECT count(DISTINCT c.key_hash) FROM claim c JOIN claim n"
        " ON n.lane_id = c.lane_id AND n.key_hash = c.key_hash AND n.batch_id > c.batch_id"
        " AND n.version_hash <> c.version_hash AND n.mark <> 1"
        " JOIN batch b ON b.id = n.batch_id AND b.state <> 'superseded'"
        " WHERE c.batch_id = :batch AND c.mark <> 1 AND (c.output IS NULL OR c.output IN (:output, -1))"
    )
    return int(connection.execute(query, {"batch": batch_id, "output": output}).scalar_one())


def set_open(connection: Connection, lane_id: int, keys: Sequence[bytes], *, still: bool) -> None:
    """These keys are open at the source again, or no longer."""
    query = text("UPDATE claim SET is_open = :still WHERE lane_id = :lane AND key_hash = :key")
    if keys:
        connection.execute(query, [{"still": still, "lane": lane_id, "key": key} for key in keys])


def search(connection: Connection, key_hash: bytes) -> list[tuple[int, int, int, int | None]]:
    """Every claim of a key in any lane: lane, batch, mark and output."""
    query = "SELECT lane_id, batch_id, mark, output FROM claim WHERE key_hash = :key ORDER BY batch_id"
    return [tuple(row) for row in connection.execute(text(query), {"key": key_hash})]


def forget_surpassed(connection: Connection, batch_id: int, before: datetime) -> int:
    """Rule 10: of the keys that this committed batch has brought, drop older claims of batches that ended before.

    The newest claim of a key is never dropped, and so no window, however old, can send again what was sent.
    """
    query = text(
        "DELETE FROM claim WHERE lane_id = (SELECT lane_id FROM batch WHERE id = :batch) AND batch_id IN"
        " (SELECT o.id FROM batch o JOIN batch n ON n.lane_id = o.lane_id WHERE n.id = :batch"
        " AND n.state = 'committed' AND o.id < n.id AND o.ended_at < :before)"
        " AND key_hash IN (SELECT key_hash FROM claim WHERE batch_id = :batch AND mark <> 1)"
    )
    return connection.execute(query.bindparams(bindparam("before", before, DateTime)), {"batch": batch_id}).rowcount


def _update(connection: Connection, batch_id: int, keys: Sequence[bytes], column: str, value: int) -> None:
    # By primary key, so that setting a few of many millions aside costs a few look-ups.
    query = text(
        f"UPDATE claim SET {column} = :value WHERE batch_id = :batch AND key_hash = :key"  # noqa: S608
        " AND lane_id = (SELECT lane_id FROM batch WHERE id = :batch)"
    )
    if keys:
        connection.execute(query, [{"value": value, "batch": batch_id, "key": key} for key in keys])


def versions(connection: Connection, batch_id: int, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """The versions that a batch claims of these keys."""
    query = "SELECT key_hash, version_hash FROM claim WHERE batch_id = :batch AND key_hash IN {keys}"
    return {bytes(key): bytes(version) for key, version in bulk.select_in(connection, query, keys, batch=batch_id)}
