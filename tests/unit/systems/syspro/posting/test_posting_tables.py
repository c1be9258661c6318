"""Rows by their keys: in groups that fit, from the right company, and never silently fewer than there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.posting.tables import Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

ACCOUNT = TableRead("GenMaster", ("Company", "GlCode"), {"Company": "string(4)", "GlCode": "string(35)"})
SUPPLIER = TableRead("ApSupplier", ("Supplier",), {"Supplier": "string(15)"})


class Reader:
    """Gives one page of rows, and remembers what it was asked."""

    def __init__(self, *rows: dict[str, str], most: int = 1000, rejected: tuple[RejectedRow, ...] = ()) -> None:
        self.rows, self.most, self.rejected = rows, most, rejected
        self.asked: list[TableRead] = []
        self.pages_given = 0

    def pages(self, read: TableRead) -> Iterator[Page]:
        self.asked.append(read)
        columns = {name: [row[name] for row in self.rows] for name in read.columns}
        for _ in range(2):
            self.pages_given += 1
            yield Page(pa.table(columns, schema=read.schema()), self.rejected)
            columns = {name: [] for name in read.columns}

    def fits(self, read: TableRead) -> bool:
        return filters.size(read.where) <= self.most

    def clock(self, read: TableRead) -> datetime:
        return datetime.now(UTC)


def test_keys_are_asked_for_in_groups_that_fit() -> None:
    reader = Reader(most=10)
    Tables(reader, reader, "EDU1", "").with_keys(SUPPLIER, ("Supplier",), [(str(key),) for key in [*range(40), 1, 2]])
    assert sum(filters.size(read.where) for read in reader.asked) == 40
    assert max(filters.size(read.where) for read in reader.asked) <= 10


def test_asking_ends_when_every_key_is_found() -> None:
    reader = Reader({"Supplier": "1"}, {"Supplier": "2"})
    tables = Tables(reader, reader, "EDU1", "")
    assert len(tables.with_keys(SUPPLIER, ("Supplier",), [("1",), ("2",)])) == 2
    assert reader.pages_given == 1
    tables.with_keys(SUPPLIER, ("Supplier",), [("1",), ("2",), ("3",)])
    assert reader.pages_given == 3


def test_a_shared_ledger_is_read_where_it_lies() -> None:
    company, ledger = Reader(), Reader({"Company": "EDU1", "GlCode": "10"})
    (row,) = Tables(company, ledger, "EDU1", "HOLD").with_keys(ACCOUNT, ("GlCode",), [("10",)])
    assert row["GlCode"] == "10"
    assert company.asked == []
    (read,) = ledger.asked
    assert read.company == "HOLD"
    assert filters.conjunctions(read.where) == [
        (filters.Compare("Company", "eq", "EDU1"), filters.Compare("GlCode", "eq", "10"))
    ]


def test_keys_come_back_as_they_were_asked_for() -> None:
    reader = Reader({"Supplier": "      1"}, {"Supplier": "0000002"}, {"Supplier": "A1"})
    rows = Tables(reader, reader, "", "").with_keys(SUPPLIER, ("Supplier",), [("0000001",), ("2",), ("A1",)])
    assert [row["Supplier"] for row in rows] == ["0000001", "2", "A1"]
    both = Reader({"Supplier": "01"})
    (row,) = Tables(both, both, "", "").with_keys(SUPPLIER, ("Supplier",), [("1",), ("001",)])
    assert row["Supplier"] == "01"


def test_keys_meet_where_the_database_looks_past_their_case() -> None:
    """A lost invoice `inv-1` that SYSPRO keeps as `INV-1` was taken for absent, and its refusal never closed."""
    reader = Reader({"Supplier": "ACME"})
    (row,) = Tables(reader, reader, "", "").with_keys(SUPPLIER, ("Supplier",), [("acme",)])
    assert row["Supplier"] == "acme"


def test_a_row_that_cannot_be_read_is_not_taken_for_absent() -> None:
    reader = Reader(rejected=(RejectedRow(("1",), "not a number", "<Row/>"),))
    with pytest.raises(IntegrityError, match="ApSupplier: a row can't be read: not a number"):
        Tables(reader, reader, "", "").with_keys(SUPPLIER, ("Supplier",), [("1",)])
