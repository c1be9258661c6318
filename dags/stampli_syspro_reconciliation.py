"""Stampli and SYSPRO compared once a day: what is approved and not paid against what is open, by supplier."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.reconcile import ReconcileOperator

FILES = Path(__file__).parent / "stampli_to_syspro"
STAMPLI = "stampli_default"
SYSPRO = "syspro_default"
# Where the CSV files go: a folder, or a URL of Airflow's object storage; blank: the staging path.
FOLDER = ""


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


with DAG(
    dag_id="stampli_syspro_reconciliation",
    doc_md=__doc__
    + """
Reads the files that `stampli_to_syspro` has taken in, and SYSPRO's open invoices; changes nothing. The CSV files name
the sums and every invoice that differs, with when and as what it was posted, or what holds it up. The same on a
terminal: `airflow mlconnector reconcile stampli_syspro_reconciliation`.
""",
    schedule="30 5 * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it as UTC
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5), "on_failure_callback": tell},
    tags=["mlconnector", "stampli", "syspro"],
):
    ReconcileOperator(
        task_id="reconcile",
        flow="stampli_to_syspro",
        source_conn_id=STAMPLI,
        target_conn_id=SYSPRO,
        mapping=str(FILES / "invoices.ap_invoices.mapping.yaml"),
        folder=FOLDER,
        notifiers=[tell],
    )
