"""A ledger with a history, where the settings of a command line find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.cli import console
from tests.support.engine_world import DAY, START, World, row


class Terminal:
    """Runs commands as a person types them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str) -> str:
        """The command's output."""
        console.main(words)
        return self._capsys.readouterr().out

    def fail(self, *words: str) -> str:
        """What a command that fails says."""
        with pytest.raises(SystemExit) as ended:
            console.main(words)
        assert ended.value.code == 1
        return self._capsys.readouterr().err


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two runs: one sent three invoices and set one aside, the next found one more."""
    home = tmp_path / "mlconnector"
    home.mkdir()
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__STAGING_PATH", str(home / "staging"))
    made = World(home)
    made.bad = {"bad"}
    made.source.put(row(1), row(2), row(3), row(4, Note="bad"))
    made.source.now = START + DAY
    made.run("run_1")
    made.source.put(row(5, 1))
    made.run("run_2")
    return made
