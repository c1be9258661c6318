"""SYSPRO to SFTP: invoices, suppliers, items, purchase orders and ledger postings as files, at each close."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param

from airflow_provider_mlconnector.calendar.close import CloseCalendar
from airflow_provider_mlconnector.operators.file_stream import file_stream
from airflow_provider_mlconnector.operators.session import SysproLogoffOperator
from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendarTimetable

FILES = Path(__file__).parent / "syspro_to_sftp"
SYSPRO = "syspro_default"
PARTNER = "partner_sftp"
COMPANY = "MLC"
ZONE = "Europe/Berlin"

# Which streams go out, and how each is read; the names are those of the YAML files beside this one.
STREAMS: dict[str, dict[str, Any]] = {
    "ap_invoices": {},
    "suppliers": {},
    "items": {"overrides": {"via": "enet"}},
    "purchase_orders": {},
    "gl_postings": {},
}
# What the partner takes as X12 instead of CSV: "ap_invoices": "810" (lines are the journal's distributions),
# "purchase_orders": "850" or "830". Ids, delimiters and the like stand in syspro_to_sftp/partner.yaml.
X12: dict[str, str] = {}
SOURCES = {"ap_invoices": "ap_invoice_documents"}
CURRENCY = "EUR"


def sent_as(stream: str, how: dict[str, Any]) -> dict[str, Any]:
    """How a stream is read and written: as rows, or as an X12 set."""
    files = f"{stream}.{X12[stream]}" if stream in X12 else stream
    named = {"mapping": str(FILES / f"{files}.mapping.yaml"), "layout": str(FILES / f"{files}.layout.yaml")}
    if stream not in X12:
        return {"stream": stream, "poll": how, **named}
    source = SOURCES.get(stream, stream)
    return {"stream": source, "group_id": stream, "poll": how, "partner": str(FILES / "partner.yaml"), **named}


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


with DAG(
    dag_id="syspro_to_sftp",
    doc_md=__doc__
    + """
Each task group brings one stream to the partner: **poll** reads what is new, **map** applies the mapping, **format**
writes the file, **deliver** puts it at the partner, **commit** checks the numbers and moves the watermark.

Any task may be cleared at any time: the partner gets each version of a record once. Records that could not go on are
listed by `airflow mlconnector exceptions list`. With the parameters `since` and `until` a run reads that window again,
and sends what has not been sent.
""",
    schedule=CloseCalendarTimetable(CloseCalendar(periods="monthly", business_days=2, at="06:00", zone=ZONE)),
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - in the timetable's zone
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
        "since": Param(None, type=["null", "string"], description="Start of a window to read again: 2026-03-01"),
        "until": Param(None, type=["null", "string"], description="Its end, included: 2026-03-31"),
    },
    tags=["mlconnector", "syspro", "sftp"],
) as dag:
    groups = [
        file_stream(
            **sent_as(stream, how),
            source_conn_id=SYSPRO,
            sftp_conn_id=PARTNER,
            folder="inbound",
            mapping_parameters={"company": COMPANY, "currency": CURRENCY},
            lane={"flow": "syspro_to_sftp", "notifiers": [tell]},
            format={"company": COMPANY, "time_zone": ZONE},
        )
        for stream, how in STREAMS.items()
    ]
    # A teardown runs whatever became of the others, and leaves the run as failed as they are.
    groups >> SysproLogoffOperator(task_id="log_off", syspro_conn_id=SYSPRO).as_teardown()
