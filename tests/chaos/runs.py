"""What Airflow does for a flow's runs, without a scheduler: states, tries, clears, marks, and XComs that vanish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.chaos.flow import FlowLane

NONE, RUNNING, RETRY, SUCCESS, FAILED, UPSTREAM = "none", "running", "retry", "success", "failed", "upstream_failed"
ENDED = (SUCCESS, FAILED, UPSTREAM)
BAD = (FAILED, UPSTREAM)
BEGIN = datetime(2026, 4, 1, 6, tzinfo=UTC)
KINDS = ("scheduled", "manual", "undated", "backfill", "params", "copy")
"""Dated by the schedule, started by a person, by an asset (without a logical date), by Airflow's backfill, with the
parameters `since` and `until`, and of a copied DAG that names the same flow."""


@dataclass
class Run:
    """One run.

    Attributes:
        number: as schedules call it.
        lane: the name of its lane.
        kind: one of `KINDS`.
        dag_id: its DAG.
        run_id: as Airflow names it.
        logical_date: None for one that has none.
        interval: its data interval.
        params: its parameters.
        states: of its tasks.
        tries: how many tries each task has had.
        since_cleared: how many since the task was last cleared.
        leaves: the tasks that no other one waits for.
        errors: what each failed task said.
    """

    number: int
    lane: str
    kind: str
    dag_id: str
    run_id: str
    logical_date: datetime | None
    interval: tuple[datetime, datetime] | None
    params: dict[str, str]
    states: dict[str, str]
    leaves: tuple[str, ...]
    tries: dict[str, int] = field(default_factory=dict)
    since_cleared: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing of it runs or is going to."""
        return all(state in ENDED for state in self.states.values())

    @property
    def state(self) -> str:
        """As Airflow says it: decided by the leaves."""
        bad = any(self.states[leaf] in BAD for leaf in self.leaves)
        return RUNNING if not self.finished else FAILED if bad else SUCCESS

    def to_json(self) -> dict[str, Any]:
        """As task processes see it."""
        return {
            "run_id": self.run_id,
            "dag_id": self.dag_id,
            "run_type": {"backfill": "backfill", "scheduled": "scheduled"}.get(self.kind, "manual"),
            "logical_date": self.logical_date.isoformat() if self.logical_date else None,
            "run_after": (BEGIN + timedelta(days=self.number)).isoformat(),
            "interval": [moment.isoformat() for moment in self.interval] if self.interval else None,
            "params": self.params,
            "state": self.state,
        }


class Airflow:
    """The runs of one flow.

    Args:
        home: where what task processes see lies.
        flow: the flow's name, and its first DAG's.
        lanes: by name; each has a DAG.
        retries: of every task.
    """

    def __init__(self, home: Path, flow: str, lanes: Mapping[str, FlowLane], retries: int) -> None:
        self.runs: dict[int, Run] = {}
        self._begun = 0
        self._home, self._flow, self._lanes, self._retries = home, flow, lanes, retries

    def new_run(self, kind: str, since: str = "", until: str = "", lane: str = "") -> Run:
        """A run of a lane's DAG begins; `since` and `until` are the window of a backfill or of parameters."""
        self._begun += 1
        number = self._begun
        dated = kind in ("scheduled", "backfill", "manual", "copy")
        logical = BEGIN + timedelta(days=number) if dated else None
        interval = (logical - timedelta(days=1), logical) if logical and kind != "manual" else None
        if kind == "backfill" and since and until:
            logical, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (since, until))
            interval = (logical, end)
        params = {"since": since, "until": until} if kind == "params" else {}
        dag_id = "_".join(part for part in (self._flow, lane, "copy" if kind == "copy" else "") if part)
        upstream = self._lanes[lane].upstream
        states = dict.fromkeys(upstream, NONE)
        leaves = tuple(task for task in states if not any(task in needed for needed in upstream.values()))
        run = Run(number, lane, kind, dag_id, f"{kind}__{number}", logical, interval, params, states, leaves)
        self.runs[number] = run
        self.write()
        return run

    def next_task(self, run: Run) -> str | None:
        """The task that may start now."""
        for task, state in run.states.items():
            if state in (NONE, RETRY) and all(run.states[other] == SUCCESS for other in self._upstream(run)[task]):
                return task
        return None

    def start(self, run: Run, task: str) -> int:
        """A try begins: what the task pushed before is deleted. Returns the try's number."""
        run.tries[task] = run.tries.get(task, 0) + 1
        run.since_cleared[task] = run.since_cleared.get(task, 0) + 1
        run.states[task] = RUNNING
        group = self._lanes[run.lane].group
        shutil.rmtree(self._home / "xcom" / run.dag_id / run.run_id / f"{group}.{task}", ignore_errors=True)
        self.write()
        return run.tries[task]

    def end(self, run: Run, task: str, error: str | None, *, retriable: bool) -> None:
        """A try has ended, or Airflow believes so."""
        again = retriable and run.since_cleared[task] <= self._retries
        run.states[task] = SUCCESS if error is None else RETRY if again else FAILED
        run.errors[task] = error or ""
        self._propagate(run)

    def clear(self, run: Run, tasks: list[str]) -> None:
        """Somebody clears tasks."""
        for task in tasks:
            run.states[task] = NONE
            run.since_cleared[task] = 0
        self._propagate(run)

    def downstream(self, run: Run, task: str) -> list[str]:
        """A run's task and those that wait for it, directly or not."""
        found = [task]
        for other, needed in self._upstream(run).items():
            if any(each in found for each in needed):
                found.append(other)
        return found

    def mark_success(self, run: Run, task: str) -> None:
        """Somebody marks a task as successful; Airflow then clears what failed downstream of it."""
        run.states[task] = SUCCESS
        for later in self.downstream(run, task)[1:]:
            if run.states[later] in BAD:
                run.states[later] = NONE
                run.since_cleared[later] = 0
        self._propagate(run)

    def lose_xcoms(self) -> None:
        """`airflow db clean`."""
        shutil.rmtree(self._home / "xcom", ignore_errors=True)

    def delete(self, run: Run) -> None:
        """Somebody deletes a finished run."""
        del self.runs[run.number]
        self.write()

    def write(self) -> None:
        """Let task processes see the runs."""
        path = self._home / "runs.json"
        unready = path.with_suffix(".unready")
        unready.write_text(json.dumps({f"{run.dag_id} {run.run_id}": run.to_json() for run in self.runs.values()}))
        unready.replace(path)

    def _upstream(self, run: Run) -> Mapping[str, tuple[str, ...]]:
        return self._lanes[run.lane].upstream

    def _propagate(self, run: Run) -> None:
        for task, state in run.states.items():
            if state == NONE and any(run.states[other] in BAD for other in self._upstream(run)[task]):
                run.states[task] = UPSTREAM
        self.write()
