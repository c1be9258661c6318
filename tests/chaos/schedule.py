"""Schedules of disturbances: plain lists of concrete actions, made from a seed, shown one a line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.chaos.flow import Flow, Traits
from tests.chaos.order import EXECUTED, PUSHED, STARTED
from tests.chaos.runs import KINDS

Action = tuple[str | int, ...]
RUN, GO, WAKE, KILL, GIVE_UP = "run", "go", "wake", "kill", "give up"
CLEAR, CLEAR_DOWN, CLEAR_RUN, MARK = "clear", "clear with downstream", "clear run", "mark success"
LOSE_XCOMS, DELETE = "lose xcoms", "delete run"
SOURCE, FAULT, HEAL, TAKES = "source", "fault", "heal", "target takes"
ABANDON, REWIND, RESOLVE, RETRY, DECIDE = "abandon", "rewind", "resolve", "retry", "decide doubts"
REPLAY = "replay"
BACK_UP, RESTORE, RESTORE_NEWEST = "back up", "restore", "restore newest"
RARE = (LOSE_XCOMS, DELETE, ABANDON, REWIND, RESOLVE, RETRY, DECIDE, MARK, FAULT)
KIND_WEIGHTS = dict(zip(KINDS, (10, 3, 2, 2, 2, 1), strict=True))


@dataclass(frozen=True)
class Schedule:
    """One schedule.

    Attributes:
        seed: that it was made from.
        traits: of its world.
        actions: what happens, in order.
    """

    seed: int
    traits: Traits
    actions: Sequence[Action]

    def with_actions(self, actions: Sequence[Action]) -> Schedule:
        """The same world with other actions."""
        return replace(self, actions=tuple(actions))

    def story(self) -> str:
        """One action a line."""
        lines = [f"seed {self.seed}: {self.traits}", *(shown(action) for action in self.actions)]
        return "\n    ".join(lines)


def shown(action: Action) -> str:
    """An action as a line."""
    return " ".join(str(word) for word in action if word != "")


@dataclass
class _Making:
    """What the maker believes of the runs, so that most of what it asks for can be done."""

    flow: Flow
    random: Random
    traits: Traits
    runs: int = 0
    going: dict[int, int] = field(default_factory=dict)
    """Unfinished runs, with the place of their next task."""
    failed: list[tuple[int, str]] = field(default_factory=list)
    paused: list[tuple[int, str]] = field(default_factory=list)
    backed_up: bool = False
    restored: bool = False
    actions: list[Action] = field(default_factory=list)
    lanes: dict[int, str] = field(default_factory=dict)
    """Of the runs."""

    def __post_init__(self) -> None:
        beside = [act for lane in self.traits.lanes for act in self.flow.lanes[lane].acts]
        self.acts = (*self.flow.acts, *beside)
        self.rare = self.random.sample(RARE, 4)
        self.restores = self.traits.ledger == "sqlite" and self.random.random() < 0.25

    def step(self) -> None:
        """One more action."""
        choices = [(self._go, 12 if self.going else 0), (self._run, 0 if len(self.going) >= self._most else 6)]
        choices += [(self._source, 5), (self._clear, 4 if self.runs else 0), (self._paused, 4 if self.paused else 0)]
        choices += [(self._rarely, 3 if self.runs else 0), (self._backups, 2 if self.restores and self.runs else 0)]
        choices += [(self._takes, 2 if self.traits.target_removes else 0)]
        choices += [(self._reply, 4 if self.flow.replies and self.runs else 0)]
        choices += [(self._person, 2 if self.flow.people and self.runs else 0)]
        acts, weights = zip(*choices, strict=True)
        self.random.choices(acts, weights)[0]()

    @property
    def _most(self) -> int:
        return self.traits.max_active_runs + len(self.traits.beside)

    def _tasks(self, run: int) -> list[str]:
        return list(self.flow.lanes[self.lanes[run]].upstream)

    def _add(self, *action: str | int) -> None:
        self.actions.append(action)

    def _number(self) -> int:
        return self.random.randrange(60)

    def _run(self) -> None:
        [kind] = self.random.choices(self.flow.kinds, [KIND_WEIGHTS[each] for each in self.flow.kinds])
        window = self.flow.window(self._number()) if kind in ("backfill", "params") else ("", "")
        self.runs += 1
        self.going[self.runs] = 0
        self.lanes[self.runs] = lane = self.random.choice(("", *self.traits.lanes))
        if self.random.random() < 0.6:
            # A run that finds nothing new tests little.
            self._source()
        self._add(RUN, kind, *window, lane)

    def _go(self) -> None:
        run = self.random.choice(list(self.going))
        all_tasks = self._tasks(run)
        places = range(self.going[run], len(all_tasks))
        # Tasks with more points are hurt more often; an unhurt run mostly goes to its end.
        tasks = [all_tasks[place] for place in places]
        weights = [len(self.flow.points[task]) * self.flow.stress.get(task, 1) for task in tasks]
        [place] = self.random.choices(places, weights)
        hurt = self._hurt(all_tasks[place])
        place = place if hurt or self.random.random() < 0.3 else len(all_tasks) - 1
        task = all_tasks[place]
        self._add(GO, run, task, *hurt)
        if not hurt:
            self.going[run] = place + 1
            if place + 1 == len(all_tasks):
                del self.going[run]
            return
        self.going[run] = place
        if hurt[0] == "pause":
            self.paused.append((run, task))
        else:
            self.failed.append((run, task))
        if not self.traits.retries or hurt[0] == "pause":
            del self.going[run]

    def _hurt(self, task: str) -> Action:
        chance = self.random.random()
        if chance < 0.4:
            return ()
        if chance < 0.5:
            return ("drop", self.random.choice(("before", "after")), self.random.randint(1, 6))
        point = self.random.choice((STARTED, *self.flow.points[task], EXECUTED, PUSHED))
        nth = self.random.randint(1, 3) if point == "unmarked" else 1
        return ("kill" if chance < 0.75 else "pause", point, nth)

    def _source(self) -> None:
        self._add(SOURCE, self.random.choice(self.acts), self._number())

    def _reply(self) -> None:
        self._add(SOURCE, self.random.choice(self.flow.replies), self._number())

    def _person(self) -> None:
        self._add(self.random.choice(self.flow.people), self._number())

    def _paused(self) -> None:
        run, task = self.random.choice(self.paused)
        name = self.random.choices((WAKE, KILL, GIVE_UP), (4, 1, 3))[0]
        if name != GIVE_UP:
            self.paused.remove((run, task))
            tasks = self._tasks(run)
            self.going[run] = tasks.index(task) + 1 if task != tasks[-1] else 0
        self._add(name, run, task)

    def _clear(self) -> None:
        if self.failed and self.random.random() < 0.6:
            run, task = self.failed.pop(self.random.randrange(len(self.failed)))
        else:
            run, task = self._any_task()
        name = self.random.choices((CLEAR_DOWN, CLEAR, CLEAR_RUN), (5, 3, 2))[0]
        self.going[run] = 0 if name == CLEAR_RUN else self._tasks(run).index(task)
        self._add(name, run, *(() if name == CLEAR_RUN else (task,)))

    def _rarely(self) -> None:
        name = self.random.choice(self.rare)
        if name == FAULT:
            self._add(*((FAULT, self.random.choice(self.flow.faults), self._number()) if self._even() else (HEAL,)))
        elif name == MARK:
            self._add(MARK, *self._any_task())
        elif name == DELETE:
            self._add(DELETE, self.random.randint(1, self.runs))
        else:
            self._add(name, *(() if name in (LOSE_XCOMS, REWIND, DECIDE) else (self._number(),)))

    def _any_task(self) -> tuple[int, str]:
        run = self.random.randint(1, self.runs)
        return run, self.random.choice(self._tasks(run))

    def _even(self) -> bool:
        return self.random.random() < 0.6

    def _backups(self) -> None:
        if not self.backed_up:
            self._add(BACK_UP)
            self.backed_up = True
        elif self.restored:
            self._add(RESTORE_NEWEST)
        elif self.random.random() < 0.3:
            self._add(RESTORE)
            self.restored = True

    def _takes(self) -> None:
        self._add(TAKES)


def make(flow: Flow, seed: int) -> Schedule:
    """The schedule of a seed: ledgers by turns, and everything else at random."""
    random = Random(f"{flow.name} {seed}")
    traits = replace(flow.traits(random), ledger="postgresql" if seed % 2 else "sqlite")
    making = _Making(flow, random, traits)
    for _ in range(random.randint(*flow.length)):
        making.step()
    return Schedule(seed, traits, tuple(making.actions))


def each_point(flow: Flow, how: str, tasks: Collection[str] = (), traits: Traits | None = None) -> Schedule:
    """A schedule that hurts one try at every point of these tasks, or all, each in a run that is cleared then."""
    actions: list[Action] = []
    number = 0
    for task, points in flow.points.items():
        if tasks and task not in tasks:
            continue
        for point in (STARTED, *points, EXECUTED, PUSHED):
            number += 1
            actions += [(SOURCE, act, number) for act in flow.before_each]
            actions += [(RUN, KINDS[0]), (GO, number, task, how, point, 1)]
            actions += [(GIVE_UP, number, task)] if how == "pause" else []
            actions += [(CLEAR_DOWN, number, task), (GO, number, list(flow.lanes[""].upstream)[-1])]
            actions += [(WAKE, number, task)] if how == "pause" else []
    world = traits or Traits(server=flow.traits(Random(0)).server)
    return Schedule(0, replace(world, max_active_runs=number), actions)
