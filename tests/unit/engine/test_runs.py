"""What happens to records in ordinary and in odd runs: each version reaches the partner once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import failure_points, people
from airflow_provider_mlconnector.engine.polling import Backfill
from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError, IntegrityError
from airflow_provider_mlconnector.ledger import exceptions, lanes
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from tests.support.engine_looks import told
from tests.support.engine_world import DAY, LANE, START, World, declaration, row

POINTS = ("frozen", "uploaded", "verified", "renaming", "renamed", "confirmed", "ledger_committed")


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def at(day: int) -> str:
    """A cursor, some days after the start."""
    return (START + day * DAY).strftime("%Y-%m-%dT%H:%M:%S.%f")


def killed(world: World, run: str, point: str) -> None:
    """A run that is killed at a point."""

    def reached(name: str) -> None:
        if name == point:
            raise Killed

    failure_points.arm(reached)
    try:
        with suppress(Killed):
            world.run(run)
    finally:
        failure_points.arm(None)


def sent(world: World) -> list[tuple[str, str]]:
    """Invoice and note of everything that has arrived, in order."""
    return [(key.removeprefix("0000001/INV-"), note) for key, _, note in world.site.records()]


def watermark(world: World) -> str:
    with world.ledger.read() as connection:
        lane = lanes.find(connection, LANE)
    return lane.watermark if lane else ""


def items(world: World) -> list[ExceptionItem]:
    with world.ledger.read() as connection:
        lane = lanes.find(connection, LANE)
        return list(exceptions.open_of_lane(connection, lane.id).values()) if lane else []


def test_a_late_row_with_an_old_date_is_sent_once(world: World) -> None:
    world.source.put(row(1), row(2, 5))
    world.source.now = START + 6 * DAY
    world.run("1")
    world.source.put(row(3, 4))
    world.run("2")
    world.run("3")
    assert sent(world) == [("0001", ""), ("0002", ""), ("0003", "")]


def test_two_rows_at_the_boundary_instant_are_both_sent(tmp_path: Path) -> None:
    cursor = {"column": "Entered", "precision": "second", "lookback": "PT1H"}
    world = World(tmp_path, declaration(cursor=cursor))
    world.source.put(row(1))
    world.run("1")
    world.source.put(row(2))
    world.run("2")
    assert sent(world) == [("0001", ""), ("0002", "")]


def test_a_row_of_the_year_2099_is_sent_at_once_and_moves_nothing(world: World) -> None:
    world.source.put(row(1), row(2, 26_000))
    world.run("1")
    assert watermark(world) == at(0)
    world.source.put(row(3, 1))
    world.source.now = START + DAY
    world.run("2")
    assert sent(world) == [("0001", ""), ("0002", ""), ("0003", "")]


def test_blank_and_null_dates_are_taken_in(world: World) -> None:
    blank = START.replace(year=1, month=1, tzinfo=None)
    world.source.put(row(1), row(2, None), row(3) | {"Entered": blank})
    world.run("1")
    world.run("2")
    assert len(sent(world)) == 3
    assert watermark(world) == at(0)


def test_a_change_and_a_change_back_are_three_versions(world: World) -> None:
    for run, note in enumerate(["A", "B", "A", "A"]):
        world.source.put(row(1, Note=note))
        world.run(str(run))
    assert sent(world) == [("0001", "A"), ("0001", "B"), ("0001", "A")]


def test_clearing_any_task_of_any_run_sends_nothing_twice(world: World) -> None:
    for number in range(3):
        world.source.put(row(number, number))
        world.source.now = START + number * DAY
        world.run(str(number))
    before = sent(world), watermark(world)
    for run in ("0", "2", "1"):
        world.poll(run)
        world.run(run)
        world.deliver(run)
        world.commit(run)
    assert (sent(world), watermark(world)) == before


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("removes", [True, False])
def test_a_kill_at_any_point_is_made_good_by_clearing(tmp_path: Path, point: str, removes: bool) -> None:
    world = World(tmp_path)
    world.site.removes = removes
    world.settings = type(world.settings)(partner_removes_files=removes)
    world.source.put(row(1), row(2))
    killed(world, "1", point)
    world.source.put(row(3, 1))
    world.source.now = START + DAY
    world.run("2")
    world.run("1")
    world.run("3")
    assert sorted(sent(world)) == [("0001", ""), ("0002", ""), ("0003", "")]
    assert watermark(world) == at(1)


def test_a_run_that_failed_before_its_commit_holds_the_watermark(world: World) -> None:
    world.source.put(row(1))
    world.run("1")
    world.source.put(row(2, 3))
    world.source.now = START + 3 * DAY
    world.poll("2")
    world.format("2")
    world.deliver("2")
    world.source.put(row(3, 9))
    world.source.now = START + 9 * DAY
    world.poll("3")
    assert ["run 2" in alert for alert in told(world)] == [True]
    assert told(world) == []
    world.run("3")
    assert watermark(world) == at(0), "never past the lower end of an open batch"
    world.commit("2")
    world.run("4")
    assert watermark(world) == at(9)
    assert sent(world) == [("0001", ""), ("0002", ""), ("0003", "")]


def test_a_newer_version_waits_for_the_batch_that_holds_the_older_one(world: World) -> None:
    world.source.put(row(1, Note="A"))
    killed(world, "1", "uploaded")
    world.source.put(row(1, Note="B"))
    world.run("2")
    assert [item.kind for item in items(world)] == ["waiting"]
    world.run("1")
    world.run("3")
    assert sent(world) == [("0001", "A"), ("0001", "B")]
    assert items(world) == []


def test_outputs_stand_once_they_are_being_sent(world: World) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "verified")
    world.bad = {""}
    world.run("1")
    assert len(sent(world)) == 2


def test_a_refused_record_waits_for_its_cause(world: World) -> None:
    world.bad = {"x"}
    world.source.put(row(1), row(2, Note="x"))
    assert world.run("1").counts["exceptions"] == 1
    assert world.run("2").counts["exceptions"] == 0
    world.bad = set()
    world.source.now = START + 9 * DAY
    assert world.run("3").counts["sent"] == 1
    assert sent(world) == [("0001", ""), ("0002", "x")]
    assert items(world) == []


def test_an_unreadable_row_is_an_exception_until_it_can_be_read(world: World) -> None:
    world.source.put(row(1), row(2))
    world.source.unreadable[("0000001", "INV-0002")] = "Amount is NaN"
    counts = world.run("1").counts
    assert (counts["read"], counts["sent"], counts["exceptions"]) == (2, 1, 1)
    assert "NaN" in items(world)[0].reason
    world.source.unreadable.clear()
    world.source.now = START + 30 * DAY
    world.run("2")
    assert len(sent(world)) == 2
    assert items(world) == []


@pytest.mark.parametrize(("policy", "arrive"), [("send", 2), ("exception", 1), ("ignore", 1)])
def test_a_change_after_sending_follows_its_policy(tmp_path: Path, policy: str, arrive: int) -> None:
    world = World(tmp_path, declaration(on_change=policy))
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.put(row(1, Note="B"))
    for run in ("2", "3"):
        world.run(run)
    assert len(sent(world)) == arrive
    open_items = items(world)
    assert [item.kind for item in open_items] == (["changed"] if policy == "exception" else [])
    if open_items:
        people.retry(world.context("", "person"), open_items[0])
        world.run("4")
        assert sent(world)[-1] == ("0001", "B")
        assert items(world) == []


def test_a_rewind_reads_again_and_sends_what_was_missed(world: World) -> None:
    world.source.put(row(1, 9))
    world.source.now = START + 9 * DAY
    world.run("1")
    world.source.put(row(2, 1))
    world.run("2")
    assert len(sent(world)) == 1
    people.rewind(world.context("", "person"), at(0), "papers from the first day")
    world.run("3")
    world.run("1")
    assert sent(world) == [("0001", ""), ("0002", "")]
    assert watermark(world) == at(9)


def test_a_backfill_sends_what_is_missing_and_moves_nothing(world: World) -> None:
    world.source.put(row(1, 9), row(2, 20))
    world.source.now = START + 20 * DAY
    world.run("1")
    before = watermark(world)
    world.source.put(row(3, 2), row(4, 3))
    world.run("back", Backfill(at(2), at(2)))
    world.run("back")
    assert sent(world)[2:] == [("0003", "")]
    assert watermark(world) == before


def test_open_items_are_read_again_until_they_are_closed(tmp_path: Path) -> None:
    open_when = [{"column": "Note", "values": ["open"]}]
    world = World(tmp_path, declaration(detect="open_items", open_when=open_when))
    world.source.put(row(1, Note="open"), row(2, Note="open"))
    world.run("1")
    world.source.now = START + 700 * DAY
    world.source.put(row(3, 700))
    world.run("2")
    world.source.put(row(1, Note="open", Currency="USD"))
    world.run("3")
    world.source.put(row(1, Note="paid", Currency="USD"))
    world.run("4")
    world.run("5")
    assert sent(world)[3:] == [("0001", "open"), ("0001", "paid")]
    reads = world.source.reads
    world.run("6")
    assert world.source.reads - reads < 6, "what is closed is not asked for again"


def test_a_snapshot_sends_changes_and_reports_what_vanished(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(detect="snapshot", cursor=None))
    world.source.put(*(row(number) for number in range(30)))
    world.run("1")
    world.source.put(row(7, Note="renamed"))
    del world.source.rows[("0000001", "INV-0009")]
    assert world.run("2").counts["sent"] == 1
    assert [(item.kind, item.key) for item in items(world)] == [("vanished", "0000001/INV-0009")]
    world.run("3")
    assert len(items(world)) == 1
    world.source.rows.clear()
    world.run("4")
    assert len(items(world)) == 1, "an emptied table is one question, not thirty exceptions"


def test_a_new_column_takes_its_place_in_silence(world: World) -> None:
    world.source.put(row(1), row(2))
    world.run("1")
    wider = declaration(columns={**world.declared.columns, "Branch": "string(10)"})
    world.declared = world.source.declared = wider
    for key, one in world.source.rows.items():
        world.source.rows[key] = one | {"Branch": "10"}
    assert world.run("2").counts["rebaselined"] == 2
    one = world.source.rows[("0000001", "INV-0001")]
    world.source.put(one | {"Branch": "20"})
    world.run("3")
    assert len(sent(world)) == 3


def test_an_export_that_equals_the_last_one_is_not_sent_again(world: World) -> None:
    world.source.put(row(1))
    world.run("1")
    # The file holds neither date nor currency.
    world.source.put(row(1, Currency="USD"))
    assert world.run("2").files == ()
    assert len(world.site.arrived) == 1


def test_a_foreign_file_under_our_name_makes_us_take_the_next_one(world: World) -> None:
    world.source.put(row(1))
    world.site.files["invoices-000001.csv"] = b"last year's"
    world.run("1")
    assert [name for name, _ in world.site.arrived] == ["invoices-000001-2.csv"]
    assert world.site.files["invoices-000001.csv"] == b"last year's"


def test_overlapping_runs_share_the_work(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.running = {"1", "2"}
    world.poll("1")
    world.source.put(row(1, Note="B"), row(2))
    world.poll("2")
    for run in ("2", "1"):
        world.format(run)
        world.deliver(run)
        world.commit(run)
    world.running = set()
    world.run("3")
    assert sorted(sent(world)) == [("0001", "A"), ("0001", "B"), ("0002", "")]


def test_what_another_run_claimed_meanwhile_is_not_overtaken_by_what_was_read_before(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.running = {"1", "2"}

    def newer() -> None:
        world.source.put(row(1, Note="B"))
        world.run("2")

    world.source.meanwhile = newer
    world.run("1")
    assert sent(world) == [("0001", "B")]
    world.running = set()
    world.run("3")
    assert sent(world) == [("0001", "B")]
    assert items(world) == []


def test_what_was_known_when_it_was_read_and_is_not_any_more_is_read_again(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")

    def changed_and_back() -> None:
        world.source.put(row(1, Note="B"))
        world.run("2")
        world.source.put(row(1, Note="A"))

    world.source.meanwhile = changed_and_back
    world.running = {"2", "3"}
    world.run("3")
    world.running = set()
    world.source.now = START + 30 * DAY
    world.run("4")
    assert sent(world) == [("0001", "A"), ("0001", "B"), ("0001", "A")]


def test_a_paused_poll_that_wakes_returns_the_batch_that_stands(world: World) -> None:
    world.source.put(row(1))

    def another_try() -> None:
        world.run("1")

    world.source.meanwhile = another_try
    assert world.poll("1").figures["state"] == "committed"
    world.run("1")
    world.run("2")
    assert len(sent(world)) == 1


def test_a_file_that_is_neither_here_nor_there_is_a_persons_decision(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "renamed")
    world.site.files.clear()
    for _ in range(2):
        with pytest.raises(InDoubtError, match="invoices-000001"):
            world.deliver("1")
    assert len(world.site.arrived) == 1


def test_an_abandoned_batch_that_was_being_renamed_puts_its_records_in_doubt(world: World) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "renaming")
    people.abandon(world.context("", "person"), 1, "the partner is gone")
    world.source.put(row(1, Note="B"))
    world.run("2")
    assert sent(world) == []
    assert {item.kind for item in items(world)} == {"doubt"}
    first, second = sorted(items(world), key=lambda item: item.key)
    people.resolve(world.context("", "person"), first, "they have it", at_target=True)
    people.resolve(world.context("", "person"), second, "they lack it", at_target=False, open_site=world.connect)
    world.run("3")
    assert sorted(sent(world)) == [("0001", "B"), ("0002", "")]
    with pytest.raises(ConfigurationError):
        people.abandon(world.context("", "person"), 1, "again")


def test_a_damaged_batch_is_named(world: World) -> None:
    world.source.put(row(1))
    folder = world.poll("1")
    part = next((world.home / "staging").rglob("rows-*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match=part.parent.name):
        world.format("1")
    part.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        world.format("1")
    world.run("1")
    assert len(sent(world)) == 1
    assert folder.batch


def test_staged_files_expire_and_open_batches_never_do(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "uploaded")
    world.source.put(row(2, 1))
    world.retention = type(world.retention)(timedelta(days=400), timedelta(seconds=-1))
    world.run("2")
    world.run("1")
    assert len(sent(world)) == 2
    assert not list((world.home / "staging").rglob("*.parquet"))
