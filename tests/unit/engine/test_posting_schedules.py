"""Random schedules of postings, cut between any two steps of any task: nothing lost, twice, overtaken or stuck."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.posting_schedule import PostingSchedule

WALKS = int(os.environ.get("SCHEDULES", "20"))
SEED = int(os.environ.get("SEED", "0"))
BLOCKS = 20


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _file: None)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_any_schedule_of_postings_comes_to_rest_whole(tmp_path: Path, block: int) -> None:
    for seed in range(SEED + block, SEED + WALKS, BLOCKS):
        home = tmp_path / str(seed)
        home.mkdir()
        PostingSchedule(seed, home).walk()
