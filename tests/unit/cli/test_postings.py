"""A lane whose records are posted, as a person looks at it and decides about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_looks import killed, kinds
from tests.support.engine_world import declaration, row
from tests.support.posting_world import PostingWorld
from tests.unit.cli.conftest import Terminal


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostingWorld:
    """Three invoices were posted, and the target has refused a fourth."""
    home = tmp_path / "mlconnector"
    home.mkdir()
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__STAGING_PATH", str(home / "staging"))
    made = PostingWorld(home, declaration(on_change="exception"))
    made.source.put(row(1), row(2), row(3), row(4, Note="wrong"))
    made.target.refused = {"wrong"}
    made.per_call = 1
    made.run("1")
    return made


def listed(terminal: Terminal, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(terminal.run("postings", "list", *words, "-o", "json"))
    return found


def test_attempts_are_listed_with_what_the_target_said(world: PostingWorld, terminal: Terminal) -> None:
    one, two, three, four = sorted(listed(terminal), key=lambda each: str(each["key"]))
    assert (one["state"], one["target_key"], one["run"], one["batch"]) == ("confirmed", "journal 1", "1", 1)
    assert [each["key"] for each in (two, three)] == ["0000001/INV-0002", "0000001/INV-0003"]
    assert (four["state"], four["attempt"], four["answer"]) == ("rejected", 1, "no: because")


def test_they_are_found_by_key_number_state_and_lane(world: PostingWorld, terminal: Terminal) -> None:
    for key in ("0000001/INV-0002", "INV-0002"):
        assert [each["key"] for each in listed(terminal, "--key", key)] == ["0000001/INV-0002"], key
    assert listed(terminal, "--key", "INV-000") == []
    assert len(listed(terminal, "--key", "0000001")) == 4
    assert [each["key"] for each in listed(terminal, "--state", "rejected")] == ["0000001/INV-0004"]
    assert len(listed(terminal, "--flow", "flow", "--limit", "2")) == 2
    assert listed(terminal, "--flow", "another") == []


def test_one_attempt_says_who_made_it_and_when(world: PostingWorld, terminal: Terminal) -> None:
    (one,) = listed(terminal, "--key", "INV-0001")
    shown = json.loads(terminal.run("postings", "show", one["own_id"], "-o", "json"))
    assert (shown["task"], shown["through"], shown["run"]) == ("post (try 1)", "target", "1")
    assert shown["begun"] <= shown["ended"]
    assert shown["record"] == "invoice INV-0001 (0000001/INV-0001)"
    assert "there is no posting nobody" in terminal.fail("postings", "show", "nobody")


def test_a_batch_says_what_became_of_its_postings(world: PostingWorld, terminal: Terminal) -> None:
    shown = json.loads(terminal.run("batches", "show", "1", "-o", "json"))
    assert shown["postings"] == {"confirmed": 3, "rejected": 1}
    assert "files" not in shown
    assert terminal.run("deliveries", "list").strip() == "none"


def test_the_audit_of_a_record_leaves_out_its_batchs_other_records(world: PostingWorld, terminal: Terminal) -> None:
    events = json.loads(terminal.run("audit", "--record", "0000001/INV-0002", "-o", "json"))
    of_records = [(each["event"], each["object"]) for each in events if "invoice" in each["object"]]
    about = "invoice INV-0002 (0000001/INV-0002)"
    assert of_records == [("posting", about), ("posted", about)]
    assert {"staged", "committed"} <= {each["event"] for each in events}
    assert len([each for each in json.loads(terminal.run("audit", "-o", "json")) if each["event"] == "posted"]) == 3


def test_what_is_in_doubt_is_decided_by_a_person(world: PostingWorld, terminal: Terminal) -> None:
    terminal.run("exceptions", "resolve", "1", "--comment", "paid by hand")
    world.source.put(row(5))
    world.target.script = ["lost"]
    killed(world, "2", "called")
    batch = json.loads(terminal.run("batches", "list", "-o", "json"))[0]["id"]
    terminal.run("batches", "abandon", str(batch), "--comment", "the server burns")
    assert kinds(world)["0005"] == "doubt"
    assert [each["state"] for each in listed(terminal, "--key", "INV-0005")] == ["intent"]
    (item,) = [each for each in json.loads(terminal.run("exceptions", "list", "-o", "json")) if each["kind"] == "doubt"]
    resolve = ("exceptions", "resolve", str(item["id"]), "--comment", "seen in SYSPRO", "--at-target")
    assert "may still be at work" in terminal.fail(*resolve, "no")
    terminal.run(*resolve, "yes")
    assert [(each["state"], each["answer"]) for each in listed(terminal, "--key", "INV-0005")] == [
        ("confirmed", "seen in SYSPRO")
    ]
    world.run("3")
    assert world.target.numbers() == ["0001", "0002", "0003", "0005"]
    assert "0005" not in kinds(world)
