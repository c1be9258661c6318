"""Leases: who holds a thing of which there is only one, such as an operator's session (issue of one session each)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import lease as table


@dataclass(frozen=True)
class Lease:
    """A lease as the ledger holds it. Times are UTC."""

    resource: str
    holder: str
    token: bytes | None
    version: int
    acquired_at: datetime
    expires_at: datetime

    def is_held(self, now: datetime) -> bool:
        """Whether somebody holds it, and the time is not up."""
        return bool(self.holder) and now < self.expires_at


def get(connection: Connection, resource: str) -> Lease | None:
    """The lease on a resource, if there ever was one."""
    found = connection.execute(select(table).where(table.c.resource == resource)).first()
    return Lease(**found._mapping) if found else None  # noqa: SLF001 - public API of SQLAlchemy's rows


def lock(connection: Connection, resource: str) -> Lease:
    """The lease on a resource, locked until the transaction ends; made if need be, and then free."""
    now = utc_now()
    bulk.insert_once(
        connection, table, resource=resource, holder="", token=None, version=0, acquired_at=now, expires_at=now
    )
    found = connection.execute(select(table).where(table.c.resource == resource).with_for_update()).one()
    return Lease(**found._mapping)  # noqa: SLF001 - public API of SQLAlchemy's rows


def take(connection: Connection, resource: str, holder: str, length: timedelta) -> int:
    """Hold a lease that is free or whose time is up, without a token yet; returns its new version."""
    version, now = lock(connection, resource).version + 1, utc_now()
    values = {"holder": holder, "token": None, "version": version, "acquired_at": now, "expires_at": now + length}
    connection.execute(update(table).where(table.c.resource == resource).values(**values))
    return version


def put_token(connection: Connection, resource: str, version: int, token: bytes, length: timedelta) -> bool:
    """Leave the token with a lease; False where another has taken the lease meanwhile."""
    statement = update(table).where(table.c.resource == resource, table.c.version == version)
    return connection.execute(statement.values(token=token, expires_at=utc_now() + length)).rowcount == 1


def extend(connection: Connection, resource: str, version: int, length: timedelta) -> None:
    """It is in use: count its time anew."""
    statement = update(table).where(table.c.resource == resource, table.c.version == version)
    connection.execute(statement.values(expires_at=utc_now() + length))


def free(connection: Connection, resource: str, version: int) -> None:
    """Nobody holds it any more."""
    statement = update(table).where(table.c.resource == resource, table.c.version == version)
    connection.execute(statement.values(holder="", token=None, expires_at=utc_now()))
