"""The ledger and the staging area, as the section `[mlconnector]` names them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Connection

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.staging.store import Staging

_DRIVERS = {"postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2", "sqlite": "sqlite"}
_TLS_EXTRAS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_ONE_MACHINE = {"LocalExecutor", "SequentialExecutor"}


def open_ledger(settings: Settings, *, upgrade: bool = True) -> Ledger:
    """The ledger that the settings name; the embedded SQLite file where they name none.

    Args:
        settings: the section `[mlconnector]`.
        upgrade: whether its tables are made or brought up to date.

    Raises:
        ConfigurationError: SQLite with an executor that spreads over machines; or not a database that fits.
    """
    from airflow_provider_mlconnector.ledger.database import Ledger

    # It tells at each opening, in two lines, which kind of database it looks at.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    url = ledger_url(settings)
    if url.startswith("sqlite"):
        _refuse_many_machines()
    return Ledger(url, settings.sqlite_busy_timeout_seconds, upgrade=upgrade)


def existing_ledger(settings: Settings) -> Ledger | None:
    """The ledger as it is, or None where none has been made yet. Looking creates nothing.

    Raises:
        ConfigurationError: as `open_ledger`; or it is of an older version.
    """
    url = ledger_url(settings)
    if url.startswith("sqlite"):
        _refuse_many_machines()
        file = Path(url.removeprefix("sqlite:///"))
        if not file.exists() or not file.stat().st_size:
            return None
    try:
        return open_ledger(settings, upgrade=False)
    except ConfigurationError:
        if _is_empty(url):
            return None
        raise


def _is_empty(url: str) -> bool:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    from airflow_provider_mlconnector.ledger.migration import Migration

    try:
        return Migration(create_engine(url, poolclass=NullPool, future=True)).current() is None
    except SQLAlchemyError:
        return False


def ledger_url(settings: Settings) -> str:
    """The SQLAlchemy URL of the ledger; it may hold a password, so it is never logged."""
    if not settings.ledger_conn_id:
        return f"sqlite:///{settings.home / 'ledger.db'}"
    from airflow.providers.common.compat.sdk import BaseHook

    return _url(BaseHook.get_connection(settings.ledger_conn_id), settings.ledger_conn_id)


def open_staging(settings: Settings) -> Staging:
    """The staging area that the settings name: a local folder, or Airflow's object storage."""
    return open_place(settings.staging_path)


def open_place(path: str) -> Staging:
    """Where files are written: a local folder, or a URL of Airflow's object storage."""
    from airflow_provider_mlconnector.staging.store import Staging

    local = path.removeprefix("file://")
    if "://" not in local:
        return Staging(Path(local))
    from airflow.sdk import ObjectStoragePath

    return Staging(ObjectStoragePath(path))


def _url(connection: Connection, conn_id: str) -> str:
    from sqlalchemy.engine import URL

    driver = _DRIVERS.get(connection.conn_type or "")
    if connection.conn_type == "generic" and connection.schema and not (connection.host or "/").startswith("/"):
        # `airflow connections add --conn-type postgres` stores this type where Airflow's postgres provider is missing.
        driver = _DRIVERS["postgres"]
    if driver is None:
        raise ConfigurationError(
            f"connection {conn_id} is of type {connection.conn_type!r}; a ledger lives in postgres or sqlite.",
            "See [mlconnector] ledger_conn_id.",
        )
    if driver == "sqlite":
        return f"sqlite:///{connection.host or connection.schema or ''}"
    extras = connection.extra_dejson
    query = {name: str(extras[name]) for name in _TLS_EXTRAS if extras.get(name)}
    made = URL.create(
        driver, connection.login, connection.password, connection.host, connection.port, connection.schema, query
    )
    return made.render_as_string(hide_password=False)


def _refuse_many_machines() -> None:
    from airflow.providers.common.compat.sdk import conf

    named = str(conf.get("core", "executor", fallback="LocalExecutor"))
    executors = {name.rsplit(":", 1)[-1].rsplit(".", 1)[-1].strip() for name in named.split(",")}
    if executors - _ONE_MACHINE:
        raise ConfigurationError(
            f"the executor {named} spreads tasks over machines, and the embedded SQLite ledger is on one of them.",
            "Make a PostgreSQL database, a connection of type postgres to it, and set [mlconnector] ledger_conn_id.",
        )
