"""What the tasks push to XCom stays under 4 KB, however long names are and however many there are."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.engine.committing import Committed
from airflow_provider_mlconnector.engine.outputs import OutputFile
from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.operators.deliver import pushed
from airflow_provider_mlconnector.pipeline.formatted import FormatSettings, format_batch
from airflow_provider_mlconnector.pipeline.mapped import map_batch, read_mapped, standing_batch
from tests.support import engine_world
from tests.support.engine_world import World, declaration, row
from tests.support.grouped_world import GroupedWorld

LIMIT = 4096
LANE = LaneName("f" * 250, "s" * 250, "t" * 250, "p" * 250)
WIDE = declaration(columns={**declaration().columns, "Currency": "string(400)", "Amount": "decimal(38,2)"})


def size(push: object) -> int:
    return len(json.dumps(push).encode())


@pytest.fixture(autouse=True)
def long_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_world, "LANE", LANE)


def committed(*names: str) -> dict[str, Any]:
    return Committed(str(LANE), "0" * 36, 10**9, "2026-03-01T00:00:00.000000", 10**9, {"read": 10**9}, names).to_json()


def test_a_commit_names_as_many_files_as_there_is_room_for() -> None:
    push = committed(*(f"{number:03d}{'x' * 200}" for number in range(30)))
    assert size(push) < LIMIT
    assert push["files"] == [f"{number:03d}{'x' * 200}" for number in range(len(push["files"]))]
    assert len(push["files"]) > 10
    assert push["file_count"] == 30


def test_a_commit_names_twenty_files_at_most_and_all_where_they_are_few() -> None:
    assert len(committed(*"abcdefghijklmnopqrstuvwxyz")["files"]) == 20
    assert committed("a", "b")["files"] == ["a", "b"]


def test_letters_that_json_escapes_count_as_what_they_become() -> None:
    push = committed(*("ü" * 200 for _ in range(20)))
    assert size(push) < LIMIT
    assert len(push["files"]) == 2


def test_one_name_that_is_too_long_is_left_out() -> None:
    push = committed("x" * 5000)
    assert (push["files"], push["file_count"]) == ([], 1)


@pytest.mark.parametrize("width", [3, 400])
def test_a_poll_of_twenty_currencies(tmp_path: Path, width: int) -> None:
    world = World(tmp_path, WIDE)
    amount = "9" * 26 + ".99"
    world.source.put(*(row(n, Amount=Decimal(amount), Currency=f"{n:0{width}d}") for n in range(100, 120)))
    push = world.poll("1").to_json()
    assert size(push) < LIMIT
    assert push["totals"] == {f"{n:0{width}d}": amount for n in range(100, 100 + len(push["totals"]))}
    assert len(push["totals"]) == 20 if width == 3 else len(push["totals"]) > 2


LAYOUT = """
format: csv
file_name: "{group}-{sequence:06d}-{run}.csv"
encoding: utf-8
group: {by: Currency, into: files}
columns: [{field: Invoice}, {field: Currency}]
"""


def test_a_format_step_of_many_files(tmp_path: Path) -> None:
    world, run = World(tmp_path, WIDE), "r" * 250
    world.source.put(*(row(number, Currency=f"{number:0400d}") for number in range(30)))
    world.poll(run)
    context = world.context(run, "format")
    batch = standing_batch(context, world.xcom[run, "poll"]["batch"])
    assert batch is not None
    mapper = Mapper(load_mapping("fields: {Invoice: Invoice, Currency: Currency}"), {})
    mapped = map_batch(context, batch, mapper, "mapping")
    settings = FormatSettings(load_layout(LAYOUT), "layout", "UTC", "file")
    push = format_batch(context, batch, read_mapped(context, mapped), settings)
    assert size(mapped) < LIMIT
    assert size(push) < LIMIT
    assert push["file_count"] == 30
    assert len(push["files"]) == 10


class LongNames(GroupedWorld):
    """Gives files the longest names that a layout can give."""

    def _file(self, folder: str, batch: int, position: int, group: str, rows: list[dict[str, Any]]) -> OutputFile:
        made = super()._file(folder, batch, position, group, rows)
        return replace(made, name=f"{batch:06d}-{position:04d}-{'x' * 188}.csv")


def test_a_delivery_of_many_files(tmp_path: Path) -> None:
    world = LongNames(tmp_path)
    world.source.put(*(row(number, Currency=f"{number:03d}") for number in range(30)))
    world.poll("1")
    world.format("1")
    done = world.deliver("1")
    push = pushed(world.context("1"), done)
    assert size(push) < LIMIT
    assert (push["lane"], push["batch"], push["file_count"]) == (str(LANE), 1, 30)
    assert [file["name"][7:11] for file in push["files"]] == [f"{n:04d}" for n in range(len(push["files"]))]
    assert len(push["files"]) > 8
    assert set(push["files"][0]) == {"name", "rows", "state"}
    world.commit("1")
    assert size(world.last_commit) < LIMIT
