"""Dedup and post (rule 8): each record reaches the target once, whatever is killed, lost, refused or repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import batches, clock, postings
from tests.servers.postgres import PostgresServer
from tests.support.engine_looks import audited, items, killed, kinds, watermark
from tests.support.engine_world import declaration, row
from tests.support.posting_world import Entry, PostingWorld

POINTS = ("frozen", "intended", "called", "concluded", "ledger_committed")


@pytest.fixture
def world(tmp_path: Path) -> PostingWorld:
    return PostingWorld(tmp_path, declaration(on_change="exception"))


def test_each_record_is_posted_once_and_a_replay_posts_nothing(world: PostingWorld) -> None:
    world.source.put(*(row(number) for number in range(1, 8)))
    assert world.run("1").counts["sent"] == 7
    world.run("1")
    world.run("2")
    assert world.target.numbers() == [f"{number:04d}" for number in range(1, 8)]
    assert len(world.target.calls_made) == 3
    assert watermark(world).startswith("2026-03-01")


@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_doubles_and_loses_nothing(world: PostingWorld, point: str, *, unique: bool) -> None:
    world.target.is_unique = unique
    world.source.put(row(1), row(2), row(3), row(4))
    killed(world, "1", point)
    world.run("1")
    world.run("2")
    assert world.target.numbers() == ["0001", "0002", "0003", "0004"]
    assert kinds(world) == {}


@pytest.mark.parametrize("act", ["lost", "gone", "late", "unclear"])
def test_an_answer_that_is_lost_or_unclear_doubles_and_loses_nothing(world: PostingWorld, act: str) -> None:
    world.source.put(row(1), row(2))
    world.target.script = [act]
    world.run("1")
    assert (world.target.numbers(), kinds(world)) == (["0001", "0002"], {})
    assert bool(world.waits) is (act != "unclear"), "who has an answer need not wait"


@pytest.mark.parametrize("point", ["settled", "looked_up", "buried"])
@pytest.mark.parametrize("act", ["lost", "gone", "late"])
def test_a_kill_while_it_looks_doubles_and_loses_nothing(world: PostingWorld, act: str, point: str) -> None:
    world.source.put(row(1), row(2))
    world.target.script = [act]
    killed(world, "1", point)
    world.run("1")
    assert (world.target.numbers(), kinds(world)) == (["0001", "0002"], {})


def test_one_bad_record_blocks_nobody(world: PostingWorld) -> None:
    world.source.put(row(1), row(2, Note="wrong"), row(3))
    world.target.refused = {"wrong"}
    world.run("1")
    assert world.target.numbers() == ["0001", "0003"]
    assert kinds(world) == {"0002": "retry"}
    assert "no: because" in items(world)[0].reason


def test_a_refusal_is_posted_again_some_times_and_then_waits_for_a_person(world: PostingWorld) -> None:
    world.source.put(row(1, Note="wrong"))
    world.target.refused = {"wrong"}
    found = []
    for run in "12345":
        world.run(run)
        found.append((len(world.target.calls_made), kinds(world)["0001"]))
    assert found == [(1, "retry"), (2, "retry"), (3, "rejected"), (3, "rejected"), (3, "rejected")]
    world.target.refused.clear()
    people.retry(world.context("", "person"), items(world)[0])
    world.run("6")
    assert (world.target.numbers(), kinds(world)) == (["0001"], {})


def test_a_local_cause_is_rechecked_without_posting(world: PostingWorld) -> None:
    world.source.put(row(1, Note="account"), row(2))
    world.target.unknown = {"account"}
    world.run("1")
    assert (world.target.calls_made, kinds(world)) == ([["0000001/INV-0002"]], {"0001": "mapping"})
    assert items(world)[0].cause == "posting:note:account"


def test_what_is_there_already_is_adopted_and_what_differs_is_an_exception(world: PostingWorld) -> None:
    mine, other = row(1), row(2)
    world.target.entries = [
        Entry("0000001/INV-0001", "by hand", mine["Amount"], ""),
        Entry("0000001/INV-0002", "by hand", other["Amount"] + 1, ""),
    ]
    world.source.put(mine, other)
    world.run("1")
    assert (world.target.calls_made, kinds(world)) == ([], {"0002": "rejected"})
    assert len(audited(world, "adopted")) == 1


def test_what_is_mended_by_hand_closes_its_exception(world: PostingWorld) -> None:
    world.source.put(row(1, Note="wrong"))
    world.target.refused = {"wrong"}
    world.run("1")
    world.target.entries = [Entry("0000001/INV-0001", "by hand", row(1)["Amount"], "")]
    world.run("2")
    assert (len(world.target.calls_made), kinds(world)) == (1, {})


def test_another_content_is_never_a_second_posting(world: PostingWorld) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.put(row(1, Note="B"))
    world.run("2")
    assert kinds(world) == {"0001": "changed"}
    people.retry(world.context("", "person"), items(world)[0])
    world.run("3")
    assert (world.target.numbers(), kinds(world)) == (["0001"], {"0001": "changed"})


def test_master_data_are_posted_again_in_order(tmp_path: Path) -> None:
    world = PostingWorld(tmp_path, declaration(on_change="send"))
    world.target.does_replace = True
    for run, note in enumerate("ABA"):
        world.source.put(row(1, Note=note))
        world.run(str(run))
    assert world.target.calls_made == [["0000001/INV-0001"]] * 3
    assert world.target.entries[0].note == "A"


def test_a_kind_that_is_not_unique_is_found_by_our_own_id_alone(world: PostingWorld) -> None:
    world.target.is_unique = False
    world.target.entries = [Entry("0000001/INV-0001", "another one", row(1)["Amount"], "")]
    world.source.put(row(1))
    world.target.script = ["lost"]
    world.run("1")
    assert world.target.numbers() == ["0001", "0001"]
    world.run("2")
    assert world.target.numbers() == ["0001", "0001"]


def test_two_records_of_one_identity_are_one_document(tmp_path: Path) -> None:
    world = PostingWorld(tmp_path, declaration(on_change="exception", key=["Supplier", "Invoice", "Note"]))
    world.source.put(row(1, Note="A"), row(1, Note="B"), row(2))
    world.run("1")
    assert world.target.numbers() == ["0001", "0002"]
    assert [item.kind for item in items(world)] == ["changed"]


def test_commit_waits_for_what_is_not_posted(world: PostingWorld) -> None:
    world.source.put(row(1))
    killed(world, "1", "intended")
    with pytest.raises(IntegrityError, match="neither posted nor set aside"):
        world.commit("1")


def test_a_target_that_is_down_ends_the_try_and_not_the_records(world: PostingWorld) -> None:
    world.per_call = 1
    world.source.put(*(row(number) for number in range(1, 7)))
    world.target.script = ["gone"] * 3
    with pytest.raises(TransientError):
        world.run("1")
    world.run("1")
    assert world.target.numbers() == [f"{number:04d}" for number in range(1, 7)]


def test_a_copied_flow_posts_nothing_twice(world: PostingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.source.put(row(1))
    world.run("1")
    from tests.support import engine_world, posting_world

    copied = engine_world.LANE.__class__("copy", "invoices", "partner")
    for module in (engine_world, posting_world):
        monkeypatch.setattr(module, "LANE", copied)
    world.last_commit = None
    world.run("2")
    assert world.target.numbers() == ["0001"]
    assert len(world.target.calls_made) == 1


def in_doubt(world: PostingWorld) -> None:
    """A record whose call nobody knows the end of, in a batch that was given up."""
    world.source.put(row(1), row(2))
    world.per_call = 1
    killed(world, "1", "called")
    with world.ledger.read() as connection:
        (batch,) = batches.listed(connection, None, 1)
    people.abandon(world.context("", "person"), batch.id, "gives up")


def decide(world: PostingWorld, *, at_target: bool) -> None:
    (item,) = [item for item in items(world) if item.kind == "doubt"]
    people.resolve(world.context("", "person"), item, "looked", at_target=at_target)


def test_what_was_being_posted_when_its_batch_was_given_up_is_in_doubt_and_held(world: PostingWorld) -> None:
    in_doubt(world)
    assert kinds(world) == {"0001": "doubt", "0002": "retry"}
    world.run("2")
    assert (world.target.numbers(), kinds(world)) == (["0001", "0002"], {"0001": "doubt"})
    decide(world, at_target=True)
    world.run("3")
    assert (world.target.numbers(), kinds(world)) == (["0001", "0002"], {})


def test_nobody_says_that_it_is_not_there_while_its_call_may_still_work(world: PostingWorld) -> None:
    in_doubt(world)
    with pytest.raises(ConfigurationError, match="may still be at work"):
        decide(world, at_target=False)
    with world.ledger.write() as connection:
        connection.execute(text("UPDATE posting SET settled_at = '2026-01-01 00:00:00.000000'"))
    world.target.entries.clear()
    decide(world, at_target=False)
    world.run("2")
    assert (world.target.numbers(), kinds(world)) == (["0001", "0002"], {})


def test_an_answer_that_comes_after_its_batch_was_given_up_changes_nothing_by_itself(world: PostingWorld) -> None:
    world.source.put(row(1))

    def given_up() -> None:
        with world.ledger.read() as connection:
            (batch,) = batches.listed(connection, None, 1)
        people.abandon(world.context("", "person"), batch.id, "gives up")

    world.target.before_call = given_up
    with pytest.raises(TransientError, match="taken batch"):
        world.run("1")
    world.target.before_call = lambda: None
    assert kinds(world) == {"0001": "doubt"}
    world.run("2")
    decide(world, at_target=True)
    world.run("3")
    assert (world.target.numbers(), kinds(world)) == (["0001"], {})


def test_a_try_that_was_overtaken_confirms_nothing(world: PostingWorld) -> None:
    """While its call is at work, somebody looks for it, finds nothing, and ends its intent."""
    world.source.put(row(1))

    def meanwhile() -> None:
        world.target.before_call = lambda: None
        with world.ledger.write() as connection:
            connection.execute(text("UPDATE posting SET state = 'dead'"))

    world.target.before_call = meanwhile
    world.poll("1")
    world.format("1")
    world.post("1")
    with world.ledger.read() as connection:
        (posting,) = postings.listed(connection, {}, 10)
    assert posting.state == postings.DEAD
    world.post("1")
    assert world.commit("1").counts["sent"] == 1
    assert world.target.numbers() == ["0001"]


def test_intents_are_stamped_by_the_clock_that_all_workers_share(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = PostingWorld(tmp_path, declaration(), postgres.database())
    before = datetime.now(UTC).replace(tzinfo=None)
    ahead = create_autospec(clock.utc_now, return_value=before + timedelta(hours=1))
    monkeypatch.setattr(clock, "utc_now", ahead)
    world.source.put(row(1))
    world.run("1")
    with world.ledger.read() as connection:
        (posting,) = postings.listed(connection, {}, 10)
    assert before <= posting.intent_at < before + timedelta(minutes=30)
