"""What a task sees of Airflow: a task instance whose XComs and runs lie in the harness' files."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from tests.chaos.order import Order

LIMIT = 4096
"""Bytes that an XCom may have (the design's guarantee 7)."""


class TaskInstance:
    """The part of Airflow's task instance that operators use.

    Args:
        order: the try.
        task_id: with its group.
    """

    def __init__(self, order: Order, task_id: str) -> None:
        self.dag_id, self.task_id = order.dag_id, task_id
        self.run_id: str = order.run["run_id"]
        self.try_number, self.map_index = order.number, -1
        self._home = Path(order.home)

    def xcom_push(self, key: str, value: Any) -> None:
        """Push a value, whole or not at all."""
        text = json.dumps(value)
        if len(text) >= LIMIT:
            raise AssertionError(f"{self.task_id} pushes {len(text)} bytes as {key}")
        path = self._path(self.run_id, self.task_id, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unready = path.with_suffix(f".{os.getpid()}")
        unready.write_text(text)
        unready.replace(path)

    def xcom_pull(
        self,
        task_ids: str,
        key: str = "return_value",
        default: Any = None,
        *,
        include_prior_dates: bool = False,
        map_indexes: Any = None,
    ) -> Any:
        """Pull one task's value, with Airflow's own oddities."""
        runs = self._prior() if include_prior_dates else [self.run_id]
        found = [path for run in runs if (path := self._path(run, task_ids, key)).exists()]
        if include_prior_dates and map_indexes != -1:
            return [json.loads(path.read_text()) for path in found] or default
        return json.loads(found[0].read_text()) if found else default

    def get_dagrun_state(self, *, dag_id: str, run_id: str) -> str:
        """A run's state as it is now."""
        run = self._runs().get(f"{dag_id} {run_id}")
        if run is None:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": 404}))
        return str(run["state"])

    def _prior(self) -> list[str]:
        """The runs that `include_prior_dates` looks at, in its order (airflow/models/xcom.py, `get_many`).

        The cut-off is by logical date or else by when the run began; the order is by logical date alone, and where
        runs without one stand depends on the database: here they come last, as in SQLite and MySQL.
        """
        mine = [run for run in self._runs().values() if run["dag_id"] == self.dag_id]
        me = next(run for run in mine if run["run_id"] == self.run_id)
        limit = me["logical_date"] or me["run_after"]
        before = [run for run in mine if (run["logical_date"] or run["run_after"]) <= limit]
        return [run["run_id"] for run in sorted(before, key=lambda run: run["logical_date"] or "", reverse=True)]

    def _runs(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads((self._home / "runs.json").read_text())
        return found

    def _path(self, run: str, task_id: str, key: str) -> Path:
        return self._home / "xcom" / self.dag_id / run / task_id / f"{key}.json"


def context_of(order: Order, dag: Any, task: Any) -> dict[str, Any]:
    """The context that a task is rendered and run with."""
    run = order.run
    dag_run = SimpleNamespace(
        dag_id=order.dag_id,
        run_id=run["run_id"],
        run_type=run["run_type"],
        logical_date=_moment(run["logical_date"]),
        run_after=_moment(run["run_after"]),
        data_interval_start=_moment(run["interval"][0]) if run["interval"] else None,
        data_interval_end=_moment(run["interval"][1]) if run["interval"] else None,
    )
    return {
        "dag": dag,
        "task": task,
        "ti": TaskInstance(order, task.task_id),
        "dag_run": dag_run,
        "run_id": run["run_id"],
        "params": {name: run["params"].get(name) for name in ("since", "until")},
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
