from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.declaration import Related
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.documents import documents
from airflow_provider_mlconnector.systems.syspro.filters import Compare
from airflow_provider_mlconnector.systems.syspro.keyed import rows_with_keys
from airflow_provider_mlconnector.systems.syspro.progress import reported
from airflow_provider_mlconnector.systems.syspro.table import TableRead
from tests.unit.systems.syspro.test_syspro_filters import holds

Row = dict[str, str]
HEADS = TableRead("Head", ("P",), {"P": "string", "S": "string"})
LINES = Related(table="Line", key=("L",), columns={"L": "integer", "Q": "string"})


@dataclass
class Tables:
    """Tables in memory behind the reader's port; what happens between two readings can be scripted."""

    rows: dict[str, list[Row]]
    page: int = 3
    sorts: Callable[[Row, TableRead], object] = lambda row, read: [row[name] for name in read.key]
    reads: list[TableRead] = field(default_factory=list)
    before: Callable[[TableRead, int], None] = lambda read, number: None
    longest: int = 10

    def pages(self, read: TableRead) -> Iterator[Page]:
        self.before(read, len(self.reads))
        self.reads.append(read)
        found = [row for row in self.rows[read.table] if holds(read.where, row)]
        found.sort(key=lambda row: self.sorts(row, read))  # type: ignore[arg-type, return-value]
        for start in range(0, len(found), self.page):
            part = found[start : start + self.page]
            good = [row for row in part if "bad" not in row]
            bad = [
                RejectedRow(tuple(row.get("bad") or row[name] for name in read.key), "bad", "raw")
                for row in part
                if "bad" in row
            ]
            arrays = [
                pa.array([row[name] for row in good], pa.string()).cast(read.schema().field(name).type)
                for name in read.columns
            ]
            yield Page(pa.table(arrays, schema=read.schema()), bad)

    def fits(self, read: TableRead) -> bool:
        return filters.size(read.where) <= self.longest

    def clock(self, read: TableRead) -> datetime:
        return datetime.now(UTC)


def made(orders: dict[str, int], **options: object) -> Tables:
    heads = [{"P": order, "S": "1"} for order in orders]
    lines = [
        {"P": order, "L": str(line), "Q": f"{order}.{line}"}
        for order, count in orders.items()
        for line in range(count, 0, -1)
    ]
    return Tables({"Head": heads, "Line": lines}, **options)  # type: ignore[arg-type]


def read_documents(
    tables: Tables, keys: list[str] | None = None, where: filters.Filter = filters.EVERYTHING
) -> dict[str, list[str]]:
    given = None if keys is None else [(key,) for key in keys]
    found: dict[str, list[str]] = {}
    for page in documents(tables, HEADS, LINES, where, given):
        for row in page.rows.to_pylist():
            assert row["P"] not in found
            found[row["P"]] = [line["Q"] for line in row["lines"]]
    return found


orders = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 4), max_size=12)


@given(orders, st.integers(1, 5), st.integers(1, 12))
def test_every_document_comes_once_with_its_lines_in_order(counts: dict[str, int], page: int, longest: int) -> None:
    wanted = {order: [f"{order}.{line}" for line in range(1, count + 1)] for order, count in counts.items()}
    assert read_documents(made(counts, page=page, longest=longest)) == wanted
    some = sorted(counts)[::2]
    assert read_documents(made(counts, page=page, longest=longest), [*some, "nobody"]) == {
        key: wanted[key] for key in some
    }


def test_lines_are_read_before_headers_and_both_for_each_page_of_keys() -> None:
    tables = made({f"p{number}": 1 for number in range(6)})
    read_documents(tables)
    assert [(each.table, list(each.columns)) for each in tables.reads[:3]] == [
        ("Head", ["P"]), ("Line", ["P", "L", "Q"]), ("Head", ["P", "S"]),
    ]  # fmt: skip


