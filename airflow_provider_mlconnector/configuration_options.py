"""The options of Airflow's configuration section `[mlconnector]`, as data.

The one source of their names, types and defaults: `provider_info` shows them to Airflow, `configuration` reads them.
Imports nothing of Airflow.
"""

from __future__ import annotations

from typing import Any

SECTION = "mlconnector"
_ADDED = "0.1.0"


def _text(description: str, example: str, *, sensitive: bool = False) -> dict[str, Any]:
    option = {"description": description, "version_added": _ADDED, "type": "string", "example": example, "default": ""}
    return {**option, "sensitive": True} if sensitive else option


def _whole(description: str, default: int) -> dict[str, Any]:
    shown = str(default)
    return {
        "description": description, "version_added": _ADDED, "type": "integer", "example": shown, "default": shown,
    }  # fmt: skip


OPTIONS: dict[str, dict[str, Any]] = {
    "ledger_conn_id": _text(
        "Connection of the database that remembers what was read and sent. Blank: an embedded SQLite file under the "
        "Airflow home, for one machine only.",
        example="mlconnector_ledger",
    ),
    "staging_path": _text(
        "Where batches lie between the steps of a run: a folder, or a URL of Airflow's object storage. Blank: "
        "``{AIRFLOW_HOME}/mlconnector/staging``.",
        example="s3://aws_default@finance-staging/mlconnector",
    ),
    "encryption_keys": _text(
        "Fernet keys for secrets that outlive a task, separated by commas, newest first. Blank: nothing is cached.",
        example="NEW_KEY=,OLD_KEY=",
        sensitive=True,
    ),
    "remember_days": _whole("Days for which versions are remembered that a newer one has surpassed.", 400),
    "staging_retention_days": _whole("Days after its commit for which a batch is kept in staging.", 30),
    "sqlite_busy_timeout_seconds": _whole("Seconds to wait for a lock of the embedded SQLite ledger.", 60),
    "log_every_seconds": _whole("Seconds between two lines of progress in a task's log.", 10),
}
