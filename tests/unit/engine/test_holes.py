"""The shortest schedules that lose, double or overtake a record where one clause is missing, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.committing import commit
from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.engine.polling import Backfill
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.ledger import alerts
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.staging import markers
from tests.support.engine_looks import at
from tests.support.engine_world import LANE
from tests.support.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


# Rule 2.


def test_abandon_asks_when_renaming(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "renamed")
    scene.kill(run, "deliver")
    scene.abandon()
    scene.run()
    assert scene.items() == {1: "doubt"}
    assert scene.sent() == "A"


def test_what_is_known_is_judged_where_it_is_claimed(scene: Scene) -> None:
    scene.put(1, "A")
    one, two = scene.begin(), scene.begin()
    scene.go(one, "poll", "last page")
    scene.go(two, "poll", "last page")
    scene.through(one)
    scene.through(two)
    assert scene.sent() == "A"


# Rule 3.


def test_a_claim_comes_before_what_is_confirmed(scene: Scene) -> None:
    scene.put(1, "A")
    scene.run()
    scene.put(1, "B")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.put(1, "A")
    scene.on(30)
    scene.put(2, "A")
    scene.run()
    scene.clear(run, "deliver")
    scene.run()
    assert scene.sent() == "ABA", "although the last window lies above its date"


def test_a_key_in_doubt_is_held(scene: Scene) -> None:
    scene.put(1, "A")
    old = scene.begin()
    scene.go(old, "poll", "last page")
    scene.put(1, "B")
    new = scene.begin()
    scene.through(new, "format")
    scene.go(new, "deliver", "renamed")
    scene.kill(new, "deliver")
    scene.abandon()
    scene.through(old)
    assert scene.items() == {1: "doubt"}


def test_only_the_last_confirmed_version_counts(scene: Scene) -> None:
    for note in "ABA":
        scene.put(1, note)
        scene.run()
    assert scene.sent() == "ABA"


def test_what_was_read_before_another_claim_waits(scene: Scene) -> None:
    scene.put(1, "A")
    old = scene.begin()
    scene.go(old, "poll", "last page")
    scene.put(1, "B")
    scene.run()
    scene.through(old)
    assert scene.items() == {1: "waiting"}
    scene.run()
    assert scene.sent() == "B"
    assert scene.items() == {}


def test_another_version_waits_for_its_holder(scene: Scene) -> None:
    scene.put(1, "A")
    one = scene.begin()
    scene.through(one, "format")
    scene.put(1, "B")
    two = scene.begin()
    scene.through(two)
    scene.through(one)
    scene.run()
    assert scene.sent() == "AB"


# Rule 4.


def test_a_frozen_batch_is_not_taken_over(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "renamed")
    scene.kill(run, "deliver")
    scene.run()
    scene.clear(run, "deliver")
    assert scene.sent() == "A"


@pytest.mark.parametrize("task", ["poll", "deliver", "commit"])
def test_every_task_looks_whether_its_ledger_was_restored(scene: Scene, task: str) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "verified")
    scene.snapshot()
    scene.through(run)
    scene.world.door.files.clear()
    scene.restore()
    scene.world.last_commit = None
    scene.tasks.start(run, task)
    scene.go(run, task)
    assert "restored" in scene.error(run, task)
    assert scene.sent() == "A"


def test_every_try_leaves_a_marker(scene: Scene) -> None:
    scene.put(1, "A")
    scene.world.settings = DeliverySettings(partner_removes_files=True)
    scene.world.door.removes = True
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "after a transaction")
    scene.kill(run, "deliver")
    scene.snapshot()
    scene.clear(run, "deliver")
    scene.restore()
    scene.world.last_commit = None
    scene.tasks.start(run, "deliver")
    scene.go(run, "deliver")
    assert "restored" in scene.error(run, "deliver")
    assert scene.sent() == "A"


def test_every_try_counts_on_and_marks_before_it_acts(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    seen = []
    for _ in range(3):
        scene.go(run, "deliver", "frozen")
        marker = markers.greatest(scene.world.staging, str(LANE), {scene.world.ledger.id})
        assert marker is not None
        seen.append(marker.seq)
        scene.kill(run, "deliver")
        scene.tasks.start(run, "deliver")
    assert seen == sorted(set(seen))


def test_a_marker_stands_before_the_rename(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "frozen")
    scene.snapshot()
    scene.go(run, "deliver", "renamed")
    scene.world.door.files.clear()
    scene.restore()
    scene.tasks.start(run, "deliver")
    scene.go(run, "deliver")
    assert "restored" in scene.error(run, "deliver")
    assert scene.sent() == "A"


def test_a_marker_is_never_lowered(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "after a transaction")
    old = scene.pause(run, "deliver")
    scene.snapshot()
    scene.clear(run, "deliver")
    scene.world.door.files.clear()
    scene.wake(old)
    scene.restore()
    scene.world.last_commit = None
    scene.tasks.start(run, "deliver")
    scene.go(run, "deliver")
    assert "restored" in scene.error(run, "deliver")
    assert scene.sent() == "A"


def test_the_acts_of_a_person_leave_a_marker(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.run()
    scene.snapshot()
    people.rewind(scene.world.context("", "person"), "", "a row that came far too late")
    scene.restore()
    run = scene.begin()
    scene.go(run, "poll")
    assert "restored" in scene.error(run, "poll")


def test_a_task_whose_batch_is_superseded_asks_the_ledger(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.go(run, "poll", "push")
    old = scene.pause(run, "poll")
    scene.clear(run, "poll", last="format")
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.wake(old)
    assert [batch.id for batch in scene.batches("superseded")] == [scene.world.xcom[str(run), "poll"]["batch"]]
    scene.clear(run, "deliver")
    assert scene.sent() == "A"
    assert scene.batches("staged", "sending") == []


def test_a_batch_that_nobody_works_on_is_told_of(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "deliver")
    scene.kill(run, "commit")
    scene.tasks.states[run, "commit"] = "ok"
    scene.run()
    with scene.world.ledger.read() as connection:
        told = [found.message for found in alerts.opened(connection)]
    assert len(told) == 1
    assert f"run {run}" in told[0]
    scene.clear(run, "commit")
    with scene.world.ledger.read() as connection:
        assert alerts.opened(connection) == []


# Rule 5.


def test_what_a_superseded_batch_held_is_read_by_key(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    one = scene.begin()
    scene.go(one, "poll", "before a transaction", 2)
    scene.on(9)
    scene.put(2, "A")
    two = scene.begin()
    scene.through(two, "poll")
    scene.kill(two, "format")
    scene.put(3, "A")
    scene.through(one)
    scene.run()
    scene.on(30)
    scene.put(4, "A")
    scene.run()
    scene.run()
    assert [scene.sent(number) for number in (1, 2, 3, 4)] == ["A", "A", "A", "A"]


def test_the_run_s_own_batch_is_looked_for_again_before_staging(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.tasks.clear(run, "poll", downstream=False)
    scene.go(run, "poll", "last page")
    scene.go(run, "deliver", "renamed")
    scene.go(run, "poll")
    assert scene.batches("staged") == []
    scene.go(run, "deliver")
    scene.through(run)
    assert scene.sent() == "A"


def test_a_batch_that_a_newer_try_has_staged_is_returned(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.go(run, "poll", "last page")
    old = scene.pause(run, "poll")
    scene.clear(run, "poll", last="poll")
    scene.kill(run, "format")
    newer = scene.world.xcom[str(run), "poll"]["batch"]
    scene.put(2, "A")
    scene.wake(old)
    assert scene.world.xcom[str(run), "poll"]["batch"] == newer
    assert [batch.id for batch in scene.batches("staged")] == [newer]


def test_a_run_keeps_its_window(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "poll")
    scene.kill(run, "format")
    scene.on(20)
    scene.put(2, "A")
    scene.clear(run, "poll")
    assert (scene.sent(1), scene.sent(2)) == ("A", "")
    assert scene.watermark() == 5


def test_a_frozen_batch_is_returned_without_asking_the_source(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.run()
    reads = scene.world.source.reads
    scene.clear(run, "poll")
    assert scene.world.source.reads == reads


def test_a_batch_that_is_frozen_while_another_run_takes_it_over_stays(scene: Scene) -> None:
    scene.put(1, "A")
    one = scene.begin()
    scene.through(one, "format")
    scene.kill(one, "deliver")
    two = scene.begin()
    scene.go(two, "poll", "last page")
    scene.tasks.start(one, "deliver")
    scene.go(one, "deliver", "renamed")
    scene.through(two)
    assert [batch.run_id for batch in scene.batches("sending")] == [str(one)]
    scene.through(one)
    assert scene.sent() == "A"
    assert scene.watermark() == 0


def test_a_row_with_the_watermark_s_own_cursor_is_read(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.run()
    scene.put(2, "A")
    scene.run()
    assert scene.sent(2) == "A"


def test_rows_beyond_the_clock_are_taken_in_and_move_nothing(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.put(2, "A", 40)
    scene.run()
    assert scene.watermark() == 5
    assert scene.sent(2) == "A"


def test_a_row_that_moves_between_pages_is_not_missed(scene: Scene) -> None:
    scene.world.source.page = 1
    for number in (1, 2, 3):
        scene.put(number, "A")
    run = scene.begin()
    scene.go(run, "poll", "page")
    del scene.world.source.rows["0000001", "INV-0001"]
    scene.through(run)
    assert scene.sent(2) == scene.sent(3) == "A"


# Rule 6.


def test_an_exception_closes_by_what_was_read_after_it(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.put(1, "B")
    scene.run()
    assert scene.items() == {1: "waiting"}
    scene.clear(run, "deliver")
    assert scene.items() == {1: "waiting"}, "the version that it waits with has not been sent"
    scene.on(30)
    scene.put(2, "A")
    scene.run()
    assert scene.sent() == "AB"
    assert scene.items() == {}


def test_retrying_reads_the_record_again(scene: Scene) -> None:
    scene.world.bad_keys = {("0000001", "INV-0001")}
    scene.put(1, "A")
    scene.run()
    scene.put(1, "B")
    scene.world.bad_keys = set()
    scene.run()
    assert scene.sent() == "B"


# Rule 7.


def test_one_try_alone_goes_over_to_renaming(scene: Scene) -> None:
    scene.world.door.removes = True
    scene.world.settings = DeliverySettings(partner_removes_files=True)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "verified")
    old = scene.pause(run, "deliver")
    scene.clear(run, "deliver")
    assert "taken this delivery over" in scene.wake(old)
    assert scene.sent() == "A"


def test_a_try_that_wakes_while_another_renames_is_stopped(scene: Scene) -> None:
    scene.world.door.removes = True
    scene.world.settings = DeliverySettings(partner_removes_files=True)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "verified")
    old = scene.pause(run, "deliver")
    scene.tasks.clear(run, "deliver", downstream=True)
    scene.go(run, "deliver", "renamed")
    assert "taken this delivery over" in scene.wake(old)
    scene.through(run)
    assert scene.sent() == "A"


def test_each_try_has_a_temporary_name_of_its_own(scene: Scene) -> None:
    scene.world.door.removes = True
    scene.world.settings = DeliverySettings(partner_removes_files=True)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "upload")
    late = scene.pause(run, "deliver")
    scene.tasks.clear(run, "deliver", downstream=True)
    scene.go(run, "deliver", "renamed")
    scene.kill(run, "deliver")
    while scene.tasks.tries[late].at != "uploaded":
        scene.tasks.step(late)
    scene.tasks.kill(late)
    scene.clear(run, "deliver")
    assert scene.sent() == "A"


def test_renaming_is_written_down_before_the_rename(scene: Scene) -> None:
    scene.world.door.removes = True
    scene.world.settings = DeliverySettings(partner_removes_files=True)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "renamed")
    scene.kill(run, "deliver")
    scene.clear(run, "deliver")
    assert scene.sent() == "A"


def test_a_request_that_arrives_after_its_sender_died(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "rename")
    scene.tasks.fly((run, "deliver", 1))
    scene.world.door.land(*scene.world.door.flying.pop())
    scene.clear(run, "deliver")
    assert scene.sent() == "A"


# Rule 9.


def test_commit_believes_the_ledger(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.tasks.states[run, "deliver"] = "ok"
    scene.tasks.start(run, "commit")
    scene.go(run, "commit")
    assert "not confirmed" in scene.error(run, "commit")
    assert scene.watermark() is None


def test_an_open_batch_holds_the_watermark(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.run()
    scene.on(6)
    scene.put(2, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.on(30)
    scene.put(3, "A")
    scene.run()
    assert scene.watermark() == 5
    scene.clear(run, "deliver")
    assert scene.watermark() == 30


def test_a_row_ahead_of_the_clock_lifts_no_watermark(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A", 3)
    scene.put(2, "A", 20)
    scene.run()
    scene.put(3, "A", 4)
    scene.run()
    assert scene.sent(3) == "A"
    assert scene.watermark() == 4


def test_a_window_keeps_the_generation_that_it_was_opened_in(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.run()
    run = scene.begin()
    scene.go(run, "poll", "last page")
    scene.put(2, "A", 0)
    people.rewind(scene.world.context("", "person"), "", "a row that came far too late")
    scene.through(run)
    assert scene.watermark() is None
    scene.run()
    assert scene.sent(2) == "A"
    assert scene.watermark() == 5


def test_batches_of_an_older_generation_move_nothing(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A")
    scene.run()
    run = scene.begin()
    scene.through(run, "poll")
    people.rewind(scene.world.context("", "person"), at(1), "a row that came far too late")
    scene.through(run)
    assert scene.watermark() == 1
    with pytest.raises(ConfigurationError, match="only goes below"):
        people.rewind(scene.world.context("", "person"), at(2), "forward")


def test_a_backfill_moves_nothing(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A", 1)
    scene.put(2, "A", 5)
    scene.tasks.new_run(Backfill(at(5), at(5)))
    scene.through(1)
    assert scene.watermark() is None
    scene.run()
    assert scene.sent(1) == scene.sent(2) == "A"


def test_a_window_that_found_nothing_moves_nothing(scene: Scene) -> None:
    scene.on(5)
    scene.put(1, "A", 2)
    scene.run()
    scene.on(30)
    scene.run()
    assert scene.watermark() == 2


def test_an_unknown_batch_asks_for_the_poll_to_be_cleared(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    elsewhere = Ledger(f"sqlite:///{scene.world.home / 'other.db'}")
    context = replace(scene.world.context(str(run)), ledger=elsewhere)
    with pytest.raises(IntegrityError, match="Clear the poll task"):
        commit(context, 1, scene.world.retention)
