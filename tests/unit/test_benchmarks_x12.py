"""The X12 benchmarks at a tiny size: everyone writes the same file, and it is a right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import x12
from benchmarks.x12_invoices import invoices, segments, tables
from tests.edi_oracle.oracle import check_x12

TINY = 0.002


def test_everyone_writes_the_same_right_file() -> None:
    made = invoices(20)
    strings = segments(made)
    assert len(strings) == 20 * 25 + 4
    _, bare = x12.bare_join(strings)
    assert check_x12({"bare": bare}) == []
    assert x12.pyx12(strings)[1] == bare
    assert x12.ours(list(tables(made)))[1] == bare


@pytest.mark.parametrize("name", ["x12_810_vs_pyx12", "x12_810_vs_bare_join"])
def test_rates_are_held_against_the_peers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    [result] = getattr(x12, name)(TINY, 3)
    assert (result.name, result.unit) == (name, "segments/s")
    assert result.value > 0
    assert result.ratio is not None
    assert capsys.readouterr().out.count("segments/s: ours") == 3


def test_another_file_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x12, "rendered", lambda made, into: into.close())
    with pytest.raises(SystemExit, match="ours wrote another file"):
        x12.x12_810_vs_bare_join(TINY, 1)


def test_a_peer_that_breaks_down_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x12, "_HERE", tmp_path / "benchmarks")
    python = tmp_path / ".venv-edi" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no such writer >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(SystemExit, match="no such writer"):
        x12.pyx12([["ST", "810", "0001"]])
