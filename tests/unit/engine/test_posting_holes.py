"""Schedules by which a posting was once doubled, lost or stuck: each is a rule that must not be dropped again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.ledger import batches, postings
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Outcome, Problem, Result
from tests.support.engine_looks import items, killed, kinds
from tests.support.engine_world import declaration, row
from tests.support.posting_world import MemoryTarget, PostingWorld


@pytest.fixture
def world(tmp_path: Path) -> PostingWorld:
    return PostingWorld(tmp_path, declaration(on_change="exception"))


def abandon(world: PostingWorld) -> None:
    with world.ledger.read() as connection:
        (batch,) = batches.listed(connection, None, 1)
    people.abandon(world.context("", "person"), batch.id, "gives up")


def decide(world: PostingWorld, *, at_target: bool) -> None:
    (item,) = [item for item in items(world) if item.kind == "doubt"]
    people.resolve(world.context("", "person"), item, "looked", at_target=at_target)


def settle(world: PostingWorld) -> None:
    with world.ledger.write() as connection:
        connection.execute(text("UPDATE posting SET settled_at = '2026-01-01 00:00:00.000000'"))


def test_an_answer_that_comes_after_its_batch_was_given_up_is_kept(world: PostingWorld) -> None:
    """A person says 'no' of a credit note that the target has said it took: it would be posted a second time."""
    world.target.is_unique = False
    world.source.put(row(1))
    world.target.before_call = lambda: abandon(world)
    with pytest.raises(TransientError, match="taken batch"):
        world.run("1")
    world.target.before_call = lambda: None
    settle(world)
    with pytest.raises(ConfigurationError, match="has answered that it has"):
        decide(world, at_target=False)
    decide(world, at_target=True)
    world.run("2")
    assert (world.target.numbers(), kinds(world)) == (["0001"], {})


@dataclass
class Waking(MemoryTarget):
    """A target of which a test knows when somebody else acts: while it checks, another try does so too."""

    while_checking: list[object] = field(default_factory=list)

    def check(self, documents: Sequence[Document]) -> list[Problem | None]:
        said = super().check(documents)
        if self.while_checking:
            self.while_checking.pop()()  # type: ignore[operator]
        return said


def test_two_tries_that_set_one_record_aside_count_it_once(world: PostingWorld) -> None:
    """A try sleeps in its check, another one ends the batch's work, the first wakes: the commit still adds up."""
    world.target = target = Waking(unknown={"odd"})
    world.source.put(row(1, Note="odd"), row(2))
    world.poll("1")
    world.format("1")
    target.while_checking.append(lambda: world.post("1"))
    world.post("1")
    assert world.commit("1").counts["sent"] == 1
    assert (target.numbers(), kinds(world)) == (["0002"], {"0001": "mapping"})


def test_a_sleeper_that_no_longer_knows_the_account_leaves_a_posted_record_alone(world: PostingWorld) -> None:
    """Its check failed, then the account was made and another try posted the record: it is no exception."""
    world.target = target = Waking(unknown={"odd"})
    world.source.put(row(1, Note="odd"))
    world.poll("1")
    world.format("1")

    def meanwhile() -> None:
        target.unknown.clear()
        world.post("1")

    target.while_checking.append(meanwhile)
    world.post("1")
    assert world.commit("1").counts["sent"] == 1
    assert (target.numbers(), kinds(world)) == (["0001"], {})


@dataclass
class Blind(MemoryTarget):
    """A target that says that it took what it posts, and does not show it under our own id."""

    shows: bool = False

    def post(self, attempts: Sequence[Attempt]) -> list[Result]:
        results = super().post(attempts)
        if self.shows:
            return results
        return [Result(Outcome.DOUBT, answer="clean", in_flight=True, taken=True) for _ in results]

    def look_up(self, attempts: Sequence[Attempt]) -> list[Found | None]:
        return super().look_up(attempts) if self.shows else [None] * len(attempts)


@pytest.mark.parametrize("point", ["", "settled", "looked_up"])
def test_what_the_target_has_taken_and_does_not_show_is_for_a_person(world: PostingWorld, point: str) -> None:
    """A payment whose reference SYSPRO keeps elsewhere: without this it was paid twice by every poll."""
    world.target = target = Blind(is_unique=False)
    world.source.put(row(1))
    if point:
        killed(world, "1", point)
    world.run("1")
    world.run("2")
    world.run("3")
    assert (target.numbers(), kinds(world)) == (["0001"], {"0001": "doubt"})
    decide(world, at_target=True)
    world.run("4")
    assert (target.numbers(), kinds(world)) == (["0001"], {})


def test_what_a_person_says_is_not_there_is_posted_again(world: PostingWorld) -> None:
    world.target = target = Blind(is_unique=False)
    world.source.put(row(1))
    world.run("1")
    target.entries.clear()
    target.shows = True
    settle(world)
    decide(world, at_target=False)
    world.run("2")
    assert (target.numbers(), kinds(world)) == (["0001"], {})


def test_a_unique_document_that_is_not_shown_is_posted_again(world: PostingWorld) -> None:
    """The target itself refuses a second one, so trying costs nothing."""
    world.target = target = Blind()
    target.script = ["gone"]
    world.source.put(row(1))
    world.poll("1")
    world.format("1")
    target.before_call = lambda: setattr(target, "shows", len(target.calls_made) > 0)
    world.post("1")
    world.commit("1")
    assert (target.numbers(), kinds(world)) == (["0001"], {})


def test_a_sleeper_is_fenced_off_when_a_person_says_that_it_is_not_there(world: PostingWorld) -> None:
    """It sleeps before its call; only a new sign-in makes sure that it can't post any more when it wakes."""
    world.target.is_unique = False
    world.source.put(row(1))
    killed(world, "1", "intended")
    abandon(world)
    settle(world)
    decide(world, at_target=False)
    fences_at_call: list[int] = []
    world.target.before_call = lambda: fences_at_call.append(world.target.fences)
    world.run("2")
    assert fences_at_call == [1]
    with world.ledger.read() as connection:
        states = [one.state for one in postings.listed(connection, {}, 10)]
    assert sorted(states) == [postings.CONFIRMED, postings.DEAD]


@pytest.mark.parametrize("point", ["", "buried"])
@pytest.mark.parametrize("unique", [True, False])
def test_what_the_target_has_by_our_own_id_with_another_amount_is_told(
    world: PostingWorld, point: str, *, unique: bool
) -> None:
    """A cent was lost on the way: it is there and never posted again, but nobody may take it for what was sent."""
    world.target.is_unique = unique
    world.source.put(row(1))
    world.target.script = ["lost"]

    def rounded(_: float) -> None:
        (entry,) = world.target.entries
        world.target.entries = [replace(entry, amount=entry.amount - Decimal("0.01"))]

    world.while_waiting = rounded
    if point:
        killed(world, "1", point)
    world.run("1")
    world.run("2")
    assert (world.target.numbers(), kinds(world)) == (["0001"], {"0001": "changed"})
    with world.ledger.read() as connection:
        (posting,) = postings.listed(connection, {}, 10)
    assert posting.state == postings.CONFIRMED
