"""The folder of acknowledgments: each file once, whole, in any order, by tasks that are killed or run at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine.acknowledging import acknowledge
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import received
from airflow_provider_mlconnector.staging.markers import Marker, write
from tests.support.edi_world import ACCEPTED, SECOND_REJECTED, EdiWorld, answer, answered
from tests.support.engine_looks import items, open_alerts, sent
from tests.support.engine_world import LANE, row
from tests.support.together import together

POINTS = ("acknowledgment_read", "acknowledgments_applied", "acknowledgment_moved")


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    """Three invoices were sent, as group 1 with the sets 0001 to 0003."""
    made = EdiWorld(tmp_path, url=ledger_url)
    made.source.put(row(1), row(2), row(3))
    made.run("1")
    return made


def test_a_file_is_read_once(world: EdiWorld) -> None:
    answered(world, ACCEPTED, "a.997")
    world.acknowledge()
    assert world.inbox.reads == ["a.997"]
    world.inbox.drop("a.997", SECOND_REJECTED)
    world.acknowledge()
    assert world.inbox.reads == ["a.997"] * 2
    assert world.outcomes() == ["accepted", "contrary"]


def test_a_file_that_is_still_being_written_is_left_for_the_next_run(world: EdiWorld) -> None:
    world.inbox.drop("a.997", ACCEPTED[:-40])
    world.inbox.drop(".b.997", ACCEPTED)
    world.inbox.drop("b.997.part", ACCEPTED)
    post = replace(world.post(), sleep=lambda _seconds: world.inbox.drop("a.997", ACCEPTED))
    assert acknowledge(world.desk(), post, world.inbox).counts == {}
    assert world.inbox.reads == []
    assert world.acknowledge().counts == {"accepted": 3, "files applied": 1}
    assert world.inbox.reads == ["a.997"]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(world: EdiWorld) -> None:
    world.inbox.drop("a.997", ACCEPTED)
    read = world.inbox.read

    def slow(name: str) -> Iterator[bytes]:
        yield from read(name)
        world.inbox.read = read  # type: ignore[method-assign]
        world.inbox.drop("a.997", SECOND_REJECTED)

    world.inbox.read = slow  # type: ignore[method-assign]
    assert world.acknowledge().counts == {}
    assert world.acknowledge().counts["exceptions"] == 1


def test_what_can_not_be_read_is_told_and_left_and_the_others_go_on(world: EdiWorld) -> None:
    world.move_to = "done"
    world.inbox.drop("a.997", ACCEPTED[:-30])
    world.inbox.drop("b.997", b"x" * 200_000)
    world.inbox.drop("c.997", ACCEPTED)
    counts = world.acknowledge().counts
    assert counts == {"files unreadable": 1, "files too large": 1, "accepted": 3, "files applied": 1}
    assert sorted(world.inbox.files) == ["a.997", "b.997", "done/c.997"]
    told = world.heard()
    assert ["IEA is missing" in told[0], "200000 bytes" in told[1]] == [True, True]
    world.acknowledge()
    assert (len(open_alerts(world)), world.heard(), world.inbox.reads) == (2, [], ["a.997", "c.997"])
    del world.inbox.files["b.997"]
    world.inbox.drop("a.997", SECOND_REJECTED)
    world.acknowledge()
    assert [cause for cause in open_alerts(world) if cause.startswith("acknowledgments:")] == []


def test_what_the_server_refuses_does_not_hold_the_others_up(world: EdiWorld) -> None:
    world.inbox.drop("a.997", ACCEPTED)
    world.inbox.drop("b.997", SECOND_REJECTED)
    read = world.inbox.read

    def refuse(name: str) -> Iterator[bytes]:
        if name == "a.997":
            raise IntegrityError("a.997 gave fewer bytes than its size")
        return read(name)

    world.inbox.read = refuse  # type: ignore[method-assign]
    assert world.acknowledge().counts["files applied"] == 1
    assert any("fewer bytes" in message for message in world.heard())
    world.inbox.read = read  # type: ignore[method-assign]
    assert world.acknowledge().counts["contrary"] == 1


def test_files_of_others_are_left_alone(world: EdiWorld) -> None:
    world.move_to = "done"
    order = answer("BEG*00*SA*1**20260101").replace(b"ST*997", b"ST*850").replace(b"GS*FA", b"GS*PO")
    assert answered(world, order + ACCEPTED, "mixed") == {"accepted": 3, "files foreign": 1}
    assert answered(world, order, "order") == {"files foreign": 1}
    assert sorted(world.inbox.files) == ["mixed", "order"]
    assert open_alerts(world) == []


def test_what_was_read_is_moved_where_that_is_wanted(world: EdiWorld) -> None:
    answered(world, ACCEPTED, "a.997")
    world.move_to = "done"
    world.inbox.files["done/a.997"] = (b"older", world.inbox.now)
    answered(world, SECOND_REJECTED, "b.997")
    assert sorted(world.inbox.files) == ["done/a-2.997", "done/a.997", "done/b.997"]
    assert world.inbox.files["done/a-2.997"][0] == ACCEPTED
    with world.ledger.read() as connection:
        found = received.known(connection, received.Place("partner", "acks"), ["a.997", "b.997"])
    assert sorted(file.moved_to for file in found.values()) == ["done/a-2.997", "done/b.997"]


@pytest.mark.parametrize("data", [ACCEPTED, SECOND_REJECTED], ids=["accepted", "rejected"])
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_task_may_be_run_again(world: EdiWorld, point: str, data: bytes) -> None:
    world.move_to = "done"
    world.inbox.drop("a.997", data)
    world.killed_acknowledging(point)
    world.acknowledge()
    assert world.outcomes() == ["accepted" if data == ACCEPTED else "partly"]
    assert len(items(world)) == (data != ACCEPTED)
    assert list(world.inbox.files) == ["done/a.997"]
    world.source.put(row(4, 1))
    world.run("2")
    assert len(sent(world)) == 4


def test_two_tasks_at_once_apply_a_file_once(world: EdiWorld) -> None:
    world.inbox.drop("a.997", SECOND_REJECTED)
    world.inbox.drop("b.997", answer("AK1*IN*7", "AK9*A*1*1*1"))
    together(4, lambda number: world.acknowledge(str(number)))
    assert sorted(world.outcomes()) == ["orphan", "partly"]
    assert len(items(world)) == 1


def test_a_ledger_that_is_behind_applies_nothing(world: EdiWorld) -> None:
    write(world.staging, str(LANE), Marker(world.ledger.id, 10_000))
    world.inbox.drop("a.997", SECOND_REJECTED)
    with pytest.raises(IntegrityError, match="restored"):
        world.acknowledge()
    assert (world.states(), world.outcomes()) == (["sent"] * 3, [])


def test_what_a_task_pushes_is_small(world: EdiWorld) -> None:
    for number in range(60):
        world.inbox.drop(f"{number:03d}-{'x' * 200}.997", answer(f"AK1*IN*{number + 50}", "AK9*A*1*1*1"))
    push = world.acknowledge().to_json()
    assert len(json.dumps(push)) < 4096
    assert (push["file_count"], push["counts"]) == (60, {"files orphan": 60, "orphans": 60})
