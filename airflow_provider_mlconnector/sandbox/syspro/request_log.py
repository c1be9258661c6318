"""What is noted of a request to SYSPRO, with secrets taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_mlconnector.sandbox import request_log

_SECRET = {"operatorpassword", "companypassword"}
_DOCUMENTS = {"xmlin", "xmlparameters"}


@dataclass
class Entry(request_log.Entry):
    """One request and its outcome.

    Attributes:
        service: `enet`, `odata` or empty.
        operation: e.net's operation in lower case, or `read`.
        table: the table that was asked for.
        bo: e.net's business object.
        method: HTTP method.
        path: as it came.
        params: parameters without secrets; a session's id as a short hash.
        status: HTTP status.
        outcome: `ok`, `error`, or `fault: ` and the faults that hit it.
        rows: rows in the answer.
        size: bytes of the answer's body.
        seconds: how long the work took.
    """

    service: str
    operation: str
    table: str
    bo: str
    method: str
    path: str
    params: dict[str, str]
    status: int
    outcome: str
    rows: int
    size: int
    seconds: float


def redacted(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters without passwords and documents; a session's id becomes a hash that tells sessions apart."""
    shown = {}
    for name, value in params.items():
        lower = name.lower()
        if lower in _SECRET:
            shown[name] = "***"
        elif lower == "userid":
            shown[name] = request_log.hashed(value.strip())
        elif lower in _DOCUMENTS:
            shown[name] = f"({len(value)} characters)"
        else:
            shown[name] = value
    return shown
