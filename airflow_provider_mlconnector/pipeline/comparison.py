"""What one system has approved against what another has open: sums by supplier and currency, and what differs. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Identity = tuple[str, str, str]
"""Supplier, currency and number of an invoice."""


@dataclass(frozen=True)
class Owed:
    """A document that makes an amount owed.

    Attributes:
        supplier: whom.
        currency: in what.
        invoice: its number; a credit note has that of the invoice that it is against.
        amount: how much; of a credit note negative.
    """

    supplier: str
    currency: str
    invoice: str
    amount: Decimal

    @property
    def identity(self) -> Identity:
        """What it is compared by."""
        return self.supplier, self.currency, self.invoice


class Kind(StrEnum):
    """How an invoice differs."""

    ONLY_APPROVED = "only approved"
    ONLY_OPEN = "only open"
    AMOUNT = "other amount"


@dataclass(frozen=True)
class Difference:
    """An invoice that is not owed alike on both sides; amounts are those of all its documents."""

    supplier: str
    currency: str
    invoice: str
    kind: Kind
    approved: Decimal
    open: Decimal

    @property
    def identity(self) -> Identity:
        """What it is compared by."""
        return self.supplier, self.currency, self.invoice

    @property
    def amount(self) -> Decimal:
        """How much more is open than approved."""
        return self.open - self.approved


@dataclass(frozen=True)
class Account:
    """What is owed to a supplier in a currency, on both sides, with the numbers of documents."""

    supplier: str
    currency: str
    approved: Decimal
    approved_count: int
    open: Decimal
    open_count: int

    @property
    def amount(self) -> Decimal:
        """How much more is open than approved."""
        return self.open - self.approved


@dataclass(frozen=True)
class Comparison:
    """Both sides, compared: every supplier and currency, and every invoice that differs, in their order."""

    accounts: list[Account]
    differences: list[Difference]


def compare(approved: Iterable[Owed], open_: Iterable[Owed]) -> Comparison:
    """Compare both sides, whatever their order.

    An invoice and the credit notes against it count together: what they cancel is owed on neither side.
    """
    ours, theirs = _Sums.of(approved), _Sums.of(open_)
    accounts = [
        Account(*at, ours.by_account[at], ours.counts[at], theirs.by_account[at], theirs.counts[at])
        for at in sorted({*ours.counts, *theirs.counts})
    ]
    identities = sorted({*ours.by_invoice, *theirs.by_invoice})
    differences = [
        Difference(*at, _kind(at, ours.by_invoice, theirs.by_invoice), ours.by_invoice[at], theirs.by_invoice[at])
        for at in identities
        if ours.by_invoice[at] != theirs.by_invoice[at]
    ]
    return Comparison(accounts, differences)


@dataclass(frozen=True)
class _Sums:
    by_invoice: Mapping[Identity, Decimal]
    by_account: Mapping[tuple[str, str], Decimal]
    counts: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, side: Iterable[Owed]) -> _Sums:
        by_invoice: defaultdict[Identity, Decimal] = defaultdict(Decimal)
        by_account: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        for one in side:
            account = one.supplier, one.currency
            by_invoice[one.identity] += one.amount
            by_account[account] += one.amount
            counts[account] += 1
        return cls(by_invoice, by_account, counts)


def _kind(at: Identity, ours: Mapping[Identity, Decimal], theirs: Mapping[Identity, Decimal]) -> Kind:
    if not theirs[at]:
        return Kind.ONLY_APPROVED
    return Kind.AMOUNT if ours[at] else Kind.ONLY_OPEN
