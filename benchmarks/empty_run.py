"""What a run with nothing new costs: requests at SYSPRO and the partner, and seconds beyond Airflow's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.demo.stages import INBOUND
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.wiring import wire_syspro
from benchmarks import bare_dag
from benchmarks.parsing import DAGS, FLOW
from benchmarks.result import Result

TASKS = 26
_PATIENCE = 600.0


@dataclass(frozen=True)
class World:
    """A real Airflow, with scheduler and a process per task, between the sandbox's two servers."""

    airflow: ThrowawayAirflow
    syspro: SysproSandbox
    sftp: SftpSandbox

    def run(self, dag_id: str) -> float:
        """A whole run; returns its seconds by Airflow's own account, from its start to its end."""
        run_id = self.airflow.trigger(dag_id)
        state = self.airflow.wait(dag_id, run_id, timeout=_PATIENCE)
        tasks = len(self.airflow.task_states(dag_id, run_id))
        if (state, tasks) != ("success", TASKS):
            raise SystemExit(f"run {run_id} of {dag_id} with {tasks} tasks: {state}")
        run = self.airflow.run(dag_id, run_id)
        took = datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
        return took.total_seconds()

    def connections(self) -> int:
        """How often anybody has connected to the partner's server so far."""
        return sum(each.action == "connect" for each in self.sftp.operations)


def empty_run_extra(_share: float, repeat: int) -> list[Result]:
    """Medians of runs by turns with a bare DAG, after a first run has brought everything there is to the partner."""
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder, _world(Path(folder)) as world:
        return measured(world, repeat)


def measured(world: World, repeat: int) -> list[Result]:
    for dag_id in (FLOW, bare_dag.DAG_ID):
        world.run(dag_id)
    ours, theirs, requests, connections = [], [], [], []
    for turn in range(repeat):
        world.syspro.admin.clear_requests()
        before = world.connections()
        ours.append(world.run(FLOW))
        requests.append(len(world.syspro.admin.requests()))
        connections.append(world.connections() - before)
        theirs.append(world.run(bare_dag.DAG_ID))
        print(f"{turn + 1}/{repeat} {ours[-1]:.1f} s with {requests[-1]} requests, bare {theirs[-1]:.1f} s", flush=True)
    bare = median(theirs)
    return [
        Result("empty_run_extra", median(ours) - bare, "s", f"bare DAG of {TASKS} tasks", bare),
        Result("empty_run_extra_syspro", median(requests), "requests"),
        Result("empty_run_extra_sftp", median(connections), "sign-ins"),
    ]


@contextmanager
def _world(root: Path) -> Iterator[World]:
    dags = root / "dags"
    shutil.copytree(DAGS, dags)
    bare_dag.write(dags, TASKS)
    (root / "partner" / INBOUND).mkdir(parents=True)
    with SysproSandbox() as syspro, SftpSandbox(root / "partner", {"partner": "partner"}) as sftp:
        wiring = wire_syspro(syspro, sftp, root / "airflow")
        with ThrowawayAirflow(root / "airflow", dags, wiring.environment, wiring.connections) as airflow:
            yield World(airflow, syspro, sftp)
