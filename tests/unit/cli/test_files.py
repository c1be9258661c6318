"""Files that have come in, as a person looks them up and has them read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.inbox_world import InboxWorld, export, invoice
from tests.unit.cli.conftest import Terminal


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InboxWorld:
    """One file was read, another refused."""
    home = tmp_path / "mlconnector"
    home.mkdir()
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    made = InboxWorld(home)
    made.put("invoices_1.csv", export(invoice(1)))
    made.put("invoices_2.csv", b"what,is\n1,2\n", at=1)
    made.run("1")
    return made


def test_files_are_listed(world: InboxWorld, terminal: Terminal) -> None:
    listed = json.loads(terminal.run("files", "list", "-o", "json"))
    assert [(each["name"], each["number"], each["state"]) for each in listed] == [
        ("invoices_2.csv", 2, "refused"),
        ("invoices_1.csv", 1, "kept"),
    ]
    refused = json.loads(terminal.run("files", "list", "--state", "refused", "--connection", "stampli", "-o", "json"))
    assert [each["name"] for each in refused] == ["invoices_2.csv"]
    assert json.loads(terminal.run("files", "list", "--entity", "vendors", "-o", "json")) == []


def test_one_file_is_shown_with_the_cursor_that_it_is_read_by(world: InboxWorld, terminal: Terminal) -> None:
    shown = json.loads(terminal.run("files", "show", "1", "-o", "json"))
    assert (shown["name"], shown["cursor"]) == ("invoices_1.csv", f"{1:016x}")
    assert "there is no file 9" in terminal.fail("files", "show", "9")


def test_a_file_is_read_again(world: InboxWorld, terminal: Terminal) -> None:
    said = terminal.run("files", "reread", "2", "--comment", "corrected", "--by", "ann")
    assert said == "invoices_2.csv is number 3 now, and read by the next run\n"
    event = json.loads(terminal.run("audit", "--limit", "1", "-o", "json"))[0]
    assert (event["object"], event["outcome"]) == ("invoices_2.csv", "reread")
    assert "corrected" in event["detail"]
    assert "there is no file 9" in terminal.fail("files", "reread", "9", "--comment", "x")
