from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.streams.declaration import Condition
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.filters import AllOf, AnyOf, Compare, Filter

COLUMNS = ("A", "B", "C")
ROWS = [dict(zip(COLUMNS, values, strict=True)) for values in product("123", repeat=3)]


def holds(where: Filter, row: Mapping[str, str | None]) -> bool:
    if isinstance(where, AllOf):
        return all(holds(part, row) for part in where.parts)
    if isinstance(where, AnyOf):
        return any(holds(part, row) for part in where.parts)
    value, wanted = row[where.column], where.value
    if value is None or wanted is None:
        return (value is None) == (wanted is None) if where.op == "eq" else where.op == "ne" and value != wanted
    return {
        "eq": value == wanted, "ne": value != wanted, "gt": value > wanted,
        "ge": value >= wanted, "lt": value < wanted, "le": value <= wanted,
    }[where.op]  # fmt: skip


keys = st.tuples(*[st.sampled_from("123")] * 3)
compares = st.builds(
    Compare, st.sampled_from(COLUMNS), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.sampled_from("123")
)
trees: st.SearchStrategy[Filter] = st.recursive(
    compares,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
    ),
    max_leaves=6,
)


@given(keys)
def test_what_comes_after_a_key_is_what_sorts_after_it_range_by_range(key: tuple[str, ...]) -> None:
    ranges = [[row for row in ROWS if all(holds(part, row) for part in each)] for each in filters.after(COLUMNS, key)]
    flat = [tuple(row.values()) for each in ranges for row in each]
    assert flat == [tuple(row.values()) for row in ROWS if tuple(row.values()) > key]


@given(keys, keys)
def test_between_includes_both_ends(low: tuple[str, ...], high: tuple[str, ...]) -> None:
    where = filters.between(COLUMNS, low, high)
    assert [row for row in ROWS if holds(where, row)] == [row for row in ROWS if low <= tuple(row.values()) <= high]


@given(trees)
def test_the_form_without_nesting_means_the_same(where: Filter) -> None:
    flat = filters.conjunctions(where)
    for row in ROWS:
        assert any(all(holds(part, row) for part in each) for each in flat) == holds(where, row)


@given(trees, trees)
def test_joining_means_and_and_or(left: Filter, right: Filter) -> None:
    for row in ROWS:
        assert holds(filters.all_of(left, right), row) == (holds(left, row) and holds(right, row))
        assert holds(filters.any_of([left, right]), row) == (holds(left, row) or holds(right, row))


def test_some_keys_are_exactly_those() -> None:
    wanted = [("1", "2", "3"), ("3", "3", "3")]
    where = filters.one_of(COLUMNS, wanted)
    assert [tuple(row.values()) for row in ROWS if holds(where, row)] == wanted
    assert filters.size(where) == 6


OLD, LOW, MIDDLE, HIGH, LATE = (f"{year}-01-01T00:00:00.000000" for year in ("0001", "2025", "2026", "2027", "2099"))


@pytest.mark.parametrize(
    ("low", "high", "clock", "taken"),
    [
        (LOW, HIGH, None, [LOW, MIDDLE, HIGH]),
        (LOW, MIDDLE, None, [LOW, MIDDLE]),
        (LOW, MIDDLE, HIGH, [LOW, MIDDLE, OLD, None, LATE]),
        (LOW, HIGH, HIGH, [LOW, MIDDLE, HIGH, OLD, None, LATE]),
        ("", MIDDLE, HIGH, [OLD, LOW, MIDDLE, None, LATE]),
        (LOW, "", HIGH, [LOW, MIDDLE, HIGH, OLD, None, LATE]),
        ("", "", HIGH, [OLD, LOW, MIDDLE, HIGH, None, LATE]),
        ("", "", None, [OLD, LOW, MIDDLE, HIGH, None, LATE]),
    ],
)
def test_a_window_takes_in_what_it_should(low: str, high: str, clock: str | None, taken: list[str | None]) -> None:
    where = filters.window("D", low, high, clock)
    cursors = [None, OLD, LOW, MIDDLE, HIGH, LATE]
    assert {each for each in cursors if holds(where, {"D": each})} == set(taken)


def test_a_rowversion_window_has_no_blank_date_and_no_clock() -> None:
    assert filters.window("V", "0x01", "0x09", "") == AnyOf(
        (AllOf((Compare("V", "ge", "0x01"), Compare("V", "le", "0x09"))), Compare("V", "eq", None))
    )


def test_declared_conditions_hold_together_and_in_means_any() -> None:
    conditions = [Condition(column="A", op="in", values=("1", "2")), Condition(column="B", op="ne", values=("3",))]
    where = filters.declared(conditions)
    assert [row for row in ROWS if holds(where, row)] == [row for row in ROWS if row["A"] in "12" and row["B"] != "3"]
    assert filters.declared([]) == filters.EVERYTHING
