"""What is read of one Intacct object, and the port that both ways of reading offer for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.source import RejectedRow
from airflow_provider_mlconnector.systems.intacct.filters import EVERYTHING, Filter

RECORD = "RECORDNO"
"""The number that every object's rows have, and keep (sheet 1.11)."""

Place = tuple[str | None, int]
"""Where a row stands in a reading: the value that it is ordered by, as sortable text or None, and its record number."""


@dataclass(frozen=True)
class ObjectRead:
    """One reading of one object, ordered by a column and the record number, or by that number alone.

    Attributes:
        name: the object's name, APBILL for example.
        columns: the wanted columns that this company has, and their declared types; the record number among them.
        key: the columns that tell its rows apart for us.
        where: conditions that every row meets.
        order: the column that orders the rows before the record number does; empty: none.
        inside: which rows beside that, of those that have a value to be ordered by.
        nulls: whether rows without such a value are wanted too.
        document_type: `docparid` of order entry's and purchasing's documents; empty: none.
        others: declared types of further columns that the conditions name.
        largest_pages: whether a page holds as many rows as the function allows, whatever the connection says.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = (RECORD,)
    where: Filter = EVERYTHING
    order: str = ""
    inside: Filter = EVERYTHING
    nulls: bool = False
    document_type: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    largest_pages: bool = False

    def kinds(self) -> dict[str, str]:
        """Declared types by column, as far as they are known."""
        return {**self.others, **self.columns}

    def schema(self) -> pa.Schema:
        """The Arrow schema of its rows."""
        return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in self.columns.items()])


@dataclass(frozen=True)
class Rows:
    """Rows of one page.

    Attributes:
        table: those that could be read, in the reading's columns.
        rejected: those that could not.
        places: where each row stands, in the page's order, as far as it says so; None where it does not.
        count: how many rows the page held.
    """

    table: pa.Table
    rejected: tuple[RejectedRow, ...] = ()
    places: tuple[Place | None, ...] = field(default=(), repr=False)
    count: int = 0


class ObjectReader(Protocol):
    """Reads objects, by `query` or by `readByQuery`."""

    def pages(self, read: ObjectRead) -> Iterator[Rows]:
        """The rows, page by page; a row may come again where the reading had to begin again."""
