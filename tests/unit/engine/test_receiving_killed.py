"""Whatever arrives, grows or comes again, and wherever a run is killed: no file is lost, and none is read twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine import failure_points, receiving
from airflow_provider_mlconnector.engine.inbox import looks
from airflow_provider_mlconnector.ledger import inbox
from tests.support.engine_looks import kinds, sent
from tests.support.inbox_world import InboxWorld, export, invoice
from tests.support.tries import KilledError

Arrival = tuple[str, list[tuple[int, str]]]
LINES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from("ab")), max_size=3, unique_by=lambda line: line[0])
ARRIVALS = st.tuples(st.sampled_from(["invoices_1.csv", "invoices_2.csv", "invoices_3.csv"]), LINES)
STEPS = st.lists(st.one_of(ARRIVALS, st.integers(0, 40)), max_size=10)
"""A file that arrives, grows or is overwritten; or a run that is killed at its n-th point."""


class Play:
    """One schedule."""

    def __init__(self, home: Path) -> None:
        self.world = InboxWorld(home, settings_of={"settle_seconds": 10})
        self.moment = 0
        self.runs = 0
        self.numbers: set[int] = set()

    def arrive(self, name: str, lines: list[tuple[int, str]]) -> None:
        self.moment += 1
        self.world.put(name, export(*(invoice(number, note) for number, note in lines)), at=self.moment)

    def run(self, points: int = -1) -> None:
        """A run of its own, killed when it reaches one more point than these."""
        left = points

        def reached(_point: str) -> None:
            nonlocal left
            if left == 0:
                raise KilledError
            left -= 1

        self.runs += 1
        failure_points.arm(reached)
        try:
            self.world.run(str(self.runs))
        except KilledError:
            event("killed")
        finally:
            failure_points.arm(None)
        self.check_numbers()

    def finish(self) -> None:
        """Every run that has begun to send is cleared; then two that nobody kills."""
        for run in range(1, self.runs + 1):
            self.world.run(str(run))
        self.run()
        self.run()

    def check_numbers(self) -> None:
        now = {file.number for file in self.world.files(inbox.KEPT) if file.number is not None}
        assert self.numbers <= now
        assert all(number > max(self.numbers, default=0) for number in now - self.numbers)
        self.numbers = now


@pytest.mark.slow(reason="each schedule is several whole runs over a ledger of its own")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_no_file_is_lost_and_none_is_read_twice(steps: list[Arrival | int]) -> None:
    with tempfile.TemporaryDirectory() as home:
        play = Play(Path(home))
        for step in steps:
            if isinstance(step, int):
                play.run(step)
            else:
                play.arrive(*step)
        play.finish()
        check(play.world)


def check(world: InboxWorld) -> None:
    """What lies there has been taken in; what was in it was sent once, and what is newer waits for a person."""
    by_look = {file.look: file for file in world.files(inbox.KEPT, inbox.REPEATED)}
    hashes = {file.sha256 for file in world.files(inbox.KEPT)}
    for look in looks(world.box):
        assert by_look[look].sha256 in hashes
    newest: dict[str, str] = {}
    for file in sorted(world.files(inbox.KEPT), key=lambda file: file.modified):
        data = world.staging.read_bytes(file.staged, receiving.staged_name(file)).decode()
        cells = [line.split(",") for line in data.splitlines()[1:]]
        newest |= {line[1].removeprefix("INV-"): line[5] for line in cells}
    gone = dict(sent(world))
    assert Counter(number for number, _ in sent(world)) == Counter(newest.keys())
    assert {number for number, note in newest.items() if gone[number] != note} == set(kinds(world))
    assert set(kinds(world).values()) <= {"changed"}
