"""Stampli to SYSPRO as the DAG runs it, task by task: the real operators at both sandboxes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.operators.commit import CommitOperator
from airflow_provider_mlconnector.operators.dedup_and_post import DedupAndPostOperator
from airflow_provider_mlconnector.operators.map import MapOperator
from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator
from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

DAGS = Path(__file__).parents[2] / "dags"
MAPPING = str(DAGS / "stampli_to_syspro" / "invoices.ap_invoices.mapping.yaml")
FLOW = "stampli_to_syspro"
STAMPLI, SYSPRO = "stampli_default", "syspro_default"
SUPPLIER, OTHER = "0009001", "0009002"
POSTS = {"operation": "transaction/post", "bo": "APSTIN"}
_TITLES = (
    "company_id,invoice_number,status,vendor_id,invoice_date,currency,total_amount,line_number,gl_account,department,"
    "line_amount"
)
# The times of the files grow from here; long enough ago to have settled.
_FIRST = 1_770_000_000


class Task(SimpleNamespace):
    """What the operators ask of Airflow's task instance."""

    def xcom_pull(self, **_: Any) -> None:
        """No run has committed."""

    def get_dagrun_state(self, **_: Any) -> str:
        """Every other run is over."""
        return "success"


@dataclass
class StampliFlow:
    """One company of each side, and a lane between them."""

    home: Path
    stampli: SftpSandbox
    syspro: SysproSandbox
    pushed: dict[tuple[str, str], Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """The ledger that the tasks use."""
        return Ledger(f"sqlite:///{self.home / 'mlconnector' / 'ledger.db'}")

    def export(self, name: str, *lines: str, at: int = 0) -> None:
        """Stampli writes a file of invoices, `at` seconds after the first."""
        path = self.stampli.root / "outbound" / "invoices" / name
        path.write_text("\n".join([_TITLES, *lines, ""]))
        os.utime(path, (_FIRST + at, _FIRST + at))

    def task(self, run: str, step: str, operator: Any) -> Any:
        """Run one task; what it pushes is kept under its run and step."""
        self.pushed[run, step] = operator.execute(self.context(run, step))
        return self.pushed[run, step]

    def context(self, run: str, step: str) -> Any:
        """Airflow's context of a task."""
        ti = Task(dag_id=FLOW, run_id=run, task_id=f"invoices.{step}", try_number=1, map_index=-1)
        interval = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="scheduled")
        return {"ti": ti, "dag_run": interval}

    def poll(self, run: str) -> Any:
        """Take in files, and stage what is new."""
        into = {"target_conn_id": SYSPRO, "kind": "ap_invoices", "posting": None}
        fixed: dict[str, Any] = {
            "stream": "invoices",
            "source_conn_id": STAMPLI,
            "mapping": MAPPING,
            "posts_into": into,
        }
        return self.task(
            run, "poll", PollFilesOperator(task_id="poll", since="", until="", **fixed, **self._lane(stream=False))
        )

    def map(self, run: str) -> Any:
        """Map the batch."""
        batch = self.pushed[run, "poll"]
        return self.task(run, "map", MapOperator(task_id="map", batch=batch, mapping=MAPPING, **self._lane()))

    def post(self, run: str, *, rehearse: bool = False, **changes: Any) -> Any:
        """Post the batch, or rehearse it."""
        given = {"batch": self.pushed[run, "poll"], "mapped": self.pushed[run, "map"], "target_conn_id": SYSPRO}
        lane = self._lane() | {"kind": "ap_invoices", "rehearse": rehearse}
        return self.task(run, "post", DedupAndPostOperator(task_id="post", **given, **lane, **changes))

    def commit(self, run: str) -> Any:
        """Commit the batch."""
        given = {"batch": self.pushed[run, "poll"], "delivered": self.pushed[run, "post"]}
        return self.task(run, "commit", CommitOperator(task_id="commit", **given, **self._lane()))

    def run(self, run: str, *, rehearse: bool = False) -> Any:
        """A whole run."""
        self.poll(run)
        self.map(run)
        self.post(run, rehearse=rehearse)
        return self.commit(run)

    def booked(self) -> list[tuple[str, str]]:
        """Numbers and amounts of the invoices that were posted."""
        return sorted((each["invoice"], each["value"]) for each in self.syspro.admin.books()["posted"])

    def posts(self) -> Sequence[Mapping[str, Any]]:
        """The calls that post invoices."""
        asked: Sequence[Mapping[str, Any]] = self.syspro.admin.requests(**POSTS)
        return asked

    def _lane(self, *, stream: bool = True) -> dict[str, Any]:
        named = {"target": SYSPRO, "flow": FLOW, "notifiers": [lambda context: self.told.append(context["alert"])]}
        return named | ({"lane_stream": "invoices"} if stream else {})


def line(
    number: str, amount: str = "100.00", *, status: str = "APPROVED", supplier: str = SUPPLIER, account: str = "5500"
) -> str:
    """An invoice with one line, in the supplier's currency."""
    return f"ACME,{number},{status},{supplier},2026-03-15,,{amount},1,{account},10,{amount}"


@contextmanager
def stampli_flow(home: Path) -> Iterator[StampliFlow]:
    """Both sandboxes, two suppliers, and an Airflow's settings that lead there."""
    with (
        SftpSandbox(home / "stampli", {"us": "s3cret"}) as stampli,
        SysproSandbox(scale=40, hard=False) as syspro,
    ):
        (stampli.root / "outbound" / "invoices").mkdir(parents=True)
        for supplier, name in ((SUPPLIER, "Acme"), (OTHER, "Bolt")):
            syspro.admin.event("new_supplier", supplier=supplier, name=name)
        fields = {
            "conn_type": "stampli", "host": stampli.host, "port": stampli.port, "login": "us", "password": "s3cret",
            "extra": {"host_key": stampli.host_key, "settle_seconds": 1, "connect_attempts": 1},
        }  # fmt: skip
        settings = {
            f"AIRFLOW_CONN_{STAMPLI.upper()}": json.dumps(fields),
            f"AIRFLOW_CONN_{SYSPRO.upper()}": json.dumps(wiring.syspro(syspro)),
            "AIRFLOW_HOME": str(home),
        }
        with patch.dict(os.environ, settings):
            yield StampliFlow(home, stampli, syspro)
