"""Files without rows, for partners who want one of every run: each has a name and a fate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.pipeline.formatted import FormatSettings, format_batch
from airflow_provider_mlconnector.pipeline.mapped import map_batch, read_mapped, standing_batch
from tests.support.engine_looks import files, items, killed
from tests.support.engine_world import World, row

MAPPING = "fields: {Invoice: Invoice, Amount: Amount, Note: Note}"
LAYOUT = """
format: csv
file_name: "invoices-{sequence:03d}.csv"
encoding: ascii
empty: write
columns: [{field: Invoice}, {field: Amount}, {field: Note}]
"""
HEADER = b"Invoice,Amount,Note"


@dataclass
class FormattingWorld(World):
    """A world with the real map and format steps."""

    layout: str = LAYOUT
    compress: bool = False

    def format(self, run: str) -> dict[str, Any]:
        context = self.context(run, "format")
        batch = standing_batch(context, self.xcom[run, "poll"]["batch"])
        if batch is None:
            return self.xcom.get((run, "format"), {})
        mapped = read_mapped(context, map_batch(context, batch, Mapper(load_mapping(MAPPING), {}), "mapping"))
        settings = FormatSettings(load_layout(self.layout), "layout", "UTC", "file", compress=self.compress)
        self.xcom[run, "format"] = format_batch(context, batch, mapped, settings)
        return self.xcom[run, "format"]


@pytest.fixture
def world(tmp_path: Path) -> FormattingWorld:
    return FormattingWorld(tmp_path)


def arrived(world: FormattingWorld) -> list[tuple[str, int]]:
    """Name and number of rows of each file that has arrived, in order."""
    shown = []
    for name, data in world.site.arrived:
        header, *rows = data.splitlines()
        assert header == HEADER
        shown.append((name, len(rows)))
    return shown


@pytest.mark.parametrize("removes", [False, True])
def test_each_run_without_rows_brings_a_file_of_its_own(world: FormattingWorld, removes: bool) -> None:
    world.site.removes = removes
    for run in ("1", "2"):
        world.run(run)
    world.source.put(row(1))
    for run in ("3", "4", "5"):
        world.run(run)
    assert arrived(world) == [(f"invoices-{number:03d}.csv", int(number == 3)) for number in range(1, 6)]
    assert [file.state for file in files(world)] == ["confirmed"] * 5


def test_the_empty_file_of_an_earlier_run_does_not_stand_for_this_ones(world: FormattingWorld) -> None:
    world.run("1")
    world.source.put(row(1))
    world.run("2")
    # Without rows again, and the partner still has the first file.
    world.run("3")
    assert [name for name, _ in arrived(world)] == ["invoices-001.csv", "invoices-002.csv", "invoices-003.csv"]


def test_an_empty_file_comes_once_whatever_is_cleared(world: FormattingWorld) -> None:
    killed(world, "1", "renamed")
    for task in (world.poll, world.format, world.deliver, world.commit, world.run):
        task("1")
    world.run("2")
    world.run("1")
    assert [name for name, _ in arrived(world)] == ["invoices-001.csv", "invoices-002.csv"]


def test_formatted_twice_an_empty_file_keeps_its_number(world: FormattingWorld) -> None:
    world.poll("1")
    first, again = world.format("1"), world.format("1")
    assert [file["name"] for file in first["files"]] == [file["name"] for file in again["files"]]


def test_of_refused_records_alone_the_file_is_empty_too(world: FormattingWorld) -> None:
    world.source.put(row(1, Note="naïve"))
    world.run("1")
    world.run("2")
    assert arrived(world) == [("invoices-001.csv", 0), ("invoices-002.csv", 0)]
    assert [item.kind for item in items(world)] == ["mapping"]


def test_where_empty_files_are_left_out_they_take_no_number(world: FormattingWorld) -> None:
    world.layout = LAYOUT.replace("empty: write", "empty: skip")
    world.run("1")
    world.source.put(row(1))
    world.run("2")
    assert arrived(world) == [("invoices-001.csv", 1)]


def test_files_with_the_same_rows_are_still_sent_once(world: FormattingWorld) -> None:
    world.source.put(row(1))
    world.run("1")
    world.source.put(row(1, Currency="USD"))
    world.run("2")
    assert [file.state for file in files(world)] == ["confirmed", "equal"]
