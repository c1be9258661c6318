"""Files on their way to a partner: equal ones, names that are taken, several in a batch, abandoned ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine import outputs, people
from airflow_provider_mlconnector.engine.delivering import DeliverySettings, suffixed
from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError, IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import batches
from tests.support.engine_looks import audited, files, items, killed, kinds, sent
from tests.support.engine_world import World, declaration, row
from tests.support.grouped_world import GroupedWorld
from tests.support.tries import KilledError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def grouped(tmp_path: Path) -> GroupedWorld:
    return GroupedWorld(tmp_path)


def abandon(world: World) -> None:
    people.abandon(world.context("", "person"), files(world)[-1].batch_id, "gives up")


def resolve_all(world: World, *, at_target: bool) -> None:
    for item in items(world):
        people.resolve(world.context("", "person"), item, "asked them", at_target=at_target, open_site=world.connect)


def killed_after_files(world: World, run: str, count: int, point: str = "confirmed") -> None:
    """A run that is killed when so many files have come to a point."""
    from airflow_provider_mlconnector.engine import failure_points

    left = count

    def reached(name: str) -> None:
        nonlocal left
        left -= name == point
        if left == 0:
            raise KilledError

    failure_points.arm(reached)
    try:
        with suppress(KilledError):
            world.run(run)
    finally:
        failure_points.arm(None)


# What equals the last export.


def test_a_change_back_after_a_decided_doubt_is_sent(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.run("1")
    world.source.put(row(1, Note="B"))
    killed(world, "2", "renamed")
    abandon(world)
    resolve_all(world, at_target=True)
    world.source.put(row(1, Note="A"))
    world.run("3")
    assert sent(world) == [("0001", "A"), ("0001", "B"), ("0001", "A")]


def test_a_record_that_moves_between_files_and_back_is_sent(grouped: GroupedWorld) -> None:
    for run, currency in enumerate(["EUR", "USD", "EUR", "EUR"]):
        grouped.source.put(row(1, Currency=currency))
        grouped.run(str(run))
    assert [name.split("-")[0] for name, _ in grouped.site.arrived] == ["EUR", "USD", "EUR"]


def test_of_several_files_only_the_equal_one_is_left_out(grouped: GroupedWorld) -> None:
    grouped.source.put(row(1), row(2, Currency="USD"))
    grouped.run("1")
    # The files hold no date.
    grouped.source.put(row(1, 1), row(2, 1, Currency="USD", Note="new"))
    grouped.source.now = grouped.source.now.replace(day=2)
    grouped.run("2")
    assert [name.split("-")[0] for name, _ in grouped.site.arrived] == ["EUR", "USD", "USD"]
    assert [file.state for file in files(grouped)][2:] == ["equal", "confirmed"]


def test_files_of_an_older_batch_are_not_sent(world: World) -> None:
    world.source.put(row(1, Note="A"))
    world.poll("1")
    world.format("1")
    world.source.put(row(1, Note="B"))
    world.poll("1")
    with pytest.raises(IntegrityError, match="Clear this run's map task"):
        world.deliver("1")
    world.format("1")
    world.deliver("1")
    world.commit("1")
    assert sent(world) == [("0001", "B")]


def doctored(world: World, **changes: object) -> None:
    """Let the format step's output say something else."""
    world.source.put(row(1), row(2))
    world.poll("1")
    made = world.format("1")
    output = replace(outputs.read(world.staging, made["folder"], made["sha256"]), **changes)  # type: ignore[arg-type]
    world.xcom["1", "format"] = {**made, "sha256": output.write(world.staging)}


@pytest.mark.parametrize("changes", [{"records": 1}, {"totals": {"EUR": "1.00"}}], ids=["records", "totals"])
def test_files_that_do_not_add_up_are_not_sent(world: World, changes: dict[str, object]) -> None:
    doctored(world, **changes)
    with pytest.raises(IntegrityError, match="Nothing was sent"):
        world.deliver("1")
    assert world.site.files == {}
    world.run("1")
    assert len(sent(world)) == 2