def test_a_header_that_comes_in_between_is_read_with_its_lines() -> None:
    tables = made({"a": 1, "c": 1})

    def happen(read: TableRead, number: int) -> None:
        if number == 2:
            tables.rows["Head"].append({"P": "b", "S": "1"})
            tables.rows["Line"].append({"P": "b", "L": "1", "Q": "b.1"})

    tables.before = happen
    assert read_documents(tables) == {"a": ["a.1"], "b": ["b.1"], "c": ["c.1"]}


def test_a_header_that_leaves_the_conditions_in_between_is_still_read() -> None:
    tables = made({"a": 1, "b": 1})

    def happen(read: TableRead, number: int) -> None:
        if number == 2:
            tables.rows["Head"][0]["S"] = "9"

    tables.before = happen
    assert set(read_documents(tables, where=Compare("S", "ne", "9"))) == {"a", "b"}
    assert set(read_documents(tables, where=Compare("S", "ne", "9"))) == {"b"}


def test_a_header_that_vanishes_in_between_is_gone() -> None:
    tables = made({"a": 1, "b": 1})
    tables.before = lambda read, number: tables.rows["Head"].pop() if number == 2 else None  # type: ignore[assignment]
    assert set(read_documents(tables)) == {"a"}


def test_an_unreadable_line_sets_its_document_aside() -> None:
    tables = made({"a": 2, "b": 1})
    tables.rows["Line"][0]["bad"] = "a"
    pages = list(documents(tables, HEADS, LINES, filters.EVERYTHING))
    assert [row.key for page in pages for row in page.rejected] == [("a",)]
    assert [key for page in pages for key in page.rows["P"].to_pylist()] == ["b"]


def test_an_unreadable_line_of_nobody_stops_the_reading() -> None:
    tables = made({"a": 2, "b": 1})
    unkeyed = tables.pages

    def pages(read: TableRead) -> Iterator[Page]:
        for page in unkeyed(read):
            bad = (RejectedRow(("", ""), "bad", "raw"),) if read.table == "Line" else ()
            yield Page(page.rows, bad)

    tables.pages = pages  # type: ignore[method-assign]
    with pytest.raises(IntegrityError):
        list(documents(tables, HEADS, LINES, filters.EVERYTHING))


MANY = TableRead("T", ("A", "B"), {"A": "string", "B": "string"})


@given(
    st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))),
    st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))),
    st.booleans(),
)
def test_keys_are_found_whatever_the_servers_order(
    there: set[tuple[str, str]], wanted: set[tuple[str, str]], backwards: bool
) -> None:
    tables = Tables({"T": [{"A": a, "B": b} for a, b in there]})
    if backwards:
        tables.sorts = lambda row, read: [-ord(row[name]) for name in read.key]
    found = [
        key
        for page in rows_with_keys(tables, MANY, ("A", "B"), sorted(wanted))
        for key in zip(page.rows["A"].to_pylist(), page.rows["B"].to_pylist(), strict=True)
    ]
    assert sorted(found) == sorted(there & wanted)


def test_close_keys_are_one_range_and_scattered_ones_are_groups() -> None:
    rows = [{"A": f"{number:05}", "B": "x"} for number in range(9000)]
    read = TableRead("T", ("A",), {"A": "string"})
    for step, at_most in ((1, 5), (2, 5), (100, 80)):
        tables = Tables({"T": rows}, page=1000, longest=12)
        wanted = [(row["A"],) for row in rows[::step]]
        found = [row for page in rows_with_keys(tables, read, ("A",), wanted) for row in page.rows["A"].to_pylist()]
        assert sorted(found) == [key for (key,) in wanted]
        assert len(tables.reads) <= at_most


def test_progress_is_told_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    ticks = iter([0.0, 1.0, 16.0, 17.0, 18.0])
    page = Page(pa.table({"A": ["x"] * 100}))
    assert len(list(reported(iter([page] * 3), "things", lambda: next(ticks)))) == 3
    assert [record.getMessage().split(":")[1].split(" in")[0] for record in caplog.records] == [
        " 200 rows",
        " read 300 rows",
    ]
