"""The deliver task's link: what Airflow asks for when the task ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.types import TaskInstanceKey

from airflow_provider_mlconnector.engine import delivering
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.links.delivered_file import DeliveredFileLink
from airflow_provider_mlconnector.operators.deliver import DeliverOperator

KEY = TaskInstanceKey("flow", "deliver", "run_1", 1, -1)


def operator() -> DeliverOperator:
    return DeliverOperator(
        task_id="deliver",
        lane_stream="invoices",
        flow="flow",
        batch=None,
        output_reference=None,
        sftp_conn_id="partner_sftp",
        folder="inbound",
    )


def a_file(name: str, state: str) -> Delivery:
    made = {"name": name, "group_name": "", "staged_name": name, "folder": "inbound", "partner": "partner_sftp"}
    more = {"sha256": "", "fingerprint": "", "totals": {}, "state": state, "temporary_name": "", "answer": ""}
    numbers = {"id": 1, "lane_id": 1, "batch_id": 1, "position": 0, "size": 3, "rows": 1, "tries": 1}
    return Delivery(**made, **more, **numbers, prepared_at=datetime.now(UTC), confirmed_at=None)  # type: ignore[arg-type]


def test_a_task_that_has_delivered_nothing_has_no_link_and_asks_nobody() -> None:
    # No Airflow answers here: asking for an XCom would fail.
    assert DeliveredFileLink().get_link(operator(), ti_key=KEY) == ""


@pytest.mark.parametrize(
    ("files", "address"),
    [
        ([], ""),
        ([("a.csv", "prepared")], ""),
        ([("a.csv", "dead"), ("b.csv", "confirmed")], "sftp://partner.example:2222/inbound/b.csv"),
    ],
)
def test_the_link_leads_to_the_first_confirmed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[tuple[str, str]], address: str
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    pinned = "host_key=SHA256%3AuNiVztksCsDhcc0u9e8BrrJXLYHWDCRQ%2BMdqVxB6lZs"
    monkeypatch.setenv("AIRFLOW_CONN_PARTNER_SFTP", f"sftp://acme:pw@partner.example:2222/?{pinned}")
    done = delivering.Delivered(None, 1, tuple(a_file(*each) for each in files))
    monkeypatch.setattr(delivering, "deliver", create_autospec(delivering.deliver, side_effect=[done]))
    task = operator()
    # Fields of a model, which a class's spec does not show.
    ti = create_autospec(
        RuntimeTaskInstance, instance=True, dag_id="flow", run_id="run_1", task_id="deliver", try_number=1
    )
    task.execute({"ti": ti})
    assert DeliveredFileLink().get_link(task, ti_key=KEY) == address
