"""A real Airflow with many small flows side by side, each with a source, a partner and disturbances of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.wiring import PARTNER_CONNECTION, SYSPRO_CONNECTION, wire_syspro
from tests.chaos.airflow.flow import ChaosFlow
from tests.servers.postgres import PostgresServer
from tests.support.preloaded import preload

FILES = Path(__file__).parents[2] / "dags" / "syspro_to_sftp"
DAG_FILE = Path(__file__).parents[1] / "chaos" / "airflow" / "dag_file.py"
AT_ONCE = 4


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
        connections = wire_syspro(syspro, sftp, self.airflow.home).connections
        self.airflow.set_connection(f"syspro_{name}", connections[SYSPRO_CONNECTION])
        self.airflow.set_connection(f"sftp_{name}", connections[PARTNER_CONNECTION])
        flow = ChaosFlow(name, self.root, self.airflow, syspro, sftp, self.postgres)
        if "ledger_conn_id" in scenario.options.get("settings", {}):
            flow.own_ledger.parent.mkdir(exist_ok=True)
            self.airflow.set_connection(f"ledger_{name}", {"conn_type": "sqlite", "host": str(flow.own_ledger)})
        return flow


@contextmanager
def chaos_world(root: Path, postgres: PostgresServer) -> Iterator[ChaosWorld]:
    """Start an Airflow without flows; what it leaves lies below `root`.

    Its database is PostgreSQL: over SQLite, Airflow's API server locks itself out when two people change something at
    once, because it writes its access log in its event loop.
    """
    (root / "dags").mkdir()
    home = (root / "airflow").resolve()
    preload(home)
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
