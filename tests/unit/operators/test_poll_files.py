"""The operator that polls Stampli's files, and the sensor that waits for them, at a real SFTP server."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.inbox import Place
from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sensors.stampli_files import StampliFilesSensor
from airflow_provider_mlconnector.triggers.stampli_files import StampliFilesTrigger, look_once

TITLES = "company_id,invoice_number,status,vendor_id,invoice_date,total_amount,line_number,gl_account,line_amount"
PLACE = Place("stampli", "/outbound/invoices", "invoices")


class Task(SimpleNamespace):
    """What the operator asks of Airflow's task instance."""

    def xcom_pull(self, **_: Any) -> None:
        """Nothing has been committed."""

    def get_dagrun_state(self, **_: Any) -> str:
        """Every other run is over."""
        return "success"


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpSandbox]:
    """A server, and the connection `stampli` that leads to it."""
    with SftpSandbox(tmp_path / "stampli", {"us": "s3cret"}) as server:
        (server.root / "outbound" / "invoices").mkdir(parents=True)
        fields = {
            "conn_type": "stampli", "host": server.host, "port": server.port, "login": "us", "password": "s3cret",
            "extra": {"host_key": server.host_key, "settle_seconds": 1, "connect_attempts": 1},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_STAMPLI", json.dumps(fields))
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
        yield server


def put(sandbox: SftpSandbox, name: str, *lines: str, at: int = 0) -> None:
    path = sandbox.root / "outbound" / "invoices" / name
    path.write_text("\n".join([TITLES, *lines, ""]))
    os.utime(path, (1_770_000_000 + at, 1_770_000_000 + at))


def line(number: int, amount: str = "10.00", status: str = "APPROVED") -> str:
    return f"ACME,INV-{number},{status},V1,2026-03-01,{amount},1,400,{amount}"


def poll(
    run: str, told: list[str] | None = None, interval: tuple[datetime, datetime] | None = None, **changes: Any
) -> dict[str, Any]:
    notifiers = [lambda context: told.append(context["alert"])] if told is not None else []
    operator = PollFilesOperator(
        task_id="invoices.poll", stream="invoices", source_conn_id="stampli", target="syspro", flow="flow",
        since="", until="", notifiers=notifiers, **changes,
    )  # fmt: skip
    ti = Task(dag_id="flow", run_id=run, task_id="invoices.poll", try_number=1, map_index=-1)
    kind = "backfill" if interval else "scheduled"
    begin, end = interval or (None, None)
    run_ = SimpleNamespace(data_interval_start=begin, data_interval_end=end, run_type=kind)
    return operator.execute({"ti": ti, "dag_run": run_})  # type: ignore[typeddict-item, no-any-return]


def test_files_become_a_batch_and_a_small_push(sandbox: SftpSandbox, tmp_path: Path) -> None:
    put(sandbox, "invoices_1.csv", line(1), line(2, status="PENDING"))
    put(sandbox, "invoices_2.csv", "not,like,this", at=1)
    push = poll("1")
    assert (push["rows"], push["files"]) == (1, {"kept": 2})
    assert push["counts"]["exceptions"] == 1
    assert len(json.dumps(push)) < 4096
    assert push["window"]["safe_to"] == f"{2:016x}"
    ledger = Ledger(f"sqlite:///{tmp_path / 'mlconnector' / 'ledger.db'}")
    with ledger.read() as connection:
        assert [file.state for file in inbox.in_states(connection, PLACE, [inbox.KEPT])] == ["kept", "kept"]
    assert sorted(path.name for path in (sandbox.root / "outbound" / "invoices").iterdir()) == [
        "invoices_1.csv",
        "invoices_2.csv",
    ]


def test_a_file_that_is_refused_is_told_of_once(sandbox: SftpSandbox) -> None:
    path = sandbox.root / "outbound" / "invoices" / "invoices_1.csv"
    path.write_text("what,is,this\n1,2,3\n")
    told: list[str] = []
    assert poll("1", told)["files"] == {"kept": 1, "refused": 1}
    assert poll("2", told)["files"] == {}
    assert len(told) == 1
    assert "invoices_1.csv is set aside whole" in told[0]
    assert "files reread 1" in told[0]


def test_a_template_of_the_sites_own(sandbox: SftpSandbox, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("entity: invoices\nformat: csv\nkey: [Nr]\nfields: {Nr: {required: true}}\n")
    (sandbox.root / "outbound" / "invoices" / "invoices_1.csv").write_text("Nr\n1\n2\n")
    assert poll("1", template=str(tmp_path / "own.yaml"))["rows"] == 2


def test_a_server_that_is_away_is_tried_again(sandbox: SftpSandbox) -> None:
    sandbox.misbehave(refuse_connections=True)
    with pytest.raises(TransientError):
        poll("1")


def test_a_template_that_is_not_there_is_said(sandbox: SftpSandbox) -> None:
    with pytest.raises(AirflowFailException, match="there is no template 'bills'; there are gl_accounts"):
        poll("1", template="bills")


def test_a_backfill_by_days_is_refused_with_what_to_do_instead(sandbox: SftpSandbox) -> None:
    day = datetime(2026, 3, 31, tzinfo=UTC)
    with pytest.raises(AirflowFailException, match="is read by numbers"):
        poll("1", interval=(day, day + timedelta(days=1)))


# The sensor.


def sensor() -> StampliFilesSensor:
    return StampliFilesSensor(
        task_id="wait", stream="invoices", source_conn_id="stampli", poke_interval=0.1, timeout=60
    )


def fired(trigger: StampliFilesTrigger) -> dict[str, Any]:
    async def first() -> Any:
        return await anext(trigger.run())

    payload: dict[str, Any] = asyncio.run(asyncio.wait_for(first(), 30)).payload
    return payload


def test_the_sensor_defers_with_nothing_secret_in_the_triggers_row(sandbox: SftpSandbox) -> None:
    with pytest.raises(TaskDeferred) as deferred:
        sensor().execute({})
    name, kept = deferred.value.trigger.serialize()
    assert name == "airflow_provider_mlconnector.triggers.stampli_files.StampliFilesTrigger"
    assert kept == {"stampli_conn_id": "stampli", "entity": "invoices", "poke_interval": 0.1}
    assert deferred.value.method_name == "execute_complete"


def test_the_trigger_fires_once_a_new_file_has_settled_also_when_it_is_begun_anew(sandbox: SftpSandbox) -> None:
    put(sandbox, "invoices_1.csv", line(1))
    assert look_once("stampli", "invoices")[1] == []
    for _ in range(2):
        assert fired(StampliFilesTrigger("stampli", "invoices", 0.1)) == {"files": 1, "names": ["invoices_1.csv"]}
    sensor().execute_complete({}, {"files": 1, "names": ["invoices_1.csv"]})


def test_what_has_been_taken_in_is_nothing_to_wait_for(sandbox: SftpSandbox) -> None:
    put(sandbox, "invoices_1.csv", line(1))
    poll("1")
    put(sandbox, "invoices_2.csv", line(2), at=1)
    assert fired(StampliFilesTrigger("stampli", "invoices", 0.1)) == {"files": 1, "names": ["invoices_2.csv"]}


def test_what_no_retry_mends_ends_the_waiting(sandbox: SftpSandbox) -> None:
    sandbox.rotate_host_key()
    event = fired(StampliFilesTrigger("stampli", "invoices", 0.1))
    assert "CredentialsError" in event["error"]
    with pytest.raises(AirflowFailException, match="CredentialsError"):
        sensor().execute_complete({}, event)
    with pytest.raises(AirflowFailException, match="CredentialsError"):
        sensor().execute({})
