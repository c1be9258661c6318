"""The benchmark harness: it lists its benchmarks, and writes results in the declared shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as harness
from benchmarks.result import Result


def test_results_are_shown_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[int, int]] = []

    def measure(rows: int, repeat: int) -> list[Result]:
        asked.append((rows, repeat))
        return [Result("rows", 300.0, "rows/s", "peer", 100.0)]

    monkeypatch.setattr(harness, "BENCHMARKS", {"rows": measure})
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "bench-run")
    harness.main(["rows", "--rows", "7", "--repeat", "2"])
    assert asked == [(7, 2)]
    assert "3.00" in capsys.readouterr().out
    written = json.loads((tmp_path / "bench-run" / "results.json").read_text())
    assert written == [
        {"name": "rows", "value": 300.0, "unit": "rows/s", "peer": "peer", "peer_value": 100.0, "ratio": 3.0}
    ]
