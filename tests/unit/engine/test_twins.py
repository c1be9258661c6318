"""Two records that are one document to its receiver: one goes, the other waits for a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.polling import PollRequest
from airflow_provider_mlconnector.engine.previewing import preview
from airflow_provider_mlconnector.staging.store import Staging
from tests.support.engine_looks import items, killed, kinds, sent
from tests.support.engine_world import DAY, LANE, START, World, declaration, row

FIRST, SECOND = ("0000001", "INV-0001"), ("0000001", "INV-0002")


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> World:
    return World(tmp_path, declaration(document=["Supplier", "Note"]), url=ledger_url)


def one(number: int, day: int = 0, note: str = "D") -> dict[str, object]:
    return row(number, day, Note=note)


def retry(world: World) -> None:
    people.retry(world.context("", "person"), items(world)[0])


def resolve(world: World, *, at_target: bool | None = None) -> None:
    people.resolve(
        world.context("", "person"), items(world)[0], "looked at it", at_target=at_target, open_site=world.connect
    )


def test_a_document_that_was_sent_under_another_key_goes_to_a_person(world: World) -> None:
    world.source.put(one(1))
    world.run("1")
    del world.source.rows[FIRST]
    world.source.put(one(2))
    counts = world.run("2").counts
    assert sent(world) == [("0001", "D")]
    (item,) = items(world)
    assert (item.kind, item.key) == ("twin", "0000001/INV-0002")
    assert "record 0000001/INV-0001 has the same Supplier and Note" in item.reason
    assert "retry" in item.reason
    assert (counts["read"], counts["exceptions"], counts["sent"]) == (1, 1, 0)
    world.run("3")
    assert kinds(world) == {"0002": "twin"}
    assert len(sent(world)) == 1


def test_a_person_says_that_it_is_another_document(world: World) -> None:
    world.source.put(one(1))
    world.run("1")
    world.source.put(one(2))
    world.run("2")
    retry(world)
    world.run("3")
    assert sent(world) == [("0001", "D"), ("0002", "D")]
    assert items(world) == []


def test_both_stay_that_document_when_they_change(world: World) -> None:
    world.source.put(one(1))
    world.run("1")
    world.source.put(one(2))
    world.run("2")
    retry(world)
    world.run("3")
    for number in (1, 2):
        world.source.put(one(number, 1))
    world.source.put(one(3))
    world.source.now = START + DAY
    world.run("4")
    assert [number for number, _ in sent(world)] == ["0001", "0002", "0001", "0002"]
    assert kinds(world) == {"0003": "twin"}
    assert "INV-0002" in items(world)[0].reason, "the one that was sent last"


def test_a_person_says_that_it_is_the_same_document(world: World) -> None:
    world.source.put(one(1))
    world.run("1")
    world.source.put(one(2))
    world.run("2")
    resolve(world)
    world.run("3")
    assert items(world) == []
    world.source.put(one(2, 1))
    world.source.now = START + DAY
    world.run("4")
    assert kinds(world) == {"0002": "twin"}, "a new version is asked about again"
    assert sent(world) == [("0001", "D")]


def test_of_twins_in_one_poll_the_first_by_its_cursor_goes(world: World) -> None:
    world.source.now = START + DAY
    world.source.put(*(one(number) for number in (1, 2, 3, 5)), one(4, note="E"), row(6, Note="F"))
    counts = world.run("1").counts
    assert sorted(sent(world)) == [("0001", "D"), ("0004", "E"), ("0006", "F")]
    assert kinds(world) == {"0002": "twin", "0003": "twin", "0005": "twin"}
    assert all("INV-0001" in item.reason for item in items(world))
    assert (counts["read"], counts["sent"], counts["exceptions"]) == (6, 3, 3)


def test_a_blank_part_of_a_documents_name_says_nothing(world: World) -> None:
    world.source.put(one(1, note=""), one(2, note=" "), row(3, Note=None), row(4, Note=None))
    world.run("1")
    assert items(world) == []
    assert len(sent(world)) == 4


def test_blanks_around_a_name_are_not_part_of_it(world: World) -> None:
    world.source.put(one(1), one(2, note=" D "))
    world.run("1")
    assert kinds(world) == {"0002": "twin"}


@pytest.mark.parametrize("written", ["inv 7", "INV  7", "Inv\u00a07 "])
def test_a_document_that_is_written_otherwise_is_the_same(world: World, written: str) -> None:
    world.source.put(one(1, note="INV 7"))
    world.run("1")
    world.source.put(one(2, note=written))
    world.run("2")
    assert kinds(world) == {"0002": "twin"}


def test_a_twin_of_what_another_run_is_sending_waits_too(world: World) -> None:
    world.source.put(one(1))
    killed(world, "1", "uploaded")
    world.source.put(one(2))
    world.running = {"1"}
    world.run("2")
    assert kinds(world) == {"0002": "twin"}
    world.run("1")
    assert sent(world) == [("0001", "D")]


def test_a_twin_that_came_while_this_poll_read_is_seen(world: World) -> None:
    def other() -> None:
        theirs = World(world.home, world.declared, url=world.url, running={"1", "2"})
        theirs.source.put(one(1))
        theirs.poll("2")

    world.running = {"1", "2"}
    world.source.put(one(2))
    world.source.meanwhile = other
    world.run("1")
    assert kinds(world) == {"0002": "twin"}
    assert sent(world) == []


def test_a_record_whose_batch_is_taken_over_holds_nothing(world: World) -> None:
    world.source.put(one(1))
    world.poll("1")
    del world.source.rows[FIRST]
    world.source.put(one(2))
    world.run("2")
    assert sent(world) == [("0002", "D")]
    assert kinds(world) == {"0001": "vanished"}


def test_a_batch_that_is_frozen_while_a_poll_would_take_it_over_holds_its_documents(world: World) -> None:
    world.source.put(one(1))
    world.poll("1")
    world.format("1")
    world.source.put(one(2))

    def freeze() -> None:
        world.deliver("1")

    world.source.meanwhile = freeze
    world.run("2")
    assert sent(world) == [("0001", "D")]
    assert kinds(world) == {"0002": "twin"}


def test_a_record_that_could_not_be_mapped_holds_nothing(world: World) -> None:
    world.bad = {"D"}
    world.source.put(one(1))
    world.run("1")
    world.bad = set()
    del world.source.rows[FIRST]
    world.source.put(one(2))
    world.run("2")
    assert sent(world) == [("0002", "D")]


def test_a_record_that_goes_on_later_is_held_against_what_was_sent_meanwhile(world: World) -> None:
    world.bad = {"D"}
    world.source.put(one(1))
    world.run("1")
    world.source.put(one(2))
    world.running = {"1"}
    world.bad = set()
    world.run("2")
    assert sent(world) == [("0001", "D")] or sent(world) == [("0002", "D")]
    assert list(kinds(world).values()) == ["twin"]


@pytest.mark.parametrize("at_target", [True, False])
def test_a_record_in_doubt_holds_its_document(world: World, at_target: bool) -> None:
    world.source.put(one(1))
    killed(world, "1", "renaming")
    people.abandon(world.context("", "person"), 1, "gives up")
    world.source.put(one(2))
    world.run("2")
    assert kinds(world) == {"0001": "doubt", "0002": "twin"}
    assert sent(world) == []
    doubt = next(item for item in items(world) if item.kind == "doubt")
    people.resolve(world.context("", "p"), doubt, "asked", at_target=at_target, open_site=world.connect)
    world.run("3")
    assert sent(world) == ([] if at_target else [("0001", "D")])
    assert kinds(world) == {"0002": "twin"}


def test_what_a_person_said_of_one_document_holds_for_no_other(world: World) -> None:
    world.source.put(one(1), one(4, note="E"))
    world.run("1")
    world.source.put(one(2))
    world.run("2")
    retry(world)
    world.source.put(one(2, note="E"))
    world.run("3")
    assert kinds(world) == {"0002": "twin"}
    assert "INV-0004" in items(world)[0].reason
    assert len(sent(world)) == 2


def test_a_stream_that_names_no_document_sends_both(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.source.put(one(1), one(2))
    world.run("1")
    assert len(sent(world)) == 2


def test_a_preview_leaves_twins_out(world: World, tmp_path: Path) -> None:
    world.source.put(one(1))
    world.run("1")
    world.source.put(one(2), one(3, note="E"))
    request = PollRequest(world.declared, world.source, "UTC", run_finished=lambda _batch: True)
    scratch = Staging(tmp_path / "scratch")
    found = preview(world.ledger, LANE, request, scratch, lambda _line: None)
    assert found.counts == {"known": 1, "claim": 1, "twin": 1}
    assert sum(part.rows for part in found.reading.parts) == 1


POLLS = st.lists(st.lists(st.tuples(st.integers(1, 8), st.sampled_from("ABC ")), max_size=5), min_size=1, max_size=4)


@settings(max_examples=25)
@given(polls=POLLS)
def test_no_document_is_sent_under_two_keys_and_no_record_is_lost(
    polls: list[list[tuple[int, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = World(tmp_path_factory.mktemp("world"), declaration(document=["Supplier", "Note"]))
    for number, rows in enumerate(polls):
        world.source.put(*(one(invoice, note=note) for invoice, note in rows))
        world.run(str(number))
    arrived = {(invoice, note) for invoice, note in sent(world) if note.strip()}
    assert len({note for _, note in arrived}) == len(arrived)
    current = {(key[1].rpartition("-")[2], row["Note"]) for key, row in world.source.rows.items()}
    waiting = {(invoice, note) for invoice, note in current if kinds(world).get(invoice) == "twin"}
    assert current <= set(sent(world)) | waiting
