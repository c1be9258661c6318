"""What is read of one table, and the port that both protocols offer for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.syspro.filters import EVERYTHING, Filter


@dataclass(frozen=True)
class TableRead:
    """One reading of one table, in key order.

    Attributes:
        table: its name.
        key: the columns that tell its rows apart, in their order.
        columns: the wanted columns and their declared types, the key's among them.
        where: which rows.
        others: types of further columns that the conditions name.
        company: whose database; empty: the connection's.
    """

    table: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    where: Filter = EVERYTHING
    company: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    def kind(self, column: str) -> str:
        """The declared type of a wanted column, or of one that the conditions name."""
        return self.columns[column] if column in self.columns else self.others[column]

    def schema(self) -> pa.Schema:
        """The Arrow schema of its rows."""
        return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in self.columns.items()])

    def widest_key(self) -> Key:
        """A key as long as keys get, for measuring requests."""
        return tuple(_widest(self.columns[name]) for name in self.key)


def _widest(kind: str) -> str:
    if kind.startswith("string"):
        return "~" * 30
    return "2026-01-01" if kind in {"date", "datetime"} else "9" * 10


@dataclass(frozen=True)
class TimeForm:
    """How times come.

    Attributes:
        zone: IANA zone that naive times are in.
        suffix_is_local: whether a `Z` or an offset behind a time is to be ignored.
    """

    zone: str = "UTC"
    suffix_is_local: bool = True


class TableReader(Protocol):
    """Reads tables over one protocol."""

    def pages(self, read: TableRead) -> Iterator[Page]:
        """The rows in key order, page by page, until a page comes empty."""

    def fits(self, read: TableRead) -> bool:
        """Whether the reading's conditions are short enough for one request."""

    def clock(self, read: TableRead) -> datetime:
        """The server's own clock, as an aware UTC time."""
