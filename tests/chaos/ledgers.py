"""A ledger for each schedule, in SQLite or in a PostgreSQL that all schedules share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.flow import Traits
from tests.servers.postgres import PostgresServer
from tests.support.migrated import sqlite_ledger


class Ledgers:
    """Makes them.

    Args:
        shared: takes down what all schedules share.
    """

    def __init__(self, shared: ExitStack) -> None:
        self._shared = shared
        self._postgres: PostgresServer | None = None

    def new(self, home: Path, traits: Traits) -> str:
        """The URL of a schedule's ledger."""
        if traits.ledger == "sqlite":
            return sqlite_ledger(home / "airflow" / "mlconnector" / "ledger.db")
        if self._postgres is None:
            self._postgres = self._shared.enter_context(PostgresServer())
        return self._postgres.ledger()


def environment(home: Path, url: str) -> Mapping[str, str]:
    """The configuration of task processes: ledger and staging.

    Args:
        home: the schedule's folder.
        url: of the schedule's ledger.
    """
    made = {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__MLCONNECTOR__STAGING_PATH": str(home / "staging"),
        # A paused try may hold a lock, and whoever waits for it is to fail soon.
        "AIRFLOW__MLCONNECTOR__SQLITE_BUSY_TIMEOUT_SECONDS": "1",
    }
    if not url.startswith("sqlite"):
        parts = urlsplit(url)
        fields = {"conn_type": "postgres", "host": parts.hostname, "port": parts.port, "login": parts.username}
        made["AIRFLOW_CONN_CHAOS_LEDGER"] = json.dumps({**fields, "schema": parts.path.lstrip("/")})
        made["AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID"] = "chaos_ledger"
    return made
