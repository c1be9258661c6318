"""Bringing a ledger's tables to this package's version, with alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError

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
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        self._config = config
        self._scripts = ScriptDirectory.from_config(config)

    @property
    def head(self) -> str:
        """The version that this package needs."""
        return str(self._scripts.get_current_head())

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
        if current == self.head:
            return
        self._check_known(current)
        if not may_change:
            raise ConfigurationError(
                f"the ledger is of version {current or 'none'}, this package needs {self.head}.",
                "Run 'airflow mlconnector ledger upgrade'.",
            )
        with self._alone() as connection:
            current = _version(connection)
            self._check_known(current)
            if current != self.head:
                self._upgrade(connection)

    def _check_known(self, current: str | None) -> None:
        known = {script.revision for script in self._scripts.walk_revisions()}
        if current is not None and current not in known:
            raise IntegrityError(
                f"the ledger is of version {current}, which is newer than this package knows ({self.head}).",
                "Install the newer package on every worker before any task runs.",
            )

    def _upgrade(self, connection: Connection) -> None:
        self._config.attributes["connection"] = connection
        self._config.attributes["version_table"] = VERSION_TABLE
        command.upgrade(self._config, "head")

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self._engine.connect() as opened:
            connection = opened.execution_options(mlconnector_writes=True)
            with connection.begin():
                if self._engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
                yield connection


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
