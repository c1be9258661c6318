"""Stampli to SYSPRO: approved invoices posted into accounts payable, each exactly once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import DAG, Asset, Param

from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator
from airflow_provider_mlconnector.operators.posted_stream import posted_stream
from airflow_provider_mlconnector.operators.session import SysproLogoffOperator

FILES = Path(__file__).parent / "stampli_to_syspro"
STAMPLI = "stampli_default"
SYSPRO = "syspro_default"
# Vendors first: the DAG stampli_syspro_vendors brings them up to date, and lets this one run.
VENDORS = Asset("mlconnector://stampli_syspro_vendors")

# What the invoices become: "ap_invoices" (APSTIN), or "gl_journals" (GENTJL), which leaves accounts payable alone.
INVOICES_AS = "ap_invoices"
# How they are posted; docs/posting.md has all settings. A journal is known by supplier and invoice too, and these
# accounts balance its lines.
POSTING: dict[str, dict[str, Any]] = {
    # F: lines are in the invoice's currency, as Stampli has them, and not in the company's.
    "ap_invoices": {"credit_notes": "against_invoice", "parameters": {"LedgerDistributionCurrency": "F"}},
    "gl_journals": {"key": ["Supplier", "Invoice"], "counter": {"account": "00-2150", "tax_account": "00-1500"}},
}
# SYSPRO publishes no business object that posts payments. Where your site has one, describe it in this file.
PAYMENTS = FILES / "payments.posting.yaml"


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


with DAG(
    dag_id="stampli_to_syspro",
    doc_md=__doc__
    + """
**poll** takes in Stampli's new files and reads what is approved in them, **map** turns accounts and cost centers into
SYSPRO's, **post** checks everything against SYSPRO and posts it in calls of some invoices, **commit** checks the
numbers and moves the watermark.

Any task may be cleared at any time: SYSPRO gets each invoice once. What could not be posted is listed by
`airflow mlconnector exceptions list` with SYSPRO's reason, and goes on by itself once its cause is gone. With the
parameter `dry_run` nothing is posted: the log shows the exact XML, and what SYSPRO says of it.
""",
    schedule=[VENDORS],
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it as UTC
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
        "on_failure_callback": tell,
    },
    params={
        "dry_run": Param(default=False, type="boolean", description="Post nothing; show what would be posted"),
    },
    tags=["mlconnector", "stampli", "syspro"],
) as dag:
    shared: dict[str, Any] = {
        "source_conn_id": STAMPLI,
        "target_conn_id": SYSPRO,
        "polled_by": PollFilesOperator,
        "lane": {"flow": "stampli_to_syspro", "notifiers": [tell]},
    }
    invoices = posted_stream(
        "invoices",
        kind=INVOICES_AS,
        mapping=str(FILES / f"invoices.{INVOICES_AS}.mapping.yaml"),
        posting=POSTING[INVOICES_AS],
        **shared,
    )
    last = invoices
    if PAYMENTS.exists():
        last = posted_stream(
            "payments",
            kind="payments",
            mapping=str(FILES / "payments.mapping.yaml"),
            posting={"payment": yaml.safe_load(PAYMENTS.read_text(encoding="utf-8"))},
            **shared,
        )
        invoices >> last
    # A teardown runs whatever became of the others, and leaves the run as failed as they are.
    last >> SysproLogoffOperator(task_id="log_off", syspro_conn_id=SYSPRO).as_teardown()
