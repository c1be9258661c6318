"""What a poll has read so far: keys, versions and verdicts, in a temporary table of its own connection.

It keeps a poll's memory flat, and lets the staging transaction judge everything again and claim it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.claims import AS_BATCH, CONFIRMED
from airflow_provider_mlconnector.ledger.key_page import KeyPage

_PAGE = 10_000
_COLUMNS = {
    "key_hash": "bytea",
    "version_hash": "bytea",
    "key": "text",
    "verdict": "text",
    "blocker": "bigint",
    "is_open": "boolean",
    "spooled": "boolean",
    "as_before": "bytea",
    "document": "bytea",
    "standing": "text",
}
_SELECT = f"SELECT {', '.join(_COLUMNS)}, twin_of FROM polled"  # noqa: S608 - names are ours
CLAIM = "claim"


@dataclass(frozen=True)
class PolledRow:
    """One key as it was read, with its verdict."""

    key_hash: bytes
    version_hash: bytes
    key: str
    verdict: str
    blocker: int | None
    is_open: bool
    spooled: bool
    """Whether its row lies in the batch's parts."""
    as_before: bytes | None = None
    """Its version hash as the claim that counts was made, where that was made of other columns."""
    document: bytes | None = None
    """What its document is called, hashed, where that is looked at."""
    standing: str = "current"
    """What the row is, as the engine's rules call it."""
    twin_of: str | None = None
    """The key of another record that is this document."""


