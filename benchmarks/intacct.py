"""What a reading of Sage Intacct costs: each page is a transaction that the user pays for."""

from __future__ import annotations

import math

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.sandbox.wiring import intacct
from airflow_provider_mlconnector.systems.intacct.config import from_fields
from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from benchmarks.result import Result

_ROWS = 20_000


def intacct_requests(share: float, repeat: int) -> list[Result]:  # noqa: ARG001 - a count needs no second turn
    """Queries for 20,000 bills without their lines, against as few as the largest pages need."""
    declared = shipped()["ap_bills"].model_copy(update={"lines": None})
    with IntacctSandbox(scale=round(_ROWS * share)) as server:
        given = intacct(server)
        config = from_fields(
            given["host"], given["login"], given["password"], given["schema"], None, dict(given["extra"])
        )
        connection = IntacctConnection(config)
        rows = sum(page.rows.num_rows for page in connection.source(declared).everything())
        connection.close()
        asked = [one for one in server.admin.requests() if one["function"] == "query"]
    least = math.ceil(rows / config.page_size)
    return [Result("intacct_requests", len(asked), "queries", f"ceil({rows:,} / {config.page_size})", least)]
