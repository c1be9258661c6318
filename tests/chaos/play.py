"""Playing a schedule: each action is done, or skipped where it can't be done now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_mlconnector.engine import people, replaying
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import batches, deliveries
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from tests.chaos import schedule as s
from tests.chaos.order import Hurt
from tests.chaos.runs import NONE, RUNNING, Run
from tests.chaos.world import BEHIND, BrokenError, Paused, World


class Player:
    """Plays actions in a world.

    Args:
        world: where.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._done_at_restore = (0, 0)
        self._actions: dict[str, Callable[..., object]] = {
            s.RUN: self._run, s.GO: self._go, s.WAKE: self._wake, s.KILL: self._kill, s.GIVE_UP: self._give_up,
            s.CLEAR: self._clear, s.CLEAR_DOWN: self._clear_down, s.CLEAR_RUN: self._clear_run, s.MARK: self._mark,
            s.LOSE_XCOMS: self.world.airflow.lose_xcoms, s.DELETE: self._delete, s.SOURCE: self.world.flow.act,
            s.FAULT: self.world.flow.fault, s.HEAL: self.world.flow.heal, s.TAKES: self._takes,
            s.ABANDON: self._abandon, s.REWIND: self._rewind, s.RESOLVE: self._resolve, s.RETRY: self._retry,
            s.DECIDE: self.decide, s.REPLAY: self._replay, s.BACK_UP: self._back_up, s.RESTORE: self._restore,
            s.RESTORE_NEWEST: self._restore_newest,
        }  # fmt: skip

    def play(self, actions: tuple[s.Action, ...]) -> None:
        """Play them all; after a task has said that the ledger was restored, nobody does anything but mend that."""
        for action in actions:
            if not self.world.stopped or action[0] == s.RESTORE_NEWEST:
                self._actions[str(action[0])](*action[1:])
                self.world.look()

    # Runs and tries.

    def _run(self, kind: str, since: str = "", until: str = "", lane: str = "") -> None:
        of_dag = [run for run in self.world.airflow.runs.values() if run.lane == lane and run.kind != "copy"]
        if kind == "copy" or sum(not run.finished for run in of_dag) < self.world.traits.max_active_runs:
            self.world.airflow.new_run(kind, since, until, lane)

    def _go(self, number: int, task: str, how: str = "", where: str = "", nth: int = 1) -> None:
        run = self.world.airflow.runs.get(number)
        if run is not None:
            self.go(run, task, Hurt(how, where, nth) if how else None)

    def go(self, run: Run, until: str, hurt: Hurt | None = None) -> bool:
        """Go on with a run up to a task, which is hurt; returns whether there was anything to do."""
        tasks, airflow, went = list(run.states), self.world.airflow, False
        while until in tasks and not self.world.stopped and (task := airflow.next_task(run)) is not None:
            if tasks.index(task) > tasks.index(until):
                break
            good = self.world.start(run, task, hurt if task == until else None)
            went = True
            if task == until or not good:
                break
        return went

    def _wake(self, number: int, task: str) -> None:
        for paused in self._paused(number, task)[:1]:
            self.world.wake(paused)

    def _kill(self, number: int, task: str) -> None:
        for paused in self._paused(number, task)[:1]:
            self.world.kill(paused)

    def _give_up(self, number: int, task: str) -> None:
        for paused in self._paused(number, task):
            self.world.give_up(paused)

    def _paused(self, number: int, task: str) -> list[Paused]:
        return [each for each in self.world.paused if (each.run.number, each.order.task) == (number, task)]

    # What people do in Airflow.

    def _clear(self, number: int, task: str) -> None:
        self._cleared(number, lambda _run: [task])

    def _clear_down(self, number: int, task: str) -> None:
        self._cleared(number, lambda run: self.world.airflow.downstream(run, task))

    def _clear_run(self, number: int) -> None:
        self._cleared(number, lambda run: list(run.states))

    def _cleared(self, number: int, which: Callable[[Run], list[str]]) -> None:
        """A task that runs is taken from its process first, which may not hear of it."""
        run = self.world.airflow.runs.get(number)
        if run is None:
            return
        tasks = [task for task in which(run) if task in run.states]
        for paused in self.world.paused:
            if paused.run is run and paused.order.task in tasks:
                self.world.give_up(paused)
        self.world.airflow.clear(run, tasks)

    def _mark(self, number: int, task: str) -> None:
        run = self.world.airflow.runs.get(number)
        if run is not None and run.states.get(task, NONE) not in (RUNNING, NONE):
            self.world.airflow.mark_success(run, task)

    def _delete(self, number: int) -> None:
        run = self.world.airflow.runs.get(number)
        if run is not None and run.finished and not any(paused.run is run for paused in self.world.paused):
            self.world.airflow.delete(run)

    def _takes(self) -> None:
        if self.world.traits.target_removes:
            self.world.flow.target_takes()

    # What people do with the ledger.

    def person(self, act: Callable[[], Any]) -> None:
        """A person acts; what they are refused, they leave."""
        try:
            act()
        except (ConfigurationError, TransientError):
            return
        except IntegrityError as error:
            if BEHIND not in str(error) or not self.world.restored:
                raise BrokenError("stuck", f"a person was told: {error}") from None
            self.world.stopped = True

    def _abandon(self, number: int) -> None:
        sending = [batch for batch in self.world.open_batches() if batch.state == batches.SENDING]
        if sending:
            chosen = sending[number % len(sending)]
            self.person(lambda: people.abandon(self.world.context(chosen.lane_id), chosen.id, "chaos"))

    def _rewind(self) -> None:
        """Every lane to the beginning, for a record that came too late for any other way to find it."""
        before = self.world.in_ledger()
        if "" not in before or not all(lane.watermark for lane in before.values()):
            return
        for lane in before.values():
            self.person(partial(people.rewind, self.world.context(lane.id), "", "chaos"))
        after = self.world.in_ledger()
        if all(after[name].generation > lane.generation for name, lane in before.items()):
            self.world.flow.act(self.world.flow.unreachable, before[""].generation)
        self.world.watermarks = self.world.now_watermarks()

    def _resolve(self, number: int) -> None:
        items = [(key, item) for key, item in self.world.aside().items() if item.kind != "doubt"]
        if not items:
            return
        key, item = items[number % len(items)]
        self.person(lambda: people.resolve(self.world.context(item.lane_id), item, "chaos"))
        if key not in self.world.aside():
            self.world.dismissed[key] = len(self.world.flow.history().get(key, ()))

    def _retry(self, number: int) -> None:
        items = self.world.items()
        if items:
            item = items[number % len(items)]
            self.person(lambda: people.retry(self.world.context(item.lane_id), item))

    def retry_mended(self) -> bool:
        """A person has what they have mended tried again; returns whether there was anything."""
        mended = [item for item in self.world.items() if self.world.flow.is_mended(item)]
        for item in mended:
            self.person(partial(people.retry, self.world.context(item.lane_id), item))
        return bool(mended)

    def decide(self) -> None:
        """A person asks the target what has arrived, and says so."""
        arrived = set(self.world.flow.files())
        with self.world.ledger.read() as connection:
            files = deliveries.listed(connection, None, 1000)
        for file in files:
            if file.state == deliveries.RENAMING and self._in_doubt(file.id):
                self.person(partial(self._decide_file, file, arrived=file.name in arrived))
        for item in self.world.items():
            if item.kind == "doubt":
                there = self.world.flow.holds(self.world.ledger, item)
                if there is None:
                    there = any(file.name in arrived for file in files if file.batch_id == item.batch_id)
                self.person(partial(self._decide_item, item, at_target=there))

    def _decide_file(self, file: Delivery, *, arrived: bool) -> None:
        site, context = self.world.flow.open_site, self.world.context(file.lane_id)
        people.decide_delivery(context, file, arrived=arrived, comment="asked", open_site=site)

    def _decide_item(self, item: ExceptionItem, *, at_target: bool) -> None:
        site, context = self.world.flow.open_site, self.world.context(item.lane_id)
        people.resolve(context, item, "asked", at_target=at_target, open_site=site)

    def _in_doubt(self, delivery: int) -> bool:
        """Only a task that says so sends a person to the partner."""
        said = f"deliveries confirm {delivery}'"
        return any(said in error for run in self.world.airflow.runs.values() for error in run.errors.values())

    def _replay(self, number: int) -> None:
        """The partner has mislaid a file."""
        with self.world.ledger.read() as connection:
            sent = [file for file in deliveries.listed(connection, None, 1000) if file.state == deliveries.CONFIRMED]
        if sent:
            file, site = sent[number % len(sent)], self.world.flow.open_site
            self.world.flow.replayed(file.name)
            self.person(lambda: replaying.replay(self.world.context(file.lane_id), file, site, "chaos"))

    # Backups.

    def _file(self) -> Path:
        return Path(urlsplit(self.world.flow.ledger_url()).path.replace("//", "/"))

    def _back_up(self) -> None:
        _copy(self._file(), self.world.home / "yesterday.db")

    def _restore(self) -> None:
        """Whoever restores a database has stopped the workers."""
        yesterday = self.world.home / "yesterday.db"
        if not yesterday.exists() or self.world.restored:
            return
        self.world.kill_all()
        _copy(self._file(), self.world.home / "newest.db")
        _copy(yesterday, self._file())
        self.world.restored = True
        self.world.watermarks = self.world.now_watermarks()
        self._done_at_restore = self._done()

    def _restore_newest(self) -> None:
        """What the error asks for; not where something was done with the older ledger before it came."""
        if self.world.stopped and self._done() == self._done_at_restore:
            self.world.kill_all()
            _copy(self.world.home / "newest.db", self._file())
            self.world.restored = self.world.stopped = False
            self.world.watermarks = self.world.now_watermarks()

    def _done(self) -> tuple[int, int]:
        good = sum(outcome.state != "failed" for _, outcome in self.world.outcomes)
        return good, len(self.world.flow.arrivals())


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
