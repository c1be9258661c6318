"""What the harness asks a task process to do, and what comes back; both cross a pipe as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STARTED, EXECUTED, PUSHED = "started", "executed", "pushed"
"""Points of the task runner's own: before `execute`, before its result is pushed, and after."""


@dataclass(frozen=True)
class Hurt:
    """What happens to a try.

    Attributes:
        how: `kill` (SIGKILL) or `pause` (SIGSTOP) at a point; `drop`: the ledger's connection is lost at a COMMIT.
        where: the point; for `drop`, `before` or `after` the COMMIT is done.
        nth: at which time that the point, or a COMMIT, is reached.
    """

    how: str
    where: str
    nth: int = 1

    def __str__(self) -> str:
        """As a schedule shows it."""
        if self.how == "drop":
            return f"the ledger's connection is lost {self.where} COMMIT {self.nth}"
        return f"{self.how} at '{self.where}' ({self.nth})"


@dataclass(frozen=True)
class Order:
    """One try of one task.

    Attributes:
        dag: `module:function` that makes the DAG.
        dag_arguments: its arguments.
        home: the schedule's folder, which holds its runs, XComs and logs.
        environment: variables of the process: connections and configuration.
        dag_id: of the run's DAG.
        run: the run, as `tests.chaos.runs` writes it down.
        task: the task's name, without its group.
        number: of the try.
        hurt: what happens to it.
        broken: name of the rule that is broken on purpose; empty: none.
    """

    dag: str
    dag_arguments: Mapping[str, Any]
    home: str
    environment: Mapping[str, str] = field(repr=False)
    dag_id: str
    run: Mapping[str, Any]
    task: str
    number: int
    hurt: Hurt | None = None
    broken: str = ""

    @property
    def result(self) -> Path:
        """Where a try leaves its outcome."""
        return self._file("tries", "json")

    @property
    def log(self) -> Path:
        """Where a try's log goes."""
        return self._file("logs", "log")

    def _file(self, folder: str, ending: str) -> Path:
        run: str = self.run["run_id"]
        return Path(self.home) / folder / self.dag_id / run / f"{self.task}.{self.number}.{ending}"

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Order:
        """Read `to_json`."""
        given = json.loads(line)
        given["hurt"] = Hurt(**given["hurt"]) if given["hurt"] else None
        return cls(**given)


@dataclass(frozen=True)
class Outcome:
    """How a try has ended.

    Attributes:
        state: `success`, `failed`, or `killed` (no word came).
        error: its error, as people see it.
        kind: the error's class; for Airflow's "fail without retry" that of its cause.
        retriable: whether Airflow would try it again.
        reached: how often each point was reached.
    """

    state: str
    error: str = ""
    kind: str = ""
    retriable: bool = True
    reached: Mapping[str, int] = field(default_factory=dict)
