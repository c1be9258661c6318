"""Random schedules of kills, clears, overlaps and changes: nothing lost, nothing twice, nothing overtaken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.walk import Walk


@pytest.mark.parametrize("block", range(8))
def test_random_schedules_come_to_rest_whole(tmp_path: Path, block: int) -> None:
    for seed in range(block * 4, block * 4 + 4):
        home = tmp_path / str(seed)
        home.mkdir()
        Walk(seed, home).run()
