"""One flow: what a person does with it in the UI, and what disturbs it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.wiring import PARTNER_CONNECTION, SYSPRO_CONNECTION, wire_syspro
from tests.chaos.airflow.looks import Looks
from tests.servers.postgres import PostgresServer

TASKS = ("poll", "map", "format", "deliver", "commit")
ENDS = ("success", "failed")
PATIENCE = 200
_LOOK = 0.7


@dataclass
class ChaosFlow(Looks):
    """One flow: a DAG, its own SYSPRO, its own partner.

    Attributes:
        sftp: the partner's server.
        postgres: for further databases.
    """

    sftp: SftpSandbox
    postgres: PostgresServer
    runs: Counter[str] = field(default_factory=Counter)

    # What a person does in the UI.

    def unpause(self) -> None:
        """Let a scheduled flow run, once Airflow knows it."""
        self.airflow.wait_for_dag(self.name)
        self.airflow.unpause(self.name)

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
        self.until(lambda: self.airflow.run(dag or self.name, run_id)["state"] in ENDS)
        return str(self.airflow.run(dag or self.name, run_id)["state"])

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

    def clear_failed_in_vain(self, run_id: str) -> None:
        """Clear what has failed; it fails again."""
        self.airflow.clear(self.name, run_id, only_failed=True)
        self.settle(run_id, "failed")

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
        folder = self.root / "orders" / self.name / f"s.{task}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(list(folder.iterdir())):03d}"
        (folder / f"{name}.new").write_text(json.dumps({"point": point, "action": action, "nth": nth}))
        (folder / f"{name}.new").rename(folder / f"{name}.json")

    def paused(self, task: str) -> list[psutil.Process]:
        """Wait until a task has stopped as ordered; returns its process, and its supervisor's."""
        folder = self.root / "orders" / self.name / f"s.{task}"
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

    def forget(self, run_id: str, *tasks: str) -> None:
        """Delete what tasks of a run have pushed, as `airflow db clean` does with what is old."""
        for task, pushed in self.airflow.xcoms(self.name, run_id).items():
            if task.removeprefix("s.") in (tasks or TASKS):
                for key in pushed:
                    path = f"dags/{self.name}/dagRuns/{run_id}/taskInstances/{task}/xcomEntries/{key}"
                    self.airflow._api.call("DELETE", path)

    def set_connection(self, conn_id: str, **changes: Any) -> None:
        """Change fields of one of the flow's connections, `syspro` or `sftp`, and its extras."""
        wired = wire_syspro(self.syspro, self.sftp, self.airflow.home).connections
        connection = dict(wired[{"syspro": SYSPRO_CONNECTION, "sftp": PARTNER_CONNECTION}[conn_id]])
        connection["extra"] = {**connection["extra"], **changes}
        self.airflow.set_connection(f"{conn_id}_{self.name}", connection)

    def asset_event(self) -> None:
        """Something happens to the asset that triggers the flow."""
        assets = self.airflow._api.pages("assets", "assets", name_pattern=self.name)
        self.airflow._api.call("POST", "assets/events", json={"asset_id": assets[0]["id"]})

    def newest_run(self, number: int) -> str:
        """The newest run, once there are so many."""
        self.until(lambda: len(self.airflow.runs(self.name)) == number)
        return self.airflow.runs(self.name)[-1]

    def backfill(self, begin: str, end: str) -> None:
        """Airflow's own backfill, to its end; Airflow schedules no runs of a paused DAG."""
        known = set(self.airflow.runs(self.name))
        body = {"dag_id": self.name, "from_date": begin, "to_date": end, "max_active_runs": 2}
        self.airflow._api.call("POST", "backfills", json=body)
        for run in set(self.airflow.runs(self.name)) - known:
            self.settle(run)

    def files(self) -> Path:
        """Where the flow's mapping and layout lie."""
        return self.airflow.dags / "files" / self.name
