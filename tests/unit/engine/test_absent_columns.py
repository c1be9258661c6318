"""A column that the source has no longer: told once, and no record is sent again because of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_looks import audited, items, killed, open_alerts, sent, told
from tests.support.engine_world import DAY, START, World, declaration, row

NOTE = frozenset({"Note"})


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> World:
    """Two invoices were sent, with a note each."""
    made = World(tmp_path, url=ledger_url)
    made.source.put(row(1, Note="A"), row(2, Note="B"))
    made.run("1")
    return made


def test_it_is_told_once_until_the_column_is_back(world: World) -> None:
    world.source.absent = NOTE
    world.run("2")
    (message,) = told(world)
    assert "flow/invoices/partner: Invoice has no column Note any more, or not for this user" in message
    world.run("3")
    assert (told(world), open_alerts(world)) == ([], ["absent:1:Note"])
    assert len(audited(world, "alert")) == 1
    world.source.absent = frozenset()
    world.run("4")
    assert open_alerts(world) == []
    world.source.absent = NOTE
    world.run("5")
    assert len(told(world)) == 1


def test_nothing_is_sent_again_because_of_it(world: World) -> None:
    for run, absent in enumerate([NOTE, NOTE, frozenset(), frozenset()], 2):
        world.source.absent = absent
        assert world.run(str(run)).counts["sent"] == 0
    assert (len(sent(world)), items(world)) == (2, [])


def test_what_changes_meanwhile_is_sent_without_it(world: World) -> None:
    world.source.absent = NOTE
    world.source.now = START + 10 * DAY
    world.source.put(row(2, 9, Note="C"), row(3, 9, Note="D"))
    world.run("2")
    assert sent(world)[2:] == [("0002", ""), ("0003", "")]
    world.source.absent = frozenset()
    assert world.run("3").counts["sent"] == 0
    world.source.put(row(3, 9, Note="E"))
    assert world.run("4").counts["sent"] == 1


def test_a_company_that_never_had_it_is_not_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.source.absent = NOTE
    world.source.put(row(1))
    world.run("1")
    world.run("2")
    assert open_alerts(world) == []


def test_a_run_without_rows_neither_tells_nor_hides(world: World) -> None:
    rows, world.source.rows = world.source.rows, {}
    world.source.absent = NOTE
    world.run("2")
    assert open_alerts(world) == []
    world.source.rows = rows
    world.run("3")
    assert len(told(world)) == 1
    world.source.rows = {}
    world.source.absent = frozenset()
    world.run("4")
    assert len(open_alerts(world)) == 1


def test_a_run_that_has_not_ended_is_no_measure(world: World) -> None:
    world.source.absent = NOTE
    killed(world, "2", "read")
    world.run("2")
    assert len(told(world)) == 1


def test_a_column_that_makes_no_version_is_told_too(tmp_path: Path) -> None:
    world = World(tmp_path, declared=declaration(version_columns=["Amount"]))
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.absent = NOTE
    assert world.run("2").counts["sent"] == 0
    assert len(told(world)) == 1
