"""Records that are deleted are found by the keys that are gone; none is told to be deleted that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.polling import Backfill
from tests.support.engine_looks import at, items, kinds, open_alerts
from tests.support.engine_world import DAY, START, MemorySource, World, declaration, row

FLAG = {"DELETED": "boolean"}


def key(number: int) -> tuple[str, str]:
    return ("0000001", f"INV-{number:04d}")


def made(home: Path, url: str = "", **changes: object) -> World:
    columns = dict(declaration().columns) | FLAG
    versions = ["Supplier", "Invoice", "Amount", "Currency", "Note", "DELETED"]
    world = World(home, declaration(columns=columns, version_columns=versions, **changes), url=url)
    world.source.compares = True
    return world


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> World:
    """A stream that shows deleted records as rows."""
    return made(tmp_path, ledger_url)


def put(world: World, *numbers: int, day: int = 0, note: str = "") -> None:
    world.source.put(*(row(number, day, DELETED=False, Note=note) for number in numbers))


def later(world: World, run: str, day: int) -> None:
    """A run whose window lies above what the first ones read."""
    world.source.now = START + day * DAY
    put(world, 9000 + day, day=day)
    world.run(run)


def settled(world: World, *numbers: int) -> None:
    """These lie at the target, and below the next window."""
    put(world, *numbers)
    world.run("1")
    later(world, "1b", 5)


def arrived(world: World, number: int) -> list[str]:
    """The amounts with which an invoice has arrived; none says that it is deleted."""
    return [amount for shown, amount, _ in world.site.records() if shown == "/".join(key(number))]


def test_a_record_that_is_gone_is_told_once(world: World) -> None:
    settled(world, 1, 2, 3)
    del world.source.rows[key(2)]
    later(world, "2", 10)
    assert arrived(world, 2) == ["2.25", ""]
    later(world, "3", 20)
    assert world.run("4").counts["sent"] == 0
    assert (arrived(world, 2), arrived(world, 1)) == (["2.25", ""], ["1.25"])
    assert items(world) == []


def test_a_record_that_was_told_to_be_deleted_and_is_there_is_sent_again(world: World) -> None:
    settled(world, 1, 2, 3)
    world.source.hidden = {key(2)}
    later(world, "2", 10)
    assert arrived(world, 2) == ["2.25", ""]
    world.source.hidden = set()
    later(world, "3", 20)
    assert arrived(world, 2) == ["2.25", "", "2.25"], "although its date lies below the window"
    later(world, "4", 30)
    assert len(arrived(world, 2)) == 3


def test_what_the_window_has_met_is_not_deleted(world: World) -> None:
    put(world, 1, 2, 3)
    world.run("1")
    world.source.hidden = {key(2), key(3)}
    put(world, 3, note="changed")
    world.run("2")
    assert arrived(world, 2) == ["2.25"]
    assert arrived(world, 3) == ["3.25", "3.25"]


def test_what_was_claimed_after_the_poll_began_is_not_deleted(world: World) -> None:
    put(world, 1, 2, 3)
    world.run("1")
    world.source.now = START + 10 * DAY
    put(world, 4, 5, day=10)

    def other() -> None:
        theirs = World(world.home, world.declared, url=world.url, running={"2", "3"})
        theirs.source, theirs.site = MemorySource(world.declared), world.site
        theirs.source.now = world.source.now
        theirs.source.put(row(6, 10, DELETED=False))
        theirs.run("3")

    world.running = {"2", "3"}
    world.source.meanwhile = other
    world.run("2")
    assert arrived(world, 6) == ["6.25"]
    assert items(world) == []


@pytest.mark.parametrize("what", ["first load", "backfill"])
def test_no_deletion_is_told_in_a_first_load_or_a_backfill(world: World, what: str) -> None:
    put(world, 1, 2, 3)
    if what == "backfill":
        world.run("1")
        del world.source.rows[key(2)]
        world.run("2", Backfill(at(0), at(1)))
        assert arrived(world, 2) == ["2.25"]
    else:
        world.source.hidden = {key(2)}
        world.run("1")
        assert arrived(world, 2) == ["2.25"]


@pytest.mark.parametrize("left", [0, 12])
def test_a_table_that_seems_empty_is_a_question(world: World, left: int) -> None:
    numbers = range(1, 40) if left else range(1, 4)
    settled(world, *numbers)
    world.source.hidden = {key(number) for number in range(left + 1, 40)} | {key(9005), key(9010)}
    later(world, "2", 10)
    assert [cause.split(":")[0] for cause in open_alerts(world)] == ["vanished"]
    assert not any("" in arrived(world, number) for number in numbers)
    world.source.hidden = set()
    later(world, "3", 20)
    assert open_alerts(world) == []


def test_a_key_that_can_not_be_read_stops_the_comparison_alone(world: World) -> None:
    put(world, 1, 2, 3)
    world.run("1")
    del world.source.rows[key(2)]
    world.source.unreadable[key(3)] = "no key"
    world.source.keyless = True
    later(world, "2", 10)
    assert arrived(world, 2) == ["2.25"]
    assert arrived(world, 9010)


def test_a_stream_that_can_not_show_it_asks_a_person_once(tmp_path: Path, ledger_url: str) -> None:
    world = World(tmp_path, url=ledger_url)
    world.source.compares = True
    world.source.put(*(row(number) for number in range(1, 5)))
    world.run("1")
    del world.source.rows[key(2)]
    for run, day in (("2", 10), ("3", 20)):
        world.source.now = START + day * DAY
        world.source.put(row(9000 + day, day))
        world.run(run)
        assert kinds(world) == {"0002": "vanished"}
    people.resolve(world.context("", "person"), items(world)[0], "told the partner")
    world.run("4")
    assert items(world) == []


def test_a_version_of_other_columns_is_no_reason_to_keep_quiet(tmp_path: Path) -> None:
    world = made(tmp_path)
    put(world, 1, 2, 3)
    world.run("1")
    changed = made(tmp_path)
    changed.declared = declaration(
        columns=dict(declaration().columns) | FLAG, version_columns=["Supplier", "Invoice", "DELETED"]
    )
    columns = dict(world.declared.columns)
    del columns["Note"]
    changed.declared = declaration(columns=columns | {"Memo": "string(5)"}, version_columns=["Supplier", "DELETED"])
    changed.source.declared = changed.declared
    for number in (1, 3):
        changed.source.put({**row(number), "DELETED": False})
    changed.source.now = START + 10 * DAY
    changed.poll("2")
    with changed.ledger.read() as connection:
        assert connection.exec_driver_sql("SELECT rows FROM batch ORDER BY id").scalars().all() == [3, 1]


@settings(max_examples=20)
@given(steps=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["put", "delete", "hide"])), max_size=12))
def test_in_the_end_the_target_knows_what_is_there(
    steps: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = made(tmp_path_factory.mktemp("world"))
    put(world, *range(1, 7))
    world.run("first")
    for number, (which, what) in enumerate(steps):
        if what == "put":
            put(world, which, day=10 * number, note=str(number))
            world.source.hidden = set()
        elif what == "delete":
            world.source.rows.pop(key(which), None)
        else:
            world.source.hidden = {key(which)}
        later(world, f"step {number}", 10 * number + 1)
    world.source.hidden = set()
    later(world, "last", 500)
    last = {shown: amount for shown, amount, _ in world.site.records()}
    for number in range(1, 7):
        there = key(number) in world.source.rows
        assert bool(last["/".join(key(number))]) is there, number
