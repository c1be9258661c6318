"""Random schedules over a lane: every interleaving of tries that a seed picks, a person's acts, the source's changes.

What may happen next is what may happen in the engine's rules (kills, pauses, clears, lost answers, overlaps, restores);
wherever the schedule ends, the world is brought to rest and what must always be true is checked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

from airflow_provider_mlconnector.engine import failure_points, people
from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.engine.polling import Backfill
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, RejectedError
from airflow_provider_mlconnector.ledger import alerts, batches, deliveries, exceptions, lanes
from tests.support.airflow_model import BEHIND, FAILED, NEW, OK, RUNNING, TASKS, Pid, Tasks
from tests.support.engine_world import LANE, START, row
from tests.support.tries import Stepper
from tests.support.versioned_world import VERSION, BrokenRuleError, VersionedWorld, versioned

DAY = timedelta(days=1)
BUDGET = {
    "kill": 3, "pause": 3, "fly": 2, "clear": 6, "change": 3, "same": 2, "add": 2, "late": 1, "beyond": 1, "tick": 1,
    "fix": 1, "backfill": 1, "rewind": 1, "abandon": 1, "snap": 1, "restore": 1, "remove": 1, "decide": 2,
}  # fmt: skip
RARE = ("restore", "abandon", "rewind", "backfill", "remove")
Action = tuple[object, ...]


def day(number: int) -> str:
    """A day of the world as a cursor."""
    return (START + number * DAY).strftime("%Y-%m-%dT%H:%M:%S.%f")


class Schedule:
    """One schedule.

    Args:
        seed: picks everything.
        home: the folder of its world.
        runs: how many runs begin by themselves.
        url: the ledger's; empty for SQLite, which alone is restored from backups.
    """

    def __init__(self, seed: int, home: Path, runs: int = 4, url: str = "") -> None:
        self.seed, self.random, self.runs = seed, Random(seed), runs
        self.budget = dict(BUDGET)
        if self.random.random() < 0.8:
            for name in self.random.sample(RARE, 4):
                self.budget[name] = 0
        if url:
            self.budget["snap"] = self.budget["restore"] = 0
        self.world = self.make_world(home, url, whole=self.random.random() < 0.2)
        removes = self.random.random() < 0.5
        self.world.door.removes = removes
        self.world.settings = DeliverySettings(partner_removes_files=removes, verify="sha256")
        self.world.source.page = 2
        self.budget["remove"] = 0 if removes else self.budget["remove"]
        self.tasks = self.make_tasks()
        self.clock, self.versions = 0, 0
        self.snapshot = home / "snapshot.db"
        self.told: list[str] = []
        self.watermark = ""
        for number in (1, 2, 3):
            self._put(number, number, "A")
        self.world.bad_keys = {("0000001", "INV-0003")} if self.random.random() < 0.5 else set()
        self._set_clock(3)

    def make_world(self, home: Path, url: str, *, whole: bool) -> VersionedWorld:
        """The world that it walks through; the source is read as a whole, or by a window."""
        declared = versioned(detect="snapshot", cursor=None) if whole else versioned()
        return VersionedWorld(home, Stepper(), declared, url)

    def make_tasks(self) -> Tasks:
        """The tasks of its runs."""
        return Tasks(self.world)

    def walk(self, steps: int = 160) -> None:
        """Walk, come to rest, check."""
        failure_points.arm(lambda name: self.world.stepper.reach(name))  # noqa: PLW0108 - the stepper may be replaced
        try:
            for _ in range(steps):
                actions = self._actions()
                if not actions or self.tasks.stopped:
                    break
                steps_ = [one for one in actions if one[0] in ("step", "land")]
                others = [one for one in actions if one[0] not in ("step", "land")]
                busy = steps_ and (not others or self.random.random() < 0.85)
                self.act(self.random.choice(steps_ if busy else others))
            if not self.tasks.stopped:
                self.rest()
        except BrokenRuleError as error:
            raise BrokenRuleError(f"{error}\n{self.story()}") from None
        except Exception as error:
            raise BrokenRuleError(f"{type(error).__name__}: {error}\n{self.story()}") from error
        finally:
            self.tasks.world.stepper.local.current = None
            for pid in list(self.tasks.tries):
                self.tasks.tries[pid].kill()
            failure_points.arm(None)

    def story(self) -> str:
        """The schedule, in one line."""
        return f"seed {self.seed}: " + " | ".join(self.told)

    # What may happen next.

    def _actions(self) -> list[Action]:
        left, tasks = self.budget, self.tasks
        found: list[Action] = []
        for pid, one in tasks.tries.items():
            found.append(("step", pid))
            if pid not in tasks.given_up:
                found += [(name, pid) for name in ("kill", "pause") if left[name]]
                if left["fly"] and one.at in ("rename", "call"):
                    found.append(("fly", pid))
        found += [("land", number) for number in range(len(self.world.door.flying))]
        if tasks.runs < self.runs:
            found.append(("run",))
        names = ("add", "late", "beyond", "fix", "tick", "backfill", "remove", "snap", "change", "same")
        found += [(name,) for name in names if left[name]]
        # A person does not wait for a transaction that this schedule holds open.
        if not any(one.at == "manifest_written" for one in tasks.tries.values()):
            found += [(name,) for name in ("abandon", "rewind") if left[name]]
        if left["decide"] and not tasks.tries and not self.world.door.flying:
            found.append(("decide",))
        if left["restore"] and self.snapshot.exists():
            found.append(("restore",))
        if left["clear"]:
            found += self._clears()
        return found

    def _clears(self) -> list[Action]:
        found: list[Action] = []
        for (run, task), state in self.tasks.states.items():
            if state not in (OK, FAILED):
                continue
            later = [self.tasks.states[run, other] for other in TASKS[TASKS.index(task) + 1 :]]
            if RUNNING not in later:
                found.append(("clear+", run, task))
            if any(other != NEW for other in later):
                found.append(("clear", run, task))
        return found

    def act(self, action: Action) -> None:
        """Do it, and look at the watermark."""
        name = str(action[0])
        self._tell(action)
        if name.rstrip("+") in self.budget:
            self.budget[name.rstrip("+")] -= 1
        getattr(self, "_" + name.replace("+", "_all"))(*action[1:])

    def _tell(self, action: Action) -> None:
        words = ["run{}.{}#{}".format(*word) if isinstance(word, tuple) else str(word) for word in action[1:]]
        if action[0] in ("step", "kill", "pause", "fly") and isinstance(action[1], tuple):
            words.append(f"at '{self.tasks.tries[action[1]].at}'")
        self.told.append(" ".join([str(action[0]), *words]))

    def _step(self, pid: Pid) -> None:
        one = self.tasks.tries[pid]
        self.tasks.step(pid)
        if one.done or one.at == "after a transaction":
            self._check_watermark()

    def _kill(self, pid: Pid) -> None:
        self.tasks.kill(pid)

    def _pause(self, pid: Pid) -> None:
        self.tasks.give_up(pid)

    def _fly(self, pid: Pid) -> None:
        self.tasks.fly(pid)

    def _land(self, number: int) -> None:
        self.told.append(self.land(number))

    def land(self, number: int) -> str:
        """A request that has lost its sender reaches the partner; returns what is to be told of it."""
        old, new = self.world.door.flying.pop(number)
        try:
            self.world.door.land(old, new)
        except RejectedError:
            return "which comes to nothing"
        return "which arrives"

    def _run(self) -> None:
        self.tasks.new_run()

    def _backfill(self) -> None:
        self.tasks.new_run(Backfill(day(1), day(self.random.choice((1, 2, 3)))))

    def _clear(self, run: int, task: str) -> None:
        self.tasks.clear(run, task, downstream=False)

    def _clear_all(self, run: int, task: str) -> None:
        self.tasks.clear(run, task, downstream=True)

    def _fix(self) -> None:
        self.world.bad_keys = set()

    def _tick(self) -> None:
        self._set_clock(self.clock + 1)

    def _add(self) -> None:
        self._tick()
        self._put(len(self.world.source.rows) + 1, self.clock, "A")

    def _late(self) -> None:
        self._put(len(self.world.source.rows) + 1, self._top() - 1, "A")

    def _beyond(self) -> None:
        self._put(len(self.world.source.rows) + 1, self.clock + 3, "A")

    def _change(self) -> None:
        """A record changes, and so does its date."""
        self._tick()
        number, _ = self.random.choice(self._numbers())
        self._put(number, self.clock, self._other(number))

    def _same(self) -> None:
        """A record changes and its date stays, within the lookback."""
        recent = [(number, at) for number, at in self._numbers() if at >= self._top() - 1]
        number, at = self.random.choice(recent)
        self._put(number, at, self._other(number))

    def _remove(self) -> None:
        self.world.door.clear()

    def _rewind(self) -> None:
        if self._watermark() <= day(1):
            return
        self._put(len(self.world.source.rows) + 1, 0, "A")
        self._as_person(lambda: people.rewind(self.world.context("", "person"), "", "a row that came far too late"))
        self.watermark = self._watermark()

    def _abandon(self) -> None:
        sending = self._open([batches.SENDING])
        if sending:
            chosen = self.random.choice(sending).id
            self.told.append(f"batch {chosen}")
            self._as_person(lambda: people.abandon(self.world.context("", "person"), chosen, "walk"))

    def _as_person(self, act: Callable[[], None]) -> None:
        try:
            act()
        except IntegrityError as error:
            if BEHIND not in str(error) or not self.tasks.restored:
                raise
            self.tasks.stopped = True

    def _snap(self) -> None:
        with closing(sqlite3.connect(self.world.home / "ledger.db")) as source:
            self.snapshot.unlink(missing_ok=True)
            with closing(sqlite3.connect(self.snapshot)) as target:
                source.backup(target)

    def _restore(self) -> None:
        """Whoever restores a database has stopped the workers."""
        self.tasks.kill_all()
        ledger = self.world.home / "ledger.db"
        with closing(sqlite3.connect(self.snapshot)) as source, closing(sqlite3.connect(ledger)) as target:
            source.backup(target)
        self.tasks.restored = True
        self.watermark = self._watermark()

    # The source.

    def _put(self, number: int, at: int, note: str) -> None:
        self.versions += 1
        self.world.source.put(row(number, at, Note=note) | {VERSION: self.versions})

    def _numbers(self) -> list[tuple[int, int]]:
        return [
            (int(key[1].removeprefix("INV-")), (one["Entered"] - START.replace(tzinfo=None)).days)
            for key, one in sorted(self.world.source.rows.items())
        ]

    def _other(self, number: int) -> str:
        return "B" if self.world.source.rows["0000001", f"INV-{number:04d}"]["Note"] == "A" else "A"

    def _top(self) -> int:
        return max([1, *(at for _, at in self._numbers() if at <= self.clock)])

    def _set_clock(self, clock: int) -> None:
        self.clock = clock
        self.world.source.now = START + clock * DAY

    # The ledger.

    def _watermark(self) -> str:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
        return lane.watermark if lane else ""

    def _open(self, states: list[str]) -> list[batches.Batch]:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            return batches.in_states(connection, lane.id, states) if lane else []

    def _items(self) -> dict[str, exceptions.ExceptionItem]:
        with self.world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
            found = exceptions.open_of_lane(connection, lane.id) if lane else {}
        return {item.key: item for item in found.values()}

    def _check_watermark(self) -> None:
        before, now = self.watermark, self._watermark()
        if now == before:
            return
        self.watermark = now
        if now > day(self.clock):
            raise BrokenRuleError(f"watermark {now} is past the source's clock {self.clock}")
        lows = [batch.low for batch in self._open([batches.STAGED, batches.SENDING])]
        if before < now and lows and now > min(lows):
            raise BrokenRuleError(f"watermark {now} went past an open batch from {min(lows)}")

    # Coming to rest.

    def rest(self) -> None:
        """A person clears what failed and decides what is in doubt; runs follow until nothing changes."""
        for pid in [pid for pid in self.tasks.tries if pid in self.tasks.given_up]:
            self.tasks.tries.pop(pid).kill()
        self.tasks.given_up.clear()
        self.told.append("REST")
        self._drain()
        self.world.bad_keys = set()
        self.world.door.flying.clear()
        calm = 0
        for turn in range(30):
            if self.tasks.stopped:
                return
            before = (dict(self.world.door.last), {key: item.kind for key, item in self._items().items()})
            failed = self._next_failed(turn)
            self._decide()
            if failed:
                self.told.append("clear+ {} {}".format(*failed))
                self.tasks.clear(*failed, downstream=True)
            else:
                self.told.append("run")
                self.tasks.new_run()
            self._drain()
            after = (dict(self.world.door.last), {key: item.kind for key, item in self._items().items()})
            calm = calm + 1 if not failed and before == after else 0
            if calm == 2:
                break
        else:
            raise BrokenRuleError(f"stuck: something fails again and again: {self.tasks.errors}")
        self.check()

    def _drain(self) -> None:
        for _ in range(2000):
            alive = self.tasks.alive()
            if not alive:
                return
            self._step(alive[0])
        raise BrokenRuleError("stuck: a task never ends")

    def _next_failed(self, turn: int) -> tuple[int, str] | None:
        failed = next((one for one, state in sorted(self.tasks.states.items()) if state == FAILED), None)
        if failed:
            # Where clearing the task alone did not help, the message says to clear its run's poll.
            return failed if turn < 8 else (failed[0], "poll")
        named = self._named_by_alerts()
        for batch in self._open([batches.SENDING]):
            if batch.id in named:
                return int(batch.run_id), "deliver"
        return None

    def _named_by_alerts(self) -> set[int]:
        with self.world.ledger.read() as connection:
            causes = [one.cause for one in alerts.opened(connection)]
        return {int(cause.rsplit(":", 1)[1]) for cause in causes if cause.startswith("orphan:")}

    def _decide(self) -> None:
        """A person asks the partner, who tells the truth."""
        self._as_person(self._decide_as_the_partner_says)

    def _decide_as_the_partner_says(self) -> None:
        person = self.world.context("", "person")
        with self.world.ledger.read() as connection:
            files = {file.id: file for file in deliveries.listed(connection, None, 1000)}
        arrived = {name for name, _ in self.world.door.arrived}
        for file in files.values():
            gone = not ({file.name, file.temporary_name} & set(self.world.door.files))
            if file.state == deliveries.RENAMING and gone and not self.world.settings.partner_removes_files:
                try:
                    people.decide_delivery(
                        person, file, arrived=file.name in arrived, comment="asked", open_site=self.world.connect
                    )
                except ConfigurationError:
                    continue
        for item in self._items().values():
            if item.kind == "doubt":
                mine = [file for file in files.values() if file.batch_id == item.batch_id]
                there = any(file.name in arrived for file in mine)
                people.resolve(person, item, "asked", at_target=there, open_site=self.world.connect)

    def check(self) -> None:
        """What must be true at rest."""
        for batch in self._open([batches.SENDING]):
            raise BrokenRuleError(f"stuck: batch {batch.id} of run {batch.run_id} stays sending though nothing failed")
        waiting = self._items()
        for one in self.world.source.rows.values():
            key = f"{one['Supplier']}/{one['Invoice']}"
            _, there = self.world.door.last.get(key, (0, None))
            if there != one["Note"]:
                raise BrokenRuleError(
                    f"lost: {key} is '{one['Note']}' (version {one[VERSION]}), the partner has '{there}'; "
                    f"watermark {self._watermark()}, exception {waiting.get(key)}"
                )
        if waiting:
            raise BrokenRuleError(f"stuck: {waiting}")
