"""A client of Airflow's REST API (v2), for what a person does in the UI: trigger, watch, clear, mark, read logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.sandbox.airflow.api import Api

_POLL_SECONDS = 0.2
_DONE = ("success", "failed")

Progress = Callable[[str], None]


class TaskState(NamedTuple):
    """Where a task of a run stands.

    Attributes:
        state: Airflow's word for it; None before it was scheduled.
        try_number: 1 from the first try on.
    """

    state: str | None
    try_number: int


class AirflowClient:
    """Drives a running Airflow.

    Args:
        api: the signed-in API.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def wait_for_dag(self, dag_id: str, timeout: float = 60) -> None:
        """Wait until the DAG processor has read a DAG.

        Args:
            dag_id: its id.
            timeout: seconds.

        Raises:
            ConfigurationError: there are import errors, and the DAG isn't there when the time is up.
            TransientError: it isn't there when the time is up, without an import error.
        """
        deadline = time.monotonic() + timeout
        while not self._api.exists(f"dags/{quote(dag_id)}"):
            if time.monotonic() > deadline:
                errors = self.import_errors()
                if errors:
                    shown = "\n".join(f"{name}:\n{trace}" for name, trace in errors.items())
                    raise ConfigurationError(f"Airflow can't import the DAG '{dag_id}':\n{shown}")
                raise TransientError(f"The DAG '{dag_id}' did not appear within {timeout:g} s.")
            time.sleep(_POLL_SECONDS)

    def import_errors(self) -> dict[str, str]:
        """The traceback of each DAG file that can't be imported, by file name."""
        rows = self._api.pages("importErrors", "import_errors")
        return {row["filename"]: row["stack_trace"] for row in rows}

    def trigger(
        self,
        dag_id: str,
        run_id: str | None = None,
        conf: Mapping[str, Any] | None = None,
        logical_date: datetime | Literal["now"] | None = "now",
    ) -> str:
        """Start a run, after waiting for the DAG to be there.

        Args:
            dag_id: which DAG.
            run_id: the run's id; Airflow's own choice when None.
            conf: the run's params.
            logical_date: an aware time; `now`; or None for a run without a logical date.

        Returns:
            The run's id.
        """
        self.wait_for_dag(dag_id)
        moment = datetime.now(UTC) if logical_date == "now" else logical_date
        body = {"logical_date": moment.isoformat() if moment else None, "conf": dict(conf or {})}
        if run_id is not None:
            body["dag_run_id"] = run_id
        answer = self._api.call("POST", f"dags/{quote(dag_id)}/dagRuns", json=body)
        return str(answer["dag_run_id"])

    def dag(self, dag_id: str) -> dict[str, Any]:
        """A DAG as the API shows it: schedule, next run, tags, whether it is paused."""
        return self._api.call("GET", f"dags/{quote(dag_id)}")

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """A run as the API shows it: state, dates, data interval, conf."""
        return self._api.call("GET", _run(dag_id, run_id))

    def runs(self, dag_id: str) -> list[str]:
        """The ids of a DAG's runs, oldest first."""
        rows = self._api.pages(f"dags/{quote(dag_id)}/dagRuns", "dag_runs", order_by="id")
        return [row["dag_run_id"] for row in rows]

    def wait(self, dag_id: str, run_id: str, timeout: float = 300, progress: Progress | None = None) -> str:
        """Wait until a run has ended.

        Args:
            dag_id: which DAG.
            run_id: which run.
            timeout: seconds.
            progress: called with a line for each task whose state has changed.

        Returns:
            `success` or `failed`.

        Raises:
            TransientError: it had not ended when the time was up; says where each task stood.
        """
        deadline = time.monotonic() + timeout
        seen: dict[str, TaskState] = {}
        while True:
            state = str(self.run(dag_id, run_id)["state"])
            if progress is not None:
                seen = self._report(dag_id, run_id, seen, progress)
            if state in _DONE:
                return state
            if time.monotonic() > deadline:
                tasks = ", ".join(f"{name}: {task.state}" for name, task in self.task_states(dag_id, run_id).items())
                raise TransientError(f"Run '{run_id}' of '{dag_id}' is {state} after {timeout:g} s ({tasks}).")
            time.sleep(_POLL_SECONDS)

    def task_states(self, dag_id: str, run_id: str) -> dict[str, TaskState]:
        """Where the tasks of a run stand, by task id; a mapped task's instances are named `task_id[index]`."""
        return {_task_name(row): TaskState(row["state"], row["try_number"]) for row in self._tasks(dag_id, run_id)}

    def task_pids(self, dag_id: str, run_id: str) -> dict[str, int]:
        """The process ids of the tasks that have been started, named as `task_states` does."""
        return {_task_name(row): row["pid"] for row in self._tasks(dag_id, run_id) if row["pid"]}

    def clear(
        self,
        dag_id: str,
        run_id: str,
        task_ids: Sequence[str] | None = None,
        *,
        downstream: bool = False,
        only_failed: bool = False,
    ) -> list[str]:
        """Clear tasks of a run, so that they run again.

        Args:
            dag_id: which DAG.
            run_id: which run.
            task_ids: which tasks; None for all.
            downstream: what follows them too.
            only_failed: only those that have failed.

        Returns:
            The ids of the cleared tasks.
        """
        body: dict[str, Any] = {
            "dry_run": False,
            "dag_run_id": run_id,
            "only_failed": only_failed,
            "include_downstream": downstream,
            "reset_dag_runs": True,
        }
        if task_ids is not None:
            body["task_ids"] = list(task_ids)
        answer = self._api.call("POST", f"dags/{quote(dag_id)}/clearTaskInstances", json=body)
        return [row["task_id"] for row in answer["task_instances"]]

    def mark_success(self, dag_id: str, run_id: str, task_id: str = "") -> None:
        """Mark a task as succeeded without running it; the whole run without a task id."""
        self._mark(dag_id, run_id, task_id, "success")

    def mark_failed(self, dag_id: str, run_id: str, task_id: str = "") -> None:
        """Mark a task as failed, ending it where it runs; the whole run without a task id."""
        self._mark(dag_id, run_id, task_id, "failed")

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1) -> str:
        """The log of one try of a task, a line for each message, with its fields."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{quote(task_id)}/logs/{try_number}"
        answer = self._api.call("GET", path, params={"map_index": map_index, "full_content": True})
        return "\n".join(_log_line(message) for message in answer["content"])

    def xcoms(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """What the tasks of a run have pushed: by task id, by key; a mapped task's instances as in `task_states`."""
        pushed: dict[str, dict[str, Any]] = {}
        for row in self._api.pages(f"{_run(dag_id, run_id)}/taskInstances/~/xcomEntries", "xcom_entries"):
            path = f"{_run(dag_id, run_id)}/taskInstances/{quote(row['task_id'])}/xcomEntries/{quote(row['key'])}"
            entry = self._api.call("GET", path, params={"map_index": row["map_index"], "deserialize": True})
            pushed.setdefault(_task_name(row), {})[row["key"]] = entry["value"]
        return pushed

    def pause(self, dag_id: str) -> None:
        """Pause a DAG: its runs wait."""
        self._api.call("PATCH", f"dags/{quote(dag_id)}", json={"is_paused": True})

    def unpause(self, dag_id: str) -> None:
        """Let a paused DAG run."""
        self._api.call("PATCH", f"dags/{quote(dag_id)}", json={"is_paused": False})

    def set_connection(self, conn_id: str, connection: Mapping[str, Any]) -> None:
        """Create or change a connection.

        Args:
            conn_id: its id.
            connection: `conn_type`, `host`, `login`, `password`, `schema`, `port`, `extra` (an object, or its JSON).
        """
        body = {"connection_id": conn_id, **connection}
        if not isinstance(body.get("extra", ""), str):
            body["extra"] = json.dumps(body["extra"])
        self._put("connections", conn_id, body)

    def set_variable(self, key: str, value: str) -> None:
        """Create or change a variable."""
        self._put("variables", key, {"key": key, "value": value})

    def _put(self, kind: str, name: str, body: Mapping[str, Any]) -> None:
        path = f"{kind}/{quote(name)}"
        if self._api.exists(path):
            self._api.call("PATCH", path, json=dict(body))
        else:
            self._api.call("POST", kind, json=dict(body))

    def _mark(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        if task_id:
            path = f"{_run(dag_id, run_id)}/taskInstances/{quote(task_id)}"
            self._api.call("PATCH", path, json={"new_state": state})
        else:
            self._api.call("PATCH", _run(dag_id, run_id), json={"state": state})

    def _tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self._api.pages(f"{_run(dag_id, run_id)}/taskInstances", "task_instances")

    def _report(self, dag_id: str, run_id: str, seen: dict[str, TaskState], progress: Progress) -> dict[str, TaskState]:
        now = self.task_states(dag_id, run_id)
        for name, task in now.items():
            if task.state is not None and seen.get(name) != task:
                again = f" (try {task.try_number})" if task.try_number > 1 else ""
                progress(f"{dag_id}.{name}: {task.state}{again}")
        return now


def _run(dag_id: str, run_id: str) -> str:
    return f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}"


def _task_name(row: Mapping[str, Any]) -> str:
    index = row.get("map_index", -1)
    return str(row["task_id"]) if index == -1 else f"{row['task_id']}[{index}]"


def _log_line(message: Any) -> str:
    if not isinstance(message, dict):
        return str(message)
    fields = {name: value for name, value in message.items() if name not in ("event", "timestamp", "level")}
    shown = " ".join(f"{name}={value}" for name, value in fields.items())
    return f"{message.get('timestamp', '')} {message.get('level', '')} {message.get('event', '')} {shown}".strip()
