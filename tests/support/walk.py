"""A random walk over one lane: what people, workers and the source do, in any order, and what must hold then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

from airflow_provider_mlconnector.engine import failure_points, people
from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.ledger import batches, exceptions, lanes
from tests.support.engine_world import DAY, LANE, START, World, declaration, row

TASKS = ("poll", "format", "deliver", "commit")
KEYS = 6


class KilledError(BaseException):
    """The process is gone."""


@dataclass
class Walk:
    """One walk, made from its seed."""

    seed: int
    home: Path
    url: str = ""
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        removes = self.random.random() < 0.5
        settings = DeliverySettings(partner_removes_files=removes)
        # The date is no part of a version here: a change back shall make the very version that was there before.
        declared = declaration(version_columns=["Supplier", "Invoice", "Amount", "Currency", "Note"])
        self.world = World(self.home, declared, url=self.url, settings=settings)
        self.world.site.removes = removes
        self.versions = 0
        self.runs = 0
        self.failed: dict[str, str] = {}
        self.history: dict[str, list[str]] = {}
        self._touch(0)

    def run(self, steps: int = 25) -> None:
        """Walk, come to rest, and check."""
        acts: list[Callable[[], None]] = [self._new_run] * 5 + [self._change] * 4 + [self._clear] * 3 + [
            self._tick, self._late, self._spoil, self._mend, self._abandon, self._rewind, self._overlap,
        ]  # fmt: skip
        for _ in range(steps):
            self.random.choice(acts)()
        self._rest()
        self._check()

    def _say(self, what: str) -> None:
        self.told.append(what)

    def _touch(self, number: int, day: float | None = None) -> None:
        """A new version of a record; now and then it looks like the one before the last."""
        known = self.history.setdefault(f"INV-{number:04d}", [])
        again = len(known) > 1 and self.random.random() < 0.4
        if not again:
            self.versions += 1
        note = known[-2] if again else str(self.versions)
        known.append(note)
        entered = (
            self.world.source.now.replace(tzinfo=None) if day is None else (START + day * DAY).replace(tzinfo=None)
        )
        self.world.source.put(row(number) | {"Note": note, "Entered": entered})

    def _change(self) -> None:
        number = self.random.randrange(KEYS)
        self._touch(number)
        self._say(f"change {number} to {self.history[f'INV-{number:04d}'][-1]}")

    def _late(self) -> None:
        days = (self.world.source.now - START).days
        self._touch(KEYS + self.random.randrange(KEYS), max(days - 2, 0))
        self._say("late")

    def _tick(self) -> None:
        self.world.source.now += DAY
        self._say("tick")

    def _spoil(self) -> None:
        self.world.bad = {self.random.choice(notes)[-1] for notes in self.history.values() for notes in [notes[-1:]]}
        self._say(f"spoil {self.world.bad}")

    def _mend(self) -> None:
        self.world.bad = set()
        self._say("mend")

    def _new_run(self) -> None:
        self.runs += 1
        self._try(str(self.runs), 0)

    def _overlap(self) -> None:
        """Two runs poll before either goes on."""
        first, second = str(self.runs + 1), str(self.runs + 2)
        self.runs += 2
        self.world.running = {first, second}
        for run in (first, second):
            self._try(run, 0, upto=1)
        self._change()
        for run in self.random.sample((first, second), 2):
            if run not in self.failed:
                self._try(run, 1)
        self.world.running = set()

    def _clear(self) -> None:
        if self.runs:
            self._try(str(self.random.randrange(self.runs) + 1), self.random.randrange(4))

    def _abandon(self) -> None:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            sending = batches.in_states(connection, lane.id, [batches.SENDING]) if lane else []
        if sending and self.random.random() < 0.3:
            self._say(f"abandon {sending[0].id}")
            people.abandon(self.world.context("", "person"), sending[0].id, "walk")

    def _rewind(self) -> None:
        if self.random.random() < 0.3:
            with suppress(MlconnectorError):
                self._say("rewind")
                people.rewind(self.world.context("", "person"), "", "walk")

    def _try(self, run: str, first: int, upto: int = 4) -> None:
        """Run a run's tasks from one of them on; sometimes the worker is killed on the way."""
        countdown = self.random.randrange(14)

        def reached(_name: str) -> None:
            nonlocal countdown
            countdown -= 1
            if countdown == 0:
                raise KilledError

        failure_points.arm(reached)
        self.failed.pop(run, None)
        at = first
        try:
            for at in range(first, upto):
                self._task(run, TASKS[at])
        except (KilledError, MlconnectorError, FileExistsError, KeyError) as error:
            self.failed[run] = TASKS[at]
            self._say(f"run {run} from {TASKS[first]}: {type(error).__name__} at {TASKS[at]}")
        else:
            self._say(f"run {run} from {TASKS[first]}")
        finally:
            failure_points.arm(None)

    def _task(self, run: str, task: str) -> None:
        getattr(self.world, task)(run)
        failure_points.reach(f"after {task}")

    def _rest(self) -> None:
        """What a person does: mend, clear what failed, clear what an alert names, decide doubts, let it run."""
        self.world.bad = set()
        for turn in range(8):
            for run in sorted(self.failed, key=int):
                self._calmly(run, "poll" if turn > 1 else self.failed[run])
            self.runs += 1
            self._calmly(str(self.runs), "poll")
            for run in self._orphans():
                self._calmly(run, "deliver")
            self._decide_doubts()

    def _calmly(self, run: str, task: str) -> None:
        self.failed.pop(run, None)
        at = task
        try:
            for at in TASKS[TASKS.index(task) :]:
                self._task(run, at)
        except (MlconnectorError, KeyError) as error:
            self.failed[run] = at
            self._say(f"at rest: run {run}, {at}: {error}")

    def _orphans(self) -> list[str]:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            return [batch.run_id for batch in batches.in_states(connection, lane.id, [batches.SENDING])] if lane else []

    def _decide_doubts(self) -> None:
        """A person asks the partner, who tells the truth: they have the version, or not."""
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            items = exceptions.open_of_lane(connection, lane.id).values() if lane else []
        for item in items:
            if item.kind == "doubt":
                folder = {(key, note) for key, _, note in self.world.site.records()}
                there = any((item.key, note) in folder for note in self._claimed(item))
                people.resolve(
                    self.world.context("", "person"), item, "asked", at_target=there, open_site=self.world.connect
                )

    def _claimed(self, item: exceptions.ExceptionItem) -> list[str]:
        """The note of the version that the doubtful batch holds: the partner would look it up in the file."""
        from airflow_provider_mlconnector.engine import manifest

        with self.world.ledger.read() as connection:
            batch = batches.get(connection, item.batch_id or 0)
        rows = manifest.rows_of(self.world.staging, batch) if batch else []
        return [one["Note"] for table in rows for one in table.to_pylist() if one["_key"] == item.key]

    def _check(self) -> None:
        arrived: dict[str, list[str]] = {}
        for key, _, note in self.world.site.records():
            arrived.setdefault(key.removeprefix("0000001/"), []).append(note)
        for invoice, notes in self.history.items():
            got = arrived.get(invoice, [])
            if not got or got[-1] != notes[-1]:
                raise AssertionError(f"lost: {invoice} is {notes[-1]}, the partner has {got}\n{self.story()}")
            if any(one == other for one, other in pairwise(got)):
                raise AssertionError(f"twice in a row: {invoice} {got}\n{self.story()}")
            if not _in_order(got, notes):
                raise AssertionError(f"overtaken: {invoice} {got} of {notes}\n{self.story()}")
        self._check_ledger()

    def _check_ledger(self) -> None:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            if lane is None:
                raise AssertionError("no lane")
            stuck = batches.in_states(connection, lane.id, [batches.SENDING])
            waiting = exceptions.open_of_lane(connection, lane.id)
        if stuck or waiting:
            raise AssertionError(f"stuck: {stuck} {list(waiting.values())}\n{self.story()}")
        newest = self.world.source.now.strftime("%Y-%m-%dT23:59:59.999999")
        if lane.watermark > newest:
            raise AssertionError(f"watermark {lane.watermark} is past the clock {newest}\n{self.story()}")

    def story(self) -> str:
        """What happened."""
        return f"seed {self.seed}: " + " | ".join(self.told)


def _in_order(got: list[str], notes: list[str]) -> bool:
    """Whether what arrived is a part of the versions, in their order."""
    rest = iter(notes)
    return all(any(one == note for note in rest) for one in got)
