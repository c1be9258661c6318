"""What partners said, as a person looks it up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.edi_world import EdiWorld, answer
from tests.support.engine_world import row
from tests.unit.cli.conftest import Terminal


@pytest.fixture
def edi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EdiWorld:
    """Two files were sent; of the first, one set was rejected."""
    home = tmp_path / "mlconnector"
    home.mkdir()
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    made = EdiWorld(home)
    made.source.put(row(1), row(2))
    made.run("1")
    made.source.put(row(3, 1))
    made.run("2")
    made.inbox.drop("a.997", answer("AK1*IN*1", "AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1"))
    made.acknowledge()
    return made


def test_files_are_listed_with_what_was_said_of_them(edi: EdiWorld, terminal: Terminal) -> None:
    listed = json.loads(terminal.run("acknowledgments", "list", "-o", "json"))
    assert [(each["partner"], each["interchange"], each["state"]) for each in listed] == [
        ("acme", "000000002", "sent"),
        ("acme", "000000001", "partly"),
    ]
    waiting = json.loads(terminal.run("acknowledgments", "list", "--waiting", "--flow", "flow", "-o", "json"))
    assert [each["interchange"] for each in waiting] == ["000000002"]
    assert waiting[0]["due"]
    assert json.loads(terminal.run("acknowledgments", "list", "--flow", "other", "-o", "json")) == []


def test_one_file_is_shown_with_what_was_not_accepted(edi: EdiWorld, terminal: Terminal) -> None:
    shown = json.loads(terminal.run("acknowledgments", "show", "1", "-o", "json"))
    assert shown["file"] == "invoices-000001.csv (delivery 1, confirmed)"
    assert shown["sets_by_state"] == {"accepted": 1, "rejected": 1}
    assert shown["0000001/INV-0002 (set 0002)"] == "rejected: segments in error"
    assert "0000001/INV-0001 (set 0001)" not in shown
    assert "segments in error" in terminal.run("acknowledgments", "show", "1")
    assert "there is no acknowledgment 99" in terminal.fail("acknowledgments", "show", "99")


def test_what_happened_to_a_record_tells_of_its_acknowledgment(edi: EdiWorld, terminal: Terminal) -> None:
    events = json.loads(terminal.run("audit", "--record", "0000001/INV-0002", "-o", "json"))
    assert ("acknowledged", "partly") in [(event["event"], event["outcome"]) for event in events]
    assert ("exception opened", "rejected") in [(event["event"], event["outcome"]) for event in events]


def test_a_file_that_fitted_nothing_is_listed_and_read_again(edi: EdiWorld, terminal: Terminal) -> None:
    edi.inbox.drop("late.997", answer("AK1*IN*3", "AK9*A*1*1*1"))
    edi.acknowledge()
    (listed,) = json.loads(terminal.run("acknowledgments", "files", "-o", "json"))
    assert (listed["id"], listed["file"], listed["outcome"]) == (2, "acks/late.997", "orphan")
    assert len(json.loads(terminal.run("acknowledgments", "files", "--all", "-o", "json"))) == 2
    edi.source.put(row(4, 1))
    edi.run("3")
    said = terminal.run("acknowledgments", "reread", "2", "--comment", "it came first", "--by", "ann")
    assert said == "late.997 is read again by the next run of the task that reads acks\n"
    assert json.loads(terminal.run("acknowledgments", "files", "-o", "json"))[0]["outcome"] == "read again"
    assert edi.acknowledge().counts == {"accepted": 1, "files applied": 1}
    assert json.loads(terminal.run("acknowledgments", "files", "-o", "json")) == []
    assert "a.997 is applied" in terminal.fail("acknowledgments", "reread", "1", "--comment", "x")
