"""What Airflow does with the tasks of runs, step by step: tries killed, given up, cleared; XComs that vanish."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from airflow_provider_mlconnector.engine import manifest
from airflow_provider_mlconnector.engine.committing import commit
from airflow_provider_mlconnector.engine.delivering import deliver
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.polling import Backfill, PollRequest, poll
from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.streams import totals
from tests.support.tries import KilledError, Try
from tests.support.versioned_world import BrokenRuleError, SteppedSite, VersionedWorld

TASKS = ("poll", "format", "deliver", "commit")
NEW, RUNNING, OK, FAILED = "-", "running", "ok", "failed"
Pid = tuple[int, str, int]
BEHIND = "restored from a backup"


class Tasks:
    """The tasks of all runs over one world.

    Args:
        world: what they act on.
    """

    def __init__(self, world: VersionedWorld) -> None:
        self.world = world
        self.states: dict[tuple[int, str], str] = {}
        self.counts: dict[tuple[int, str], int] = {}
        self.tries: dict[Pid, Try] = {}
        self.given_up: set[Pid] = set()
        self.backfills: dict[int, Backfill] = {}
        self.runs = 0
        self.restored = False
        self.stopped = False
        self.told: list[str] = []
        self.errors: dict[tuple[int, str], str] = {}

    def new_run(self, backfill: Backfill | None = None) -> None:
        """A run begins with its poll."""
        self.runs += 1
        if backfill:
            self.backfills[self.runs] = backfill
        for task in TASKS:
            self.states[self.runs, task] = NEW
        self.start(self.runs, "poll")

    def start(self, run: int, task: str) -> None:
        """A try begins; Airflow deletes what the task pushed before."""
        number = self.counts[run, task] = self.counts.get((run, task), 0) + 1
        self.states[run, task] = RUNNING
        self.world.xcom.pop((str(run), task), None)
        work = {"poll": self._poll, "format": self._format, "deliver": self._deliver, "commit": self._commit}[task]
        self.tries[run, task, number] = Try(lambda: work(run), self.world.stepper)

    def clear(self, run: int, task: str, *, downstream: bool) -> None:
        """Somebody clears a task, or it and what follows."""
        for later in TASKS[TASKS.index(task) + 1 :] if downstream else ():
            self.states[run, later] = NEW
        self.start(run, task)

    def step(self, pid: Pid) -> None:
        """A try goes one step on."""
        one = self.tries[pid]
        one.step()
        if one.done:
            self._ended(pid, one.error)

    def kill(self, pid: Pid) -> None:
        """A try's worker dies."""
        self.tries[pid].kill()
        self._ended(pid, KilledError())

    def fly(self, pid: Pid) -> None:
        """Its worker dies while its request is on the way, which may arrive later."""
        self.world.door.flying.append(self.tries[pid].detail)
        self.kill(pid)

    def give_up(self, pid: Pid) -> None:
        """Airflow believes it dead; it may wake again."""
        self.states[pid[:2]] = FAILED
        self.given_up.add(pid)

    def kill_all(self) -> None:
        """No worker is left."""
        for pid in list(self.tries):
            self.kill(pid)

    def alive(self) -> list[Pid]:
        """The tries that Airflow knows to run."""
        return [pid for pid in self.tries if pid not in self.given_up]

    def is_finished(self, batch: batches.Batch) -> bool:
        """Whether a run is over."""
        return all(self.states[int(batch.run_id), task] != RUNNING for task in TASKS)

    def _ended(self, pid: Pid, error: BaseException | None) -> None:
        run, task, _ = pid
        del self.tries[pid]
        self._judge(error)
        if pid in self.given_up:
            self.given_up.remove(pid)
            return
        self.states[run, task] = FAILED if error else OK
        self.errors[run, task] = str(error)
        later = TASKS[TASKS.index(task) + 1 :]
        if not error and later and self.states[run, later[0]] == NEW:
            self.start(run, later[0])

    def _judge(self, error: BaseException | None) -> None:
        if error is None or isinstance(error, KilledError):
            return
        if isinstance(error, BrokenRuleError) or not isinstance(error, MlconnectorError):
            raise error
        if BEHIND in str(error):
            if not self.restored:
                raise BrokenRuleError("a task speaks of a restored ledger, and none was restored") from error
            self.stopped = True

    # The tasks, as the operators call the engine.

    def _poll(self, run: int) -> None:
        world = self.world
        request = PollRequest(
            world.declared,
            world.source,
            "UTC",
            run_finished=self.is_finished,
            cause_gone=lambda cause: cause.removeprefix("bad:") not in {"/".join(key) for key in world.bad_keys},
            backfill=self.backfills.get(run),
            part_rows=2,
        )
        result = poll(world.context(str(run), "poll"), request)
        world.stepper.reach("push")
        world.xcom[str(run), "poll"] = result.to_json()

    def _named(self, run: int) -> int | None:
        number = self.world.xcom.get((str(run), "poll"), {}).get("batch")
        return None if number is None else int(number)

    def _format(self, run: int) -> None:
        world = self.world
        context = world.context(str(run), "format")
        with world.ledger.write() as connection:
            batch = context.batch_of(connection, context.lock(connection), self._named(run))
        if batch is None or batch.state != batches.STAGED:
            return
        rows = [one for table in manifest.rows_of(world.staging, batch) for one in table.to_pylist()]
        refusals = [world.refusal(one) for one in rows]
        good = [one for one, refusal in zip(rows, refusals, strict=True) if refusal is None]
        bad = pa.Table.from_pylist(
            [one for one, refusal in zip(rows, refusals, strict=True) if refusal], schema=world.declared.schema()
        )
        refused = [refusal for refusal in refusals if refusal]
        output = world.write_output(batch, good, refused, totals.of_rows(bad, world.declared.totals))
        reference = {"batch": batch.id, "folder": output.folder, "sha256": output.write(world.staging)}
        world.stepper.reach("push")
        world.xcom[str(run), "format"] = reference

    def _deliver(self, run: int) -> None:
        world = self.world

        @contextmanager
        def connect(_to: Destination) -> Iterator[SteppedSite]:
            yield world.door

        reference = (self._named(run), world.xcom.get((str(run), "format")))
        deliver(world.context(str(run), "deliver"), reference, Destination("partner", "in"), connect, world.settings)

    def _commit(self, run: int) -> None:
        world = self.world
        done = commit(world.context(str(run), "commit"), self._named(run), world.retention).to_json()
        world.stepper.reach("push")
        if world.last_commit is None or done["seq"] > world.last_commit["seq"]:
            world.last_commit = done
