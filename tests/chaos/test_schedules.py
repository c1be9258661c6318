"""A few schedules of `make chaos`, and proof that its judge can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.chaos import csv_files, judge, schedule
from tests.chaos.flow import Arrival, Flow, Traits
from tests.chaos.judge import Aside, Evidence
from tests.chaos.order import EXECUTED, PUSHED, STARTED
from tests.chaos.schedule import Action, Schedule, each_point, make
from tests.chaos.syspro_to_sftp import SysproToSftp
from tests.chaos.verdict import run, shortest
from tests.chaos.workers import Workers
from tests.chaos.world import World

SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def flow() -> Iterator[Flow]:
    with SysproToSftp() as entered:
        yield entered


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(SysproToSftp.dag) as entered:
        yield entered


@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_ends_with_every_record_once(flow: Flow, workers: Workers, seed: int) -> None:
    made = make(flow, seed)
    verdict = run(flow, workers, made)
    assert not verdict.what, f"{verdict.reason}\n{made.story()}"


@pytest.mark.slow(reason="one run of five processes for every failure point, each killed or paused there")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["kill", "pause"])
def test_a_try_hurt_at_every_point_loses_and_doubles_nothing(flow: Flow, workers: Workers, how: str) -> None:
    verdict = run(flow, workers, each_point(flow, how))
    assert not verdict.what, verdict.reason


def test_an_undisturbed_run_reaches_every_point(flow: Flow, workers: Workers, tmp_path: Path) -> None:
    traits = Traits(server="openssh")
    flow.start(tmp_path, traits)
    world = World(flow, traits, tmp_path, workers)
    try:
        begun = world.airflow.new_run("scheduled")
        for task in flow.lanes[""].upstream:
            assert world.start(begun, task), begun.errors
        reached = {order.task: tuple(outcome.reached) for order, outcome in world.outcomes}
    finally:
        world.clean()
        flow.stop()
    assert reached == {task: (STARTED, *points, EXECUTED, PUSHED) for task, points in flow.points.items()}


@pytest.mark.parametrize(
    ("broken", "actions", "what"),
    [
        ("delivery believed", [("run", "scheduled"), ("go", 1, "deliver", "kill", "renaming", 1)], "lost"),
        ("memory lost", [("run", "scheduled"), ("go", 1, "commit")], "doubled"),
        (
            "watermark leaps",
            [("run", "scheduled"), ("go", 1, "deliver"), ("run", "scheduled"), ("go", 2, "commit")],
            "lost",
        ),
    ],
)
def test_a_broken_rule_is_noticed(
    flow: Flow, workers: Workers, broken: str, actions: Sequence[Action], what: str
) -> None:
    made = Schedule(0, Traits(server="openssh", max_active_runs=2), actions)
    assert run(flow, workers, made).what == ""
    assert run(flow, workers, made, broken).what == what


def test_a_seed_makes_the_same_schedule_again() -> None:
    assert make(SysproToSftp(), 7) == make(SysproToSftp(), 7)
    assert make(SysproToSftp(), 7).actions != make(SysproToSftp(), 9).actions


def test_a_failing_schedule_is_made_short() -> None:
    actions: list[Action] = [(schedule.SOURCE, "new", number) for number in range(20)]
    wanted = {actions[3], actions[17]}
    assert set(shortest(lambda fewer: wanted <= set(fewer), actions)) == wanted


EVIDENCE = Evidence(
    history={"a": ["1", "2", "1"], "b": ["1"]},
    arrivals=[Arrival("a", version, "1.00", "EUR", "file") for version in ("1", "2", "1")],
    aside={"b": Aside("mapping", "is blank")},
    dismissed=(),
    amounts={"a": ("1.00", "EUR"), "b": ("5.00", "EUR")},
    watermarks={"": "2026-03-31"},
    resting={"": {"2026-03-31"}},
)
ARRIVED = list(EVIDENCE.arrivals)


@pytest.mark.parametrize(
    ("evidence", "doubled", "lost", "stuck"),
    [
        (EVIDENCE, 0, 0, 0),
        (replace(EVIDENCE, arrivals=[*ARRIVED, ARRIVED[-1]]), 2, 0, 0),
        (replace(EVIDENCE, arrivals=[ARRIVED[1], ARRIVED[0], ARRIVED[1]]), 1, 1, 0),
        (replace(EVIDENCE, arrivals=ARRIVED[:2]), 0, 1, 0),
        (replace(EVIDENCE, aside={}), 0, 2, 0),
        (replace(EVIDENCE, aside={}, dismissed={"b"}), 0, 0, 0),
        (replace(EVIDENCE, amounts={"a": ("2.00", "EUR")}), 0, 1, 0),
        (replace(EVIDENCE, watermarks={"": "2026-03-30"}), 0, 1, 0),
        (replace(EVIDENCE, aside={"b": Aside("waiting", "for batch 1")}), 0, 0, 1),
        (replace(EVIDENCE, gone={"b"}, aside={"b": Aside("unreadable", "deleted")}), 0, 0, 0),
        (replace(EVIDENCE, gone={"a"}, amounts={}), 0, 1, 0),
        (replace(EVIDENCE, gone={"a"}, amounts={}, aside={**EVIDENCE.aside, "a": Aside("vanished", "")}), 0, 0, 1),
        (replace(EVIDENCE, aside={**EVIDENCE.aside, "a": Aside("changed", "after it was sent")}), 0, 0, 1),
        (replace(EVIDENCE, open_batches=["1"], open_alerts=["orphan"]), 0, 0, 2),
    ],
)
def test_the_judge_tells_what_is_wrong(evidence: Evidence, doubled: int, lost: int, stuck: int) -> None:
    assert len(list(judge.doubled(evidence))) == doubled
    assert len(list(judge.lost(evidence))) == lost
    assert len(list(judge.stuck(evidence))) == stuck


def test_a_file_is_counted_against_what_the_ledger_tells() -> None:
    files, look = {"file": b"Amount,Currency\n1.00,EUR\n2.00,EUR\n"}, csv_files.held
    assert not list(judge.counted(files, {"file": (2, {"EUR": "3.00"})}, look))
    assert list(judge.counted(files, {"file": (2, {"EUR": "3.01"})}, look))
    assert list(judge.counted(files, {"file": (1, {"EUR": str(Decimal(3))})}, look))
    assert list(judge.counted(files, {"other": (2, {"EUR": "3.00"})}, look))
