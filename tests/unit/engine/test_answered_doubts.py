"""Doubts that the partner's answer has overtaken: who has answered has the file, and what was rejected stays so."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError
from airflow_provider_mlconnector.ledger import deliveries
from tests.support.edi_world import EdiWorld, answer, answered
from tests.support.engine_looks import audited, files, items, killed, kinds, sent
from tests.support.engine_world import row

ACCEPTED = answer("AK1*IN*1", "AK9*A*2*2*2")
REJECTED = answer("AK1*IN*1", "AK9*R*2*2*0*1")
SECOND_REJECTED = answer("AK1*IN*1", "AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1")


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    """A file of two invoices, group 1 with the sets 0001 and 0002, was renamed; nobody knows whether it was."""
    made = EdiWorld(tmp_path, url=ledger_url)
    made.source.put(row(1), row(2))
    killed(made, "1", "renamed")
    made.site.files.clear()
    return made


def abandoned(world: EdiWorld) -> None:
    people.abandon(world.context("", "person"), 1, "gives up")
    assert kinds(world) == {"0001": "doubt", "0002": "doubt"}


def resolve_all(world: EdiWorld, *, at_target: bool) -> None:
    for item in items(world):
        people.resolve(world.context("", "person"), item, "asked them", at_target=at_target, open_site=world.connect)


def decide(world: EdiWorld, *, arrived: bool) -> None:
    context = world.context("", "person")
    people.decide_delivery(context, files(world)[0], arrived=arrived, comment="asked", open_site=world.connect)


# Records in doubt, of a batch that was abandoned.


def test_a_rejection_outlives_the_doubt(world: EdiWorld) -> None:
    abandoned(world)
    answered(world, SECOND_REJECTED)
    resolve_all(world, at_target=True)
    assert kinds(world) == {"0001": "retry", "0002": "rejected"}
    (refused,) = (item for item in items(world) if item.kind == "rejected")
    assert refused.reason == "the partner rejects it: segments in error; asked them"
    world.run("2")
    assert (len(sent(world)), kinds(world)) == (2, {"0002": "rejected"})
    people.retry(world.context("", "person"), items(world)[0])
    world.run("3")
    assert ([number for number, _ in sent(world)], items(world)) == (["0001", "0002", "0002"], [])


def test_a_newer_version_of_what_was_rejected_in_doubt_goes_out_by_itself(world: EdiWorld) -> None:
    abandoned(world)
    answered(world, SECOND_REJECTED)
    resolve_all(world, at_target=True)
    world.source.put(row(2, 1, Note="corrected"))
    world.run("2")
    assert (sent(world)[2:], items(world)) == ([("0002", "corrected")], [])


def test_a_rejection_without_a_reason_is_one(world: EdiWorld) -> None:
    abandoned(world)
    answered(world, answer("AK1*IN*1", "AK2*810*0002", "AK5*R", "AK9*P*2*2*1"))
    resolve_all(world, at_target=True)
    assert [item.reason for item in items(world) if item.kind == "rejected"] == ["the partner rejects it; asked them"]


@pytest.mark.parametrize(("data", "state"), [(ACCEPTED, "accepted"), (REJECTED, "rejected")])
def test_of_what_was_answered_nobody_says_that_it_is_not_there(world: EdiWorld, data: bytes, state: str) -> None:
    abandoned(world)
    answered(world, data)
    with pytest.raises(ConfigurationError, match=rf"invoices-000001\.csv \({state}\), and so has it"):
        resolve_all(world, at_target=False)
    assert set(kinds(world).values()) == {"doubt"}
    world.run("2")
    assert len(sent(world)) == 2
    assert world.sent_as(0).state == state


def test_what_was_accepted_while_in_doubt_is_not_sent_again(world: EdiWorld) -> None:
    abandoned(world)
    answered(world, ACCEPTED)
    resolve_all(world, at_target=True)
    world.run("2")
    assert (len(sent(world)), items(world)) == (2, [])
    assert (world.sent_as(0).state, world.sent_as(0).due_at) == ("accepted", None)


def test_an_answer_after_the_decision_counts(world: EdiWorld) -> None:
    abandoned(world)
    resolve_all(world, at_target=True)
    answered(world, SECOND_REJECTED)
    world.run("2")
    assert (len(sent(world)), kinds(world)) == (2, {"0002": "rejected"})


# The file itself, of a batch that is being sent.


@pytest.mark.parametrize("data", [ACCEPTED, REJECTED, SECOND_REJECTED])
def test_a_file_that_was_answered_is_not_sent_again(world: EdiWorld, data: bytes) -> None:
    answered(world, data)
    with pytest.raises(InDoubtError):
        world.deliver("1")
    with pytest.raises(ConfigurationError, match="the partner has answered"):
        decide(world, arrived=False)
    assert (files(world)[0].state, audited(world, "to be sent again")) == (deliveries.RENAMING, [])
    with pytest.raises(InDoubtError):
        world.deliver("1")
    assert len(sent(world)) == 2


def test_a_file_that_was_accepted_is_confirmed_by_a_person(world: EdiWorld) -> None:
    answered(world, ACCEPTED)
    decide(world, arrived=True)
    world.deliver("1")
    assert world.commit("1").counts["sent"] == 2
    assert (len(sent(world)), world.sent_as().state, items(world)) == (2, "accepted", [])


def test_a_file_that_was_partly_rejected_is_committed_without_what_was_rejected(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED)
    decide(world, arrived=True)
    world.deliver("1")
    assert (world.commit("1").counts["sent"], kinds(world)) == (1, {"0002": "rejected"})


def test_a_file_that_nobody_has_answered_is_sent_again(world: EdiWorld) -> None:
    decide(world, arrived=False)
    world.deliver("1")
    world.commit("1")
    assert (len(world.site.arrived), world.sent_as().state) == (2, "sent")
