"""What becomes of a record that was sent and is deleted: a person's work, or a row that says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import manifest, people
from airflow_provider_mlconnector.engine.committing import Retention
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.streams.declaration import DELETED
from airflow_provider_mlconnector.streams.fingerprint import version_columns
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from tests.support.engine_looks import items, kinds
from tests.support.engine_world import DAY, START, World, declaration, row
from tests.unit.engine.test_absence import FLAG, arrived, key


def made(home: Path, url: str, **changes: object) -> World:
    """A stream of documents, of which a changed one goes to a person."""
    world = World(home, declaration(on_change="exception", **changes), url=url)
    world.source.compares = True
    return world


def later(world: World, run: str, day: int) -> None:
    """A run whose window lies above what the first ones read."""
    world.source.now = START + day * DAY
    world.source.put(row(9000 + day, day))
    world.run(run)


def one_deleted(world: World) -> None:
    world.source.put(*(row(number) for number in (1, 2, 3)))
    world.run("1")
    later(world, "2", 5)
    del world.source.rows[key(2)]
    later(world, "3", 10)


def test_a_status_goes_out_although_changes_go_to_a_person(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, deleted="status")
    one_deleted(world)
    assert arrived(world, 2) == ["2.25", ""]
    later(world, "4", 20)
    assert arrived(world, 2) == ["2.25", ""]
    assert items(world) == []


def test_a_person_is_asked_where_the_stream_says_so(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, deleted="person", columns=dict(declaration().columns) | FLAG)
    one_deleted(world)
    assert kinds(world) == {"0002": "vanished"}
    assert arrived(world, 2) == ["2.25"]


def test_where_nothing_is_said_it_is_a_new_version(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, columns=dict(declaration().columns) | FLAG)
    one_deleted(world)
    assert kinds(world) == {"0002": "changed"}


@pytest.mark.parametrize("versions", [[], ["Amount"]])
def test_the_column_comes_with_the_setting(versions: list[str]) -> None:
    declared = declaration(deleted="status", version_columns=versions)
    assert declared.columns[DELETED] == "boolean"
    assert DELETED in version_columns(declared)
    assert type(declared).model_validate(declared.model_dump(mode="json", exclude_unset=True)) == declared


def test_the_target_hears_of_no_deletion_of_what_it_never_had(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, deleted="status")
    world.source.put(row(1), row(2) | {DELETED: True, "Amount": None})
    assert world.run("1").counts["sent"] == 1
    assert arrived(world, 2) == []
    assert items(world) == []


def cancelled(world: World, run: str) -> list[dict[str, object]]:
    """The deletions in the batch of a run."""
    with world.ledger.read() as connection:
        batch = batches.get(connection, world.xcom[run, "poll"]["batch"])
    assert batch
    rows = [one for table in manifest.rows_of(world.staging, batch) for one in table.to_pylist()]
    return [one for one in rows if one[DELETED]]


def test_a_cancelling_document_is_what_was_sent_last(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, deleted="cancel")
    world.declared = declaration(on_change="send", deleted="cancel")
    world.source.put(row(2))
    world.run("0")
    world.source.put(row(2, Amount=Decimal("7.50"), Note="changed"))
    one_deleted_after(world)
    assert arrived(world, 2) == ["2.25", "7.50", "7.50"]
    (one,) = cancelled(world, "3")
    assert (one["Note"], one["Amount"]) == ("changed", Decimal("7.50"))
    later(world, "4", 20)
    later(world, "5", 30)
    assert arrived(world, 2) == ["2.25", "7.50", "7.50"]
    assert items(world) == []


def one_deleted_after(world: World) -> None:
    world.source.put(*(row(number) for number in (1, 3)))
    world.run("1")
    later(world, "2", 5)
    del world.source.rows[key(2)]
    later(world, "3", 10)


def test_what_has_left_the_staging_goes_to_a_person_who_is_told_why(tmp_path: Path, ledger_url: str) -> None:
    world = made(tmp_path, ledger_url, deleted="cancel")
    world.retention = Retention(timedelta(days=400), timedelta(0))
    one_deleted(world)
    assert arrived(world, 2) == ["2.25"]
    (item,) = items(world)
    assert item.kind == "vanished"
    assert "batch 1" in item.reason
    assert "expired" in item.reason
    later(world, "4", 20)
    assert [one.id for one in items(world)] == [item.id]
    people.resolve(world.context("", "person"), items(world)[0], "told the partner")
    later(world, "5", 30)
    assert items(world) == []
    assert arrived(world, 2) == ["2.25"]


def test_a_cancelling_document_is_found_behind_a_batch_that_took_a_new_hash_over(tmp_path: Path) -> None:
    world = made(tmp_path, "", deleted="cancel")
    world.source.put(*(row(number) for number in (1, 2, 3)))
    world.run("1")
    columns = dict(declaration().columns) | {"Memo": "string(5)"}
    world.declared = world.source.declared = declaration(columns=columns, on_change="exception", deleted="cancel")
    world.run("2")
    later(world, "3", 5)
    del world.source.rows[key(2)]
    later(world, "4", 10)
    (one,) = cancelled(world, "4")
    assert (one["Amount"], one["Memo"]) == (Decimal("2.25"), None)
    assert arrived(world, 2) == ["2.25", "2.25"]


def test_what_was_deleted_before_it_was_known_is_nothing_and_after_a_rewind_it_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    told = [RejectedRow(("0000001", f"INV-{number:04d}"), "deleted in Intacct", "raw") for number in (1, 9)]
    plain = world.source.window

    def window(low: str, high: str, clock: str | None) -> Iterator[Page]:
        yield from plain(low, high, clock)
        yield Page(world.declared.schema().empty_table(), told if not low else [], of_known=not low)

    world.source.window = window  # type: ignore[method-assign]
    told, later = told[1:], told
    world.source.put(row(1), row(2))
    world.run("1")
    assert kinds(world) == {}
    del world.source.rows[("0000001", "INV-0001")]
    told = later
    people.rewind(world.context("", "person"), "", "read all again")
    world.run("2")
    assert kinds(world) == {"0001": "unreadable"}
