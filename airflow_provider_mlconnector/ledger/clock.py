"""The ledger's own clock, for its records and for leases; never for a window."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.engine import Connection


def utc_now() -> datetime:
    """Now in UTC, without an offset, as the ledger's columns hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def shared_now(connection: Connection) -> datetime:
    """Now by a clock that all workers share, in the same form: the database's; on SQLite there is only one machine."""
    if connection.dialect.name == "sqlite":
        return utc_now()
    now: datetime = connection.execute(text("SELECT timezone('utc', clock_timestamp())")).scalar_one()
    return now
