"""Files that came in, as a stream that polls read: their numbers are its cursor, the newest version of a key counts."""

from __future__ import annotations

import logging
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

import pyarrow as pa

from airflow_provider_mlconnector.engine.kept_files import cursor_of, number_of
from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.inbox import InboxFile, Place
from airflow_provider_mlconnector.pipeline.parsed_copy import ParsedCopies, ParsedCopy, rejected_key
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_texts
from airflow_provider_mlconnector.streams.source import Key, Page

log = logging.getLogger(__name__)

_AT_ONCE = 500
"""Keys of one question; any SQLite takes as many parameters."""
Keeps = Callable[[Sequence[str]], list[bool]]
FILE_NUMBER = "file_number"
"""The column that holds the cursor: the number of the file that a record came in."""
LOOKBACK = 1
"""The least that a rowversion looks back; an ordinary window begins after it, because no smaller number comes late."""


class ReceivedSource:
    """One kind of record out of the files of one place.

    Args:
        ledger: where the files are numbered.
        place: where they came in.
        copies: their records.
        declaration: the stream that they are read as.
        page_rows: records of a page.
    """

    def __init__(
        self,
        ledger: Ledger,
        place: Place,
        copies: ParsedCopies,
        declaration: StreamDeclaration,
        page_rows: int = 10_000,
    ) -> None:
        self._ledger = ledger
        self._place = place
        self._copies = copies
        self._schema = declaration.schema()
        self._key = declaration.key
        self._page_rows = page_rows

    def clock(self) -> datetime:
        """Now: no clock bounds file numbers."""
        return datetime.now(UTC)

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """The records of the files with these numbers, the oldest file first; of each key the newest version alone.

        An ordinary window (`clock` is not None) begins after the number up to which the lane is committed.
        """
        first = number_of(low) + (LOOKBACK + 1 if clock is not None and low else 0)
        last = number_of(high) if high else None
        ranked = self._ranked()
        chosen = [place for place, unit in enumerate(ranked) if _within(unit, first, last)]
        if gone := [ranked[place][0].name for place in chosen if not ranked[place][0].staged]:
            log.warning("%d files of this window have expired, and are not read: %s", len(gone), ", ".join(gone[:20]))
        chosen = [place for place in chosen if ranked[place][0].staged]
        yield from self._newest_versions(ranked, chosen)
        if chosen:
            # A file of bad rows alone, or of records that newer files hold too, has been read as well.
            newest = max(ranked[place][0].number or 0 for place in chosen)
            yield Page(self._schema.empty_table(), read_to=cursor_of(newest))

    def everything(self) -> Iterator[Page]:
        """The newest version of every key in the files that are still kept."""
        return self.window("", "", None)

    def still_open(self) -> Iterator[Page]:
        """Nothing: what is open at the partner's, files do not say."""
        return iter(())

    def deletions(self) -> None:
        """Nothing: what a file does not list any more may lie before the time that it was made for."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """The records with these keys, each from the newest file that holds it."""
        wanted = {key_text(key) for key in keys}
        for unit, copy, found in self._holders(wanted):
            yield from self._pages(unit, copy, _among(found))

    def newest_with(self, keys: Collection[str]) -> set[int]:
        """The numbers of the files that are the newest to hold one of these keys (in `key_text` form)."""
        return {unit[0].number or 0 for unit, _, _ in self._holders(set(keys))}

    def _holders(self, wanted: set[str]) -> Iterator[tuple[list[InboxFile], ParsedCopy, set[str]]]:
        for unit in reversed(self._ranked()):
            copy = self._copies.of(unit) if wanted and unit[0].staged else None
            if copy is None:
                continue
            found = {key for keys in copy.keys(self._page_rows) for key in keys if key in wanted}
            if found:
                wanted = wanted - found
                yield unit, copy, found

    def _ranked(self) -> list[list[InboxFile]]:
        """The kept files and pairs, from the oldest state of affairs at the partner's to the newest.

        That is by their time there, not by their number: a file that comes late, or is read again, is no newer for it.
        """
        with self._ledger.read() as connection:
            kept = inbox.in_states(connection, self._place, [inbox.KEPT])
        grouped: dict[int, list[InboxFile]] = {}
        for file in kept:
            grouped.setdefault(file.number or 0, []).append(file)
        return sorted(grouped.values(), key=_rank)

    def _newest_versions(self, ranked: Sequence[list[InboxFile]], chosen: Sequence[int]) -> Iterator[Page]:
        """The records of the chosen files, without those of which a newer file holds another version."""
        if not chosen:
            return
        others = [place for place in range(chosen[0], len(ranked)) if ranked[place][0].staged]
        if others == list(chosen) and len(chosen) == 1:
            copy = self._copies.of(ranked[chosen[0]])
            if copy is not None:
                yield from self._pages(ranked[chosen[0]], copy, _all_of)
            return
        with _KeyRanks() as ranks:
            for place in others:
                copy = self._copies.of(ranked[place])
                if copy is not None:
                    for keys in copy.keys(self._page_rows):
                        ranks.put(keys, place)
            for place in chosen:
                copy = self._copies.of(ranked[place])
                if copy is not None:
                    yield from self._pages(ranked[place], copy, ranks.newest_in(place))

    def _pages(self, unit: Sequence[InboxFile], copy: ParsedCopy, keeps: Keeps) -> Iterator[Page]:
        names = " and ".join(file.name for file in unit)
        for table in copy.tables(self._page_rows):
            mask = keeps(key_texts(table, self._key).to_pylist())
            kept = table if all(mask) else table.filter(pa.array(mask, pa.bool_()))
            if kept.num_rows:
                yield Page(self._with_number(kept, unit[0].number or 0))
        for rejected in copy.refusals(self._page_rows):
            shown = [rejected_key(row) for row in rejected]
            chosen = [row for row, key, kept in zip(rejected, shown, keeps(shown), strict=True) if kept or not key]
            if chosen:
                named = [replace(row, reason=f"{names}: {row.reason}") for row in chosen]
                yield Page(self._schema.empty_table(), named)

    def _with_number(self, rows: pa.Table, number: int) -> pa.Table:
        numbered = rows.append_column(FILE_NUMBER, pa.array([cursor_of(number)] * rows.num_rows, pa.string()))
        return numbered.select(self._schema.names).cast(self._schema)


class _KeyRanks:
    """Which file holds the newest version of each key: on disk, because there may be millions."""

    def __init__(self) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="mlconnector-keys-")  # noqa: SIM115 - as long as this
        self._database = sqlite3.connect(self._file.name, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE newest (key TEXT PRIMARY KEY, rank INTEGER NOT NULL) WITHOUT ROWID")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file."""
        self._database.close()
        self._file.close()

    def put(self, keys: Sequence[str], rank: int) -> None:
        """A file of this rank holds these keys; ranks come in growing order."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO newest VALUES (?, ?)", [(key, rank) for key in keys])
        self._database.execute("COMMIT")

    def newest_in(self, rank: int) -> Keeps:
        """Tells of keys whether this file is the newest that holds them."""

        def keeps(keys: Sequence[str]) -> list[bool]:
            newest: set[str] = set()
            for start in range(0, len(keys), _AT_ONCE):
                some = list(keys[start : start + _AT_ONCE])
                marks = ",".join("?" * len(some))
                query = f"SELECT key FROM newest WHERE rank = ? AND key IN ({marks})"  # noqa: S608 - only marks
                newest.update(key for (key,) in self._database.execute(query, [rank, *some]))
            return [key in newest for key in keys]

        return keeps


def _all_of(keys: Sequence[str]) -> list[bool]:
    return [True] * len(keys)


def _among(found: Collection[str]) -> Keeps:
    return lambda keys: [key in found for key in keys]


def _within(unit: Sequence[InboxFile], first: int, last: int | None) -> bool:
    number = unit[0].number or 0
    return first <= number and (last is None or number <= last)


def _rank(unit: Sequence[InboxFile]) -> tuple[datetime, str, int]:
    newest = max(unit, key=lambda file: (file.modified, file.name))
    return (newest.modified, newest.name, newest.number or 0)
