"""Seeking gives the same rows as testing every one of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.events import Events
from airflow_provider_mlconnector.sandbox.syspro.key_ranges import Cut, stretches
from airflow_provider_mlconnector.sandbox.syspro.opening import hard_records
from airflow_provider_mlconnector.sandbox.syspro.predicates import (
    Among,
    Both,
    Compare,
    Either,
    Negated,
    Node,
    matcher,
)
from airflow_provider_mlconnector.sandbox.syspro.table import Table


def _company() -> Company:
    company = Company(seed=2, scale=2200)
    events = Events(company)
    hard_records(events)
    events.happen("new_invoices", {"n": 5})
    events.happen("changed_invoices", {"n": 5})
    events.happen("payment", {"n": 3})
    table = company.tables["ApInvoice"]
    for index in (0, 7, 1000, len(table.base) - 1):
        table.delete(table.key(index))
    return company


COMPANY = _company()
INVOICES = COMPANY.tables["ApInvoice"]
POSTINGS = COMPANY.tables["GenTransaction"]
ROWS = {table.schema.name: [table.row(hit) for hit in table.hits()] for table in (INVOICES, POSTINGS)}


def _values(table: Table, column: str) -> st.SearchStrategy[Any]:
    found: list[Any] = sorted({row[column] for row in ROWS[table.schema.name] if row[column] is not None}, key=str)
    odd: dict[str, list[Any]] = {
        "text": ["", "Z", "0000001"],
        "number": [Decimal(0), 5],
        "date": ["2025-01-01T00:00:00"],
    }
    return st.sampled_from([*found[:: max(1, len(found) // 25)], *odd[table.schema.by_name[column].kind]])


def _conditions(table: Table, columns: list[str]) -> st.SearchStrategy[Node]:
    ops = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
    single = st.sampled_from(columns).flatmap(
        lambda column: st.one_of(
            st.builds(Compare, st.just(column), ops, _values(table, column)),
            st.builds(Among, st.just(column), st.lists(_values(table, column), max_size=3).map(tuple)),
        )
    )
    return st.recursive(
        single,
        lambda inner: st.one_of(
            st.builds(Negated, inner),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
        ),
        max_leaves=6,
    )


def _check(table: Table, node: Node) -> None:
    test = matcher(node)
    expected = [row for row in ROWS[table.schema.name] if test(row.__getitem__)]
    assert [table.row(hit) for hit in table.hits(node)] == expected


@given(_conditions(INVOICES, ["Supplier", "Invoice", "MthInvBal1", "JournalDate", "Journal"]))
def test_invoices_by_any_condition(node: Node) -> None:
    _check(INVOICES, node)


@settings(max_examples=30)
@given(_conditions(POSTINGS, ["GlCode", "GlYear", "GlPeriod", "GlLine", "Company", "EntryValue"]))
def test_postings_by_any_condition(node: Node) -> None:
    _check(POSTINGS, node)


@given(st.integers(1, 900))
def test_paging_by_key_gives_every_row_once(size: int) -> None:
    size = max(size, 60)
    supplier, invoice = "", ""
    seen = []
    while True:
        node: Node = Either(
            (
                Compare("Supplier", "gt", supplier),
                Both((Compare("Supplier", "eq", supplier), Compare("Invoice", "gt", invoice))),
            )
        )
        where, rest = stretches(node, INVOICES.schema.key)
        assert rest is None
        assert len(where) == 1
        page = [INVOICES.row(hit) for hit, _ in zip(INVOICES.hits(node), range(size), strict=False)]
        if not page:
            break
        seen += page
        supplier, invoice = str(page[-1]["Supplier"]), str(page[-1]["Invoice"])
    assert seen == ROWS["ApInvoice"]


def test_a_key_pair_is_looked_up_and_not_tested() -> None:
    pairs = [INVOICES.key(index) for index in (3, 900, 2000)]
    node = Either(tuple(Both((Compare("Supplier", "eq", a), Compare("Invoice", "eq", b))) for a, b in pairs))
    where, rest = stretches(node, INVOICES.schema.key)
    assert rest is None
    assert where == [(Cut(key, -1), Cut(key, 1)) for key in pairs]
    assert [INVOICES.schema.key_of(INVOICES.row(hit)) for hit in INVOICES.hits(node)] == pairs


def test_a_row_is_inserted_changed_and_deleted() -> None:
    table = Company(scale=50).tables["ApInvoice"]
    before = len(table)
    table.put({"Supplier": "0000003", "Invoice": "M", "OrigInvValue": "1.50"})
    row = table.get(("0000003", "M"))
    assert row is not None
    assert row["OrigInvValue"] == Decimal("1.50")
    assert row["DueDate"] is None
    stamp = row["TimeStamp"]
    changed = table.update(("0000003", "M"), {"DueDate": "2026-05-01"})
    assert changed["DueDate"] == "2026-05-01T00:00:00"
    assert str(changed["TimeStamp"]) > str(stamp)
    assert len(table) == before + 1 == sum(1 for _ in table.hits())
    table.delete(("0000003", "M"))
    assert table.get(("0000003", "M")) is None
    assert len(table) == before == sum(1 for _ in table.hits())
    with pytest.raises(KeyError):
        table.delete(("0000003", "M"))
    with pytest.raises(ValueError, match="NoSuch"):
        table.put({"Supplier": "1", "NoSuch": 1})
