"""A stream's version columns change: what is unchanged goes over in silence, a real change is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.engine import people
from tests.support.engine_looks import items, killed, sent
from tests.support.engine_world import DAY, START, World, declaration, row


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def on(world: World, day: int) -> None:
    world.source.now = START + day * DAY


def widen(world: World) -> None:
    """The declaration gains a column, which every row has."""
    wider = declaration(columns={**world.declared.columns, "Branch": "string(10)"})
    world.declared = world.source.declared = wider
    world.source.rows = {key: one | {"Branch": "10"} for key, one in world.source.rows.items()}


def wide(number: int, day: int = 0, **changes: Any) -> dict[str, Any]:
    return row(number, day) | {"Branch": "10", **changes}


def notes(world: World, number: str = "0001") -> str:
    return "".join(note for key, note in sent(world) if key == number)


def test_a_change_long_after_a_column_was_added_is_sent(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.put(row(2, 30))
    on(world, 30)
    world.run("2")
    widen(world)
    world.source.put(wide(3, 31))
    on(world, 31)
    world.run("3")
    world.source.put(wide(1, 40, Note="B"))
    on(world, 40)
    world.run("4")
    world.run("5")
    assert notes(world) == "AB"


def test_the_new_column_counts_from_then_on(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    widen(world)
    assert world.run("2").counts["sent"] == 0
    world.source.put(wide(1, Note="A", Branch="20"))
    assert world.run("3").counts["sent"] == 1


def test_a_column_that_comes_while_a_batch_is_sent_sends_nothing_again(world: World) -> None:
    world.source.put(row(1, Note="A"), row(2, Note="A"))
    killed(world, "1", "frozen")
    widen(world)
    world.run("2")
    world.run("1")
    world.run("3")
    world.run("4")
    assert notes(world) == notes(world, "0002") == "A"
    assert items(world) == []


def test_what_a_person_found_at_the_partner_is_not_sent_for_a_new_column(world: World) -> None:
    world.source.put(row(1, Note="A"))
    killed(world, "1", "renamed")
    people.abandon(world.context("", "person"), 1, "gives up")
    people.resolve(world.context("", "person"), items(world)[0], "they have it", at_target=True)
    widen(world)
    world.run("2")
    world.run("3")
    assert notes(world) == "A"


@pytest.mark.parametrize(("day", "expected"), [(0, 0), (9, 1)])
def test_where_a_column_has_gone_the_date_tells_what_has_changed(world: World, day: int, expected: int) -> None:
    widen(world)
    world.source.put(wide(1, Note="A"))
    world.run("1")
    world.declared = world.source.declared = declaration()
    world.source.put(row(1, day, Note="A"))
    on(world, 10)
    assert world.run("2").counts["sent"] == expected
