"""Amounts: exact, against Python's Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.mapping.exact import convert, rescale
from airflow_provider_mlconnector.mapping.faults import Unfit
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.steps import Step
from airflow_provider_mlconnector.mapping.values import as_text

WIDE = Context(prec=80)


@st.composite
def columns(draw: st.DrawFn, most: int = 38) -> pa.Array:
    """A column of decimals of any precision and scale, its extremes included."""
    precision = draw(st.integers(1, most))
    scale = draw(st.integers(0, precision))
    limit = 10**precision - 1
    whole = st.integers(-limit, limit) | st.sampled_from([0, limit, -limit, 5, -5, 15, 25, -25]).map(
        lambda number: number if abs(number) <= limit else 0
    )
    numbers = draw(st.lists(whole | st.none(), max_size=6))
    values = [None if number is None else Decimal(number).scaleb(-scale, WIDE) for number in numbers]
    return pa.array(values, pa.decimal128(precision, scale))


def applied(step: Any, column: pa.Array, **more: pa.Array) -> tuple[pa.Array, list[bool]]:
    result = Step.model_validate(step).rule.apply(column, Scope(pa.table(more), {}, {}, {}))
    return result.values, result.fault.mask.to_pylist() if result.fault else [False] * len(column)


@given(columns())
def test_negating_twice_changes_nothing_and_negating_once_sums_to_zero(column: pa.Array) -> None:
    once, _ = applied("negate", column)
    assert applied("negate", once)[0].equals(column)
    assert all(a + b == 0 for a, b in zip(column.to_pylist(), once.to_pylist(), strict=True) if a is not None)
    assert applied("absolute", column)[0].equals(applied("absolute", once)[0])


@given(columns())
def test_letters_and_amounts_without_sign_carry_the_same_as_signed_amounts(column: pa.Array) -> None:
    letters, _ = applied("debit_credit", column)
    back, bad = applied({"sign_by": "Letter"}, applied("absolute", column)[0], Letter=letters)
    assert back.equals(column)
    assert not any(bad)


def test_a_letter_that_is_neither_gives_no_sign() -> None:
    column = pa.array([Decimal(1)] * 5 + [None], pa.decimal128(3, 0))
    letters = pa.array(["D", "C ", "X", None, "d", None])
    values, bad = applied({"sign_by": "L"}, column, L=letters)
    assert values.to_pylist() == [1, -1, None, None, None, None]
    assert bad == [False, False, True, True, True, False]
    swapped, _ = applied({"sign_by": {"column": "L", "plus": ["C", "X"], "minus": "D"}}, column, L=letters)
    assert swapped.to_pylist()[:3] == [-1, 1, 1]


@given(columns(most=18), st.integers(0, 18), st.sampled_from(["exact", "half_up", "half_even"]))
def test_decimals_are_pythons_quantize_and_exact_loses_nothing(column: pa.Array, places: int, rounding: str) -> None:
    scaled, bad = rescale(column, places, rounding)
    mode = ROUND_HALF_UP if rounding == "half_up" else ROUND_HALF_EVEN
    for value, got, failed in zip(column.to_pylist(), scaled.to_pylist(), bad.to_pylist(), strict=True):
        expected = None if value is None else value.quantize(Decimal(1).scaleb(-places), mode, WIDE)
        lost = rounding == "exact" and expected != value
        assert failed == lost
        assert got == (None if lost else expected)
        assert got is None or -got.as_tuple().exponent == places


@given(columns(), st.integers(1, 38), st.integers(0, 38))
def test_another_decimal_type_takes_exactly_the_numbers_that_fit(column: pa.Array, precision: int, scale: int) -> None:
    to = pa.decimal128(precision, min(scale, precision))
    converted, bad = convert(column, to)
    assert converted.type == to
    for value, got, failed in zip(column.to_pylist(), converted.to_pylist(), bad.to_pylist(), strict=True):
        fits = value is None or (
            value == value.quantize(Decimal(1).scaleb(-to.scale), context=WIDE)
            and abs(value) < Decimal(10) ** (to.precision - to.scale)
        )
        assert failed == (not fits)
        assert got == (value if fits else None)


@given(columns(), st.sampled_from(["", "0", "000"]), st.sampled_from(["", " "]))
def test_numbers_survive_the_way_through_text(column: pa.Array, zeros: str, blanks: str) -> None:
    texts = as_text(column)
    assert [None if text is None else Decimal(text) for text in texts.to_pylist()] == column.to_pylist()
    assert not any("E" in text for text in texts.to_pylist() if text)
    padded = [
        None if text is None else blanks + text.replace("-", f"-{zeros}") + (zeros if "." in text else "") + blanks
        for text in texts.to_pylist()
    ]
    back, bad = convert(pa.array(padded, pa.string()), column.type)
    assert back.equals(column)
    assert not any(bad.to_pylist())


@given(st.lists(st.text(st.sampled_from("0123456789.,-+eE x"), max_size=7), max_size=8))
def test_texts_that_are_not_plain_numbers_fail(texts: list[str]) -> None:
    numbers, bad = convert(pa.array(texts, pa.string()), pa.decimal128(4, 2))
    for text, got, failed in zip(texts, numbers.to_pylist(), bad.to_pylist(), strict=True):
        plain = text.strip().lstrip("+-")
        signs = len(text.strip()) - len(plain)
        parts = plain.split(".")
        good = signs <= 1 and len(parts) <= 2 and all(part.isdigit() for part in parts)
        good = good and Decimal(plain) < 100 and Decimal(plain) == Decimal(plain).quantize(Decimal("0.01"))
        assert failed == (not good)
        assert got == (Decimal(text.strip()) if good else None)


@given(st.lists(st.integers(-(10**20), 10**20), max_size=6))
def test_integers_take_what_they_hold_for_certain(numbers: list[int]) -> None:
    fits = [number if abs(number) < 10**18 else None for number in numbers]
    for column in (pa.array([str(number) for number in numbers], pa.string()), pa.array(numbers, pa.decimal128(38, 0))):
        assert convert(column, pa.int64())[0].to_pylist() == fits
    halves = pa.array([Decimal("1.5"), Decimal("2.0")], pa.decimal128(3, 1))
    assert convert(halves, pa.int64())[0].to_pylist() == [None, 2]


def test_floats_are_never_amounts() -> None:
    floats = pa.array([1.5])
    with pytest.raises(Unfit):
        convert(floats, pa.decimal128(4, 2))
    with pytest.raises(Unfit):
        applied("negate", floats)


def test_places_that_have_no_room_are_found_before_rows_flow() -> None:
    with pytest.raises(Unfit, match="no room"):
        rescale(pa.array([], pa.decimal128(38, 0)), 2)


def test_a_rounded_amount_may_grow_by_a_digit() -> None:
    column = pa.array([Decimal("99.995"), Decimal("-99.995")], pa.decimal128(5, 3))
    assert rescale(column, 2, "half_up")[0].to_pylist() == [Decimal("100.00"), Decimal("-100.00")]


def test_the_reason_shows_the_amount(step: Any) -> None:
    values, reasons = step("steps: [decimals: 2]", pa.decimal128(9, 5), [Decimal("1.25"), Decimal("1.005")])
    assert values == [Decimal("1.25")]
    assert reasons == ["T: '1.00500' has more than 2 decimal places"]


def test_an_amount_too_large_for_its_target_is_set_aside(step: Any) -> None:
    values, reasons = step("type: 'decimal(4,2)'", pa.decimal128(14, 2), [Decimal("99.99"), Decimal("100.00")])
    assert values == [Decimal("99.99")]
    assert reasons == ["T: '100.00' does not fit decimal(4,2)"]


@given(columns(most=18), st.data())
def test_products_are_exact(column: pa.Array, data: st.DataObject) -> None:
    rates = data.draw(st.lists(st.integers(0, 10**12), min_size=len(column), max_size=len(column)))
    factors = pa.array([Decimal(rate).scaleb(-6) for rate in rates], pa.decimal128(12 + 6, 6))
    product, bad = applied({"multiply_by": "Rate"}, column, Rate=factors)
    for one, other, made in zip(column.to_pylist(), factors.to_pylist(), product.to_pylist(), strict=True):
        assert made == (None if one is None else WIDE.multiply(one, other))
    assert not any(bad)


def test_an_amount_without_a_rate_is_at_fault() -> None:
    column = pa.array([Decimal("2.50"), None], pa.decimal128(9, 2))
    values, bad = applied({"multiply_by": "Rate"}, column, Rate=pa.array([None, None], pa.decimal128(9, 2)))
    assert values.to_pylist() == [None, None]
    assert bad == [True, False]
