"""What is edited or restored between two tries: folders, outputs, ledgers; and what no longer may go wrong then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.committing import Retention
from airflow_provider_mlconnector.engine.context import Seen
from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.engine.replaying import replay
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.staging.store import Staging
from tests.support.engine_looks import files, items, killed, sent
from tests.support.engine_world import MemorySite, World, declaration, row
from tests.support.scene import Scene


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def test_a_retry_goes_to_the_folder_that_was_frozen(world: World) -> None:
    world.settings = DeliverySettings(partner_removes_files=True)
    world.source.put(row(1))
    killed(world, "1", "renaming")
    world.folder, world.sites["elsewhere"] = "elsewhere", MemorySite()
    world.run("1")
    assert len(sent(world)) == 1
    assert world.sites["elsewhere"].arrived == []


def test_a_file_in_another_folder_is_no_earlier_export(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.folder, world.sites["elsewhere"] = "elsewhere", MemorySite()
    world.source.put(row(1, Note="B"))
    world.run("2")
    world.source.put(row(1, Note="A"))
    world.run("3")
    assert len(world.sites["elsewhere"].arrived) == 2


def test_an_output_is_of_its_batch_and_not_of_its_number(scene: Scene) -> None:
    scene.put(1, "A")
    run = scene.begin()
    scene.snapshot()
    scene.through(run, "format")
    stale = scene.world.xcom[str(run), "format"]
    scene.go(run, "deliver", "frozen")
    scene.kill(run, "deliver")
    scene.restore()
    people.accept_ledger(replace(scene.world.context("", "person"), seen=()), "restored")
    scene.put(1, "B")
    scene.tasks.clear(run, "poll", downstream=False)
    scene.go(run, "poll")
    scene.world.xcom[str(run), "format"] = stale
    scene.tasks.start(run, "deliver")
    scene.go(run, "deliver")
    assert scene.tasks.states[run, "deliver"] == "failed"
    assert scene.sent() == ""


def test_a_ledger_and_a_staging_area_that_moved_can_be_accepted(world: World) -> None:
    world.source.put(row(1))
    world.run("1")
    seen = world.last_commit or {}
    world.ledger = Ledger(f"sqlite:///{world.home / 'new.db'}")
    world.staging = Staging(world.home / "new-staging")
    with pytest.raises(IntegrityError, match=f"--other {seen['ledger']}:{seen['seq']}"):
        world.poll("2")
    person = replace(world.context("", "person"), seen=())
    people.accept_ledger(person, "moved on purpose", Seen(seen["ledger"], seen["seq"]))
    world.poll("2")


def test_tidying_that_fails_leaves_the_commit_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("delete denied")

    world.retention = Retention(world.retention.remember, -world.retention.staging)
    monkeypatch.setattr(world.staging, "remove", refuse)
    world.source.put(row(1))
    world.run("1")
    assert len(sent(world)) == 1


def test_a_person_retries_only_what_they_have_seen(tmp_path: Path) -> None:
    world = World(tmp_path, declaration(on_change="exception"))
    for run, note in enumerate("AB"):
        world.source.put(row(1, Note=note))
        world.run(str(run))
    seen = items(world)[0]
    world.source.put(row(1, Note="C"))
    world.run("3")
    with pytest.raises(ConfigurationError, match="have seen"):
        people.retry(world.context("", "person"), seen)


def test_an_item_that_was_opened_again_is_remembered_as_open(tmp_path: Path) -> None:
    open_when = [{"column": "Note", "values": ["open"]}]
    world = World(tmp_path, declaration(detect="open_items", open_when=open_when, version_columns=["Amount"]))
    for run, (note, amount) in enumerate([("open", "1"), ("paid", "1"), ("open", "1"), ("paid", "9")]):
        world.source.put(row(1, Note=note, Amount=Decimal(amount)))
        world.run(str(run))
        # Far from every window: only what is remembered as open is read again.
        world.source.put(row(run + 50, 60 * (run + 1)))
        world.source.now = world.source.now.replace(year=2027 + run)
        world.run(f"later {run}")
    assert [number for number, _ in sent(world)].count("0001") == 2


def test_a_replay_brings_no_old_version_back_unasked(world: World) -> None:
    world.source.put(row(1, Note="A"), row(2, Note="A"))
    world.run("1")
    world.source.put(row(1, Note="B"))
    world.run("2")
    person, (old, new) = world.context("", "person"), files(world)
    world.site.files.clear()
    with pytest.raises(ConfigurationError, match="1 records of"):
        replay(person, old, world.connect, "lost it")
    assert world.site.files == {}
    assert replay(person, new, world.connect, "lost it")
    assert replay(person, old, world.connect, "all the same", although_older=True)
    assert len(world.site.files) == 2
