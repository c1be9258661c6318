"""A lane's whole world in memory, but for the ledger and the staging area, which are real: source, partner, Airflow."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from airflow_provider_mlconnector.engine import manifest
from airflow_provider_mlconnector.engine.committing import Committed, Retention, commit
from airflow_provider_mlconnector.engine.context import BatchReference, LaneContext, Seen
from airflow_provider_mlconnector.engine.delivering import Delivered, DeliverySettings, deliver
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.outputs import Output, OutputFile, Refused
from airflow_provider_mlconnector.engine.polling import Backfill, PollRequest, poll
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.cursor import FIRST_DATE
from airflow_provider_mlconnector.streams.declaration import DELETED, StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH, key_text
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow
from airflow_provider_mlconnector.streams.totals import ControlTotals
from tests.support.migrated import sqlite_ledger

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
LANE = LaneName("flow", "invoices", "partner")


def declaration(**changes: Any) -> StreamDeclaration:
    """A small stream of invoices, polled by the date they were entered."""
    declared = {
        "stream": "invoices",
        "table": "Invoice",
        "key": ["Supplier", "Invoice"],
        "columns": {
            "Supplier": "string(15)",
            "Invoice": "string(20)",
            "Entered": "datetime",
            "Amount": "decimal(14,2)",
            "Currency": "string(3)",
            "Note": "string(50)",
        },
        "detect": "cursor",
        "cursor": {"column": "Entered", "precision": "day", "lookback": "P2D"},
        "on_change": "send",
        "totals": {"amount": "Amount", "currency": "Currency"},
    }
    return StreamDeclaration.model_validate(declared | changes)


def row(number: int, day: int | None = 0, **changes: Any) -> dict[str, Any]:
    """An invoice entered some days after the start; `None` has no date."""
    entered = None if day is None else (START + day * DAY).replace(tzinfo=None)
    made = {
        "Supplier": "0000001",
        "Invoice": f"INV-{number:04d}",
        "Entered": entered,
        "Amount": Decimal(number) + Decimal("0.25"),
        "Currency": "EUR",
        "Note": "",
    }
    return made | changes


@dataclass
class MemorySource:
    """A source whose rows a test changes at will."""

    declared: StreamDeclaration
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    now: datetime = START
    page: int = 3
    unreadable: dict[Key, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    """Columns that the source lacks, or shows to this user no longer."""
    keyless: bool = False
    """Whether what can't be read lacks its key too."""
    reads: int = 0
    compares: bool = False
    """Whether deletions are found by the keys that are gone."""
    hidden: set[Key] = field(default_factory=set)
    """Keys that a reading of all keys does not see."""
    meanwhile: Callable[[], None] | None = None
    """What happens once, after the first page has been read."""

    def put(self, *rows: dict[str, Any]) -> None:
        """Insert or change rows."""
        for one in rows:
            self.rows[tuple(str(one[name]) for name in self.declared.key)] = one

    def clock(self) -> datetime:
        """The source's clock."""
        return self.now

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """See `StreamSource`."""

        def wanted(one: dict[str, Any]) -> bool:
            text = self._cursor(one)
            if clock is None:
                return text is not None and low <= text <= (high or "9")
            return text is None or low <= text <= (high or "9") or text > clock

        return self._pages(wanted)

    def everything(self) -> Iterator[Page]:
        """See `StreamSource`."""
        return self._pages(lambda _one: True)

    def still_open(self) -> Iterator[Page]:
        """See `StreamSource`: what is noted as open."""
        return self._pages(lambda one: one["Note"] == "open")

    def deletions(self) -> MemoryDeletions | None:
        """See `StreamSource`."""
        return MemoryDeletions(self) if self.compares else None

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """See `StreamSource`."""
        wanted = set(keys)
        return self._pages(lambda one: tuple(str(one[name]) for name in self.declared.key) in wanted)

    def _cursor(self, one: dict[str, Any]) -> str | None:
        value = one[self.declared.cursor.column] if self.declared.cursor else None
        text = value.strftime("%Y-%m-%dT%H:%M:%S.%f") if value else None
        return None if text is None or text < FIRST_DATE else text

    def _pages(self, wanted: Any) -> Iterator[Page]:
        last: Key = ()
        while True:
            keys = sorted(key for key, one in self.rows.items() if key > last and wanted(one))[: self.page]
            self.reads += 1
            if not keys:
                return
            last = keys[-1]
            good = [self.rows[key] for key in keys if key not in self.unreadable]
            bad = [
                RejectedRow(("",) * len(key) if self.keyless else key, self.unreadable[key], "raw")
                for key in keys
                if key in self.unreadable
            ]
            shown = [one | dict.fromkeys(self.absent) for one in good]
            yield Page(pa.Table.from_pylist(shown, schema=self.declared.schema()), bad, self.absent)
            happens, self.meanwhile = self.meanwhile, None
            if happens:
                happens()


