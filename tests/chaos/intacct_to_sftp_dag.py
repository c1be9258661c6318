"""The flow under test as DAGs: streams of the example as EDI, with the real operators, and who reads the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.acknowledge import AcknowledgeOperator
from airflow_provider_mlconnector.operators.file_stream import file_stream

# Stream, form, partner and connection of each lane.
LANES = {
    "": ("ap_bills", "810", "acme", "partner_sftp"),
    "vendors": ("vendors", "838", "acme", "partner_sftp"),
    "globex": ("ap_bills", "invoic", "globex", "partner_globex"),
}
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
    lane: str,
    folder: str,
    acks: str,
    files: str,
    profiles: Sequence[str],
    on_change: str,
    removes: bool,
    moves: bool,
) -> DAG:
    """Make it.

    Args:
        dag_id: the flow's name, or that of its copy.
        flow: the flow's name.
        lane: the name of one of `LANES`.
        folder: the partners'.
        acks: the folder of the partners' acknowledgments.
        files: where mapping, layout and profile lie.
        profiles: of the partners whose acknowledgments are read.
        on_change: what becomes of a changed record that has been sent.
        removes: whether the partner takes files away.
        moves: whether acknowledgments are moved away once read.
    """
    stream, form, partner, conn_id = LANES[lane]
    with DAG(dag_id=dag_id, schedule=None) as dag:
        group = file_stream(
            stream,
            source_conn_id="intacct_default",
            sftp_conn_id=conn_id,
            folder=folder,
            mapping=f"{files}/{stream}.{form}.mapping.yaml",
            layout=f"{files}/{stream}.{form}.layout.yaml",
            partner=f"{files}/{partner}.partner.yaml",
            lane={"flow": flow},
            poll={"overrides": {"on_change": on_change}},
            deliver={"partner_removes_files": removes, "verify": "sha256"},
        )
        if not lane:
            with group:
                AcknowledgeOperator(
                    task_id="acknowledge",
                    sftp_conn_id=conn_id,
                    profiles=profiles,
                    folder=acks,
                    move_to="read" if moves else "",
                    settle=0,
                    flow=flow,
                )
    return dag


def warm() -> None:
    """The shipped streams and sets, and whatever the DAG pulls in."""
    from airflow_provider_mlconnector.formats.edi.declaration import shipped as shipped_sets
    from airflow_provider_mlconnector.systems.intacct.streams import shipped

    shipped()
    for standard in ("x12", "edifact"):
        shipped_sets(standard)
    nothing: dict[str, Any] = {"folder": "", "acks": "", "files": "", "profiles": [], "on_change": "send"}
    made = build("warm", flow="warm", lane="", removes=False, moves=False, **nothing)
    made.get_template_env()
