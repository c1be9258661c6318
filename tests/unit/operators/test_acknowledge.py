"""The operator that reads acknowledgments, at a real SFTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_mlconnector.engine import rereading
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.operators.acknowledge import AcknowledgeOperator
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from tests.support.edi_world import EdiWorld, answer
from tests.support.engine_world import row

PROFILE = """
partner: acme
standard: x12
us: {id: US, qualifier: ZZ}
them: {id: ACME, qualifier: ZZ}
"""
TI = SimpleNamespace(dag_id="acks", run_id="ack_1", task_id="acknowledge", try_number=1)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path / "partner", {"acme": "pw"}) as server:
        (server.root / "acks").mkdir()
        yield server


@pytest.fixture
def world(tmp_path: Path, sandbox: SftpSandbox, monkeypatch: pytest.MonkeyPatch) -> EdiWorld:
    """Two invoices were sent, and the connection `partner` leads to where their acknowledgments come in."""
    home = tmp_path / "mlconnector"
    home.mkdir()
    (tmp_path / "acme.yaml").write_text(PROFILE)
    fields = {
        "conn_type": "sftp", "host": sandbox.host, "port": sandbox.port, "login": "acme", "password": "pw",
        "extra": {"host_key": sandbox.host_key},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_PARTNER", json.dumps(fields))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__STAGING_PATH", str(home / "staging"))
    made = EdiWorld(home)
    made.source.put(row(1), row(2))
    made.run("1")
    return made


def operator(tmp_path: Path, **changes: Any) -> AcknowledgeOperator:
    named = {"folder": "acks", "settle": 0.01, "flow": "acks", **changes}
    profiles = [str(tmp_path / "acme.yaml")]
    return AcknowledgeOperator(task_id="acknowledge", sftp_conn_id="partner", profiles=profiles, **named)


def run(made: AcknowledgeOperator) -> dict[str, Any]:
    push: dict[str, Any] = made.execute({"ti": TI})  # type: ignore[typeddict-item]
    return push


def names(sandbox: SftpSandbox) -> list[str]:
    return sorted(path.name for path in (sandbox.root / "acks").iterdir())


def test_files_are_read_applied_and_left(world: EdiWorld, sandbox: SftpSandbox, tmp_path: Path) -> None:
    (sandbox.root / "acks" / "a.997").write_bytes(answer("AK1*IN*1", "AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1"))
    push = run(operator(tmp_path))
    assert push["counts"] == {"accepted": 1, "exceptions": 1, "files applied": 1, "overtaken": 0, "rejected": 1}
    assert push["files"] == ["a.997"]
    assert len(json.dumps(push)) < 4096
    assert (world.sent_as().state, world.states()) == ("partly", ["accepted", "rejected"])
    assert run(operator(tmp_path))["counts"] == {}
    assert names(sandbox) == ["a.997"]


def test_files_are_moved_where_that_is_wanted(world: EdiWorld, sandbox: SftpSandbox, tmp_path: Path) -> None:
    data = answer("AK1*IN*1", "AK9*A*2*2*2")
    (sandbox.root / "acks" / "a.997").write_bytes(data)
    (sandbox.root / "acks" / "broken.997").write_bytes(data[:-30])
    heard: list[str] = []
    notifier = lambda context: heard.append(context["alert"])  # noqa: E731 - one line says it
    counts = run(operator(tmp_path, move_to="done", notifiers=[notifier]))["counts"]
    assert counts == {"accepted": 2, "files applied": 1, "files unreadable": 1}
    assert (sandbox.root / "acks" / "done" / "a.997").read_bytes() == data
    assert names(sandbox) == ["broken.997", "done"]
    assert ["broken.997" in alert for alert in heard] == [True]
    run(operator(tmp_path, move_to="done", notifiers=[notifier]))
    assert len(heard) == 1


def test_what_was_moved_is_read_again_where_it_lies_now(world: EdiWorld, sandbox: SftpSandbox, tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(PROFILE.replace("ACME", "ACNE"))
    (sandbox.root / "acks" / "a.997").write_bytes(answer("AK1*IN*1", "AK9*A*2*2*2"))
    assert run(operator(tmp_path, move_to="done"))["counts"] == {"files orphan": 1, "orphans": 1}
    (tmp_path / "acme.yaml").write_text(PROFILE)
    rereading.ask(world.ledger, Actor(person="ann"), 1, "their id was wrong")
    assert run(operator(tmp_path))["counts"] == {"accepted": 2, "files applied": 1}
    assert names(sandbox) == ["done"]


def test_a_notifier_that_fails_is_asked_again_by_the_next_task(
    world: EdiWorld, sandbox: SftpSandbox, tmp_path: Path
) -> None:
    (sandbox.root / "acks" / "broken.997").write_bytes(b"ISA")

    def refuse(_context: Any) -> None:
        raise OSError("no chat")

    run(operator(tmp_path, notifiers=[refuse]))
    heard: list[str] = []
    run(operator(tmp_path, notifiers=[lambda context: heard.append(context["alert"])]))
    assert len(heard) == 1


def test_a_wrong_folder_fails_at_once(world: EdiWorld, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="there is no folder"):
        run(operator(tmp_path, folder="nowhere"))


def test_a_wrong_profile_fails_at_once(world: EdiWorld, tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(PROFILE.replace("x12", "x13"))
    with pytest.raises(AirflowFailException, match=r"acme\.yaml, line 3, standard"):
        run(operator(tmp_path))
