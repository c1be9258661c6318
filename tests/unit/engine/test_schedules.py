"""Random schedules, cut between any two steps of any task: nothing lost, twice, overtaken or stuck."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.servers.postgres import PostgresServer
from tests.support.schedule import Schedule

WALKS = int(os.environ.get("SCHEDULES", "20"))
SEED = int(os.environ.get("SEED", "0"))
BLOCKS = 20


def walk(seed: int, home: Path, url: str = "") -> None:
    home.mkdir()
    Schedule(seed, home, url=url).walk()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_any_schedule_comes_to_rest_whole(tmp_path: Path, block: int) -> None:
    for seed in range(SEED + block, SEED + WALKS, BLOCKS):
        walk(seed, tmp_path / str(seed))


@pytest.mark.parametrize("block", range(2))
def test_any_schedule_comes_to_rest_whole_on_postgresql(tmp_path: Path, block: int, postgres: PostgresServer) -> None:
    for seed in range(SEED + block, SEED + WALKS // 12, 2):
        walk(seed, tmp_path / str(seed), postgres.ledger())
