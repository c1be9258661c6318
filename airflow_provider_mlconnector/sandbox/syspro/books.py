"""The company's books before anything happens: one cycle of documents, their journals, and totals over all cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.documents import CYCLE, INVOICES_PER_SUPPLIER, Document
from airflow_provider_mlconnector.sandbox.syspro.journals import Journals, Period
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Numbered, Span

# In the binary order of the keys: a supplier's invoices keep the order of their numbers.
_INVOICE_PREFIXES = ("", "A&", "CR-", "INV'", "INV", "RE/", "X*", "~Ü")
ACCOUNTS = {
    d.BANK: ("Bank current account", "A"),
    d.STOCK: ("Stock on hand", "A"),
    d.TAX: ("Input tax", "A"),
    d.CONTROL: ("AP control & clearing", "L"),
    d.ACCRUAL: ("Goods received, not invoiced", "L"),
    "00-3000": ("Share capital", "C"),
    "00-3100": ("Retained earnings", "C"),
    "00-4000": ("Sales", "R"),
    "00-9000": ("Headcount (statistical)", "S"),
} | {
    f"{center}-{account}": (f"{name}, cost center {center}", "E")
    for center in d.COST_CENTERS
    for account, name in zip(
        d.EXPENSES, ("Raw material usage", "Freight", "Büro & Verwaltung", "Repairs ~ maintenance"), strict=True
    )
}


def iso(day: date | None) -> str | None:
    """A day as the tables hold it: midnight, naive; null where there is none."""
    return None if day is None else f"{day.isoformat()}T00:00:00"


def document_number(cycle: int, member: Member[Any]) -> int:
    """Number of a member's document over all cycles, from 1."""
    return cycle * CYCLE + member.slot + 1


def supplier_number(cycle: int, member: Member[Any]) -> int:
    """Number of the supplier of a member's document, from 1."""
    return (cycle * CYCLE + member.slot) // INVOICES_PER_SUPPLIER + 1


def _invoice_form(member: Member[Any]) -> str:
    return f"{_INVOICE_PREFIXES[member.slot % INVOICES_PER_SUPPLIER]}%08d"


class Books:
    """What all base tables are made from: one cycle, its journals and totals, and how keys are numbered.

    Args:
        seed: makes the data.
        scale: about how many AP invoices there are; rounded up to whole suppliers.
        today: the company's date at the beginning; every document is dated up to it.
        company: the company's id.
    """

    def __init__(self, seed: int, scale: int, today: date, company: str) -> None:
        self.seed, self.today, self.company = seed, today, company
        suppliers = max(1, -(-scale // INVOICES_PER_SUPPLIER))
        self.span = Span(suppliers * INVOICES_PER_SUPPLIER, CYCLE)
        self.suppliers = suppliers
        self.documents = [d.document(seed, slot, today) for slot in range(min(CYCLE, self.span.documents))]
        self.journals = Journals(self.documents)
        self._orders = self._ranks([each for each in self.documents if each.order])
        self._receipts = self._ranks([each for each in self.documents if each.matched])
        self.supplier_codes: Numbered = Numbered(supplier_number, lambda _: "%07d")
        self.invoice_numbers: Numbered = Numbered(document_number, _invoice_form)
        self.order_numbers: Numbered = Numbered(lambda cycle, m: self.order_rank(cycle, m.slot), lambda _: "%015d")
        self.receipt_numbers: Numbered = Numbered(lambda cycle, m: self.receipt_rank(cycle, m.slot), lambda _: "%015d")

    @staticmethod
    def _ranks(documents: list[Document]) -> dict[int, tuple[int, int]]:
        return {each.slot: (rank, len(documents)) for rank, each in enumerate(documents)}

    def order_rank(self, cycle: int, slot: int) -> int:
        """Rank of a document's purchase order over all cycles, from 1."""
        rank, width = self._orders[slot]
        return cycle * width + rank + 1

    def receipt_rank(self, cycle: int, slot: int) -> int:
        """Rank of a document's goods received note over all cycles, from 1."""
        rank, width = self._receipts[slot]
        return cycle * width + rank + 1

    def account_totals(self) -> dict[str, dict[Period, tuple[Decimal, Decimal]]]:
        """Debits and credits per GL code and period over all cycles."""
        totals: dict[str, dict[Period, tuple[Decimal, Decimal]]] = defaultdict(dict)
        for posting in self.journals.postings():
            period = posting.journal.about.period
            debit, credit = totals[posting.entry.code].get(period, (Decimal(0), Decimal(0)))
            value = posting.entry.value * self.span.times(posting.slot)
            totals[posting.entry.code][period] = (debit + max(value, Decimal(0)), credit + max(-value, Decimal(0)))
        return totals

    def stock_on_hand(self) -> dict[tuple[int, str], int]:
        """Quantity received per item and warehouse over all cycles."""
        stock: dict[tuple[int, str], int] = defaultdict(int)
        for document, line in self.received_lines():
            stock[line.stock, line.warehouse] += line.received * self.span.times(document.slot)
        return stock

    def received_lines(self) -> Iterator[tuple[Document, d.OrderLine]]:
        """Every received order line of the cycle."""
        for document in self.documents:
            if document.matched:
                for line in document.matched.lines:
                    yield document, line
