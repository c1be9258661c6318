"""What is judged of books alone: each record stands there once, as it was approved, and nothing else does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from tests.chaos.exports import INVOICE, PAID, PAYABLE, VOID, Record
from tests.chaos.flow import Arrival
from tests.chaos.syspro_books import Books

VOIDED = "void"
"""Stands for a version that is no amount."""
Versions = Mapping[str, Sequence[Record]]
"""Every version of each record that was exported, oldest first."""


def history(versions: Versions, arrivals: Sequence[Arrival]) -> Mapping[str, Sequence[str]]:
    """The versions of each record that concern SYSPRO, oldest first.

    What was never approved has none. What is void or pending by now concerns SYSPRO only if that has the record. What
    is paid by now should be there.
    """
    there = {arrival.key for arrival in arrivals}
    found: dict[str, list[str]] = {}
    for key, had in versions.items():
        due, last = _due(had), had[-1]
        if not last.is_due:
            if key not in there and last.status != PAID:
                continue
            due.append(VOIDED if last.status == VOID else last.gross)
        if due:
            found[key] = [one for place, one in enumerate(due) if place == 0 or due[place - 1] != one]
    return found


def wrong(versions: Versions, books: Books) -> Iterator[str]:
    """Documents that stand there more than once, or otherwise than they were approved."""
    for key, count in Counter(entry.key for entry in books.entries).items():
        if count > 1:
            amounts = [entry.amount for entry in books.entries if entry.key == key]
            yield f"{key} stands {count} times in the books: {amounts}"
    for entry in books.entries:
        had = versions.get(entry.key)
        if had is None:
            yield f"{entry.key} stands in the books ({entry.amount}), and was never exported"
        elif entry.amount not in [*_due(had), *(one.gross for one in had if one.status == PAID)]:
            yield f"{entry.key} stands in the books with {entry.amount}, which was never to be posted"
        elif (entry.supplier, entry.invoice, entry.currency) != (had[-1].supplier, had[-1].invoice, "EUR"):
            yield f"{entry.key} stands in the books as {entry}"
    yield from _unequal(books)


def groundless(items: Mapping[str, ExceptionItem], versions: Versions, books: Books) -> Iterator[str]:
    """Exceptions for which there is no reason any more once everything works."""
    there = {entry.key for entry in books.entries}
    invoices = {(entry.supplier, entry.invoice) for entry in books.entries if entry.kind == INVOICE}
    for key, item in items.items():
        record = versions[key][-1] if key in versions else None
        refers = record is not None and record.kind != INVOICE and record.invoice not in PAYABLE
        lacks = record is not None and refers and (record.supplier, record.invoice) not in invoices
        missed = record is not None and record.status == PAID and not record.is_due
        if not ((item.kind == "mapping" and lacks) or (item.kind == "changed" and (key in there or missed))):
            yield f"{key} is set aside ({item.kind}), and nothing is wrong with it: {item.reason}"


def _due(had: Sequence[Record]) -> list[str]:
    return [one.gross for one in had if one.is_due]


def _unequal(books: Books) -> Iterator[str]:
    """What was posted against what the tables hold."""
    posted = sum((Decimal(entry.amount) for entry in books.entries), Decimal(0))
    held = books.held()
    if posted != held:
        yield f"{posted} was posted, and the tables hold {held}"
