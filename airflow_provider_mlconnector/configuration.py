"""The settings of section `[mlconnector]`, read from Airflow's configuration. Nothing else reads them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from airflow_provider_mlconnector.configuration_options import OPTIONS, SECTION
from airflow_provider_mlconnector.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """The settings, with their defaults filled in.

    Attributes:
        home: the provider's own folder under the Airflow home; the embedded ledger lies there.
        ledger_conn_id: connection of the ledger's database; empty for the embedded SQLite file.
        staging_path: folder or object storage URL of the batches.
        encryption_keys: Fernet keys, newest first; empty where nothing may be cached.
        remember_days: days for which key and version of a sent record are remembered.
        staging_retention_days: days after its commit for which a batch stays in staging.
        sqlite_busy_timeout_seconds: seconds to wait for a lock of the embedded ledger.
        log_every_seconds: seconds between two lines of progress.
    """

    home: Path
    ledger_conn_id: str
    staging_path: str
    encryption_keys: tuple[str, ...] = field(repr=False)
    remember_days: int
    staging_retention_days: int
    sqlite_busy_timeout_seconds: int
    log_every_seconds: int

    @classmethod
    def read(cls) -> Settings:
        """Read every option, from wherever Airflow takes it: file, environment, command or secrets backend.

        Returns:
            The settings as they are now.

        Raises:
            ConfigurationError: an option that must be a whole number isn't one, or is negative.
        """
        home = _airflow_home() / "mlconnector"
        keys = _text("encryption_keys").split(",")
        return cls(
            home=home,
            ledger_conn_id=_text("ledger_conn_id"),
            staging_path=_text("staging_path") or str(home / "staging"),
            encryption_keys=tuple(key.strip() for key in keys if key.strip()),
            remember_days=_whole("remember_days"),
            staging_retention_days=_whole("staging_retention_days"),
            sqlite_busy_timeout_seconds=_whole("sqlite_busy_timeout_seconds"),
            log_every_seconds=_whole("log_every_seconds"),
        )


def _airflow_home() -> Path:
    # Airflow has no option for its home: it reads this variable, with these expansions.
    return Path(os.path.expandvars(os.environ.get("AIRFLOW_HOME", "~/airflow"))).expanduser()


def _text(option: str) -> str:
    from airflow.providers.common.compat.sdk import conf

    # The declared default stands in where this process has not loaded the providers' own options.
    value = conf.get(SECTION, option, fallback=OPTIONS[option]["default"])
    return str(value or "").strip()


def _whole(option: str) -> int:
    value = _text(option)
    if not (value.isascii() and value.isdigit()):
        message = f"[{SECTION}] {option} is {value!r}, which is not a whole number of 0 or more."
        raise ConfigurationError(
            message, f"Correct it in airflow.cfg or in AIRFLOW__{SECTION.upper()}__{option.upper()}."
        )
    return int(value)