class Polled:
    """The temporary table of one poll: a heap until the first reading has ended, because that is written fastest.

    Args:
        connection: the poll's own, kept open from its first page to its staging.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        sqlite = connection.dialect.name == "sqlite"
        kind, number = ("BLOB", "INTEGER") if sqlite else ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY")
        with connection.begin():
            connection.execute(
                text(
                    f"CREATE TEMPORARY TABLE polled (n {number} PRIMARY KEY, key_hash {kind} NOT NULL,"
                    f" version_hash {kind} NOT NULL, key TEXT NOT NULL, verdict TEXT NOT NULL,"
                    " blocker BIGINT, is_open BOOLEAN NOT NULL, spooled BOOLEAN NOT NULL,"
                    f" as_before {kind}, document {kind}, standing TEXT NOT NULL DEFAULT 'current',"
                    " stays BOOLEAN NOT NULL DEFAULT FALSE, twin_of TEXT)"
                )
            )

    def index(self) -> None:
        """From now on keys are looked up, too."""
        self.connection.execute(text("CREATE INDEX polled_key ON polled (key_hash)"))
        if self.connection.dialect.name != "sqlite":
            self.connection.execute(text("ANALYZE polled"))

    def repeated(self) -> set[bytes]:
        """Keys that were added more than once."""
        query = text("SELECT key_hash FROM polled GROUP BY key_hash HAVING count(*) > 1")
        return {bytes(row[0]) for row in self.connection.execute(query)}

    def spooled_first(self, keys: Collection[bytes]) -> set[bytes]:
        """Of these keys those whose first row lies in the parts."""
        found = bulk.select_in(
            self.connection, "SELECT key_hash, n, spooled FROM polled WHERE key_hash IN {keys}", list(keys)
        )
        first: dict[bytes, tuple[int, bool]] = {}
        for key, number, spooled in found:
            first[bytes(key)] = min(first.get(bytes(key), (number, spooled)), (number, spooled))
        return {key for key, (_, spooled) in first.items() if spooled}

    def drop_repeats(self) -> int:
        """Keep the first row of each key; returns how many others there were."""
        query = "DELETE FROM polled WHERE EXISTS (SELECT 1 FROM polled o WHERE o.key_hash = polled.key_hash"
        return self.connection.execute(text(f"{query} AND o.n < polled.n)")).rowcount

    def known_already(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of these keys this poll has read before."""
        return {
            bytes(row[0])
            for row in bulk.select_in(self.connection, "SELECT key_hash FROM polled WHERE key_hash IN {keys}", keys)
        }

    def add(self, rows: Sequence[bulk.Row]) -> None:
        """Add rows: the values of `PolledRow` but for its twin, as tuples, because there may be millions."""
        bulk.insert_new(self.connection, "polled", _COLUMNS, rows)

    def add_page(self, page: KeyPage, verdict: str) -> None:
        """Add rows that all have one verdict, and no more to be said of them."""
        statement = (
            "INSERT INTO polled (key_hash, version_hash, key, verdict, is_open, spooled, document)"  # noqa: S608 - the text is ours
            f" SELECT {page.slice('keys')}, {page.slice('versions')}, each.shown, :verdict, {page.FLAG}, :spooled,"
            f" {page.document()}"
            f" FROM {page.source(self.connection)}"
        )
        values = {**page.values(), "verdict": verdict, "spooled": verdict == CLAIM}
        self.connection.execute(text(statement), values)

    def pages(self) -> Iterator[list[PolledRow]]:
        """Everything, some thousand rows at a time, in the order of the hashes."""
        last = b""
        query = text(f"{_SELECT} WHERE key_hash > :last ORDER BY key_hash LIMIT :page")
        while rows := self.connection.execute(query, {"last": last, "page": _PAGE}).all():
            yield [_row(row) for row in rows]
            last = bytes(rows[-1][0])

    def unread_of(self, batch_ids: Sequence[int]) -> Iterator[dict[bytes, str]]:
        """Keys that these batches claim and that this poll has not read, some thousand at a time."""
        listed = ", ".join(str(int(batch_id)) for batch_id in batch_ids)
        query = text(
            f"SELECT DISTINCT c.key_hash, c.key FROM claim c WHERE c.batch_id IN ({listed}) AND c.key_hash > :last"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM polled p WHERE p.key_hash = c.key_hash) ORDER BY c.key_hash LIMIT :page"
        )
        last = b""
        while batch_ids and (rows := self.connection.execute(query, {"last": last, "page": _PAGE}).all()):
            last = bytes(rows[-1][0])
            yield {bytes(key): shown for key, shown in rows}

    def with_verdicts(self, verdicts: Sequence[str]) -> Iterator[PolledRow]:
        """The rows with one of these verdicts."""
        names = {f"v{i}": verdict for i, verdict in enumerate(verdicts)}
        listed = ", ".join(f":{name}" for name in names)
        query = text(f"{_SELECT} WHERE verdict IN ({listed}) ORDER BY key_hash")
        for row in self.connection.execute(query, names).all():
            yield _row(row)

    def rejudge(self, rows: Sequence[tuple[bytes, str, int | None]]) -> None:
        """Change verdicts: hash, verdict, and the batch that is waited for."""
        query = text("UPDATE polled SET verdict = :verdict, blocker = :blocker WHERE key_hash = :key")
        if rows:
            self.connection.execute(
                query, [{"key": key, "verdict": said, "blocker": batch} for key, said, batch in rows]
            )

    def leave_out(self, keys: Sequence[bytes], verdict: str) -> None:
        """Give rows a verdict of their own; they lie in no part."""
        query = text("UPDATE polled SET verdict = :verdict, spooled = :no WHERE key_hash = :key")
        if keys:
            self.connection.execute(query, [{"key": key, "verdict": verdict, "no": False} for key in keys])

    def spooled_in_vain(self) -> list[PolledRow]:
        """Rows that lie in the parts although they are not to be claimed."""
        query = text(f"{_SELECT} WHERE spooled = :yes AND verdict <> 'claim'")
        return [_row(row) for row in self.connection.execute(query, {"yes": True})]

    def turn_unspooled_into_retries(self) -> None:
        """Rows that would be claimed but lie in no part are read again by the next poll."""
        query = text("UPDATE polled SET verdict = 'retry' WHERE spooled = :no AND verdict = 'claim'")
        self.connection.execute(query, {"no": False})

    def counts(self) -> dict[str, int]:
        """How many rows there are of each verdict."""
        rows = self.connection.execute(text("SELECT verdict, count(*) FROM polled GROUP BY verdict"))
        return {verdict: int(number) for verdict, number in rows}

    def claim(self, lane_id: int, batch_id: int) -> None:
        """Claim what is to be claimed; what only takes a new hash over is confirmed at once."""
        self.connection.execute(
            text(
                "INSERT INTO claim (lane_id, key_hash, batch_id, version_hash, key, mark, is_open, document_hash)"
                " SELECT :lane, key_hash, :batch, version_hash, key,"
                " CASE verdict WHEN 'claim' THEN :own ELSE :done END, is_open, document"
                " FROM polled WHERE verdict IN ('claim', 'rebaseline') ORDER BY key_hash"
            ),
            {"lane": lane_id, "batch": batch_id, "own": AS_BATCH, "done": CONFIRMED},
        )

    def remembered_open(self, lane_id: int) -> list[str]:
        """Keys that were open when last claimed, and that this poll has not read yet."""
        query = text(
            "SELECT DISTINCT c.key FROM claim c WHERE c.lane_id = :lane AND c.is_open = :yes AND NOT EXISTS"
            " (SELECT 1 FROM polled p WHERE p.key_hash = c.key_hash)"
        )
        return [row[0] for row in self.connection.execute(query, {"lane": lane_id, "yes": True})]

    def vanished(self, lane_id: int) -> list[tuple[bytes, str]]:
        """Keys that were confirmed once and that a whole reading of the table has not met."""
        query = text(
            "SELECT DISTINCT c.key_hash, c.key FROM claim c JOIN batch b ON b.id = c.batch_id"
            " WHERE c.lane_id = :lane AND (c.mark = 2 OR (c.mark = 0 AND b.state IN ('committed', 'abandoned')))"
            " AND NOT EXISTS (SELECT 1 FROM polled p WHERE p.key_hash = c.key_hash)"
            " AND NOT EXISTS (SELECT 1 FROM exception_item i WHERE i.lane_id = c.lane_id AND i.key_hash = c.key_hash"
            " AND i.kind = 'vanished' AND (i.state = 'open' OR i.closed_by <> 'engine'))"
        )
        return [(bytes(key), shown) for key, shown in self.connection.execute(query, {"lane": lane_id})]


def _row(row: Sequence[Any]) -> PolledRow:
    key, version, shown, verdict, blocker, is_open, spooled, as_before, document, standing, twin_of = row
    return PolledRow(
        bytes(key),
        bytes(version),
        str(shown),
        str(verdict),
        None if blocker is None else int(blocker),
        bool(is_open),
        bool(spooled),
        None if as_before is None else bytes(as_before),
        None if document is None else bytes(document),
        str(standing),
        twin_of,
    )
