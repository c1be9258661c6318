"""Sources that are not as declared, and staging that is not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.source import Page
from tests.support.engine_looks import items, killed, sent
from tests.support.engine_world import World, declaration, row


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def pages(world: World, *of: list[dict[str, object]]) -> None:
    """Let the source's window be these pages."""

    def window(*_: object) -> Iterator[Page]:
        for rows in of:
            yield Page(pa.Table.from_pylist(rows, schema=world.declared.schema()))

    world.source.window = window  # type: ignore[method-assign, assignment]


def test_a_key_that_does_not_tell_rows_apart_is_refused(world: World) -> None:
    pages(world, [row(1, Note="one"), row(1, Note="another")])
    with pytest.raises(IntegrityError, match=r"Invoice has different rows with the key 0000001/INV-0001"):
        world.poll("1")


def test_a_row_that_comes_again_counts_once(world: World) -> None:
    pages(world, [row(1), row(1)], [row(1), row(2)], [row(2, Note="changed meanwhile")])
    assert world.run("1").counts["read"] == 2
    assert sent(world) == [("0001", ""), ("0002", "")]


def test_more_unreadable_rows_than_can_be_stop_the_run(world: World) -> None:
    world.source.page = 5_000
    world.source.put(*(row(number) for number in range(10_001)))
    world.source.unreadable = dict.fromkeys(world.source.rows, "Amount is NaN")
    with pytest.raises(IntegrityError, match="Amount is NaN"):
        world.poll("1")


def test_a_staging_area_that_is_gone_is_said_so_and_polled_anew(world: World) -> None:
    world.source.put(row(1))
    world.poll("1")
    shutil.rmtree(world.home / "staging")
    with pytest.raises(IntegrityError, match="missing"):
        world.format("1")
    world.run("1")
    assert len(sent(world)) == 1


def test_frozen_files_that_are_gone_stop_the_run_and_nothing_is_sent(world: World) -> None:
    world.source.put(row(1))
    killed(world, "1", "frozen")
    shutil.rmtree(world.home / "staging")
    with pytest.raises(IntegrityError, match="missing"):
        world.deliver("1")
    assert world.site.arrived == []
    world.run("2")
    assert [item.kind for item in items(world)] == []
    assert world.site.arrived == []


def test_a_column_less_and_a_column_more_are_no_new_versions(world: World) -> None:
    world.source.put(row(1), row(2))
    world.run("1")
    narrow = {name: kind for name, kind in world.declared.columns.items() if name != "Note"}
    for run, columns in enumerate((narrow, world.declared.columns)):
        world.declared = world.source.declared = declaration(columns=columns)
        world.xcom.clear()
        counts = world.poll(f"again {run}").figures["counts"]
        assert (counts["claimed"], counts["rebaselined"]) == (0, 2)
