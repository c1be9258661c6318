"""What trading partners answer: 997, TA1 and CONTRL are read from their folders, and told from what was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.acknowledge import AcknowledgeOperator

FILES = Path(__file__).parent / "intacct_to_sftp"
# Whose answers are read: the connection of the partner's server, and its profile.
PARTNERS = {"partner_acme": "acme", "partner_globex": "globex"}


def tell(context: Any) -> None:
    """Called for alerts and failed tasks: put any Airflow notifier here, such as SlackNotifier or SmtpNotifier."""
    what = context.get("alert") or f"{context['ti'].task_id} failed: {context.get('exception')}"
    print(f"ALERT {context['dag'].dag_id}: {what}")  # noqa: T201 - stands for a notifier


with DAG(
    dag_id="intacct_sftp_acks",
    doc_md=__doc__
    + """
A rejected document becomes an exception of its stream, with the partner's reason; an acknowledgment that is overdue
raises an alert, once. Files stay where they are; name `move_to` to have them moved.
""",
    schedule=timedelta(minutes=15),
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - in the timetable's zone
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=1), "on_failure_callback": tell},
    tags=["mlconnector", "edi", "sftp"],
) as dag:
    for conn_id, profile in PARTNERS.items():
        AcknowledgeOperator(
            task_id=conn_id,
            sftp_conn_id=conn_id,
            folder="acks",
            profiles=[str(FILES / f"{profile}.partner.yaml")],
            notifiers=[tell],
        )
