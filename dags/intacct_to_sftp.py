"""Sage Intacct to SFTP: vendors, AP bills, accounts and dimensions as files for partners, on Monday mornings."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, TaskGroup

from airflow_provider_mlconnector.operators.file_stream import file_stream

FILES = Path(__file__).parent / "intacct_to_sftp"
INTACCT = "intacct_default"
ZONE = "America/New_York"

# What each partner takes, by the connection of its server: "810", "838" or "856" (X12), "invoic" (EDIFACT), "csv"
# or "fixed_width". Ids, delimiters and acknowledgments stand in intacct_to_sftp/<profile>.partner.yaml.
PARTNERS: dict[str, dict[str, Any]] = {
    "partner_acme": {
        "profile": "acme",
        "folder": "outbound",
        "takes": {
            "vendors": "838", "ap_bills": "810", "gl_accounts": "csv", "departments": "csv", "locations": "csv",
            "classes": "csv",
        },
    },
    "partner_globex": {"profile": "globex", "folder": "outbound", "takes": {"vendors": "csv", "ap_bills": "invoic"}},
}  # fmt: skip
EDI = ("810", "838", "856", "invoic")
# Ship notices are off: they need the name of the document type that ships, which each company chooses itself. With it,
# such as "Shipper", add "shipments": "856" to what a partner takes.
SHIPPING_DOCUMENT = ""


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


def stream_to(partner: str, settings: dict[str, Any], stream: str, form: str) -> TaskGroup:
    """One stream to one partner, in the form that it takes."""
    edi = form in EDI
    named = stream == "shipments" and SHIPPING_DOCUMENT
    shipping = {"where": [{"column": "DOCPARID", "values": [SHIPPING_DOCUMENT]}]} if named else {}
    return file_stream(
        stream,
        source_conn_id=INTACCT,
        sftp_conn_id=partner,
        folder=settings["folder"],
        mapping=str(FILES / f"{stream}.{form if edi else 'rows'}.mapping.yaml"),
        layout=str(FILES / f"{stream}.{form}.layout.yaml"),
        partner=str(FILES / f"{settings['profile']}.partner.yaml") if edi else "",
        lane={"flow": "intacct_to_sftp", "notifiers": [tell]},
        poll={"overrides": shipping},
        format={"time_zone": ZONE},
    )


with DAG(
    dag_id="intacct_to_sftp",
    doc_md=__doc__
    + """
Each group of tasks is a partner, with a group for each stream that it takes: **poll** reads what is new in Intacct,
**map** applies the mapping, **format** writes the file (X12 and EDIFACT with control numbers from the ledger),
**deliver** puts it at the partner, **commit** checks the numbers and moves the watermark. What the partner answers is
read by the DAG `intacct_sftp_acks`. An export that equals the last confirmed one is not sent again.
""",
    schedule=CronTriggerTimetable("0 6 * * MON", timezone=ZONE),
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
    tags=["mlconnector", "intacct", "sftp"],
) as dag:
    for conn_id, settings in PARTNERS.items():
        with TaskGroup(conn_id):
            for stream, form in settings["takes"].items():
                stream_to(conn_id, settings, stream, form)
