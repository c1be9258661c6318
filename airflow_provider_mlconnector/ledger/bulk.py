"""What each database says in its own way: many rows at once, and a row that another may insert too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

# SQLite takes 32,766 parameters in a statement.
_KEYS_AT_ONCE = 10_000
_PARAMETER = re.compile(r":(\w+)")
Row = tuple[Any, ...]


def insert_new(connection: Connection, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> int:
    """Insert rows, leaving out those whose primary key is there already.

    Args:
        connection: within a transaction.
        table: the table's name.
        columns: name and PostgreSQL type of each column, in the order of the rows' values.
        rows: the values.

    Returns:
        How many rows were new.
    """
    if not rows:
        return 0
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names are ours
        return connection.exec_driver_sql(statement, list(rows)).rowcount
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    statement = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608
    values = dict(zip(columns, (list(column) for column in zip(*rows, strict=True)), strict=True))
    return connection.execute(text(statement), values).rowcount


def insert_once(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless a unique key of it is there already, also by a transaction that commits meanwhile.

    Returns:
        Whether it was inserted.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1


def select_in(
    connection: Connection, statement: str, keys: Sequence[bytes], **parameters: object
) -> Iterator[Sequence[Any]]:
    """Run `statement`, whose `{keys}` stands at its end after `column IN`, for many keys, some thousands at a time."""
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        if connection.dialect.name == "sqlite":
            # Straight to the driver and by position: thousands of names cost more than the query itself.
            before = _PARAMETER.findall(statement)
            marked = _PARAMETER.sub("?", statement).format(keys=f"({','.join('?' * len(some))})")
            yield from connection.exec_driver_sql(marked, (*(parameters[name] for name in before), *some))
        else:
            listed = "(SELECT unnest(CAST(:wanted AS bytea[])))"
            yield from connection.execute(text(statement.format(keys=listed)), {"wanted": list(some), **parameters})
