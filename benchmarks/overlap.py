"""What judging a window costs: a poll whose rows are all known, against a ledger that remembers ten times as many."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import pyarrow as pa
from sqlalchemy import text

from airflow_provider_mlconnector.engine.context import BatchReference, LaneContext
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.staging.store import Staging
from benchmarks.end_to_end import declaration
from benchmarks.prepared import PreparedSource, pages
from benchmarks.result import Result
from tests.servers.postgres import PostgresServer

_REMEMBERED = 1_000_000
_KNOWN_OF = 10
_BATCHES = 10


def overlap_check_sqlite(share: float, repeat: int) -> list[Result]:
    """Seconds of a poll with the embedded ledger, and what the ledger's file takes per remembered row."""
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        file = Path(folder) / "ledger.db"
        world = World(f"sqlite:///{file}", Path(folder), round(_REMEMBERED * share))
        empty = file.stat().st_size
        world.fill()
        grown = file.stat().st_size - empty
        return world.results("overlap_check_sqlite", grown, repeat)


def overlap_check_postgres(share: float, repeat: int) -> list[Result]:
    """The same with a ledger in PostgreSQL; the size is that of the claims' table with its indexes."""
    with PostgresServer() as server, tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        world = World(server.database(), Path(folder), round(_REMEMBERED * share))
        world.fill()
        with world.ledger.read() as connection:
            size = connection.execute(text("SELECT pg_total_relation_size('claim')")).scalar_one()
        return world.results("overlap_check_postgres", int(size), repeat)


class World:
    """One lane whose ledger remembers so many invoices."""

    def __init__(self, url: str, folder: Path, remembered: int) -> None:
        self.ledger = Ledger(url)
        self._staging = Staging(folder / "staging")
        self._declared = declaration()
        self._remembered = remembered

    def fill(self) -> None:
        """By the engine's own polls, each of whose batches is then taken as committed."""
        each = self._remembered // _BATCHES
        for number in range(_BATCHES):
            chunk = range(number * each, (number + 1) * each)
            staged = self._poll(f"fill {number}", pages(self._declared, chunk))
            self._commit(staged)

    def results(self, name: str, size: int, repeat: int) -> list[Result]:
        """Measure, with the known rows spread over all batches."""
        known = list(pages(self._declared, range(0, self._remembered, _KNOWN_OF)))
        rows = sum(page.num_rows for page in known)
        seconds = []
        for number in range(repeat):
            started = time.perf_counter()
            staged = self._poll(f"known {number}", known)
            seconds.append(time.perf_counter() - started)
            if (staged.figures["counts"]["read"], staged.figures["rows"]) != (rows, 0):
                raise SystemExit(f"{rows} known rows were to be skipped: {staged.figures}")
            self._commit(staged)
            print(f"{number + 1}/{repeat} {name}: {rows:,} known rows in {seconds[-1]:.2f} s", flush=True)
        return [
            Result(name, median(seconds), "s"),
            Result(f"{name}_ledger_size", size / self._remembered, "bytes/row"),
        ]

    def _poll(self, run: str, prepared: Iterable[pa.Table]) -> BatchReference:
        name = LaneName("bench", "ap_invoices", "partner")
        context = LaneContext(self.ledger, self._staging, name, Actor(run, "poll", 1, "bench"))
        request = PollRequest(self._declared, PreparedSource(prepared), "UTC", lambda _run: False)
        return poll(context, request)

    def _commit(self, staged: BatchReference) -> None:
        with self.ledger.write() as connection:
            batches.change_state(connection, staged.batch, batches.STAGED, batches.COMMITTED)
