"""Texts that others choose the length of, and that PostgreSQL holds a column's length against."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.outputs import OutputFile
from airflow_provider_mlconnector.engine.session_lease import SessionLease
from airflow_provider_mlconnector.ledger import leases, numbers, schema
from tests.support.engine_looks import files, items, killed, open_alerts
from tests.support.engine_world import World, declaration, row
from tests.support.grouped_world import GroupedWorld

# Airflow's longest DAG id, before its longest run id, as `run_key` makes one of them.
RUN = f"{'d' * 250}/{'r' * 250}"


def test_a_run_of_a_dag_with_the_longest_names_goes_through(tmp_path: Path, ledger_url: str) -> None:
    world = World(tmp_path, url=ledger_url, bad={"bad"})
    world.source.put(row(1), row(2, Note="bad"))
    assert world.run(RUN).counts["sent"] == 1
    assert [item.run_id for item in items(world)] == [RUN]
    with world.ledger.read() as connection:
        for table in (schema.batch, schema.run_window, schema.watermark_history, schema.audit_event):
            assert set(connection.execute(select(table.c.run_id)).scalars()) == {RUN}, table.name


def test_a_batch_that_such_a_run_leaves_behind_is_told_and_abandoned(tmp_path: Path, ledger_url: str) -> None:
    world = World(tmp_path, url=ledger_url)
    world.source.put(row(1))
    killed(world, RUN, "frozen")
    world.poll("2")
    assert len(open_alerts(world)) == 1
    people.abandon(world.context("", "person"), files(world)[0].batch_id, "gives up")
    assert [item.run_id for item in items(world)] == [RUN]


class NumberedNames(GroupedWorld):
    """Names files by their position, as a layout does that knows how long a name may be."""

    def _file(self, folder: str, batch: int, position: int, group: str, rows: list[dict[str, Any]]) -> OutputFile:
        return replace(super()._file(folder, batch, position, group, rows), name=f"{batch:06d}-{position}.csv")


def test_a_group_may_be_as_long_as_its_column(tmp_path: Path, ledger_url: str) -> None:
    wide = declaration(columns={**declaration().columns, "Currency": "string(4000)"})
    world = NumberedNames(tmp_path, wide, url=ledger_url)
    world.source.put(row(1, Currency="E" * 4000), row(2))
    world.run("1")
    assert [len(file.group_name) for file in files(world)] == [4000, 3]
    # What a group's last file was is looked up by its whole name.
    world.source.put(row(2, 1, Note="new"))
    world.source.now += timedelta(days=1)
    world.run("2")
    assert [file.state for file in files(world)] == ["confirmed"] * 3


def test_a_number_is_counted_for_a_lane_of_any_name(tmp_path: Path, ledger_url: str) -> None:
    world = World(tmp_path, url=ledger_url)
    world.source.put(row(1))
    world.run("1")
    counter = f"file:{'/'.join('n' * 250 for _ in range(4))}"
    with world.ledger.write() as connection:
        assert [numbers.allot(connection, counter, 1, slot) for slot in ("a", "b")] == [1, 2]


def test_a_session_is_held_by_a_task_of_any_name(tmp_path: Path, ledger_url: str) -> None:
    world = World(tmp_path, url=ledger_url)
    resource, holder = f"syspro https://{'h' * 900} operator {'o' * 100}", f"{RUN}/{'t' * 250}/-1/1"
    assert SessionLease(world.ledger, resource, holder, timedelta(minutes=5)).acquire(lambda: "token") == "token"
    with world.ledger.read() as connection:
        held = leases.get(connection, resource)
    assert held is not None
    assert held.holder == holder
