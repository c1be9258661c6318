"""The source's wall clock goes back or forward by an hour, while rows are written and polled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.ledger import lanes
from tests.support.engine_world import LANE, World, declaration, row

ZONE = "Europe/Berlin"
CHANGES = {"back": datetime(2026, 10, 25, 1, tzinfo=UTC), "forward": datetime(2026, 3, 29, 1, tzinfo=UTC)}
EVENTS = st.lists(st.tuples(st.sampled_from(["write", "poll"]), st.integers(1, 50)), min_size=2, max_size=14)


def play(world: World, began: datetime, events: list[tuple[str, int]]) -> list[str]:
    """Write rows and poll, some minutes after each other; returns the watermarks."""
    now, marks = began, []
    for number, (what, minutes) in enumerate([*events, ("poll", 1), ("poll", 1)], 1):
        now += timedelta(minutes=minutes)
        world.source.now = now
        if what == "write":
            wall = now.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
            world.source.put(row(number) | {"Entered": wall})
            continue
        world.run(f"run {number}")
        with world.ledger.read() as connection:
            lane = lanes.find(connection, LANE)
        marks.append(lane.watermark if lane else "")
    return marks


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=6)
@given(events=EVENTS)
def test_each_row_comes_once_and_the_watermark_never_goes_back(change: str, events: list[tuple[str, int]]) -> None:
    declared = declaration(cursor={"column": "Entered", "precision": "second", "lookback": "PT1H"})
    with TemporaryDirectory() as folder:
        world = World(Path(folder), declared, zone=ZONE)
        marks = play(world, CHANGES[change] - timedelta(hours=2), events)
        world.ledger.engine.dispose()
    sent = Counter(key for key, _, _ in world.site.records())
    assert sent == dict.fromkeys((f"0000001/{key[1]}" for key in world.source.rows), 1)
    assert marks == sorted(marks)


def test_a_row_of_the_second_two_o_clock_is_read_behind_one_of_the_first(tmp_path: Path) -> None:
    declared = declaration(cursor={"column": "Entered", "precision": "second", "lookback": "PT1H"})
    world = World(tmp_path, declared, zone=ZONE)
    # 02:55 in summer time, and then 02:02 in winter time.
    play(world, CHANGES["back"] - timedelta(minutes=6), [("write", 1), ("poll", 1), ("write", 6)])
    assert len(world.site.records()) == 2
