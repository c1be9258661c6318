"""What the tasks of a test's Airflow find imported: many of them run, and each would spend seconds on it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = "airflow_provider_mlconnector"
_IMPORTED = (
    *(f"{_PACKAGE}.engine.{name}" for name in ("polling", "delivering", "committing")),
    *(f"{_PACKAGE}.pipeline.{name}" for name in ("mapped", "formatted", "sending")),
    *(f"{_PACKAGE}.hooks.{name}" for name in ("syspro", "partner_sftp", "ledger")),
    f"{_PACKAGE}.operators.file_stream",
    f"{_PACKAGE}.ledger.migration",
    f"{_PACKAGE}.systems.sftp.connect",
    f"{_PACKAGE}.systems.syspro.connection",
    f"{_PACKAGE}.systems.syspro.odata_reader",
    "pyarrow.parquet",
)


def preload(home: Path) -> None:
    """Have the scheduler of an Airflow to be import all this: its tasks are forked from it."""
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "airflow_local_settings.py").write_text("".join(f"import {name}\n" for name in _IMPORTED))
