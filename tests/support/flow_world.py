"""A real Airflow with flows of one stream each, the sandbox around it, and a comparison of source and partner."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.wiring import wire_syspro
from tests.support.preloaded import preload

FILES = Path(__file__).parents[2] / "dags" / "syspro_to_sftp"
FLOWS = (
    "clears",
    "fails",
    "between",
    "manual",
    "mapping",
    "kill",
    "wrong",
    "unmapped",
    "overlap",
    "stranger",
    "x12",
)
OTHER_KEY = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
_DAGS = """
from datetime import timedelta
from pathlib import Path
from airflow.sdk import DAG, Param
from airflow_provider_mlconnector.operators.commit import CommitOperator
from airflow_provider_mlconnector.operators.file_stream import file_stream
from airflow_provider_mlconnector.operators.session import SysproLogoffOperator

FILES = Path(__file__).parent / "files"

def broken_if_asked(context):
    if (FILES / "break").exists():
        raise RuntimeError("broken on purpose")
    return CommitOperator.work(context["task"], context)

for flow in {flows}:
    stream = "gl_postings" if flow == "unmapped" else "ap_invoices"
    x12 = flow == "x12"
    files = f"{{stream}}.810" if x12 else stream
    retries = 2 if flow in ("kill", "wrong", "stranger") else 0
    with DAG(
        dag_id=flow,
        schedule=None,
        max_active_runs=2 if flow == "overlap" else 1,
        default_args=dict(retries=retries, retry_delay=timedelta(seconds=1)),
        params=dict(since=Param(None, type=["null", "string"])),
    ) as dag:
        group = file_stream(
            "ap_invoice_documents" if x12 else stream,
            group_id=stream,
            source_conn_id="syspro_wrong" if flow == "wrong" else "syspro_default",
            sftp_conn_id="partner_stranger" if flow == "stranger" else "partner_sftp",
            folder=f"in_{{flow}}",
            mapping=str(FILES / flow / f"{{files}}.mapping.yaml"),
            layout=str(FILES / flow / f"{{files}}.layout.yaml"),
            partner=str(FILES / flow / "partner.yaml") if x12 else "",
            mapping_parameters=dict(company="MLC", currency="EUR"),
            poll=dict(overrides=dict(via="enet")) if flow == "wrong" else None,
            format=dict(company="MLC"),
        )
        group >> SysproLogoffOperator(task_id="log_off").as_teardown()
    if flow == "between":
        dag.get_task("ap_invoices.commit").work = broken_if_asked
    globals()[flow] = dag
"""


@dataclass
class FlowWorld:
    """The running world of a test module."""

    root: Path
    syspro: SysproSandbox
    sftp: SftpSandbox
    airflow: ThrowawayAirflow
    partner: Mapping[str, Any]
    """The partner's connection, with the right host key."""
    runs: Counter[str]

    def start(self, flow: str, **how: object) -> str:
        """Trigger a run; returns its id."""
        self.runs[flow] += 1
        return self.airflow.trigger(flow, run_id=f"{flow}_{self.runs[flow]}", **how)  # type: ignore[arg-type]

    def run(self, flow: str, expected: str = "success", **how: object) -> str:
        """A whole run, to its expected end; returns its id."""
        run_id = self.start(flow, **how)
        self.settle(flow, run_id, expected)
        return run_id

    def settle(self, flow: str, run_id: str, expected: str = "success") -> None:
        """Wait until a run has ended as expected."""
        state = self.airflow.wait(flow, run_id, timeout=150)
        tasks = {name: task.state for name, task in self.airflow.task_states(flow, run_id).items()}
        assert state == expected, (state, tasks)

    def clear(self, flow: str, run_id: str, *tasks: str, downstream: bool = False) -> None:
        """Clear tasks as a person does, and wait for the run to end well."""
        self.airflow.clear(flow, run_id, list(tasks) or None, downstream=downstream)
        self.settle(flow, run_id)

    def arrived(self, flow: str) -> list[tuple[str, ...]]:
        """The records that lie at the partner, file by file in the order of their numbers."""
        lines: list[tuple[str, ...]] = []
        for file in sorted((self.root / "partner" / f"in_{flow}").iterdir()):
            assert not file.name.startswith("."), f"left behind: {file.name}"
            rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
            lines += [(row["Supplier"], row["Invoice"], row["Amount"]) for row in rows]
        return lines

    def source(self) -> list[tuple[str, ...]]:
        """The invoices at the source that can be mapped."""
        rows = self.syspro.admin.rows("ApInvoice")
        return [(row["Supplier"], row["Invoice"], row["OrigInvValue"]) for row in rows if row["InvoiceDate"]]

    def check_each_once(self, flow: str) -> None:
        """Every invoice of the source lies at the partner once."""
        arrived, source = Counter(self.arrived(flow)), Counter(self.source())
        assert not source - arrived, f"lost: {source - arrived}"
        assert not arrived - source, f"doubled or unknown: {arrived - source}"

    def ledger(self) -> Ledger:
        """The flow's ledger, to be read."""
        return Ledger(f"sqlite:///{self.airflow.home / 'mlconnector' / 'ledger.db'}", upgrade=False)

    def watermark(self, flow: str) -> str:
        """The flow's watermark."""
        with self.ledger().read() as connection:
            query = select(schema.lane.c.watermark).where(schema.lane.c.flow == flow)
            return str(connection.execute(query).scalar_one())

    def log(self, flow: str, run_id: str, task: str, try_number: int = 1) -> str:
        """The log of a task of the stream."""
        stream = "gl_postings" if flow == "unmapped" else "ap_invoices"
        return self.airflow.task_log(flow, run_id, f"{stream}.{task}", try_number)


@contextmanager
def flow_world(root: Path) -> Iterator[FlowWorld]:
    """Start everything; what it leaves lies below `root`."""
    dags = root / "dags"
    for flow in FLOWS:
        shutil.copytree(FILES, dags / "files" / flow)
        (root / "partner" / f"in_{flow}").mkdir(parents=True)
    (dags / "flows.py").write_text(_DAGS.format(flows=FLOWS))
    with SysproSandbox(scale=30) as syspro, SftpSandbox(root / "partner", {"partner": "sftp-pass-word"}) as sftp:
        wiring = wire_syspro(syspro, sftp, root / "airflow")
        wrong = {**wiring.connections["syspro_default"], "password": "not-the-password"}
        stranger = {**wiring.connections["partner_sftp"], "extra": {"host_key": OTHER_KEY}}
        connections = {**wiring.connections, "syspro_wrong": wrong, "partner_stranger": stranger}
        preload(root / "airflow")
        with ThrowawayAirflow(root / "airflow", dags, wiring.environment, connections) as airflow:
            yield FlowWorld(root, syspro, sftp, airflow, wiring.connections["partner_sftp"], Counter())
