"""A schedule that a test writes down itself: who goes how far, who is killed, what happens in between."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from airflow_provider_mlconnector.engine import failure_points, people
from airflow_provider_mlconnector.ledger import batches, exceptions, lanes
from airflow_provider_mlconnector.ledger.batches import Batch
from tests.support.airflow_model import TASKS, Pid, Tasks
from tests.support.engine_world import LANE, START, row
from tests.support.tries import Stepper
from tests.support.versioned_world import VERSION, VersionedWorld


class Scene:
    """One lane, one record after another, tries that stop where the test says.

    Args:
        home: the folder of its world.
    """

    def __init__(self, home: Path) -> None:
        self.world = VersionedWorld(home, Stepper())
        self.tasks = Tasks(self.world)
        self.versions = 0
        self.day = 0
        failure_points.arm(lambda name: self.world.stepper.reach(name))  # noqa: PLW0108 - the stepper may be replaced

    def close(self) -> None:
        """End every try."""
        for one in list(self.tasks.tries.values()):
            one.kill()
        failure_points.arm(None)

    # The source and the partner.

    def put(self, number: int, note: str, day: int | None = None) -> None:
        """A version of a record; dated today where no day is given."""
        self.versions += 1
        self.world.source.put(row(number, self.day if day is None else day, Note=note) | {VERSION: self.versions})

    def on(self, day: int) -> None:
        """It is this day at the source."""
        self.day = day
        self.world.source.now = START + timedelta(days=day)

    def sent(self, number: int = 1) -> str:
        """The notes of a record that have arrived, in order."""
        prefix = f"0000001/INV-{number:04d},"
        lines = [line for _, data in self.world.door.arrived for line in data.decode().splitlines()]
        return "".join(line.split(",")[1] for line in lines if line.startswith(prefix))

    # Tries.

    def begin(self) -> int:
        """A run begins; returns its number."""
        self.tasks.new_run()
        return self.tasks.runs

    def go(self, run: int, task: str, at: str = "", times: int = 1) -> None:
        """Let the newest try of a task go on to a point, the so manieth time that it comes there; or to its end."""
        pid = self._newest(run, task)
        while pid in self.tasks.tries:
            self.tasks.step(pid)
            if pid in self.tasks.tries and self.tasks.tries[pid].at == at:
                times -= 1
                if times == 0:
                    return
        if at:
            raise AssertionError(f"run {run}'s {task} never came to '{at}': {self.tasks.errors.get((run, task))}")

    def through(self, run: int, last: str = "commit") -> None:
        """Let a run's tasks go on, from the first that runs, to the end of one."""
        for task in TASKS[: TASKS.index(last) + 1]:
            if self.tasks.states[run, task] == "running":
                self.go(run, task)
                if self.tasks.states[run, task] != "ok":
                    raise AssertionError(f"run {run}'s {task} failed: {self.tasks.errors[run, task]}")

    def run(self) -> int:
        """A whole run."""
        number = self.begin()
        self.through(number)
        return number

    def kill(self, run: int, task: str) -> None:
        """The newest try of a task dies where it stands."""
        self.tasks.kill(self._newest(run, task))

    def pause(self, run: int, task: str) -> Pid:
        """Airflow gives it up, and it may wake; returns who it is."""
        pid = self._newest(run, task)
        self.tasks.give_up(pid)
        return pid

    def wake(self, pid: Pid) -> str:
        """It wakes, and goes on to its end; returns its error."""
        one = self.tasks.tries[pid]
        while pid in self.tasks.tries:
            self.tasks.step(pid)
        return "" if one.error is None else str(one.error)

    def clear(self, run: int, task: str, *, downstream: bool = True, last: str = "commit") -> None:
        """Somebody clears a task, and what follows; it goes on to the end."""
        self.tasks.clear(run, task, downstream=downstream)
        self.through(run, last if downstream else task)

    def error(self, run: int, task: str) -> str:
        """What the last try of a task said."""
        return self.tasks.errors[run, task]

    def _newest(self, run: int, task: str) -> Pid:
        return (run, task, self.tasks.counts[run, task])

    # The ledger.

    def batches(self, *states: str) -> list[Batch]:
        """The batches in these states."""
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            return batches.in_states(connection, lane.id, states) if lane else []

    def items(self) -> dict[int, str]:
        """The kinds of the open exceptions, by number."""
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            found = exceptions.open_of_lane(connection, lane.id).values() if lane else ()
        return {int(item.key.rpartition("INV-")[2]): item.kind for item in found}

    def watermark(self) -> int | None:
        """The lane's, as a day; None before the first."""
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
        text = lane.watermark if lane else ""
        return (START.fromisoformat(text + "+00:00") - START).days if text else None

    def abandon(self) -> None:
        """A person gives the batch up that is being sent."""
        people.abandon(self.world.context("", "person"), self.batches(batches.SENDING)[0].id, "gives up")

    def snapshot(self) -> None:
        """A backup of the ledger."""
        self._copy(self.world.home / "ledger.db", self.world.home / "backup.db")

    def restore(self) -> None:
        """The ledger becomes what the backup holds; whoever does that has stopped the workers."""
        self.tasks.kill_all()
        self._copy(self.world.home / "backup.db", self.world.home / "ledger.db")
        self.tasks.restored = True

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)
