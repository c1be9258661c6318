"""Rejected records: exceptions that wait for a person or a newer version, whatever else happens to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from tests.support.edi_world import SECOND_REJECTED, EdiWorld, answer, answered
from tests.support.engine_looks import items, killed, kinds, sent
from tests.support.engine_world import DAY, declaration, row


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    """Three invoices were sent, as group 1 with the sets 0001 to 0003."""
    made = EdiWorld(tmp_path, url=ledger_url)
    made.source.put(row(1), row(2), row(3))
    made.run("1")
    return made


def test_a_rejected_record_waits_for_a_person(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED)
    world.source.put(row(4, 1))
    world.run("2")
    assert [number for number, _ in sent(world)] == ["0001", "0002", "0003", "0004"]
    people.retry(world.context("", "person"), items(world)[0])
    world.run("3")
    assert [number for number, _ in sent(world)][-1] == "0002"
    assert (world.sent_as().group_control, items(world)) == ("3", [])
    assert answered(world, answer("AK1*IN*3", "AK9*R*1*1*0", number=9))["exceptions"] == 1
    assert kinds(world) == {"0002": "rejected"}


def test_a_newer_version_of_a_rejected_record_goes_out_by_itself(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED)
    world.source.put(row(2, 1, Note="corrected"))
    world.run("2")
    assert sent(world)[-1] == ("0002", "corrected")
    assert items(world) == []


def test_a_rejected_record_that_a_person_closes_stays_closed(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED)
    people.resolve(world.context("", "person"), items(world)[0], "booked by hand")
    assert world.run("2").counts["read"] == 3
    assert len(sent(world)) == 3
    assert items(world) == []


def test_what_was_rejected_as_a_whole_is_no_export_that_the_partner_has(world: EdiWorld) -> None:
    world.source.put(row(1, 1), row(2, 1), row(3, 1))
    world.source.now += DAY
    world.run("2")
    answered(world, answer("AK1*IN*1", "AK9*R*3*3*0"))
    assert world.run("2b").counts["sent"] == 0
    assert len(items(world)) == 3
    for item in items(world):
        people.retry(world.context("", "person"), item)
    world.run("3")
    assert [number for number, _ in sent(world)] == ["0001", "0002", "0003"] * 2
    assert world.sent_as().state == "sent"


def test_a_rejection_that_comes_before_the_commit_does_not_hinder_it(world: EdiWorld) -> None:
    world.source.put(row(4, 1), row(5, 1))
    killed(world, "2", "confirmed")
    answered(world, answer("AK1*IN*2", "AK2*810*0005", "AK5*R*5", "AK9*P*2*2*1"))
    done = world.commit("2")
    assert (done.counts["sent"], kinds(world)) == (1, {"0005": "rejected"})
    people.retry(world.context("", "person"), items(world)[0])
    world.run("3")
    assert [number for number, _ in sent(world)][-1] == "0005"


def test_an_acknowledgment_may_be_faster_than_our_own_confirmation(world: EdiWorld) -> None:
    world.source.put(row(4, 1))
    killed(world, "2", "renamed")
    answered(world, answer("AK1*IN*2", "AK9*A*1*1*1"))
    world.deliver("2")
    world.commit("2")
    assert (world.sent_as().state, world.sent_as().due_at) == ("accepted", None)


def test_a_record_that_was_sent_anew_since_opens_no_exception(world: EdiWorld) -> None:
    world.source.put(row(2, 1, Note="newer"))
    world.run("2")
    counts = answered(world, SECOND_REJECTED)
    assert (counts["overtaken"], counts["exceptions"], items(world)) == (1, 0, [])
    world.source.put(row(2, 1, Note="newer"))
    world.run("3")
    assert len(sent(world)) == 4


def test_whoever_decides_over_a_changed_record_learns_of_its_rejection(tmp_path: Path) -> None:
    world = EdiWorld(tmp_path, declared=declaration(on_change="exception"))
    world.source.put(row(1), row(2))
    world.run("1")
    world.source.put(row(2, 1, Note="changed"))
    world.run("2")
    answered(world, answer("AK1*IN*1", "AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1"))
    (item,) = items(world)
    assert item.kind == "changed"
    assert "997 000000001 from ACME about group IN 1 rejects it" in item.reason
    world.run("3")
    assert len(sent(world)) == 2
    people.retry(world.context("", "person"), item)
    world.run("4")
    assert sent(world)[-1] == ("0002", "changed")


def test_a_record_in_doubt_stays_in_doubt(world: EdiWorld) -> None:
    world.source.put(row(4, 1))
    killed(world, "2", "renaming")
    people.abandon(world.context("", "person"), 2, "gives up")
    answered(world, answer("AK1*IN*2", "AK9*R*1*1*0"))
    (item,) = items(world)
    assert item.kind == "doubt"
    assert "rejects it" in item.reason
    assert world.sent_as().state == "rejected"


def test_a_set_of_many_records_is_rejected_as_a_whole(tmp_path: Path, ledger_url: str) -> None:
    world = EdiWorld(tmp_path, url=ledger_url)
    world.source.put(*(row(number) for number in range(1, 8)))
    world.run("1")
    with world.ledger.write() as connection:
        connection.execute(text("UPDATE interchange_set SET position = 1, control = '0001'"))
        connection.execute(text("UPDATE interchange SET sets = 1"))
    counts = answered(world, answer("AK1*IN*1", "AK2*810*0001", "AK5*R*5", "AK9*R*1*1*0"))
    assert (counts["rejected"], counts["exceptions"]) == (1, 7)
    assert set(kinds(world).values()) == {"rejected"}
