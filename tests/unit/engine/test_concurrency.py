"""Runs that go on at once, in threads, on each kind of ledger: every record once, whoever is faster."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_mlconnector.errors import MlconnectorError
from tests.support.engine_looks import items, sent
from tests.support.engine_world import World, row
from tests.support.together import together

RUNS = 4


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> World:
    made = World(tmp_path, url=ledger_url)
    made.running = {str(run) for run in range(RUNS)}
    return made


def at_rest(world: World) -> None:
    world.running = set()
    for run in range(RUNS):
        world.run(str(run))
    world.run("last")
    assert items(world) == []


def test_polls_at_once_claim_each_record_once(world: World) -> None:
    world.source.put(*(row(number) for number in range(20)))
    counts = together(RUNS, lambda run: world.poll(str(run)).figures["counts"])
    assert sum(count["claimed"] for count in counts) == 20
    at_rest(world)
    assert Counter(number for number, _ in sent(world)) == Counter(f"{number:04d}" for number in range(20))


def test_whole_runs_at_once_send_each_version_once(world: World) -> None:
    world.source.put(*(row(number, Note="A") for number in range(20)))

    def work(run: int) -> None:
        world.source.put(row(run, Note="B"))
        world.run(str(run))

    together(RUNS, work)
    at_rest(world)
    notes = {number: [note for other, note in sent(world) if other == number] for number, _ in sent(world)}
    assert len(notes) == 20
    for number, found in notes.items():
        expected = (["B"], ["A", "B"]) if int(number) < RUNS else (["A"],)
        assert found in expected, (number, found)


def test_tries_of_one_run_at_once_send_one_file(world: World) -> None:
    world.source.put(row(1), row(2))
    world.poll("0")
    world.format("0")

    def deliver(_: int) -> str:
        try:
            world.deliver("0")
        except (MlconnectorError, FileExistsError) as error:
            return type(error).__name__
        return ""

    assert "" in together(RUNS, deliver)
    world.commit("0")
    assert len(world.site.arrived) == 1


def test_polls_of_one_run_at_once_leave_one_batch(world: World) -> None:
    world.source.put(row(1), row(2))
    together(RUNS, lambda _: world.poll("0"))
    at_rest(world)
    assert [number for number, _ in sent(world)] == ["0001", "0002"]
