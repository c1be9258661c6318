"""SYSPRO to Stampli: suppliers, GL accounts and cost centers as files, and what Stampli has of accounts compared."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.file_stream import file_stream
from airflow_provider_mlconnector.operators.poll_compared import PollComparedOperator
from airflow_provider_mlconnector.operators.poll_segments import PollSegmentsOperator
from airflow_provider_mlconnector.operators.posted_stream import posted_stream
from airflow_provider_mlconnector.operators.session import SysproLogoffOperator

FILES = Path(__file__).parent / "syspro_to_stampli_reference"
STAMPLI = "stampli_default"
SYSPRO = "syspro_default"
COMPANY = "MLC"

# What SYSPRO owns of a supplier; the rest comes from Stampli, and going back it would echo.
SUPPLIERS: dict[str, Any] = {
    "extension": None,
    "version_columns": ["Supplier", "SupplierName", "TermsCode", "Currency", "OnHold", "TaxRegnNum"],
}
# A GL code is cost center and account, as 10-5100. Where Stampli's accounts are whole GL codes: index 0.
CLOSED = [{"column": "AccOnHldFlag", "values": ["Y"]}, {"column": "ControlAccFlag", "values": ["Y"]}]
ACCOUNT = {
    "column": "GlCode",
    "separator": "-",
    "index": 2,
    "closed_when": CLOSED,
    "keep": ["Description", "AccountType"],
}
COST_CENTER = {"column": "GlCode", "separator": "-", "index": 1, "closed_when": CLOSED}
# Of a general ledger that several companies share, this one's accounts.
ACCOUNTS = {"where": [{"column": "Company", "values": [COMPANY]}]}


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


def sent(stream: str, entity: str, **how: Any) -> Any:
    """One kind of record into Stampli's inbound folder of it."""
    files = FILES / entity
    return file_stream(
        stream,
        group_id=entity,
        source_conn_id=SYSPRO,
        sftp_conn_id=STAMPLI,
        mapping=f"{files}.mapping.yaml",
        layout=f"{files}.layout.yaml",
        lane={"flow": "syspro_to_stampli_reference", "notifiers": [tell]},
        format={"company": COMPANY},
        # Stampli takes its files away once it has read them.
        deliver={"entity": FOLDERS.get(entity, entity), "partner_removes_files": True},
        **how,
    )


# The inbound folders, where they are called other than what lies in them.
FOLDERS = {"cost_centers": "dimensions"}

with DAG(
    dag_id="syspro_to_stampli_reference",
    doc_md=__doc__
    + """
**vendors**, **gl_accounts** and **cost_centers** read SYSPRO and put what is new or changed of it into Stampli's
inbound folders: only the fields that SYSPRO owns.

**compared** holds what Stampli exports of GL accounts against SYSPRO. An account that SYSPRO does not have, or has with
another name or status, is an exception: nothing is posted, as no public interface of SYSPRO creates accounts. It closes
once both agree, whichever of the two was corrected.
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
    tags=["mlconnector", "stampli", "syspro"],
) as dag:
    groups = [
        sent("suppliers", "vendors", poll={"overrides": SUPPLIERS}),
        *(
            sent(
                entity,
                entity,
                polled_by=PollSegmentsOperator,
                poll={"segments_of": "gl_accounts", "segment": segment, "overrides": ACCOUNTS},
            )
            for entity, segment in (("gl_accounts", ACCOUNT), ("cost_centers", COST_CENTER))
        ),
        posted_stream(
            "gl_accounts",
            group_id="compared",
            source_conn_id=STAMPLI,
            target_conn_id=SYSPRO,
            polled_by=PollComparedOperator,
            kind="comparison",
            mapping=str(FILES / "comparison.mapping.yaml"),
            lane={"flow": "syspro_to_stampli_reference", "notifiers": [tell]},
            poll={
                "compared_conn_id": SYSPRO,
                "compared_stream": "gl_accounts",
                "compared_overrides": ACCOUNTS,
                "compared_segment": ACCOUNT,
                "compared_mapping": str(FILES / "gl_accounts.mapping.yaml"),
                "columns": ["account_name", "status"],
            },
        ),
    ]
    # A teardown runs whatever became of the others, and leaves the run as failed as they are.
    groups >> SysproLogoffOperator(task_id="log_off", syspro_conn_id=SYSPRO).as_teardown()
