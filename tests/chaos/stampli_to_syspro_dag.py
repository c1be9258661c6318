"""The flow under test as a DAG: a stream of the example, with the real operators, in a time that passes by waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import DAG

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator
from airflow_provider_mlconnector.operators.posted_stream import posted_stream
from airflow_provider_mlconnector.sandbox.syspro.client import AdminClient
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.chaos.faked_time import FakedTime

PRELOADED = (
    "airflow.sdk.execution_time.cache",
    "airflow_provider_mlconnector.engine.kept_files",
    "airflow_provider_mlconnector.engine.posting",
    "airflow_provider_mlconnector.engine.receiving",
    "airflow_provider_mlconnector.formats.inbound.read",
    "airflow_provider_mlconnector.hooks.stampli",
    "airflow_provider_mlconnector.hooks.syspro",
    "airflow_provider_mlconnector.operators.dedup_and_post",
    "airflow_provider_mlconnector.operators.posting_target",
    "airflow_provider_mlconnector.pipeline.parsed_copy",
    "airflow_provider_mlconnector.pipeline.postable",
    "airflow_provider_mlconnector.pipeline.received_source",
    "airflow_provider_mlconnector.pipeline.received_stream",
    "airflow_provider_mlconnector.pipeline.stampli_files",
    "airflow_provider_mlconnector.systems.syspro.connection",
    "airflow_provider_mlconnector.systems.syspro.posting.making",
    "cryptography.fernet",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.utf_8_sig",
    "multiprocessing.reduction",
    "pyarrow.acero",
)
RENEWED, SENDING, ANSWERED = "renewed", "sending", "answered"
"""Points of the harness' own: before a call's intents, right before it is sent, and right after its answer."""


def warm() -> None:
    """Whatever the DAG pulls in."""
    build("warm", flow="warm", stream="invoices", files="", clock="", admin="").get_template_env()


def build(dag_id: str, *, flow: str, stream: str, files: str, clock: str, admin: str) -> DAG:
    """Make it.

    Args:
        dag_id: the flow's name, or that of its copy.
        flow: the flow's name.
        stream: `invoices` or `payments`.
        files: where the mappings lie.
        clock: the file of the faked time; empty: the time is real, and no point is added.
        admin: where SYSPRO is told that time passes.
    """
    if clock:
        _install(clock, admin)
    kind = {"invoices": "ap_invoices", "payments": "payments"}[stream]
    posting: dict[str, Any] = {"credit_notes": "against_invoice"}
    if stream == "payments" and files:
        posting["payment"] = yaml.safe_load((Path(files) / "payments.posting.yaml").read_text())
    with DAG(dag_id=dag_id, schedule=None) as dag:
        posted_stream(
            stream,
            source_conn_id="stampli_default",
            target_conn_id="syspro_default",
            kind=kind,
            mapping=f"{files}/{stream}.{kind}.mapping.yaml",
            posting=posting,
            polled_by=PollFilesOperator,
            group_id="records",
            lane={"flow": flow},
            post={"per_call": 3, "post_again": 2, "rehearse": ""},
        )
    return dag


def _install(clock: str, admin: str) -> None:
    """What SYSPRO still works at is done while somebody waits: that is how long the longest call is.

    What outlives even that ends with the session that it was sent in.
    """
    server = AdminClient(admin)
    FakedTime(Path(clock), lambda: server.release(later=False)).install()
    sent: Any = EnetClient.transaction_post
    renewed: Any = SysproTarget.renew

    def post(*given: Any) -> Any:
        failure_points.reach(SENDING)
        try:
            return sent(*given)
        finally:
            failure_points.reach(ANSWERED)

    def renew(target: SysproTarget) -> None:
        renewed(target)
        failure_points.reach(RENEWED)

    client: Any = EnetClient
    client.transaction_post = post
    target_type: Any = SysproTarget
    target_type.renew = renew