@dataclass
class MemoryDeletions:
    """Finds deletions by keys; where the stream has the column `DELETED`, they are rows."""

    source: MemorySource

    def every_key(self) -> Iterator[Page]:
        """See `Deletions`."""
        source = self.source
        for page in source._pages(
            lambda one: tuple(str(one[name]) for name in source.declared.key) not in source.hidden
        ):
            yield Page(page.rows.select(list(source.declared.key)), page.rejected)

    def deleted(self, keys: Sequence[Key]) -> Page:
        """See `Deletions`."""
        declared = self.source.declared
        if not declared.shows_deleted():
            return Page(declared.schema().empty_table(), [RejectedRow(key, "deleted", "raw") for key in keys])
        rows = [{**dict(zip(declared.key, key, strict=True)), DELETED: True} for key in keys]
        return Page(pa.Table.from_pylist(rows, schema=declared.schema()))


@dataclass(frozen=True)
class Entry:
    """A file at the partner."""

    size: int


@dataclass
class MemorySite:
    """A partner's folder, with a history of every file that reached its final name."""

    files: dict[str, bytes] = field(default_factory=dict)
    arrived: list[tuple[str, bytes]] = field(default_factory=list)
    removes: bool = False

    def stat(self, name: str) -> Entry | None:
        """See `Site`."""
        return Entry(len(self.files[name])) if name in self.files else None

    def upload(self, name: str, source: BinaryIO, size: int) -> None:
        """See `Site`."""
        data = source.read()
        if len(data) != size:
            raise AssertionError((len(data), size))
        self.files[name] = data

    def sha256(self, name: str) -> str:
        """See `Site`."""
        return sha256(self.files[name]).hexdigest()

    def rename_new(self, old: str, new: str) -> None:
        """See `Site`."""
        if new in self.files or old not in self.files:
            raise FileExistsError(new)
        data = self.files.pop(old)
        self.arrived.append((new, data))
        if not self.removes:
            self.files[new] = data

    def remove(self, name: str) -> None:
        """See `Site`."""
        self.files.pop(name, None)

    def records(self) -> list[tuple[str, str, str]]:
        """Everything that has arrived, in order: key, amount, note."""
        lines = []
        for _name, data in self.arrived:
            lines += [tuple(line) for line in csv.reader(io.StringIO(data.decode()))]
        return [(line[0], line[1], line[2]) for line in lines]