def test_a_batch_whose_claims_do_not_add_up_is_not_committed(world: World) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "confirmed")
    with world.ledger.write() as connection:
        connection.execute(text("DELETE FROM claim WHERE key LIKE '%0001'"))
    with pytest.raises(IntegrityError, match="does not add up"):
        world.commit("1")


def test_a_batch_whose_counts_do_not_add_up_is_not_committed(world: World) -> None:
    world.source.put(row(1), row(2))
    killed(world, "1", "confirmed")
    with world.ledger.write() as connection:
        batch = batches.get(connection, 1)
        assert batch is not None
        batches.set_counts(connection, 1, {**batch.counts, "read": 3})
    with pytest.raises(IntegrityError, match="3 rows were read"):
        world.commit("1")


# Abandoning, in each state of a delivery.


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        ("frozen", "retry"),
        ("uploaded", "retry"),
        ("verified", "retry"),
        ("renaming", "doubt"),
        ("renamed", "doubt"),
        ("confirmed", None),
    ],
)
def test_an_abandoned_batch(world: World, point: str, kind: str | None) -> None:
    world.source.put(row(1))
    killed(world, "1", point)
    abandon(world)
    assert [item.kind for item in items(world)] == ([kind] if kind else [])
    world.run("2")
    if kind == "doubt":
        assert kinds(world) == {"0001": "doubt"}
        resolve_all(world, at_target=point == "renamed")
        world.run("3")
    assert sent(world) == [("0001", "")]
    assert items(world) == []
    world.run("1")
    assert sent(world) == [("0001", "")]


def test_an_abandoned_try_that_goes_on_is_stopped(world: World) -> None:
    world.source.put(row(1))
    world.poll("1")
    world.format("1")
    world.settings = DeliverySettings(finish=lambda _site, _name: abandon(world))
    with pytest.raises(IntegrityError, match="taken this delivery over"):
        world.deliver("1")
    assert world.site.arrived == []
    assert world.site.files == {}, "its temporary file is gone too"


@pytest.mark.parametrize("state", ["staged", "committed"])
def test_only_what_is_being_sent_can_be_abandoned(world: World, state: str) -> None:
    world.source.put(row(1))
    if state == "committed":
        world.run("1")
    batch = world.poll("1").batch
    with pytest.raises(ConfigurationError, match=state):
        people.abandon(world.context("", "person"), batch, "gives up")


def test_the_files_of_an_abandoned_batch_fare_each_on_their_own(grouped: GroupedWorld) -> None:
    grouped.source.put(row(1), row(2, Currency="GBP"), row(3, Currency="USD"))
    killed_after_files(grouped, "1", 2, "renaming")
    abandon(grouped)
    assert kinds(grouped) == {"0002": "doubt", "0003": "retry"}
    resolve_all_doubts = [item for item in items(grouped) if item.kind == "doubt"]
    people.resolve(
        grouped.context("", "person"), resolve_all_doubts[0], "not there", at_target=False, open_site=grouped.connect
    )
    grouped.run("2")
    assert sorted(number for number, _ in sent(grouped)) == ["0001", "0002", "0003"]


@pytest.mark.parametrize(("arrived", "kind"), [(0, "retry"), (1, "doubt"), (2, None)])
def test_a_record_that_lies_in_several_files(grouped: GroupedWorld, arrived: int, kind: str | None) -> None:
    grouped.source.put(row(1, Note="both"), row(2, Currency="USD"))
    killed_after_files(grouped, "1", arrived, "confirmed") if arrived else killed(grouped, "1", "uploaded")
    abandon(grouped)
    assert kinds(grouped).get("0001") == kind


# Names, and partners who remove what they have read.


def test_a_file_under_our_name_with_our_bytes_is_ours(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "renamed")
    world.run("1")
    assert len(world.site.arrived) == 1


