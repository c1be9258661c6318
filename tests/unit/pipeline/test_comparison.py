"""Two lists of what is owed, compared: exact to the cent, whatever their order."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.pipeline.comparison import Account, Difference, Kind, Owed, compare

AMOUNTS = st.decimals("-99999999999.99", "99999999999.99", places=2)
OWED = st.builds(Owed, st.sampled_from("AB"), st.sampled_from(["EUR", "USD"]), st.sampled_from("12345"), AMOUNTS)
SIDE = st.lists(OWED, max_size=12)


def owed(invoice: str, amount: str, supplier: str = "A", currency: str = "EUR") -> Owed:
    return Owed(supplier, currency, invoice, Decimal(amount))


def test_what_agrees_makes_no_difference_and_an_account() -> None:
    found = compare([owed("1", "100.00"), owed("2", "20.50")], [owed("2", "20.5"), owed("1", "100")])
    assert found.differences == []
    assert found.accounts == [Account("A", "EUR", Decimal("120.50"), 2, Decimal("120.50"), 2)]


def test_each_kind_of_difference_is_named() -> None:
    found = compare(
        [owed("1", "1"), owed("2", "2"), owed("4", "4")], [owed("2", "2.01"), owed("3", "3"), owed("4", "4")]
    )
    assert found.differences == [
        Difference("A", "EUR", "1", Kind.ONLY_APPROVED, Decimal(1), Decimal(0)),
        Difference("A", "EUR", "2", Kind.AMOUNT, Decimal(2), Decimal("2.01")),
        Difference("A", "EUR", "3", Kind.ONLY_OPEN, Decimal(0), Decimal(3)),
    ]


def test_another_currency_or_supplier_is_another_debt() -> None:
    found = compare([owed("1", "5")], [owed("1", "5", currency="USD"), owed("1", "5", supplier="B")])
    assert [(each.supplier, each.currency, each.kind) for each in found.differences] == [
        ("A", "EUR", Kind.ONLY_APPROVED),
        ("A", "USD", Kind.ONLY_OPEN),
        ("B", "EUR", Kind.ONLY_OPEN),
    ]


def test_a_credit_note_lowers_the_invoice_that_it_is_against() -> None:
    approved = [owed("1", "100"), owed("1", "-30"), owed("2", "10"), owed("2", "-10")]
    found = compare(approved, [owed("1", "70")])
    assert found.differences == []
    assert found.accounts == [Account("A", "EUR", Decimal(70), 4, Decimal(70), 1)]


@given(SIDE, SIDE, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(approved: list[Owed], booked: list[Owed], chance: object) -> None:
    before = compare(approved, booked)
    chance.shuffle(approved)  # type: ignore[attr-defined]
    chance.shuffle(booked)  # type: ignore[attr-defined]
    assert compare(approved, booked) == before


@given(SIDE)
def test_a_side_agrees_with_itself(side: list[Owed]) -> None:
    found = compare(side, list(reversed(side)))
    assert found.differences == []
    assert all(each.amount == 0 for each in found.accounts)


@given(SIDE, SIDE)
def test_the_differences_make_the_accounts_difference_to_the_cent(approved: list[Owed], booked: list[Owed]) -> None:
    found = compare(approved, booked)
    made = {
        account: sum((each.amount for each in some), Decimal(0))
        for account, some in groupby(found.differences, lambda each: (each.supplier, each.currency))
    }
    for account in found.accounts:
        assert made.pop((account.supplier, account.currency), Decimal(0)) == account.amount
    assert made == {}
    assert sum(each.approved_count for each in found.accounts) == len(approved)
    assert sum(each.open_count for each in found.accounts) == len(booked)


@given(SIDE, SIDE)
def test_the_other_way_round_it_is_the_same_with_other_signs(approved: list[Owed], booked: list[Owed]) -> None:
    one, other = compare(approved, booked), compare(booked, approved)
    assert [(each.identity, each.amount) for each in one.differences] == [
        (each.identity, -each.amount) for each in other.differences
    ]


@given(SIDE, OWED)
def test_one_document_more_is_one_difference_in_its_account_alone(side: list[Owed], one: Owed) -> None:
    found = compare([*side, one], side)
    assert [(each.identity, each.amount) for each in found.differences] == (
        [(one.identity, -one.amount)] if one.amount else []
    )
