"""What one cycle of documents posts: balanced journals, one per receipt, invoice and payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro.documents import (
    ACCRUAL,
    BANK,
    CONTROL,
    STOCK,
    TAX,
    Document,
    Payment,
    local,
)
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, members

Period = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """One posting: GL code, value in the home currency (debit positive) and in the document's."""

    number: int
    code: str
    value: Decimal
    currency_value: Decimal
    comment: str


@dataclass(frozen=True)
class Journal:
    """One journal of the cycle.

    Attributes:
        document: what it posts.
        kind: `receipt`, `invoice` or `payment`.
        day: its date.
        entries: its postings, which add up to nothing.
        payment: the payment that it posts.
    """

    document: Document
    kind: str
    day: date
    entries: tuple[Entry, ...]
    payment: Payment | None = None

    @property
    def slot(self) -> int:
        """The document's slot."""
        return self.document.slot

    @property
    def period(self) -> Period:
        """GL year and period."""
        return self.day.year, self.day.month

    @property
    def source(self) -> str:
        """Where it comes from: AP, or GR for receipts."""
        return "GR" if self.kind == "receipt" else "AP"


@dataclass(frozen=True)
class Posting:
    """An entry together with its journal, which knows its number once a cycle is given."""

    journal: Member[Journal]
    entry: Entry

    @property
    def slot(self) -> int:
        """The document's slot."""
        return self.journal.slot


class Journals:
    """The journals of a cycle by period.

    Args:
        documents: the cycle's documents in slot order.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        by_period: dict[Period, list[Journal]] = defaultdict(list)
        for document in documents:
            for journal in _of(document):
                by_period[journal.period].append(journal)
        self.periods = sorted(by_period)
        self.groups = [members(by_period[period]) for period in self.periods]
        for group in self.groups:
            for place, member in enumerate(group):
                member.place, member.width = place, len(group)
        self._by_document = {
            (member.slot, member.about.kind, member.about.payment and member.about.payment.entry): member
            for group in self.groups
            for member in group
        }

    def of(self, document: Document, kind: str, payment: Payment | None = None) -> Member[Journal]:
        """The journal that a document, or one payment of it, was posted in."""
        return self._by_document[document.slot, kind, payment and payment.entry]

    def postings(self) -> Iterator[Posting]:
        """Every posting of the cycle, by period, journal and entry."""
        for group in self.groups:
            for member in group:
                for entry in member.about.entries:
                    yield Posting(member, entry)


def _of(document: Document) -> Iterator[Journal]:
    if document.matched and document.matched.received:
        pairs = [(STOCK, line.value) for line in document.matched.lines]
        net = sum((value for _, value in pairs), Decimal(0))
        yield _journal(document, "receipt", document.matched.received, [*pairs, (ACCRUAL, -net)])
    pairs = list(document.charges)
    if document.tax:
        pairs.append((TAX, document.tax))
    yield _journal(document, "invoice", document.invoiced, [*pairs, (CONTROL, -document.gross)])
    for payment in document.payments:
        pairs = [(CONTROL, payment.value), (BANK, -payment.value)]
        yield _journal(document, "payment", payment.paid, pairs, payment)


def _journal(
    document: Document, kind: str, day: date, pairs: list[tuple[str, Decimal]], payment: Payment | None = None
) -> Journal:
    rate = document.supplier.rate
    entries = tuple(
        Entry(number, code, local(value, rate), value, f"{kind} line {number}")
        for number, (code, value) in enumerate(pairs, 1)
    )
    return Journal(document, kind, day, entries, payment)
