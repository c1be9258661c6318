"""The flows of one test module: a copy of this file lies in the DAG folder, with their settings beside it."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.operators.file_stream import file_stream

HERE = Path(__file__).parent
SETTINGS = Path(__file__).with_suffix(".json")
FLOWS: dict[str, dict[str, Any]] = json.loads(SETTINGS.read_text()) if SETTINGS.exists() else {}


def prepare(context: Any) -> None:
    """Before a task's work: its flow's settings, and the first order that the test has left for it."""
    ti = context["ti"]
    for option, value in FLOWS[ti.dag_id]["settings"].items():
        os.environ[f"AIRFLOW__MLCONNECTOR__{option.upper()}"] = value
    orders = sorted((HERE.parent / "orders" / ti.dag_id / ti.task_id).glob("*.json"))
    if orders:
        failure_points.arm(Order(orders[0]))


class Order:
    """Does once, at a failure point, what a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._said: dict[str, Any] = json.loads(file.read_text())
        self._reached: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        """This point is reached."""
        self._reached[point] += 1
        if (point, self._reached[point]) == (self._said["point"], self._said["nth"]):
            # Done before it is carried out: the next try finds no order.
            self._file.with_suffix(".part").write_text(f"{os.getpid()} {os.getppid()}")
            self._file.with_suffix(".part").rename(self._file.with_suffix(".done"))
            self._file.unlink()
            self._carry_out(self._said["action"])

    def _carry_out(self, action: str) -> None:
        if action == "fail":
            raise RuntimeError("broken on purpose")
        if action == "pause_worker":
            os.kill(os.getppid(), signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


def schedule(flow: str, said: str) -> Any:
    """A flow's schedule: none, days as data intervals, or the asset of its own name."""
    offered = {"asset": [Asset(flow)], "daily": CronDataIntervalTimetable("@daily", timezone="UTC")}
    return offered.get(said)


for flow, how in FLOWS.items():
    with DAG(
        dag_id=flow,
        schedule=schedule(flow, how["schedule"]),
        start_date=datetime.fromisoformat(how["start_date"]) if how["start_date"] else datetime(2026, 3, 1, tzinfo=UTC),
        catchup=how["catchup"],
        max_active_runs=how["max_active_runs"],
        is_paused_upon_creation=bool(how["schedule"]),
        default_args={
            "retries": how["retries"],
            "retry_delay": timedelta(seconds=1),
            "pre_execute": prepare,
        },
        params={"since": Param(None, type=["null", "string"]), "until": Param(None, type=["null", "string"])},
    ) as dag:
        file_stream(
            "ap_invoices",
            group_id="s",
            source_conn_id=f"syspro_{how['flow']}",
            sftp_conn_id=f"sftp_{how['flow']}",
            folder="in",
            mapping=str(HERE / "files" / how["flow"] / "ap_invoices.mapping.yaml"),
            layout=str(HERE / "files" / how["flow"] / "ap_invoices.layout.yaml"),
            mapping_parameters={"company": "MLC"},
            lane={"flow": how["flow"]},
            format={"company": "MLC"},
            deliver={"partner_removes_files": how["partner_removes_files"]},
        )
    globals()[flow] = dag
