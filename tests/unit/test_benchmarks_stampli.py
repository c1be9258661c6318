"""The Stampli benchmark at a tiny size: both read the same invoices."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import stampli
from benchmarks.stampli_export import plain_loop, write

TINY = 0.001


def test_both_read_the_same(tmp_path: Path) -> None:
    write(tmp_path / "export.csv", 50)
    rows, total = plain_loop(tmp_path / "export.csv")
    assert rows == 200
    assert total > 0
    assert stampli.parsed(tmp_path / "export.csv") == (rows, total)


def test_rates_and_peaks_are_held_against_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    rate, memory = stampli.stampli_parse(TINY, 2)
    assert (rate.name, rate.unit, memory.unit) == ("stampli_parse", "rows/s", "MiB")
    assert rate.ratio is not None
    assert memory.peer == "440 rows"
    assert capsys.readouterr().out.count("rows/s: ours") == 2


def test_another_sum_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"rows": 4, "total": "1"}, {"rows": 4, "total": "2"}])
    monkeypatch.setattr(stampli, "_in_a_child", lambda _who, _path: next(answers))
    with pytest.raises(SystemExit, match="ours read"):
        stampli.stampli_parse(TINY, 1)


def test_an_invoice_that_was_set_aside_is_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    write(path, 1)
    text = path.read_text(encoding="utf-8").replace(",GL,", ",GL,x,", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match="1 invoices were set aside"):
        stampli.parsed(path)
