"""What is judged of books alone: each record stands there once, as it was approved, and nothing else does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.streams.fingerprint import key_values
from tests.chaos.exports import CREDIT, INVOICE, VOID, Exports
from tests.chaos.flow import Arrival
from tests.chaos.syspro_books import Books

VOIDED = "void"
"""Stands for a version that is no amount."""


def history(exports: Exports, arrivals: Sequence[Arrival]) -> Mapping[str, Sequence[str]]:
    """The versions of each record that concern SYSPRO, oldest first.

    What was never approved has none. Where the newest version is not to be posted, it concerns SYSPRO only if that has
    the record: it has to be voided there, or is paid.
    """
    there = {arrival.key for arrival in arrivals}
    found: dict[str, list[str]] = {}
    for key, record in exports.records.items():
        due = exports.ever_approved(key)
        if not exports.is_due(record):
            if key not in there:
                continue
            due.append(VOIDED if record.status == VOID else record.gross)
        if due:
            found[key] = [one for place, one in enumerate(due) if place == 0 or due[place - 1] != one]
    return found


def wrong(exports: Exports, books: Books) -> Iterator[str]:
    """Documents that stand there more than once, or otherwise than they were approved."""
    for (key, _), count in Counter((entry.key, 1) for entry in books.entries).items():
        if count > 1:
            amounts = [entry.amount for entry in books.entries if entry.key == key]
            yield f"{key} stands {count} times in the books: {amounts}"
    for entry in books.entries:
        record = exports.records.get(entry.key)
        if record is None:
            yield f"{entry.key} stands in the books ({entry.amount}), and was never exported"
        elif entry.amount not in exports.ever_approved(entry.key):
            yield f"{entry.key} stands in the books with {entry.amount}, which was never to be posted"
        elif (entry.supplier, entry.invoice, entry.currency) != (record.supplier, record.invoice, "EUR"):
            yield f"{entry.key} stands in the books as {entry}"
    yield from _unequal(books)


def groundless(items: Sequence[ExceptionItem], exports: Exports, books: Books) -> Iterator[str]:
    """Exceptions for which there is no reason any more once everything works."""
    there = {entry.key for entry in books.entries}
    for item in items:
        key = "/".join(key_values(item.key))
        record = exports.records.get(key)
        of_invoice = replace(record, kind=INVOICE).key if record and record.kind == CREDIT else key
        lacks_invoice = item.kind == "mapping" and of_invoice != key and of_invoice not in there
        if not (lacks_invoice or (item.kind == "changed" and key in there)):
            yield f"{key} is set aside ({item.kind}), and nothing is wrong with it: {item.reason}"


def _unequal(books: Books) -> Iterator[str]:
    """What was posted against what the tables hold."""
    posted = sum((Decimal(entry.amount) for entry in books.entries), Decimal(0))
    held = books.held()
    if posted != held:
        yield f"{posted} was posted, and the tables hold {held}"
