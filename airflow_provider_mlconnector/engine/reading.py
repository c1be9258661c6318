"""What one poll reads: rows judged as they come, kept as parts of a batch to be, in flat memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.engine.cancelling import with_what_was_sent
from airflow_provider_mlconnector.engine.gone import Absent
from airflow_provider_mlconnector.engine.judging import Bench
from airflow_provider_mlconnector.engine.rules import Judgement, Standing, Verdict
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import claims
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.key_page import KeyPage
from airflow_provider_mlconnector.ledger.polled import Polled
from airflow_provider_mlconnector.staging.store import StagedFile, Staging
from airflow_provider_mlconnector.streams import cursor, totals
from airflow_provider_mlconnector.streams.conditions import matches
from airflow_provider_mlconnector.streams.fingerprint import (
    KEY,
    KEY_HASH,
    VERSION_HASH,
    document_hashes,
    hash_version,
    key_hash,
    key_text,
    with_fingerprints,
)
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from airflow_provider_mlconnector.streams.totals import ControlTotals

log = logging.getLogger(__name__)

# More unreadable rows than this mean that the declaration does not fit, not that some rows are bad.
_MOST_UNREADABLE = 10_000


def shown_key(row: RejectedRow) -> str:
    """The key of a row that can't be read, as people see it; empty where the key can't be read either."""
    return key_text(row.key) if row.has_key else ""


@dataclass
class Reading:
    """The rows of one poll.

    Attributes:
        bench: what rows are judged by.
        items: the lane's open exceptions.
        polled: the keys read so far.
        staging: where parts are written.
        folder: the folder of the batch to be.
        part_rows: rows per part.
        log_every: seconds between two lines of progress.
    """

    bench: Bench
    items: Mapping[bytes, ExceptionItem]
    polled: Polled
    staging: Staging
    folder: str
    part_rows: int = 50_000
    log_every: float = 10
    parts: list[StagedFile] = field(default_factory=list)
    unreadable: dict[bytes, RejectedRow] = field(default_factory=dict)
    open_again: list[bytes] = field(default_factory=list)
    no_longer_open: list[bytes] = field(default_factory=list)
    absent: Absent = field(default_factory=Absent)
    totals: ControlTotals = field(default_factory=dict)
    greatest_cursor: str | None = None
    read: int = 0
    pages: int = 0
    _settled: bool = False
    _known: bool | None = None
    _waiting: list[pa.Table] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _logged: float = field(default_factory=time.monotonic)

    def take(self, pages: Iterator[Page], high: str | None) -> None:
        """Read pages to their end.

        Args:
            pages: from the source.
            high: the window's upper end, if these rows count for the watermark; None if they do not.
        """
        for page in map(self._of_known, pages):
            self.pages += 1
            self.refuse(page.rejected)
            if page.rows.num_rows:
                self._note_absent(page.absent)
                self._take_rows(with_fingerprints(page.rows, self.bench.declaration, page.absent), high)
            if high is not None and page.read_to:
                self.greatest_cursor = max(self.greatest_cursor or "", page.read_to)
            self._progress()
        self._settle()

    def _of_known(self, page: Page) -> Page:
        """The page without what it says of records that this lane has never claimed, where it is only of known ones."""
        if not page.of_known:
            return page
        keys = with_fingerprints(page.rows, self.bench.declaration, page.absent)[KEY_HASH].to_pylist()
        told = [key_hash(shown_key(row)) for row in page.rejected]
        with self.polled.connection.begin():
            known = claims.of_keys(self.polled.connection, self.bench.lane_id, [*keys, *told])
        rows = page.rows.filter(pa.array([key in known for key in keys], pa.bool_()))
        rejected = [row for row, key in zip(page.rejected, told, strict=True) if key in known]
        return replace(page, rows=rows, rejected=rejected)

    def _note_absent(self, absent: frozenset[str]) -> None:
        """Before the first rows are judged: what their versions are made of."""
        if absent != self.bench.absent:
            made_of = hash_version(self.bench.declaration, absent)
            self.bench = replace(self.bench, absent=absent, hash_version=made_of)

    def finish(self) -> None:
        """Write the last part."""
        self._flush()
        seconds = max(time.monotonic() - self._started, 1e-6)
        log.info(
            "%d rows read on %d pages in %.1f s (%.0f rows/s)", self.read, self.pages, seconds, self.read / seconds
        )

    def _take_rows(self, rows: pa.Table, high: str | None) -> None:
        with self.polled.connection.begin():
            rows = self._without_repeats(rows)
            chosen = with_what_was_sent(self, self._judge(rows)) if rows.num_rows else rows
        self.read += rows.num_rows
        if high is not None:
            self._look_at_cursors(rows, high)
        if chosen.num_rows:
            self.totals = totals.added(self.totals, totals.of_rows(chosen, self.bench.declaration.totals))
            self._waiting.append(chosen)
            if sum(table.num_rows for table in self._waiting) >= self.part_rows:
                self._flush()

    def _without_repeats(self, rows: pa.Table) -> pa.Table:
        """The first reading of a key counts: a later reading may repeat what the first has brought.

        Within the first reading, which is the longest, repeats are looked for once, at its end.
        """
        keys = rows[KEY_HASH].to_pylist()
        before = self.polled.known_already(keys) if self._settled else set()
        if not before and len(set(keys)) == len(keys):
            return rows
        self._check_key(rows)
        fresh = []
        for key in keys:
            fresh.append(key not in before)
            before.add(key)
        return rows.filter(pa.array(fresh, pa.bool_()))

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        with self.polled.connection.begin():
            self.polled.index()
            repeated = self.polled.repeated()
            if not repeated:
                return
            wanted = self.polled.spooled_first(repeated)
            self.read -= self.polled.drop_repeats()
        self._flush()

        def first(key: bytes) -> bool:
            if key not in repeated:
                return True
            found = key in wanted
            wanted.discard(key)
            return found

        self.keep_in_parts(first)

    def keep_in_parts(self, keeps: Callable[[bytes], bool]) -> None:
        """Take rows out of the parts again.

        Args:
            keeps: whether a row stays, by its key's hash; asked in the order in which the rows were read.
        """
        kept_parts, self.totals = [], {}
        for part in self.parts:
            rows = self.staging.read_part(self.folder, part)
            kept = rows.filter(pa.array([keeps(key) for key in rows[KEY_HASH].to_pylist()], pa.bool_()))
            if kept.num_rows:
                kept_parts.append(self.staging.write_part(self.folder, part.name, kept))
                self.totals = totals.added(self.totals, totals.of_rows(kept, self.bench.declaration.totals))
        self.parts = kept_parts

    def drop_unclaimed(self) -> None:
        """Take rows out of the parts that lie there and are not to be claimed any more."""
        dropped = {row.key_hash for row in self.polled.spooled_in_vain()}
        if dropped:
            self.keep_in_parts(lambda key: key not in dropped)

    def _check_key(self, rows: pa.Table) -> None:
        """Two different rows of one page with one key are no repetition: one of them would never be sent."""
        seen: dict[bytes, bytes] = {}
        columns = (rows[name].to_pylist() for name in (KEY_HASH, VERSION_HASH, KEY))
        for key, version, shown in zip(*columns, strict=True):
            if seen.setdefault(key, version) != version:
                declared = self.bench.declaration
                raise IntegrityError(
                    f"{declared.table} has different rows with the key {shown} ({'/'.join(declared.key)}).",
                    "The stream's declared key does not tell its rows apart; add the columns that do.",
                )

    def _judge(self, rows: pa.Table) -> pa.Table:
        """Judge rows, and keep the verdicts; returns those that are to be claimed."""
        declaration = self.bench.declaration
        keys, versions, shown = (rows[name].to_pylist() for name in (KEY_HASH, VERSION_HASH, KEY))
        is_open = matches(rows, declaration.open_when) if declaration.open_when else [False] * len(keys)
        page = KeyPage(keys, versions, shown, is_open)
        plain = self._plainly_known(page)
        if plain:
            self.polled.add_page(page.at(plain), str(Verdict.KNOWN))
            page = page.at(plain, others=True)
            left = pa.array([place not in plain for place in range(rows.num_rows)], pa.bool_())
            rows = rows.filter(left)
        return self._judge_each(rows, page) if len(page) else rows

    def _plainly_known(self, page: KeyPage) -> set[int]:
        if not self._anything_known():
            return set()
        bench = self.bench
        found = claims.plainly_known(self.polled.connection, bench.lane_id, bench.hash_version, page)
        singled_out = self._singled_out(page.keys)
        return {place for place in found if page.keys[place] not in singled_out} if singled_out else set(found)

    def _singled_out(self, keys: Sequence[bytes]) -> set[bytes]:
        apart = (self.items, self.bench.dismissed, self.bench.due)
        return {key for key in keys if any(key in some for some in apart)} if any(apart) else set()

    def _judge_each(self, rows: pa.Table, page: KeyPage) -> pa.Table:
        connection, lane_id = self.polled.connection, self.bench.lane_id
        if self.bench.declaration.document:
            page = replace(page, documents=document_hashes(rows, self.bench.declaration))
        documents = page.documents or [None] * len(page)
        known = claims.of_keys(connection, lane_id, page.keys) if self._anything_known() else {}
        standings = self.bench.standings(rows)
        plain = all(each is Standing.CURRENT for each in standings)
        if not known and plain and not self._singled_out(page.keys):
            self.polled.add_page(page, str(Verdict.CLAIM))
            return rows
        as_before = self.bench.as_before(rows, page.keys, known)
        records, chosen = [], []
        columns = (page.keys, page.versions, page.shown, page.is_open, documents, standings)
        for key, version, text, still_open, document, standing in zip(*columns, strict=True):
            history, item, before = known.get(key, ()), self.items.get(key), as_before.get(key)
            new = standing is Standing.CURRENT and not (history or item or key in self.bench.dismissed)
            judged = _NEW if new else self.bench.judge(version, key, history, item, before, standing=standing)
            claimed = judged.verdict is Verdict.CLAIM
            if history and still_open != any(row.is_open for row in history):
                (self.open_again if still_open else self.no_longer_open).append(key)
            said = (str(judged.verdict), judged.blocker, still_open, claimed)
            records.append((key, version, text, *said, before, document, str(standing)))
            chosen.append(claimed)
        self.polled.add(records)
        return rows.filter(pa.array(chosen, pa.bool_()))

    def _anything_known(self) -> bool:
        # Where another poll claims something meanwhile, all is judged again before it is staged.
        if self._known is None:
            self._known = claims.any_of_lane(self.polled.connection, self.bench.lane_id)
        return self._known

    def _look_at_cursors(self, rows: pa.Table, high: str) -> None:
        greatest = pc.max(self._cursors_within(rows, high)).as_py()
        if greatest is not None:
            self.greatest_cursor = max(self.greatest_cursor or "", greatest)

    def _cursors_within(self, rows: pa.Table, high: str) -> pa.ChunkedArray | pa.Array:
        field_ = self.bench.declaration.cursor
        if field_ is None:
            return pa.array([], pa.string())
        values = cursor.texts(rows[field_.column])
        return pc.filter(values, pc.less_equal(values, high)) if high else values

    def refuse(self, rejected: Sequence[RejectedRow]) -> None:
        """Keep rows that can't be read, each once."""
        before = len(self.unreadable)
        for row in rejected:
            self.unreadable.setdefault(key_hash(shown_key(row) or row.raw), row)
        self.read += len(self.unreadable) - before
        if len(self.unreadable) > _MOST_UNREADABLE:
            first = next(iter(self.unreadable.values()))
            raise IntegrityError(
                f"more than {_MOST_UNREADABLE} rows of {self.bench.declaration.table} can't be read, the first because "
                f"of this: {first.reason}.",
                "The stream's declared columns do not fit the table; correct the declaration.",
            )

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            name = f"rows-{len(self.parts):05d}.parquet"
            self.parts.append(self.staging.write_part(self.folder, name, table))
            self._waiting = []

    def _progress(self) -> None:
        now = time.monotonic()
        if now - self._logged >= self.log_every:
            self._logged = now
            log.info(
                "%d rows read on %d pages so far (%.0f rows/s)",
                self.read,
                self.pages,
                self.read / (now - self._started),
            )


_NEW = Judgement(Verdict.CLAIM)