def test_taken_names_are_passed_over_and_audited(world: World) -> None:
    world.source.put(row(1))
    world.site.files |= {"invoices-000001.csv": b"theirs", "invoices-000001-2.csv": b"theirs too"}
    world.run("1")
    assert [name for name, _ in world.site.arrived] == ["invoices-000001-3.csv"]
    assert len(audited(world, "renamed")) == 2


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("a.csv", "a-2.csv"),
        ("a-2.csv", "a-3.csv"),
        ("a-99.csv", "a-100.csv"),
        ("a-000007.csv.gz", "a-000007-2.csv.gz"),
        ("a", "a-2"),
    ],
)
def test_the_next_name(name: str, following: str) -> None:
    assert suffixed(name) == following


def test_a_partner_who_takes_the_file_at_once_has_it(world: World) -> None:
    world.site.removes = True
    world.settings = DeliverySettings(partner_removes_files=True)
    world.source.put(row(1))
    killed(world, "1", "renamed")
    world.run("1")
    assert sent(world) == [("0001", "")]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_file_that_is_nowhere_is_decided_by_a_person(world: World, arrived: bool) -> None:
    world.source.put(row(1))
    killed(world, "1", "renamed" if arrived else "renaming")
    world.site.files.clear()
    with pytest.raises(InDoubtError, match="Ask the partner"):
        world.deliver("1")
    with pytest.raises(IntegrityError, match="not confirmed"):
        world.commit("1")
    people.decide_delivery(
        world.context("", "person"), files(world)[0], arrived=arrived, comment="asked them", open_site=world.connect
    )
    with pytest.raises(ConfigurationError, match="nothing to decide"):
        people.decide_delivery(
            world.context("", "person"), files(world)[0], arrived=arrived, comment="again", open_site=world.connect
        )
    world.deliver("1")
    world.commit("1")
    assert sent(world) == [("0001", "")]


def test_what_arrives_damaged_is_not_renamed(world: World) -> None:
    world.settings = DeliverySettings(verify="sha256")
    world.source.put(row(1))
    upload = world.site.upload

    def damaged(name: str, source: BinaryIO, size: int) -> None:
        upload(name, source, size)
        world.site.files[name] = b"x" * size

    world.site.upload = damaged  # type: ignore[method-assign]
    with pytest.raises(TransientError, match="SHA-256"):
        world.run("1")
    world.site.upload = upload  # type: ignore[method-assign]
    assert world.site.arrived == []
    world.deliver("1")
    assert len(world.site.arrived) == 1


def test_what_is_damaged_before_it_is_renamed_is_not_renamed(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "renaming")
    world.site.files = dict.fromkeys(world.site.files, b"cut")
    with pytest.raises(TransientError, match="arrived"):
        world.deliver("1")
    assert world.site.arrived == []
    people.decide_delivery(
        world.context("", "person"), files(world)[0], arrived=False, comment="it is damaged", open_site=world.connect
    )
    world.run("1")
    assert sent(world) == [("0001", "")]


def test_what_has_not_been_sent_is_not_committed(world: World) -> None:
    world.source.put(row(1))
    world.poll("1")
    world.format("1")
    with pytest.raises(IntegrityError, match="has not been sent"):
        world.commit("1")


def test_two_tries_that_deliver_at_once_send_one_file(world: World) -> None:
    world.source.put(row(1))
    world.poll("1")
    world.format("1")

    def another(_site: object, _name: str) -> None:
        world.settings = DeliverySettings()
        world.deliver("1")

    world.settings = DeliverySettings(finish=another)
    with pytest.raises(IntegrityError, match="taken this delivery over"):
        world.deliver("1")
    assert len(world.site.arrived) == 1


def test_a_changed_stream_is_sent_as_it_was_declared_when_it_was_read(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "uploaded")
    world.declared = world.source.declared = declaration(on_change="exception")
    world.run("1")
    assert sent(world) == [("0001", "")]
