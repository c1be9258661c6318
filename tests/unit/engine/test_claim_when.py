"""Records that may not go to the target yet, or not any more: `claim_when`."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from tests.support.engine_looks import items, kinds, sent
from tests.support.engine_world import World, declaration, row

APPROVED = [{"column": "Note", "op": "in", "values": ["approved", "changed"]}]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, declaration(claim_when=APPROVED, on_change="exception"))


def notes(world: World) -> list[str]:
    return [record[1] for record in sent(world)]


def test_what_is_pending_is_not_marked_as_done(world: World) -> None:
    world.source.put(row(1, Note="pending"))
    assert world.run("1").counts["skipped"] == 1
    world.source.put(row(1, Note="approved"))
    world.run("2")
    assert notes(world) == ["approved"]


def test_what_is_void_before_it_was_sent_is_nothing(world: World) -> None:
    world.source.put(row(1, Note="void"), row(2, Note="approved"))
    world.run("1")
    world.source.put(row(1, Note="pending"))
    world.run("2")
    assert (notes(world), kinds(world)) == (["approved"], {})


def test_what_is_void_after_it_was_sent_is_an_exception_and_never_sent(world: World) -> None:
    world.source.put(row(1, Note="approved"))
    world.run("1")
    world.source.put(row(1, Note="void"))
    world.run("2")
    assert kinds(world) == {"0001": "changed"}
    people.retry(world.context("", "person"), items(world)[0])
    world.run("3")
    assert (notes(world), kinds(world)) == (["approved"], {"0001": "changed"})


def test_a_void_that_is_taken_back_closes_its_exception(world: World) -> None:
    world.source.put(row(1, Note="approved"))
    world.run("1")
    world.source.put(row(1, Note="void"))
    world.run("2")
    world.source.put(row(1, Note="approved"))
    world.run("3")
    assert (notes(world), kinds(world)) == (["approved"], {})


def test_an_exception_of_what_is_void_by_now_closes(world: World) -> None:
    world.bad.add("approved")
    world.source.put(row(1, Note="approved"))
    world.run("1")
    assert kinds(world) == {"0001": "mapping"}
    world.source.put(row(1, Note="void"))
    world.bad.clear()
    world.run("2")
    assert (notes(world), kinds(world)) == ([], {})


def test_what_another_run_has_superseded_is_judged_as_not_claimable_again(world: World) -> None:
    world.source.put(row(1, Note="approved"))
    world.running.add("1")
    world.poll("1")
    world.source.put(row(1, Note="void"))
    world.run("2")
    assert kinds(world) == {"0001": "waiting"}
    world.running.clear()
    world.run("3")
    assert (notes(world), kinds(world)) == ([], {})


def test_what_became_void_while_it_was_being_sent_is_told_of_once_it_was_sent(world: World) -> None:
    world.source.put(row(1, Note="approved"))
    world.running.add("1")
    world.poll("1")
    world.source.put(row(1, Note="void"))
    world.run("2")
    assert kinds(world) == {"0001": "waiting"}
    world.format("1")
    world.deliver("1")
    world.commit("1")
    world.running.clear()
    world.run("3")
    assert (notes(world), kinds(world)) == (["approved"], {"0001": "changed"})
    world.run("4")
    assert kinds(world) == {"0001": "changed"}
