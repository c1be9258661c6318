"""What goes wrong with any sandbox's answers on their way: they are late, lost, cut off or of the wrong length."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.web import Response


def transmitted(response: Response, active: Active) -> Response:
    """An answer as it goes over the line, with the faults `slow`, `lost_answer`, `drop` and `wrong_length`."""
    body = response.body if isinstance(response.body, bytes) else b""
    if "slow" in active:
        response.delay = float(active["slow"].get("value", 1))
    if "lost_answer" in active:
        response.cut = 0
    elif "drop" in active:
        response.cut = max(1, int(active["drop"].get("value", len(body) // 2)))
    if "wrong_length" in active:
        response.declared = max(0, len(body) + int(active["wrong_length"].get("value", 100)))
    return response
