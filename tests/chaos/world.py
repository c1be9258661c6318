"""The world of one schedule: a flow, its runs, the processes of its tasks, and a look at the ledger after each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import batches, exceptions, lanes
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams.fingerprint import key_values
from tests.chaos.flow import Flow, Traits, lane_key
from tests.chaos.order import Hurt, Order, Outcome
from tests.chaos.runs import Airflow, Run
from tests.chaos.workers import HungError, Workers, outcome_of

BEHIND = "restored from a backup"


class BrokenError(AssertionError):
    """Something that must always be true is not.

    Args:
        what: `lost`, `doubled` or `stuck`.
        reason: with the record, the run or the error.
    """

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


@dataclass
class Paused:
    """A stopped try.

    Attributes:
        order: the try.
        run: its run.
        pid: its process.
        given_up: whether Airflow believes it dead.
    """

    order: Order
    run: Run
    pid: int
    given_up: bool = False


@dataclass
class World:
    """One schedule's world.

    Attributes:
        flow: the flow, started.
        traits: how it was made.
        home: its folder.
        workers: who runs tries.
        broken: a rule that is broken on purpose.
        paused: the stopped tries.
        outcomes: how all tries ended.
        restored: whether the ledger is an older one now.
        stopped: whether a task has said so.
        dismissed: how many versions a record had when a person closed its exception.
    """

    flow: Flow
    traits: Traits
    home: Path
    workers: Workers
    broken: str = ""
    paused: list[Paused] = field(default_factory=list)
    outcomes: list[tuple[Order, Outcome]] = field(default_factory=list)
    restored: bool = False
    stopped: bool = False
    dismissed: dict[str, int] = field(default_factory=dict)
    watermarks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lanes_ = {name: self.flow.lanes[name] for name in self.traits.lanes}
        self.airflow = Airflow(self.home, self.flow.name, lanes_, self.traits.retries)
        self.lanes = {name: LaneName(self.flow.name, lane.stream, lane.target) for name, lane in lanes_.items()}
        self.ledger = Ledger(self.flow.ledger_url(), busy_timeout=1)
        if not self.ledger.is_sqlite:
            # The harness looks all the time: one connection for it, where a task opens one for each transaction.
            waits = {"options": "-c lock_timeout=1000"}
            self.ledger.engine = create_engine(self.flow.ledger_url(), future=True, connect_args=waits)
        self.staging = Staging(self.home / "staging")

    # Tries.

    def start(self, run: Run, task: str, hurt: Hurt | None = None) -> bool:
        """A try of a task, until it ends or stops; returns whether it succeeded."""
        number = self.airflow.start(run, task)
        order = Order(
            self.flow.dag, self.flow.dag_arguments(run.lane), str(self.home), self.flow.environment(), run.dag_id,
            run.to_json(), task, number, hurt, self.broken,
        )  # fmt: skip
        try:
            pid, ended = self.workers.start(order)
        except HungError as error:
            raise BrokenError("stuck", f"run {run.number}, {task}: {error}") from None
        paused = Paused(order, run, pid)
        if ended:
            return self._ended(paused)
        self.paused.append(paused)
        self.look()
        return False

    def wake(self, paused: Paused) -> bool:
        """A stopped try goes on; returns whether it succeeded."""
        self.paused.remove(paused)
        try:
            ended = self.workers.wake(paused.pid)
        except HungError as error:
            raise BrokenError("stuck", f"run {paused.run.number}, {paused.order.task}: {error}") from None
        if not ended:
            raise BrokenError("stuck", f"{paused.order.task} stopped twice")
        return self._ended(paused)

    def kill(self, paused: Paused) -> None:
        """A stopped try is killed."""
        self.paused.remove(paused)
        self.workers.kill(paused.pid)
        self._ended(paused)

    def give_up(self, paused: Paused) -> None:
        """Airflow believes a stopped try dead."""
        if not paused.given_up:
            paused.given_up = True
            self.airflow.end(paused.run, paused.order.task, "heartbeat lost", retriable=True)

    def kill_all(self) -> None:
        """No process is left."""
        for paused in list(self.paused):
            self.kill(paused)

    def _ended(self, paused: Paused) -> bool:
        outcome, run, task = outcome_of(paused.order), paused.run, paused.order.task
        self.outcomes.append((paused.order, outcome))
        good = outcome.state == "success"
        if not paused.given_up:
            self.airflow.end(run, task, None if good else outcome.error or "killed", retriable=outcome.retriable)
        where = f"run {run.number}, {task}"
        if outcome.kind == "unexpected":
            raise BrokenError("stuck", f"{where}: {outcome.error}")
        if BEHIND in outcome.error:
            if not self.restored:
                raise BrokenError("stuck", f"{where} speaks of a restored ledger, and none was: {outcome.error}")
            self.stopped = True
        self.look()
        return good

    # The ledger.

    def context(self, lane_id: int) -> LaneContext:
        """A person's view of a lane."""
        name = self.lanes[self.lane_names()[lane_id]]
        return LaneContext(self.ledger, self.staging, name, Actor(person="person"))

    def lane_names(self) -> dict[int, str]:
        """Their names, by id."""
        return {lane.id: name for name, lane in self.in_ledger().items()}

    def in_ledger(self) -> dict[str, Lane]:
        """The lanes that are in the ledger, by name."""
        with self.ledger.read() as connection:
            found = {name: lanes.find(connection, lane) for name, lane in self.lanes.items()}
        return {name: lane for name, lane in found.items() if lane}

    def open_batches(self) -> list[batches.Batch]:
        """Batches of all lanes that are staged or being sent."""
        known = self.in_ledger().values()
        with self.ledger.read() as connection:
            return [batch for lane in known for batch in batches.in_states(connection, lane.id, batches.OPEN)]

    def items(self) -> list[ExceptionItem]:
        """The open exceptions of all lanes, oldest first."""
        known = self.in_ledger().values()
        with self.ledger.read() as connection:
            found = [item for lane in known for item in exceptions.open_of_lane(connection, lane.id).values()]
        return sorted(found, key=lambda item: item.id)

    def aside(self) -> dict[str, ExceptionItem]:
        """The open exceptions by their record's key."""
        names = self.lane_names()
        return {lane_key(names[item.lane_id], "/".join(key_values(item.key))): item for item in self.items()}

    def now_watermarks(self) -> dict[str, str]:
        """Of the lanes that are in the ledger."""
        return {name: lane.watermark for name, lane in self.in_ledger().items()}

    def look(self) -> None:
        """Note what has arrived, and hold watermarks that have moved against the source's clock and open batches."""
        self.flow.look()
        was, self.watermarks = self.watermarks, self.now_watermarks()
        for name, now in self.watermarks.items():
            if now != was.get(name, ""):
                self._check_watermark(name, was.get(name, ""), now)

    def _check_watermark(self, name: str, before: str, now: str) -> None:
        if now > self.flow.ceiling():
            raise BrokenError("lost", f"the watermark {now} is past the source's clock {self.flow.ceiling()}")
        names = self.lane_names()
        lows = [batch.low for batch in self.open_batches() if names[batch.lane_id] == name]
        if before < now and lows and now > min(lows):
            raise BrokenError("lost", f"the watermark {now} went past an open batch from {min(lows)}")

    def clean(self) -> None:
        """Nothing of this world is left."""
        self.kill_all()
        self.ledger.engine.dispose()
        shutil.rmtree(self.home, ignore_errors=True)
