"""Bringing a ledger's tables to this package's version, with alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, Engine

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"
"""The version that this package needs. Written down, so that tasks need not load alembic to find that all is well."""
VERSION_TABLE = "mlconnector_version"
# Any number that no other program takes as an advisory lock of this database.
_ADVISORY_LOCK = 7_265_001


class Migration:
    """The steps from whatever a ledger is to what this package needs.

    Args:
        engine: the ledger's engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self) -> str | None:
        """The version that the ledger has; None where it is empty."""
        with self._engine.connect() as connection, connection.begin():
            return _version(connection)

    def bring_up_to_date(self, *, may_change: bool = True) -> None:
        """Make missing tables and columns.

        Args:
            may_change: False only checks.

        Raises:
            IntegrityError: the ledger is of a newer version.
            ConfigurationError: it is of an older one, and `may_change` is False.
        """
        current = self.current()
        if current == HEAD:
            return
        self._check_known(current)
        if not may_change:
            raise ConfigurationError(
                f"the ledger is of version {current or 'none'}, this package needs {HEAD}.",
                "Run 'airflow mlconnector ledger upgrade'.",
            )
        with self._alone() as connection:
            current = _version(connection)
            self._check_known(current)
            if current != HEAD:
                self._upgrade(connection)

    def _check_known(self, current: str | None) -> None:
        from alembic.script import ScriptDirectory

        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if current is not None and current not in known:
            raise IntegrityError(
                f"the ledger is of version {current}, which is newer than this package knows ({HEAD}).",
                "Install the newer package on every worker before any task runs.",
            )

    def _upgrade(self, connection: Connection) -> None:
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        config.attributes["version_table"] = VERSION_TABLE
        command.upgrade(config, HEAD)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self._engine.connect() as opened:
            connection = opened.execution_options(mlconnector_writes=True)
            with connection.begin():
                if self._engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
                yield connection


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
