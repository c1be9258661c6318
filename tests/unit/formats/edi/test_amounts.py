"""Amounts add up exactly in what is written, and a total that is a cent off stays behind."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.edi.samples import DAY, SAMPLES
from tests.unit.formats.edi.writing import EDIFACT, X12, Row, Written, table_of, write

CENTS = st.integers(-(10**15), 10**15)
LINES = st.lists(CENTS, min_size=1, max_size=5)
MONEY = pa.decimal128(38, 2)
KINDS = ("DI", "CR")


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def rows_of(documents: list[list[int]], kinds: list[str], off: int = 0) -> list[Row]:
    return [
        {
            "_key": f"I{place}",
            "invoice_number": f"I{place}",
            "invoice_date": DAY,
            "kind": kind,
            "currency": "EUR",
            "line_amount": money(cents),
            "total": money(sum(lines) + (off if place == 0 else 0)),
        }
        for place, (lines, kind) in enumerate(zip(documents, kinds, strict=False))
        for cents in lines
    ]


def fitting(lines: list[list[int]], kinds: list[str], shown: str, bill: str) -> list[str]:
    """Kinds that fit the sums: only what is below zero is a credit note, unless amounts come without a sign."""
    pairs = zip(lines, kinds, strict=True)
    return [kind if shown == "negative" or sum(each) <= 0 else bill for each, kind in pairs]


def written(name: str, rows: list[Row], shown: str) -> Written:
    table = table_of(rows, {"line_amount": MONEY, "total": MONEY})
    totals = {"amount": "total", "currency": "currency", "per": "record"}
    layout = {**SAMPLES[name].layout, "credits": shown, "totals": totals}
    return write(layout, X12 if name == "810" else EDIFACT, [table])


def moas(done: Written, qualifier: str) -> list[Decimal]:
    found = [segment.split("+")[1].split(":") for segment in done.body if segment.startswith("MOA")]
    return [Decimal(amount) for kind, amount in found if kind == qualifier]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(LINES, st.sampled_from(("380", "381"))), min_size=1, max_size=4),
    st.sampled_from(("positive", "negative")),
)
def test_amounts_of_edifact_add_up(documents: list[tuple[list[int], str]], shown: str) -> None:
    lines, kinds = [each for each, _ in documents], [kind for _, kind in documents]
    kinds = fitting(lines, kinds, shown, "380")
    done = written("INVOIC", rows_of(lines, kinds), shown)
    signs = [-1 if kind == "381" and shown == "positive" else 1 for kind in kinds]
    assert done.refused == {}
    assert moas(done, "203") == [sign * money(cents) for sign, each in zip(signs, lines, strict=True) for cents in each]
    sums = [sign * money(sum(each)) for sign, each in zip(signs, lines, strict=True)]
    assert moas(done, "77") == moas(done, "79") == sums
    # The batch's own control total is not turned.
    assert done.result.files[0].totals == {"EUR": money(sum(map(sum, lines)))}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(LINES, st.sampled_from(KINDS)), min_size=1, max_size=4),
    st.sampled_from(("positive", "negative")),
)
def test_amounts_of_x12_add_up(documents: list[tuple[list[int], str]], shown: str) -> None:
    lines, kinds = [each for each, _ in documents], [kind for _, kind in documents]
    kinds = fitting(lines, kinds, shown, "DI")
    done = written("810", rows_of(lines, kinds), shown)
    signs = [-1 if kind == "CR" and shown == "positive" else 1 for kind in kinds]
    # TDS01 has fifteen digits.
    fits = [abs(sum(each)) < 10**15 for each in lines]
    assert set(done.refused) == {f"I{place}" for place, fit in enumerate(fits) if not fit}
    totals = [int(segment.split("*")[1]) for segment in done.body if segment.startswith("TDS")]
    assert totals == [sign * sum(each) for sign, each, fit in zip(signs, lines, fits, strict=True) if fit]


@pytest.mark.parametrize("name", ["810", "INVOIC"])
@settings(max_examples=30)
@given(st.lists(LINES, min_size=2, max_size=3), st.integers(-3, 3))
def test_a_total_may_not_be_a_cent_off(name: str, documents: list[list[int]], off: int) -> None:
    small = [[cents % 10**12 for cents in lines] for lines in documents]
    kinds = ["DI" if name == "810" else "380"] * len(small)
    done = written(name, rows_of(small, kinds, off), "positive")
    assert done.refused == ({"I0": ("total", "is not the sum of line_amount")} if off else {})
    assert done.result.files[0].documents == len(small) - bool(off)


def test_a_sum_may_be_as_tolerant_as_its_set_declares() -> None:
    declared = {"total": "total", "lines": ["line_amount"], "tolerance": 2}
    base = {"standard": "x12", "set": "810", "title": "invoice", "group": "IN", "release": "004010"}
    uses = {
        "document": [{"BIG": ["invoice_date", "invoice_number"], "needed": True}],
        "lines": [{"IT1": ["line_number"], "needed": True}],
        "summary": [{"TDS": ["total"], "needed": True}],
    }
    layout = {"format": "x12", "declaration": {**base, **uses, "sums": [declared]}, "document": "invoice_number"}
    rows: list[Row] = [
        {
            "_key": f"I{off}",
            "invoice_number": f"I{off}",
            "invoice_date": DAY,
            "line_number": "1",
            "line_amount": Decimal("10.00"),
            "total": Decimal("10.00") + money(off),
        }
        for off in (-3, -2, 0, 2, 3)
    ]
    assert list(write(layout, X12, rows).refused) == ["I-3", "I3"]
