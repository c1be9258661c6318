"""What becomes of a record that was sent and is deleted: a person's work, or a row that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.streams.declaration import DELETED
from airflow_provider_mlconnector.streams.fingerprint import version_columns
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
