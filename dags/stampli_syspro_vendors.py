"""Stampli's vendors to SYSPRO: new ones added, known ones updated in the fields that Stampli owns."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, Param

from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator
from airflow_provider_mlconnector.operators.posted_stream import posted_stream
from airflow_provider_mlconnector.operators.session import SysproLogoffOperator

FILES = Path(__file__).parent / "stampli_syspro_vendors"
STAMPLI = "stampli_default"
SYSPRO = "syspro_default"
# The DAG stampli_to_syspro runs on it, so that a new vendor is there before its invoices are posted.
VENDORS = Asset("mlconnector://stampli_syspro_vendors")

# What SYSPRO owns. It is sent with a new supplier, and never again: changes of it go to Stampli.
POSTING: dict[str, Any] = {
    "only_when_new": ["SupplierName", "TermsCode", "TaxRegnNum"],
    # A supplier's currency can't change; one that differs says that the code is another vendor's.
    "must_agree": ["Currency"],
}
# What makes a new version of a vendor: what Stampli owns, and what a conflict can be about. Neither status, terms nor
# tax number are among it: they come back from SYSPRO.
VERSION = [
    "vendor_key", "vendor_id", "vendor_name", "currency", "contact_name", "email", "phone",
    "address1", "address2", "city", "state", "country", "postal_code",
]  # fmt: skip


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


with DAG(
    dag_id="stampli_syspro_vendors",
    doc_md=__doc__
    + """
**poll** takes in Stampli's new vendor files, **map** names the fields as SYSPRO does, **post** adds or updates
suppliers by what differs, **commit** lets stampli_to_syspro run, also when there was nothing new.

| field | owned by | what happens |
| --- | --- | --- |
| contact, e-mail, telephone, address | Stampli | sent to SYSPRO when it changes; a blank one is left as SYSPRO has it |
| vendor id (supplier code) | SYSPRO | never changed; one that SYSPRO does not have is added |
| name, terms, tax number | SYSPRO | sent with a new supplier only |
| currency | SYSPRO | sent with a new supplier; later it must agree, or the vendor is set aside |
| on hold (status) | SYSPRO | never sent to SYSPRO |

`airflow mlconnector exceptions list` shows vendors that were set aside: without a code, with the name of another
supplier, with another currency. They go on by themselves once both systems agree.
""",
    schedule=timedelta(minutes=15),
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it as UTC
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
        "on_failure_callback": tell,
    },
    params={
        "dry_run": Param(default=False, type="boolean", description="Post nothing; show what would be posted"),
    },
    tags=["mlconnector", "stampli", "syspro"],
) as dag:
    vendors = posted_stream(
        "vendors",
        source_conn_id=STAMPLI,
        target_conn_id=SYSPRO,
        polled_by=PollFilesOperator,
        kind="suppliers",
        mapping=str(FILES / "vendors.mapping.yaml"),
        posting=POSTING,
        lane={"flow": "stampli_syspro_vendors", "notifiers": [tell]},
        poll={"overrides": {"version_columns": VERSION}},
        commit={"outlets": [VENDORS]},
    )
    # A teardown runs whatever became of the others, and leaves the run as failed as they are.
    vendors >> SysproLogoffOperator(task_id="log_off", syspro_conn_id=SYSPRO).as_teardown()
