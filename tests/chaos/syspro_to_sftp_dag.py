"""The flow under test as a DAG: one stream of the example, with the real operators."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_mlconnector.operators.file_stream import file_stream

PRELOADED = (
    "airflow_provider_mlconnector.hooks.syspro",
    "airflow_provider_mlconnector.systems.syspro.connection",
    "airflow_provider_mlconnector.systems.syspro.streams",
)


def warm() -> None:
    """The shipped streams, and whatever the DAG pulls in."""
    from airflow_provider_mlconnector.systems.syspro.streams import shipped

    shipped()
    build("warm", flow="warm", folder="", files="", on_change="send", removes=False).get_template_env()


def build(dag_id: str, *, flow: str, folder: str, files: str, on_change: str, removes: bool) -> DAG:
    """Make it.

    Args:
        dag_id: the flow's name, or that of its copy.
        flow: the flow's name.
        folder: the partner's.
        files: where mapping and layout lie.
        on_change: what becomes of a changed record that has been sent.
        removes: whether the partner takes files away.
    """
    with DAG(dag_id=dag_id, schedule=None) as dag:
        file_stream(
            "ap_invoices",
            source_conn_id="syspro_default",
            sftp_conn_id="partner_sftp",
            folder=folder,
            mapping=f"{files}/ap_invoices.mapping.yaml",
            layout=f"{files}/ap_invoices.layout.yaml",
            mapping_parameters={"company": "MLC"},
            lane={"flow": flow},
            poll={"overrides": {"on_change": on_change}},
            format={"company": "MLC"},
            deliver={"partner_removes_files": removes, "verify": "sha256"},
        )
    return dag
