"""Records that could not go on: what opens, holds, renews and closes an exception (rule 6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.streams.source import Key
from tests.support.engine_looks import audited, files, items, killed, kinds, open_alerts, sent, told
from tests.support.engine_world import DAY, START, World, declaration, row

ONE: Key = ("0000001", "INV-0001")
OPEN = [{"column": "Note", "values": ["open"]}]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def snapshot(tmp_path: Path) -> World:
    return World(tmp_path, declaration(detect="snapshot", cursor=None))


def put_in_doubt(world: World, run: str) -> None:
    """A file that was being renamed, abandoned: whether it has arrived is a question."""
    killed(world, run, "renaming")
    people.abandon(world.context("", "person"), files(world)[-1].batch_id, "gives up")


def resolve(world: World, *, at_target: bool | None = None) -> None:
    people.resolve(
        world.context("", "person"), items(world)[0], "looked at it", at_target=at_target, open_site=world.connect
    )


def test_no_poll_touches_a_doubt_whose_record_vanishes(snapshot: World) -> None:
    snapshot.source.put(row(1, Note="A"), row(2))
    snapshot.run("1")
    snapshot.source.put(row(1, Note="B"))
    put_in_doubt(snapshot, "2")
    del snapshot.source.rows[ONE]
    snapshot.run("3")
    assert kinds(snapshot) == {"0001": "doubt"}


def test_no_poll_touches_a_doubt_whose_record_becomes_unreadable(world: World) -> None:
    world.source.put(row(1))
    put_in_doubt(world, "1")
    world.source.unreadable[ONE] = "Amount is NaN"
    world.run("2")
    assert kinds(world) == {"0001": "doubt"}
    world.source.unreadable.clear()
    world.run("3")
    assert kinds(world) == {"0001": "doubt"}
    assert sent(world) == []


@pytest.mark.parametrize("at_target", [True, False])
def test_a_person_decides_a_doubt(world: World, at_target: bool) -> None:
    world.source.put(row(1))
    put_in_doubt(world, "1")
    world.run("2")
    with pytest.raises(ConfigurationError, match="in doubt"):
        people.retry(world.context("", "person"), items(world)[0])
    with pytest.raises(ConfigurationError, match="at-target"):
        resolve(world)
    resolve(world, at_target=at_target)
    world.run("3")
    assert len(sent(world)) == (0 if at_target else 1)
    assert items(world) == []


def test_what_a_record_became_while_it_was_in_doubt_is_not_lost(world: World) -> None:
    world.source.put(row(1, Note="A"))
    put_in_doubt(world, "1")
    world.source.put(row(1, 1, Note="B"))
    for day in (1, 20, 40):
        world.source.now = START + day * DAY
        world.source.put(row(day + 1, day))
        world.run(f"day {day}")
    resolve(world, at_target=True)
    world.run("2")
    assert [note for number, note in sent(world) if number == "0001"] == ["B"]
    assert items(world) == []


def test_a_person_decides_what_they_have_seen(world: World) -> None:
    world.bad = {"x", "y"}
    world.source.put(row(1, Note="x"))
    world.run("1")
    seen = items(world)[0]
    world.source.put(row(1, Note="y"))
    world.run("2")
    with pytest.raises(ConfigurationError, match="not the one"):
        people.resolve(world.context("", "person"), seen, "not needed")
    resolve(world)
    with pytest.raises(ConfigurationError, match="closed"):
        people.resolve(world.context("", "person"), seen, "not needed")


def test_a_row_that_stays_unreadable_stays_that(world: World) -> None:
    world.source.put(row(1), row(2))
    world.source.unreadable[ONE] = "Amount is NaN"
    for run in ("1", "2", "3"):
        counts = world.run(run).counts
        assert counts["exceptions"] == 1
        assert kinds(world) == {"0001": "unreadable"}
    world.source.put(row(3, 30))
    world.source.now = START + 30 * DAY
    world.run("4")
    assert world.run("5").counts["read"] == 2, "below the window it is asked for by its key"
    assert kinds(world) == {"0001": "unreadable"}


def test_a_row_that_becomes_unreadable_has_not_vanished(snapshot: World) -> None:
    snapshot.source.put(row(1), row(2))
    snapshot.run("1")
    snapshot.source.unreadable[ONE] = "Amount is NaN"
    for run in ("2", "3"):
        snapshot.run(run)
        assert kinds(snapshot) == {"0001": "unreadable"}
    snapshot.source.unreadable.clear()
    snapshot.run("4")
    assert items(snapshot) == []
    assert len(sent(snapshot)) == 2


def test_a_row_without_a_key_is_one_exception(world: World) -> None:
    world.source.put(row(1), row(2))
    world.source.unreadable[ONE] = "no key"
    world.source.keyless = True
    for run in ("1", "2"):
        world.run(run)
        assert [(item.key, item.kind) for item in items(world)] == [("", "unreadable")]
    with pytest.raises(ConfigurationError, match="no key"):
        people.retry(world.context("", "person"), items(world)[0])
    resolve(world)
    assert items(world) == []


def test_an_unreadable_row_that_nobody_finds_any_more_goes_to_a_person(world: World) -> None:
    world.source.put(row(1), row(2))
    world.source.unreadable[ONE] = "Amount is NaN"
    world.run("1")
    del world.source.rows[ONE]
    world.run("2")
    assert kinds(world) == {"0001": "vanished"}


def test_a_vanished_record_is_reported_until_a_person_resolves_it(snapshot: World) -> None:
    snapshot.source.put(row(1), row(2))
    snapshot.run("1")
    del snapshot.source.rows[ONE]
    snapshot.run("2")
    resolve(snapshot)
    snapshot.run("3")
    assert items(snapshot) == []


def test_a_record_that_comes_back_and_vanishes_again_is_reported_again(snapshot: World) -> None:
    snapshot.source.put(row(1), row(2))
    snapshot.run("1")
    for run in ("2", "4"):
        one = snapshot.source.rows.pop(ONE)
        snapshot.run(run)
        assert kinds(snapshot) == {"0001": "vanished"}
        snapshot.source.rows[ONE] = one
        snapshot.run(run + "b")
        assert items(snapshot) == []
    assert len(sent(snapshot)) == 2


def test_an_open_item_that_vanished_is_resolved_once(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(detect="open_items", open_when=OPEN))
    world.source.put(row(1, Note="open"), row(2))
    world.run("1")
    del world.source.rows[ONE]
    world.run("2")
    assert kinds(world) == {"0001": "vanished"}
    resolve(world)
    world.run("3")
    assert items(world) == []


def test_a_change_that_is_ignored_leaves_nothing_waiting(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(on_change="ignore"))
    world.source.put(row(1, Note="A"))
    killed(world, "1", "uploaded")
    world.source.put(row(1, Note="B"))
    world.run("2")
    assert kinds(world) == {"0001": "waiting"}
    world.run("1")
    world.run("3")
    assert items(world) == []
    assert sent(world) == [("0001", "A")]


def test_a_change_that_a_person_resolved_is_not_asked_again(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(on_change="exception"))
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.put(row(1, Note="B"))
    world.run("2")
    resolve(world)
    world.run("3")
    assert items(world) == []
    world.source.put(row(1, Note="C"))
    world.run("4")
    assert kinds(world) == {"0001": "changed"}
    people.retry(world.context("", "person"), items(world)[0])
    world.run("5")
    world.source.put(row(1, Note="B"))
    world.run("6")
    assert kinds(world) == {"0001": "changed"}, "the partner has C now: going to B is another question"


def test_a_refused_record_that_a_person_resolved_is_left_alone_until_it_changes(world: World) -> None:
    world.bad = {"x"}
    world.source.put(row(1, Note="x"))
    world.run("1")
    resolve(world)
    world.run("2")
    assert items(world) == []
    world.source.put(row(1, Note="y"))
    world.run("3")
    assert sent(world) == [("0001", "y")]


def test_a_record_that_was_refused_at_first_is_no_change_when_it_is_sent(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(on_change="exception"))
    world.bad = {"x"}
    world.source.put(row(1, Note="x"))
    world.run("1")
    world.bad = set()
    world.run("2")
    assert sent(world) == [("0001", "x")]
    assert items(world) == []


def test_a_refused_record_goes_on_while_the_rest_of_its_batch_is_open(world: World) -> None:
    world.bad = {"x"}
    world.source.put(row(1, Note="x"), row(2))
    killed(world, "1", "uploaded")
    world.bad = set()
    world.run("2")
    assert sent(world) == [("0001", "x")]
    world.run("1")
    assert sent(world) == [("0001", "x"), ("0002", "")]


def test_a_change_that_waits_is_not_taken_for_a_new_column(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.bad = {"x"}
    world.source.put(row(1, Note="x"))
    world.run("2")
    world.bad = set()
    world.declared = world.source.declared = declaration(columns={**world.declared.columns, "Branch": "string(10)"})
    world.source.put(row(1, Note="x") | {"Branch": "10"})
    world.run("3")
    assert sent(world) == [("0001", "A"), ("0001", "x")]


def test_a_changed_record_that_changes_back_closes_its_exception(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(on_change="exception"))
    for run, note in enumerate(["A", "B", "C", "A"]):
        world.source.put(row(1, Note=note))
        world.run(str(run))
    assert items(world) == []
    assert sent(world) == [("0001", "A")]


def test_a_table_that_lost_most_of_its_rows_is_told_once_and_audited(snapshot: World) -> None:
    snapshot.source.put(*(row(number) for number in range(30)))
    snapshot.run("1")
    kept = dict(snapshot.source.rows)
    snapshot.source.rows.clear()
    seen = []
    for run in "23":
        snapshot.poll(run)
        seen.append(len(told(snapshot)))
    assert seen == [1, 0]
    assert len(audited(snapshot, "alert")) == 1
    assert [cause.split(":")[0] for cause in open_alerts(snapshot)] == ["vanished"]
    snapshot.source.rows = kept
    snapshot.run("4")
    assert open_alerts(snapshot) == []
    assert len(sent(snapshot)) == 30


def test_what_a_batch_held_is_not_forgotten_when_most_of_the_table_is_gone(world: World) -> None:
    world.source.put(*(row(number) for number in range(30)))
    world.poll("1")
    world.source.rows.clear()
    world.source.put(row(99))
    world.run("2")
    assert len(items(world)) == 30


def test_an_exception_with_a_time_waits_for_it(world: World) -> None:
    world.bad = {"x"}
    world.source.put(row(1, Note="x"))
    world.run("1")
    with world.ledger.write() as connection:
        query = "UPDATE exception_item SET kind = 'retry', due_at = :at"
        connection.execute(text(query), {"at": utc_now() + timedelta(hours=1)})
    world.bad = set()
    world.run("2")
    assert kinds(world) == {"0001": "retry"}
    with world.ledger.write() as connection:
        connection.execute(text("UPDATE exception_item SET due_at = :at"), {"at": utc_now() - timedelta(hours=1)})
    world.run("3")
    assert sent(world) == [("0001", "x")]


def test_a_record_in_the_batch_of_a_killed_poll_is_read_again(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.poll("1")
    world.source.put(row(1, 30, Note="B"))
    world.source.now = START + DAY
    world.run("2")
    assert sent(world) == [("0001", "B")]
