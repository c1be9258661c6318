"""What is forgotten, and which staged files go (rule 10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.committing import Retention
from airflow_provider_mlconnector.engine.polling import Backfill
from tests.support.engine_looks import at, killed, sent
from tests.support.engine_world import DAY, START, World, declaration, row
from tests.support.scene import Scene

NOW = timedelta(seconds=-1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.retention = Retention(remember=NOW, staging=timedelta(days=30))
    return made


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def later(world: World, run: str, day: int) -> None:
    world.source.put(row(day, day))
    world.source.now = START + day * DAY
    world.run(run)


def remembered(world: World) -> int:
    with world.ledger.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM claim")).scalar_one())


def test_no_window_is_too_old_to_know_what_was_sent(world: World) -> None:
    for run, day in enumerate((1, 20, 40)):
        later(world, str(run), day)
    world.run("back", Backfill(at(0), at(50)))
    people.rewind(world.context("", "person"), at(0), "a lost paper")
    world.run("rewound")
    assert len(sent(world)) == 3


def test_a_record_whose_date_moves_is_not_forgotten(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(version_columns=["Note"]))
    world.retention = Retention(remember=NOW, staging=timedelta(days=30))
    for run, day in enumerate((0, 20, 40, 60)):
        world.source.put(row(7, day, Note="A"))
        later(world, str(run), day + 1)
    assert [number for number, _ in sent(world)].count("0007") == 1


def test_a_poll_that_began_before_the_forgetting_sends_nothing_again(scene: Scene) -> None:
    scene.world.retention = Retention(remember=NOW, staging=timedelta(days=30))
    scene.on(1)
    scene.put(1, "A")
    scene.run()
    old = scene.begin()
    scene.go(old, "poll", "after a transaction", 2)
    for number, day in ((2, 20), (3, 40)):
        scene.on(day)
        scene.put(number, "A")
        scene.run()
    scene.through(old)
    assert scene.sent(1) == "A"


@pytest.mark.parametrize("day", [None, 26_000], ids=["null", "2099"])
def test_a_row_that_every_window_takes_in_is_never_forgotten(world: World, day: int | None) -> None:
    world.source.put(row(7, day))
    later(world, "1", 1)
    for run, at_day in enumerate((20, 40, 60)):
        later(world, f"later {run}", at_day)
    assert [number for number, _ in sent(world)].count("0007") == 1


def test_an_open_item_is_never_forgotten_while_it_is_read_again(tmp_path: Path) -> None:
    declared = declaration(detect="open_items", open_when=[{"column": "Note", "values": ["open"]}])
    world = World(tmp_path, declared)
    world.retention = Retention(remember=NOW, staging=timedelta(days=30))
    world.source.put(row(7, 0, Note="open"))
    for run, at_day in enumerate((1, 20, 40, 60)):
        later(world, f"later {run}", at_day)
    world.source.put(row(7, 0, Note="open", Currency="USD"))
    for run, at_day in enumerate((80, 100)):
        later(world, f"after {run}", at_day)
    assert [number for number, _ in sent(world)].count("0007") == 2


def test_a_surpassed_version_is_forgotten_and_the_newest_is_not(world: World) -> None:
    world.retention = Retention(remember=NOW, staging=timedelta(days=30))
    for run, note in enumerate("ABC"):
        world.source.put(row(1, Note=note))
        world.run(str(run))
    assert remembered(world) == 1
    world.run("again")
    assert len(sent(world)) == 3


def test_nothing_of_ended_runs_stays_in_staging(world: World) -> None:
    world.retention = Retention(timedelta(days=400), staging=NOW)
    world.source.put(row(1))
    world.poll("1")
    world.format("1")
    (world.home / "staging").joinpath(world.staging.new_folder("flow/invoices/partner", "mapped")).mkdir(mode=0o700)
    world.run("2")
    world.source.put(row(2, 1))
    world.run("3")
    assert len(sent(world)) == 2
    left = {path.parent.name for path in (world.home / "staging").rglob("*") if path.is_file()}
    assert left == {"markers"}


def test_what_an_open_batch_may_need_stays_in_staging(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "frozen")
    mapped = world.home / "staging" / world.staging.new_folder("flow/invoices/partner", "mapped")
    mapped.mkdir(mode=0o700)
    world.retention = Retention(timedelta(days=400), staging=NOW)
    world.source.put(row(2, 1))
    world.run("2")
    assert mapped.exists()
    world.run("1")
    assert len(sent(world)) == 2
