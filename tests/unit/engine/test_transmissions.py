"""Interchanges and their control numbers, from the freeze to the delivery, or to the gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.replaying import replay
from airflow_provider_mlconnector.ledger import deliveries
from tests.support.edi_world import EdiWorld
from tests.support.engine_looks import files, items, killed, sent
from tests.support.engine_world import row


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    return EdiWorld(tmp_path, url=ledger_url)


def test_a_file_that_is_sent_is_waited_for_from_then_on(world: EdiWorld) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "renamed")
    assert (world.sent_as().state, world.sent_as().due_at) == ("prepared", None)
    world.deliver("1")
    world.commit("1")
    sent_as, file = world.sent_as(), files(world)[-1]
    assert (sent_as.state, sent_as.sets, sent_as.batch_id, sent_as.position) == ("sent", 2, file.batch_id, 0)
    assert (sent_as.interchange_control, sent_as.interchange_number) == ("000000001", 1)
    assert (sent_as.group_code, sent_as.group_control, sent_as.group_number) == ("IN", "1", 1)
    assert file.confirmed_at is not None
    assert sent_as.due_at is not None
    assert abs((sent_as.due_at - file.confirmed_at).total_seconds() - 86_400) < 5
    assert world.states() == ["sent", "sent"]
    assert world.gaps() == []


def test_without_an_agreement_nothing_is_waited_for(world: EdiWorld) -> None:
    world.agreed = None
    world.source.put(row(1))
    world.run("1")
    assert (world.sent_as().state, world.sent_as().due_at) == ("sent", None)


def test_whatever_is_cleared_the_numbers_stay(world: EdiWorld) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "uploaded")
    world.run("1")
    world.run("1")
    assert world.sent_as(0) == world.sent_as(-1)
    replay_context = world.context("", "person")
    world.site.files.clear()
    assert replay(replay_context, files(world)[0], world.connect, "lost")
    assert world.gaps() == []
    assert world.sent_as().state == "sent"


def test_what_is_superseded_leaves_an_audited_gap(world: EdiWorld) -> None:
    world.source.put(row(1), row(2))
    world.poll("1")
    world.format("1")
    world.source.put(row(3))
    world.run("2")
    assert world.gaps() == ["group 1", "interchange 1", "set 1 to 2"]
    assert world.sent_as().interchange_control == "000000002"
    assert world.states() == ["sent"] * 3


def test_an_equal_export_is_not_waited_for_and_its_numbers_are_a_gap(world: EdiWorld) -> None:
    world.source.put(row(1), row(2))
    world.run("1")
    world.source.put(row(1, 1), row(2, 1))
    world.source.now = world.source.now.replace(day=2)
    world.run("2")
    assert [file.state for file in files(world)] == ["confirmed", "equal"]
    assert world.gaps() == ["interchange 2", "group 2", "set 3 to 4"]
    assert (world.sent_as().state, world.sent_as().due_at) == ("unsent", None)
    assert world.states() == []


def test_what_is_given_up_unsent_leaves_an_audited_gap(world: EdiWorld) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "uploaded")
    people.abandon(world.context("", "person"), files(world)[-1].batch_id, "wrong month")
    assert world.gaps() == ["interchange 1", "group 1", "set 1 to 2"]
    assert world.sent_as().state == "unsent"
    world.run("2")
    assert world.sent_as().interchange_control == "000000002"
    assert len(world.gaps()) == 3


@pytest.mark.parametrize("at_target", [True, False])
def test_what_a_person_decides_of_a_file_in_doubt_holds_for_its_numbers(world: EdiWorld, at_target: bool) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "renamed" if at_target else "renaming")
    people.abandon(world.context("", "person"), files(world)[-1].batch_id, "gives up")
    assert (world.gaps(), world.sent_as().state) == ([], "prepared")
    for item in items(world):
        people.resolve(world.context("", "person"), item, "asked", at_target=at_target, open_site=world.connect)
    if at_target:
        assert (world.gaps(), world.sent_as().state) == ([], "sent")
        assert world.sent_as().due_at is not None
    else:
        assert (world.gaps(), world.sent_as().state) == (["interchange 1", "group 1", "set 1 to 2"], "unsent")


def test_a_delivery_that_a_person_confirms_is_waited_for(world: EdiWorld) -> None:
    world.source.put(row(1))
    killed(world, "1", "renamed")
    world.site.files.clear()
    file = files(world)[-1]
    assert file.state == deliveries.RENAMING
    people.decide_delivery(
        world.context("", "person"), file, arrived=True, comment="they have it", open_site=world.connect
    )
    assert world.sent_as().due_at is not None


def test_fewer_sets_than_numbers_are_told_when_the_batch_is_frozen(world: EdiWorld) -> None:
    world.source.put(row(1), row(2, Note="bad"), row(3))
    world.poll("1")
    world.format("1")
    world.bad = {"bad"}
    world.format("1")
    world.deliver("1")
    world.commit("1")
    assert world.gaps() == ["set"]
    assert world.states() == ["sent"] * 2
    assert len(sent(world)) == 2
