"""A real Airflow with many small flows side by side, each with a source, a partner and disturbances of its own."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.wiring import PARTNER_CONNECTION, SYSPRO_CONNECTION, wire
from tests.servers.postgres import PostgresServer

FILES = Path(__file__).parents[2] / "dags" / "syspro_to_sftp"
DAG_FILE = Path(__file__).parents[1] / "chaos" / "airflow" / "flows.py"
TASKS = ("poll", "map", "format", "deliver", "commit")
AT_ONCE = 4
PATIENCE = 200
ENDS = ("success", "failed")
_LOOK = 0.7
_PACKAGE = "airflow_provider_mlconnector"
_IMPORTED = (
    *(f"{_PACKAGE}.engine.{name}" for name in ("polling", "delivering", "committing")),
    *(f"{_PACKAGE}.pipeline.{name}" for name in ("mapped", "formatted", "sending")),
    *(f"{_PACKAGE}.hooks.{name}" for name in ("syspro", "partner_sftp", "ledger")),
    f"{_PACKAGE}.operators.file_stream",
    f"{_PACKAGE}.ledger.migration",
    f"{_PACKAGE}.systems.sftp.connect",
    f"{_PACKAGE}.systems.syspro.connection",
    f"{_PACKAGE}.systems.syspro.odata_reader",
    "pyarrow.parquet",
)


@dataclass(frozen=True)
class Scenario:
    """What one flow goes through.

    Attributes:
        name: the DAG's id.
        play: does it.
        options: of the DAG; see `_DEFAULTS`.
        copied: whether a copy of the DAG, `<name>_copy`, stands beside it.
        company: arguments of its `SysproSandbox`.
    """

    name: str
    play: Callable[[ChaosFlow], None]
    options: Mapping[str, Any] = field(default_factory=dict)
    copied: bool = False
    company: Mapping[str, Any] = field(default_factory=dict)


_DEFAULTS: dict[str, Any] = {
    "retries": 0,
    "schedule": "",
    "start_date": "",
    "catchup": False,
    "max_active_runs": 1,
    "partner_removes_files": False,
    "settings": {},
}


@dataclass
class ChaosFlow:
    """One flow: a DAG, its own SYSPRO, its own partner."""

    name: str
    world: ChaosWorld
    syspro: SysproSandbox
    sftp: SftpSandbox
    runs: Counter[str] = field(default_factory=Counter)

    @property
    def airflow(self) -> ThrowawayAirflow:
        """The Airflow that it runs in."""
        return self.world.airflow

    # What a person does in the UI.

    def start(self, dag: str = "", **how: Any) -> str:
        """Trigger a run; returns its id."""
        dag = dag or self.name
        self.runs[dag] += 1
        return self.airflow.trigger(dag, run_id=f"run_{self.runs[dag]}", **how)

    def run(self, expected: str = "success", **how: Any) -> str:
        """A whole run, to its expected end; returns its id."""
        run_id = self.start(**how)
        self.settle(run_id, expected)
        return run_id

    def settle(self, run_id: str, expected: str = "success", dag: str = "") -> None:
        """Wait until a run has ended as expected."""
        state = self.ended(run_id, dag)
        assert state == expected, (state, self.states(run_id, dag))

    def ended(self, run_id: str, dag: str = "") -> str:
        """Wait until a run has ended; returns how."""
        found: list[str] = []
        self.until(lambda: found.append(self.airflow.run(dag or self.name, run_id)["state"]) or found[-1] in ENDS)
        return found[-1]

    def clear(self, run_id: str, *tasks: str, downstream: bool = False, expected: str = "success") -> None:
        """Clear tasks, and wait for the run's end."""
        named = [f"s.{task}" for task in tasks] or None
        self.airflow.clear(self.name, run_id, named, downstream=downstream)
        self.settle(run_id, expected)

    def clear_failed(self, run_id: str) -> None:
        """Clear what has failed, and what waited for it, until the run ends well: each disturbance comes once."""
        for _ in TASKS:
            self.airflow.clear(self.name, run_id, only_failed=True)
            if self.ended(run_id) == "success":
                return
        raise AssertionError(f"stuck: {self.states(run_id)}")

    def states(self, run_id: str, dag: str = "") -> dict[str, str | None]:
        """The states of a run's tasks, by their short names."""
        found = self.airflow.task_states(dag or self.name, run_id)
        return {name.removeprefix("s."): task.state for name, task in found.items()}

    def log(self, run_id: str, task: str, try_number: int = 1) -> str:
        """The log of one try."""
        return self.airflow.task_log(self.name, run_id, f"s.{task}", try_number)

    # Disturbances.

    def order(self, task: str, point: str, action: str = "kill", nth: int = 1) -> None:
        """Have a task of the next tries be killed, paused or failed at a failure point, once.

        Args:
            task: which.
            point: see `points.py`.
            action: `kill` (SIGKILL), `fail` (an error), `pause` (SIGSTOP), `pause_worker` (its supervisor as well).
            nth: the so manieth time that this try comes there.
        """
        folder = self.world.root / "orders" / self.name / f"s.{task}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(list(folder.iterdir())):03d}"
        (folder / f"{name}.new").write_text(json.dumps({"point": point, "action": action, "nth": nth}))
        (folder / f"{name}.new").rename(folder / f"{name}.json")

    def paused(self, task: str) -> list[psutil.Process]:
        """Wait until a task has stopped as ordered; returns its process, and its supervisor's."""
        folder = self.world.root / "orders" / self.name / f"s.{task}"
        self.until(lambda: any(folder.glob("*.done")))
        found = [psutil.Process(int(pid)) for pid in max(folder.glob("*.done")).read_text().split()]
        self.until(lambda: found[0].status() == psutil.STATUS_STOPPED)
        return found

    @staticmethod
    def until(true: Callable[[], Any]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, "it never came to be"
            time.sleep(_LOOK)

    # What is true in the end.

    def arrived(self) -> list[tuple[str, ...]]:
        """The records that have arrived at the partner, file by file in the order of their numbers."""
        root = self.world.root / "partners" / self.name
        lines: list[tuple[str, ...]] = []
        for file in sorted([*(root / "in").iterdir(), *(root / "taken").iterdir()], key=lambda file: file.name):
            if file.name.startswith("."):
                continue
            rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
            lines += [(row["Supplier"], row["Invoice"], row["Amount"]) for row in rows]
        return lines

    def source(self) -> list[tuple[str, ...]]:
        """The invoices at the source that can be mapped."""
        rows = self.syspro.admin.rows("ApInvoice")
        return [(row["Supplier"], row["Invoice"], row["OrigInvValue"]) for row in rows if row["InvoiceDate"]]

    def check_each_once(self) -> None:
        """Every invoice of the source lies at the partner once, no order is left, and the watermark is right."""
        arrived, source = Counter(self.arrived()), Counter(self.source())
        assert not source - arrived, f"lost: {source - arrived}"
        assert not arrived - source, f"doubled or unknown: {arrived - source}"
        left = list((self.world.root / "orders" / self.name).rglob("*.json"))
        assert not left, f"the disturbance never came: {left}"
        assert self.watermark() == self.newest_cursor()

    def newest_cursor(self) -> str:
        """Rule 9's watermark once all is committed: the greatest cursor that is not beyond the source's clock."""
        today = self.syspro.admin.state()["local"][:10]
        dates = [row["JournalDate"] for row in self.syspro.admin.rows("ApInvoice") if row["JournalDate"]]
        return max(date for date in dates if date[:10] <= today) + ".000000"

    def ledger(self) -> Ledger:
        """The flow's ledger, to be read."""
        return Ledger(f"sqlite:///{self.airflow.home / 'mlconnector' / 'ledger.db'}", upgrade=False)

    def watermark(self) -> str:
        """The lane's watermark."""
        with self.ledger().read() as connection:
            query = select(schema.lane.c.watermark).where(schema.lane.c.flow == self.name)
            return str(connection.execute(query).scalar_one())


@dataclass
class ChaosWorld:
    """The running Airflow, and the flows that play in it."""

    root: Path
    airflow: ThrowawayAirflow
    postgres: PostgresServer
    servers: ExitStack

    def play(self, module: str, scenarios: Sequence[Scenario]) -> dict[str, Future[None]]:
        """Put the scenarios' flows into Airflow, and begin to play them, a few at a time; returns how each ends."""
        flows = {scenario.name: self._flow(scenario) for scenario in scenarios}
        settings = {}
        for one in scenarios:
            for name in [one.name, f"{one.name}_copy"] if one.copied else [one.name]:
                settings[name] = {**_DEFAULTS, "flow": one.name, **one.options}
        dags = self.airflow.dags
        (dags / f"{module}.json").write_text(json.dumps(settings))
        shutil.copy(DAG_FILE, dags / f"{module}.py")
        pool = self.servers.enter_context(ThreadPoolExecutor(AT_ONCE))
        return {one.name: pool.submit(one.play, flows[one.name]) for one in scenarios}

    def _flow(self, scenario: Scenario) -> ChaosFlow:
        name = scenario.name
        shutil.copytree(FILES, self.airflow.dags / "files" / name)
        partner = self.root / "partners" / name
        for folder in ("in", "taken"):
            (partner / folder).mkdir(parents=True)
        syspro = self.servers.enter_context(SysproSandbox(**{"scale": 10, **scenario.company}))
        sftp = self.servers.enter_context(SftpSandbox(partner, {"partner": "sftp-pass-word"}))
        connections = wire(syspro, sftp, self.airflow.home).connections
        self.airflow.set_connection(f"syspro_{name}", connections[SYSPRO_CONNECTION])
        self.airflow.set_connection(f"sftp_{name}", connections[PARTNER_CONNECTION])
        return ChaosFlow(name, self, syspro, sftp)


@contextmanager
def chaos_world(root: Path, postgres: PostgresServer) -> Iterator[ChaosWorld]:
    """Start an Airflow without flows; what it leaves lies below `root`.

    Its database is PostgreSQL: over SQLite, Airflow's API server locks itself out when two people change something at
    once, because it writes its access log in its event loop.
    """
    (root / "dags").mkdir()
    home = (root / "airflow").resolve()
    (home / "config").mkdir(parents=True)
    # Tasks are forked from the scheduler: what it has imported, none of them imports again.
    (home / "config" / "airflow_local_settings.py").write_text("".join(f"import {name}\n" for name in _IMPORTED))
    environment = {
        "AIRFLOW__MLCONNECTOR__STAGING_PATH": str(home / "staging"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # Only what this Airflow never does asks its database asynchronously.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"sqlite+aiosqlite:///{home / 'unused.db'}",
    }
    airflow = ThrowawayAirflow(
        home, root / "dags", environment, parallelism=AT_ONCE + 2, database_url=postgres.database(), schedule=True
    )
    with airflow, ExitStack() as servers:
        yield ChaosWorld(root, airflow, postgres, servers)
