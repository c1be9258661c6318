"""Opening a ledger, and its transactions."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, insert, select, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.migration import Migration

_WRITES = "mlconnector_writes"


class Ledger:
    """A ledger, brought to this version's tables on first use.

    Args:
        url: an SQLAlchemy URL; SQLite (one machine) or PostgreSQL.
        busy_timeout: how long a transaction waits for another one's lock, in seconds.
        upgrade: whether missing tables are made; False only looks.

    Raises:
        ConfigurationError: the URL names another kind of database, or can't be opened.
        IntegrityError: the ledger is of a newer version than this package.
        TransientError: it is locked or not reachable.
    """

    def __init__(self, url: str, busy_timeout: float = 60, *, upgrade: bool = True) -> None:
        self.engine = _engine(url, busy_timeout)
        with _understandable():
            Migration(self.engine).bring_up_to_date(may_change=upgrade)
            self.id = self._identity()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded file, which serves one machine only."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that takes the write lock at once, so that what it reads stays true until it commits."""
        with _understandable(), self.engine.connect() as connection:
            chosen = connection.execution_options(**{_WRITES: True})
            with chosen.begin():
                yield chosen

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with _understandable(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """One connection for several transactions, for what lives in temporary tables; see `begin_write`."""
        with _understandable(), self.engine.connect() as connection:
            yield connection

    def _identity(self) -> str:
        with self.read() as connection:
            known = connection.execute(select(schema.ledger.c.id)).scalar()
        if known:
            return str(known)
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text("LOCK TABLE ledger IN EXCLUSIVE MODE"))
            known = connection.execute(select(schema.ledger.c.id)).scalar()
            if not known:
                known = str(uuid.uuid4())
                connection.execute(insert(schema.ledger).values(id=known, created_at=utc_now()))
        return str(known)


@contextmanager
def begin_write(connection: Connection) -> Iterator[Connection]:
    """A writing transaction on a connection that is already open."""
    chosen = connection.execution_options(**{_WRITES: True})
    try:
        with chosen.begin():
            yield chosen
    finally:
        connection.execution_options(**{_WRITES: False})


def _engine(url: str, busy_timeout: float) -> Engine:
    # `future`: on SQLAlchemy 1.4 a statement would commit by itself, and options would go to a copy of the connection.
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError(f"the ledger's address is not a database URL: {type(error).__name__}") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url, parsed.database or "", busy_timeout)
    if backend == "postgresql":
        wait = f"-c lock_timeout={int(busy_timeout * 1000)}"
        arguments = {"options": wait, "connect_timeout": 10}
        return create_engine(parsed, future=True, poolclass=NullPool, connect_args=arguments)
    raise ConfigurationError(
        f"a ledger lives in SQLite or PostgreSQL, not in {backend}.",
        "Set [mlconnector] ledger_conn_id to a connection to one of them.",
    )


def _sqlite(url: str, path: str, busy_timeout: float) -> Engine:
    if path in ("", ":memory:"):
        raise ConfigurationError("a ledger in memory forgets everything; name a file")
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url, future=True, poolclass=NullPool, connect_args={"timeout": busy_timeout})

    def on_connect(raw: Any, _record: object) -> None:
        # The driver's own BEGIN comes too late for BEGIN IMMEDIATE; ours is sent in `on_begin`.
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=FILE",
            "cache_size=-65536",
            "temp.cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


@contextmanager
def _understandable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        said = str(error.orig).strip().splitlines()
        raise TransientError(
            f"the ledger did not answer: {said[0] if said else type(error.orig).__name__}",
            "If this goes on: is its server up, and does another program hold a lock on it?",
        ) from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise TransientError("the connection to the ledger was lost") from None
        if type(error) is DatabaseError:
            raise ConfigurationError(
                f"the ledger can't be used: {error.orig}.", "Restore its file from a backup, with the workers stopped."
            ) from None
        raise