@dataclass
class World:
    """One lane, its source, its partner and its runs; each task is called as Airflow would call it."""

    home: Path
    declared: StreamDeclaration = field(default_factory=declaration)
    url: str = ""
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    bad: set[str] = field(default_factory=set)
    folder: str = "in"
    zone: str = "UTC"
    sites: dict[str, MemorySite] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    xcom: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    last_commit: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.source = MemorySource(self.declared)
        self.site = MemorySite()
        self.staging = Staging(self.home / "staging")
        self.ledger = Ledger(self.url or sqlite_ledger(self.home / "ledger.db"), busy_timeout=5)
        self.retention = Retention(timedelta(days=400), timedelta(days=30))

    def context(self, run: str, task: str = "task") -> LaneContext:
        """The context of one task of one run."""
        seen = (Seen(self.last_commit["ledger"], self.last_commit["seq"]),) if self.last_commit else ()
        return LaneContext(self.ledger, self.staging, LANE, Actor(run, task, 1, "dag"), seen)

    def poll(self, run: str, backfill: Backfill | None = None) -> BatchReference:
        """The poll task."""
        request = PollRequest(
            self.declared,
            self.source,
            self.zone,
            run_finished=lambda batch: batch.run_id not in self.running,
            cause_gone=lambda cause: cause.removeprefix("bad:") not in self.bad,
            backfill=backfill,
            part_rows=4,
        )
        result = poll(self.context(run, "poll"), request)
        self.xcom[run, "poll"] = result.to_json()
        return result

    def format(self, run: str) -> dict[str, Any]:
        """The map and format tasks in one: key, amount and note as CSV; notes that are `bad` are refused."""
        with self.ledger.write() as connection:
            context = self.context(run)
            batch = context.batch_of(connection, context.lock(connection), self.xcom[run, "poll"]["batch"])
        if batch is None or batch.state != batches.STAGED:
            return self.xcom.get((run, "format"), {})
        rows = [one for table in manifest.rows_of(self.staging, batch) for one in table.to_pylist()]
        good = [one for one in rows if one["Note"] not in self.bad]
        refused = [
            Refused(one[KEY_HASH].hex(), one[KEY], "Note", "is bad", f"bad:{one['Note']}")
            for one in rows
            if one["Note"] in self.bad
        ]
        bad = pa.Table.from_pylist([one for one in rows if one["Note"] in self.bad], schema=self.declared.schema())
        output = self._write_output(batch, good, refused, totals.of_rows(bad, self.declared.totals))
        reference = {"batch": batch.id, "folder": output.folder, "sha256": output.write(self.staging)}
        self.xcom[run, "format"] = reference
        return reference

    def _write_output(
        self, batch: batches.Batch, rows: list[dict[str, Any]], refused: list[Refused], refused_totals: ControlTotals
    ) -> Output:
        folder = self.staging.new_folder(str(LANE), "output")
        files = []
        if rows:
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerows([key_text((one["Supplier"], one["Invoice"])), one["Amount"], one["Note"]] for one in rows)
            data = text.getvalue().encode()
            with self.staging.create(folder, "file") as file:
                file.write(data)
            keys = json.dumps(sorted(one[KEY_HASH].hex() for one in rows)).encode()
            digest = sha256(data).hexdigest()
            both = sha256(data + keys).hexdigest()
            name = f"invoices-{batch.id:06d}.csv"
            files.append(OutputFile(name, "file", "", len(data), digest, both, len(rows), len(rows), {}))
        sums = totals.of_rows(pa.Table.from_pylist(rows, schema=self.declared.schema()), self.declared.totals)
        amounts = (totals.to_json(sums), totals.to_json(refused_totals))
        return Output(batch.manifest_sha256, folder, files, refused, len(rows), *amounts)

    def deliver(self, run: str) -> Delivered:
        """The deliver task."""

        reference = (self.xcom[run, "poll"]["batch"], self.xcom.get((run, "format")))
        destination = Destination("partner", self.folder)
        return deliver(self.context(run, "deliver"), reference, destination, self.connect, self.settings)

    @contextmanager
    def connect(self, to: Destination) -> Iterator[MemorySite]:
        """The partner's folder."""
        yield self.sites.setdefault(to.folder, self.site)

    def commit(self, run: str) -> Committed:
        """The commit task."""
        result = commit(self.context(run, "commit"), self.xcom[run, "poll"]["batch"], self.retention)
        self.last_commit = result.to_json()
        return result

    def run(self, run: str, backfill: Backfill | None = None) -> Committed:
        """A whole run, from its first task to its last; also what clearing a whole run does."""
        self.poll(run, backfill)
        self.format(run)
        self.deliver(run)
        return self.commit(run)
