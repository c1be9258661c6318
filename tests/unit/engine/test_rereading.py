"""Acknowledgments that fitted nothing, read again once a person has corrected what was wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import rereading
from airflow_provider_mlconnector.engine.acknowledging import acknowledge
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger import audit, received
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.received import Place
from tests.support.edi_world import ACCEPTED, SECOND_REJECTED, EdiWorld, answer, answered, profile
from tests.support.engine_looks import kinds
from tests.support.engine_world import row
from tests.support.together import together

WRONG = profile(them={"id": "ACNE", "qualifier": "ZZ"})


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    """Three invoices were sent, and the profile has the partner's id misspelled."""
    made = EdiWorld(tmp_path, url=ledger_url, profiles=[WRONG])
    made.source.put(row(1), row(2), row(3))
    made.run("1")
    return made


def outcome(world: EdiWorld, file_id: int = 1) -> str:
    with world.ledger.read() as connection:
        found = received.get(connection, file_id)
    assert found is not None
    return found.outcome


def reread(world: EdiWorld, file_id: int = 1) -> None:
    rereading.ask(world.ledger, Actor(person="ann"), file_id, "their id was wrong")


@pytest.mark.parametrize("move_to", ["", "done"])
def test_a_corrected_profile_finds_what_was_an_orphan(world: EdiWorld, move_to: str) -> None:
    world.move_to = move_to
    assert answered(world, SECOND_REJECTED, "a.997") == {"orphans": 1, "files orphan": 1}
    world.profiles = [profile()]
    assert world.acknowledge().counts == {}, "by itself it is not read again"
    reread(world)
    counts = world.acknowledge().counts
    assert (counts["accepted"], counts["rejected"], counts["files applied"]) == (2, 1, 1)
    assert (world.states(), kinds(world)) == (["accepted", "rejected", "accepted"], {"0002": "rejected"})
    assert list(world.inbox.files) == [f"{move_to}/a.997" if move_to else "a.997"]
    assert world.acknowledge().counts == {}, "and once"


def test_that_it_was_asked_for_is_audited(world: EdiWorld) -> None:
    answered(world, ACCEPTED, "a.997")
    reread(world)
    with world.ledger.read() as connection:
        (event,) = audit.search(connection, {"event": "acknowledgments to be read again"}, None, None, 10)
    assert (event.object, event.outcome, event.actor, event.detail) == ("a.997", "orphan", "ann", "their id was wrong")


def test_what_still_fits_nothing_stays_an_orphan(world: EdiWorld) -> None:
    answered(world, ACCEPTED, "a.997")
    reread(world)
    assert world.acknowledge().counts == {"orphans": 1, "files orphan": 1}
    assert outcome(world) == received.ORPHAN


def test_what_a_person_has_put_back_is_found_there(world: EdiWorld) -> None:
    world.move_to = "done"
    answered(world, ACCEPTED, "a.997")
    world.inbox.files = {"a.997": world.inbox.files["done/a.997"]}
    world.profiles = [profile()]
    reread(world)
    assert world.acknowledge().counts["accepted"] == 3
    assert list(world.inbox.files) == ["done/a.997"]


def test_what_is_not_there_any_more_is_told_once(world: EdiWorld) -> None:
    answered(world, ACCEPTED, "a.997")
    kept = dict(world.inbox.files)
    world.inbox.files.clear()
    reread(world)
    assert world.acknowledge().counts == {"files gone": 1}
    assert ["a.997 is not there any more" in message for message in world.heard()] == [True]
    assert (world.acknowledge().counts, world.heard()) == ({}, [])
    world.inbox.files = kept
    world.profiles = [profile()]
    reread(world)
    assert world.acknowledge().counts["accepted"] == 3


def test_a_file_that_was_too_large_is_read_when_the_limit_is_raised(world: EdiWorld) -> None:
    world.profiles = [profile()]
    answered(world, ACCEPTED + b"\n" * 100_000, "a.997")
    assert outcome(world) == received.TOO_LARGE
    reread(world)
    higher = replace(world.post(), largest=200_000)
    assert acknowledge(world.desk(), higher, world.inbox).counts["accepted"] == 3


def test_another_file_in_its_place_is_not_what_was_meant(world: EdiWorld) -> None:
    world.move_to = "done"
    answered(world, ACCEPTED, "a.997")
    world.profiles = [profile()]
    reread(world)
    world.inbox.files["done/a.997"] = (ACCEPTED + b"\n", world.inbox.now)
    assert world.acknowledge().counts == {"files gone": 1}


def test_only_what_was_not_applied_is_read_again(world: EdiWorld) -> None:
    world.profiles = [profile()]
    answered(world, ACCEPTED, "a.997")
    with pytest.raises(ConfigurationError, match=r"a\.997 is applied"):
        reread(world)
    with pytest.raises(ConfigurationError, match="there is no file 9"):
        reread(world, 9)


@pytest.mark.parametrize("point", ["acknowledgment_read", "acknowledgments_applied"])
def test_a_killed_task_may_be_run_again(world: EdiWorld, point: str) -> None:
    answered(world, SECOND_REJECTED, "a.997")
    world.profiles = [profile()]
    reread(world)
    world.killed_acknowledging(point)
    world.acknowledge()
    assert world.outcomes() == ["orphan", "partly"]
    assert kinds(world) == {"0002": "rejected"}


def test_two_tasks_at_once_apply_it_once(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED, "a.997")
    world.profiles = [profile()]
    reread(world)
    together(3, lambda number: world.acknowledge(str(number)))
    assert world.outcomes() == ["orphan", "partly"]


def test_the_folders_of_what_is_to_be_read_again_are_known(world: EdiWorld) -> None:
    place = Place("partner", "acks")
    world.move_to = "done"
    answered(world, answer("AK1*IN*9", "AK9*A*3*3*3"), "a.997")
    assert rereading.folders(world.ledger, place) == set()
    reread(world)
    assert rereading.folders(world.ledger, place) == {"done"}
    assert rereading.folders(world.ledger, Place("partner", "others")) == set()
