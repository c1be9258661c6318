"""The flow under test as a DAG: a stream of the example as X12, with the real operators, and who reads its answers."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.acknowledge import AcknowledgeOperator
from airflow_provider_mlconnector.operators.file_stream import file_stream

PRELOADED = (
    "airflow_provider_mlconnector.engine.acknowledging",
    "airflow_provider_mlconnector.formats.edi.render",
    "airflow_provider_mlconnector.hooks.intacct",
    "airflow_provider_mlconnector.ledger.spending",
    "airflow_provider_mlconnector.pipeline.acknowledged",
    "airflow_provider_mlconnector.systems.intacct.connection",
    "airflow_provider_mlconnector.systems.intacct.streams",
    "cryptography.fernet",
)


def build(
    dag_id: str,
    *,
    flow: str,
    folder: str,
    acks: str,
    files: str,
    on_change: str,
    removes: bool,
    moves: bool,
) -> DAG:
    """Make it.

    Args:
        dag_id: the flow's name, or that of its copy.
        flow: the flow's name.
        folder: the partner's.
        acks: the folder of the partner's acknowledgments.
        files: where mapping, layout and profile lie.
        on_change: what becomes of a changed record that has been sent.
        removes: whether the partner takes files away.
        moves: whether acknowledgments are moved away once read.
    """
    profile = f"{files}/acme.partner.yaml"
    with DAG(dag_id=dag_id, schedule=None) as dag:
        group = file_stream(
            "ap_bills",
            source_conn_id="intacct_default",
            sftp_conn_id="partner_sftp",
            folder=folder,
            mapping=f"{files}/ap_bills.810.mapping.yaml",
            layout=f"{files}/ap_bills.810.layout.yaml",
            partner=profile,
            lane={"flow": flow},
            poll={"overrides": {"on_change": on_change}},
            deliver={"partner_removes_files": removes, "verify": "sha256"},
        )
        with group:
            AcknowledgeOperator(
                task_id="acknowledge",
                sftp_conn_id="partner_sftp",
                profiles=[profile],
                folder=acks,
                move_to="read" if moves else "",
                settle=0,
                flow=flow,
            )
    return dag


def warm() -> None:
    """The shipped streams, and whatever the DAG pulls in."""
    from airflow_provider_mlconnector.systems.intacct.streams import shipped

    shipped()
    made = build("warm", flow="warm", folder="", acks="", files="", on_change="send", removes=False, moves=False)
    made.get_template_env()
