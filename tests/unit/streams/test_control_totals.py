"""Control totals: exact sums per currency, and their algebra."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.declaration import Totals

AMOUNTS = st.none() | st.decimals(-(10**11), 10**11, places=2, allow_nan=False)
CURRENCIES = st.sampled_from(["EUR", "USD", "", None])
ROWS = st.lists(st.fixed_dictionaries({"Amount": AMOUNTS, "Currency": CURRENCIES}), max_size=12)
SUMS = st.dictionaries(st.sampled_from(["EUR", "USD", ""]), st.decimals(-1000, 1000, places=2), max_size=3)
SCHEMA = pa.schema([("Amount", pa.decimal128(14, 2)), ("Currency", pa.string())])
DECLARED = Totals(amount="Amount", currency="Currency")


def of(rows: list[dict[str, Any]], declared: Totals | None = DECLARED) -> dict[str, Decimal]:
    return totals.of_rows(pa.Table.from_pylist(rows, schema=SCHEMA), declared)


@given(ROWS)
def test_a_total_is_the_exact_sum_per_currency(rows: list[dict[str, Any]]) -> None:
    expected: dict[str, Decimal] = {}
    for row in rows:
        currency = row["Currency"] or ""
        expected[currency] = expected.get(currency, Decimal(0)) + (row["Amount"] or Decimal(0))
    assert of(rows) == expected
    assert of(rows, Totals(amount="Amount")) == ({"": sum(expected.values(), Decimal(0))} if rows else {})
    assert of(rows, None) == {}


@given(ROWS, st.integers(0, 12))
def test_the_parts_of_a_batch_have_its_total(rows: list[dict[str, Any]], cut: int) -> None:
    assert totals.equal(totals.added(of(rows[:cut]), of(rows[cut:])), of(rows))


@given(SUMS, SUMS, SUMS)
def test_totals_add_up_in_any_order(a: dict[str, Decimal], b: dict[str, Decimal], c: dict[str, Decimal]) -> None:
    assert totals.added(a, b) == totals.added(b, a)
    assert totals.added(totals.added(a, b), c) == totals.added(a, totals.added(b, c))
    assert totals.equal(totals.added(a, totals.negative(a)), {})


@given(SUMS, SUMS)
def test_totals_are_equal_only_if_every_currency_is(a: dict[str, Decimal], b: dict[str, Decimal]) -> None:
    same = all(a.get(currency, Decimal(0)) == b.get(currency, Decimal(0)) for currency in {**a, **b})
    assert totals.equal(a, b) is same


@given(SUMS)
def test_totals_are_kept_as_exact_text(a: dict[str, Decimal]) -> None:
    assert totals.from_json(totals.to_json(a)) == a
    assert all("e" not in text.lower() for text in totals.to_json(a).values())


def test_sums_of_more_digits_than_the_default_context_holds_are_exact() -> None:
    much = {"EUR": Decimal("9" * 30 + ".99")}
    cent = {"EUR": Decimal("0.01")}
    assert totals.to_json(totals.added(much, cent)) == {"EUR": "1" + "0" * 30 + ".00"}
    assert not totals.equal(totals.added(much, cent), much)
    assert totals.equal(totals.added(totals.added(much, cent), totals.negative(cent)), much)
