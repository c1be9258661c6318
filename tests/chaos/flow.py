"""What the harness needs of a flow under test: its tasks, its source, its target, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Protocol, Self

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem

Key = str


def lane_key(lane: str, key: Key) -> Key:
    """A record's key among those of all lanes."""
    return f"{lane}: {key}" if lane else key


@dataclass(frozen=True)
class Traits:
    """How the world of one schedule is made.

    Attributes:
        ledger: `sqlite` or `postgresql`.
        server: which of the flow's target servers is used.
        target_removes: whether the target takes away what has arrived.
        on_change: what becomes of a changed record that has been sent (`send` or `exception`).
        retries: of every task, before Airflow gives it up.
        max_active_runs: how many runs may be going on.
        answers_moved: whether acknowledgments, or whatever else comes in files, are moved away once read.
        answers_due: whether they are due at once.
        beside: the lanes that go on beside the first.
        keeps_session: whether the tasks of a run share a session of the system.
    """

    ledger: str = "sqlite"
    server: str = ""
    target_removes: bool = False
    on_change: str = "send"
    retries: int = 0
    max_active_runs: int = 1
    answers_moved: bool = False
    answers_due: bool = False
    beside: tuple[str, ...] = ()
    keeps_session: bool = False

    @property
    def lanes(self) -> tuple[str, ...]:
        """All lanes of this world; the first has no name."""
        return ("", *self.beside)


@dataclass(frozen=True)
class Arrival:
    """One record version that has reached the target, in its order."""

    key: Key
    version: str
    amount: str
    currency: str
    place: str


@dataclass(frozen=True)
class Held:
    """What a file holds: rows, and control totals by currency."""

    rows: int
    totals: Mapping[str, Decimal]


@dataclass(frozen=True)
class FlowLane:
    """One lane of a flow.

    Attributes:
        stream: as the ledger names it.
        target: likewise.
        group: the task group's name.
        upstream: its tasks in their order, with those that each waits for.
        acts: what can happen at the source that only this lane sees, see `Flow.act`.
    """

    stream: str
    target: str
    group: str
    upstream: Mapping[str, tuple[str, ...]]
    acts: Sequence[str] = ()


class Flow(Protocol):
    """A flow under test. `start` makes the world of one schedule; everything after it is about that world.

    A record's key says its lane, as `lane_key` does.
    """

    name: str
    lanes: Mapping[str, FlowLane]
    """Its lanes by name; the first one, which every world has, has none."""
    sends: str
    """The task that goes on with a batch that is being sent."""
    points: Mapping[str, tuple[str, ...]]
    """The failure points of each."""
    dag: str
    """`module:function` that makes its DAG in a task process."""
    kinds: Sequence[str]
    """The kinds of runs that it has, of `tests.chaos.runs.KINDS`."""
    length: tuple[int, int]
    """How many steps its schedules have, at least and at most."""
    stress: Mapping[str, int]
    """How many times as often as by its points a task is hurt; once, if it is not named."""
    acts: Sequence[str]
    """What can happen at its source, see `act`."""
    replies: Sequence[str]
    """What its target can answer, see `act`."""
    before_each: Sequence[str]
    """Acts that give every task something to do."""
    people: Sequence[str]
    """What people do with it more often than with every flow."""
    unreachable: str
    """An act that makes a record which only a rewind finds."""
    faults: Sequence[str]
    """What can go wrong with its servers, see `fault`."""

    def __enter__(self) -> Self:
        """Bring up what all schedules share."""

    def __exit__(self, *_error: object) -> None:
        """Take it down."""

    def traits(self, random: Random) -> Traits:
        """A world that this flow can have."""

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""

    def stop(self) -> None:
        """Take them down."""

    def ledger_url(self) -> str:
        """The schedule's ledger."""

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes."""

    def dag_arguments(self, lane: str) -> Mapping[str, Any]:
        """For `dag`, as the DAG of one lane."""

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks what it happens to. False where it can't now."""

    def fault(self, name: str, number: int) -> bool:
        """Switch something wrong on; False where this world does not have it."""

    def heal(self) -> None:
        """Everything that is wrong with servers and mappings is put right."""

    def catch_up(self) -> bool:
        """At rest, the target answers what it has left unanswered; False where there is nothing to answer."""

    def holds(self, ledger: Ledger, item: ExceptionItem) -> bool | None:
        """Whether the target holds a record that is in doubt, as a person sees it there; None: its files tell it."""

    def is_mended(self, item: ExceptionItem) -> bool:
        """Whether a person has mended what this exception is about, and has it tried again; at rest, once for each."""

    def open_site(self, to: Destination) -> AbstractContextManager[Any]:
        """The target's folder, for a person's decision."""

    def target_takes(self) -> None:
        """The target takes away what has arrived."""

    def look(self) -> None:
        """Note what has become of the source, and what has arrived, since the last look."""

    def history(self) -> Mapping[Key, Sequence[str]]:
        """The versions that each record of the source has had, oldest first; the last one is current."""

    def arrivals(self) -> Sequence[Arrival]:
        """Record versions in the order in which they reached the target."""

    def files(self) -> Mapping[str, bytes]:
        """The files that have arrived, by name."""

    def held(self, data: bytes) -> Held:
        """What an arrived file holds."""

    def replayed(self, name: str) -> None:
        """A person sends a file again; it may arrive once more."""

    def refused(self) -> Mapping[tuple[Key, str], int]:
        """Records that the target has refused, by key and place, with how many arrivals there were then."""

    def may_stay(self, cause: str) -> bool:
        """Whether an alert with this cause may be open at rest."""

    def further(self, ledger: Ledger, *, resting: bool) -> Iterator[tuple[str, str]]:
        """What breaks this flow's own rules: `lost`, `doubled` or `stuck`, and why."""

    def ceiling(self) -> str:
        """The source's clock, as a cursor."""

    def resting_watermark(self, lane: str) -> Collection[str]:
        """Where a lane's watermark may stand once everything has been read: the greatest cursor up to the clock.

        More than one place where a record with a greater cursor was deleted.
        """

    def gone(self) -> Collection[Key]:
        """Records that have been deleted at the source."""

    def amounts(self) -> Mapping[Key, tuple[str, str]]:
        """Amount and currency of each current record."""

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
