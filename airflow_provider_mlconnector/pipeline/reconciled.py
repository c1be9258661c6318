"""Reconciliation: what is approved and not paid against what is open, with what the ledger knows of each difference."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from airflow_provider_mlconnector.engine.whereabouts import Whereabouts
from airflow_provider_mlconnector.pipeline.approved import Listed
from airflow_provider_mlconnector.pipeline.comparison import Comparison, Difference, Kind, Owed, compare
from airflow_provider_mlconnector.pipeline.open_payables import OpenPayables
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams.fingerprint import key_text

Number = tuple[str, str]
"""Supplier and invoice."""
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Memory:
    """What is asked of the ledger and of SYSPRO's master data while both sides are compared.

    Attributes:
        of_records: what is known of records, by the hashes of their keys.
        of_documents: what is known of invoices at SYSPRO, by key text of supplier and invoice.
        currencies: the currencies of suppliers.
    """

    of_records: Callable[[Sequence[bytes]], Mapping[bytes, Whereabouts]]
    of_documents: Callable[[Sequence[str]], Mapping[str, Whereabouts]]
    currencies: Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Explained:
    """A difference, with what is known of it: `says` is for a person."""

    difference: Difference
    known: Whereabouts
    says: str


@dataclass(frozen=True)
class Reconciled:
    """Both sides compared.

    Attributes:
        comparison: sums and differences.
        explained: the differences, with what is known of each.
        expired: invoices open in SYSPRO that a flow has posted, and whose file is not kept any more: what the partner
            says of them now is not known, and they are in no sum.
        unread: rows of SYSPRO that could not be read.
    """

    comparison: Comparison
    explained: list[Explained]
    expired: int
    unread: int

    @property
    def agrees(self) -> bool:
        """Whether nothing differs, and nothing was left out unread."""
        return not self.explained and not self.unread

    @property
    def digest(self) -> str:
        """Another one whenever something else differs."""
        told = [(*each.difference.identity, str(each.difference.amount)) for each in self.explained]
        return sha256(repr((told, self.unread)).encode()).hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """For XCom: how many accounts there are, and how many invoices differ in which way."""
        kinds = [each.difference.kind for each in self.explained]
        found = {str(kind): kinds.count(kind) for kind in Kind}
        return {"accounts": len(self.comparison.accounts), **found, "expired": self.expired, "unread": self.unread}

    def accounts(self) -> list[dict[str, Any]]:
        """The sums, a row for each supplier and currency."""
        return [
            {
                "supplier": each.supplier,
                "currency": each.currency,
                "approved": each.approved,
                "approved_count": each.approved_count,
                "open": each.open,
                "open_count": each.open_count,
                "difference": each.amount,
            }
            for each in self.comparison.accounts
        ]

    def differences(self) -> list[dict[str, Any]]:
        """The invoices that differ, a row for each."""
        return [
            {
                "supplier": each.difference.supplier,
                "currency": each.difference.currency,
                "invoice": each.difference.invoice,
                "what": str(each.difference.kind),
                "approved": each.difference.approved,
                "open": each.difference.open,
                "difference": each.difference.amount,
                "posted": each.known.posted_at,
                "journal": each.known.target_key,
                "own_id": each.known.own_id,
                "run": each.known.run_id,
                "says": each.says,
            }
            for each in self.explained
        ]


def reconcile(listed: Iterable[Listed], payables: OpenPayables, memory: Memory) -> Reconciled:
    """Compare what the partner's files say with what SYSPRO has open."""
    numbers = {(one.supplier, one.invoice): one.currency for one in payables.owed}
    approved: list[Listed] = []
    others: dict[Number, str] = {}
    for one in listed:
        number = one.owed.supplier, one.owed.invoice
        if one.approved:
            approved.append(one)
        elif number in numbers:
            others[number] = one.status
    approved = _with_currencies(approved, numbers, memory)
    seen = {(one.owed.supplier, one.owed.invoice) for one in approved} | set(others)
    foreign = _documents(memory, [number for number in numbers if number not in seen])
    expired = {number for number, known in foreign.items() if known.posted_at}
    open_ = [one for one in payables.owed if (one.supplier, one.invoice) not in expired]
    found = compare([one.owed for one in approved], open_)
    explained = _explained(found.differences, approved, others, memory)
    return Reconciled(found, explained, len(expired), payables.unread)


def write(done: Reconciled, place: Staging, name: str) -> list[str]:
    """Write sums and differences as CSV, UTF-8; the same name again takes the place of the file that is there.

    Returns:
        The names of the files.

    Raises:
        TransientError: the place can't be written.
    """
    written = []
    for part, rows in (("suppliers", done.accounts()), ("differences", done.differences())):
        file = f"{name}_{part}.csv"
        columns = _COLUMNS[part]
        with place.create("reconciliations", file) as sink:
            sink.write(_csv(columns, rows).encode())
        written.append(f"reconciliations/{file}")
    return written


_COLUMNS = {
    "suppliers": ("supplier", "currency", "approved", "approved_count", "open", "open_count", "difference"),
    "differences": (
        "supplier", "currency", "invoice", "what", "approved", "open", "difference", "posted", "journal", "own_id",
        "run", "says",
    ),
}  # fmt: skip


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    shown = "" if value is None else str(value)
    return f"'{shown}" if isinstance(value, str) and shown.startswith(_FORMULA) else shown


def _with_currencies(approved: Sequence[Listed], numbers: Mapping[Number, str], memory: Memory) -> list[Listed]:
    """Documents without a currency are in the one that SYSPRO has them in, or in their supplier's."""
    bare = [one.owed for one in approved if not one.owed.currency]
    asked = {one.supplier for one in bare if (one.supplier, one.invoice) not in numbers and one.supplier}
    known = memory.currencies(asked)

    def currency(owed: Owed) -> str:
        return owed.currency or numbers.get((owed.supplier, owed.invoice)) or known.get(owed.supplier, "")

    return [replace(one, owed=replace(one.owed, currency=currency(one.owed))) for one in approved]


def _documents(memory: Memory, numbers: Sequence[Number]) -> dict[Number, Whereabouts]:
    by_key = {key_text(number): number for number in numbers}
    return {by_key[key]: known for key, known in memory.of_documents(list(by_key)).items()}


def _explained(
    differences: Sequence[Difference], approved: Sequence[Listed], others: Mapping[Number, str], memory: Memory
) -> list[Explained]:
    by_identity: dict[tuple[str, str, str], list[Listed]] = {}
    for one in approved:
        by_identity.setdefault(one.owed.identity, []).append(one)
    ours = [one for each in differences for one in by_identity.get(each.identity, ())]
    known = memory.of_records([one.key_hash for one in ours])
    foreign = _documents(memory, [(each.supplier, each.invoice) for each in differences])
    explained = []
    for each in differences:
        records = by_identity.get(each.identity, [])
        held = [known[one.key_hash] for one in records if one.key_hash in known]
        number = each.supplier, each.invoice
        about = next((one for one in held if one.posted_at), None) or foreign.get(number) or next(iter(held), None)
        status = others.get(number, "")
        explained.append(Explained(each, about or Whereabouts(), _says(each, records, held, about, status)))
    return explained


def _says(
    each: Difference, records: Sequence[Listed], held: Sequence[Whereabouts], about: Whereabouts | None, status: str
) -> str:
    said = [f"the partner says {status}"] if status else []
    said += [one.held_by for one in held if one.held_by]
    if not any(one.held_by for one in held):
        said += [f"the mapping refuses it: {one.refused}" for one in records if one.refused]
    posted = about is not None and about.posted_at is not None
    if each.kind is Kind.ONLY_APPROVED and posted:
        said.append("posted, and open no more: paid or corrected in SYSPRO")
    elif each.kind is Kind.AMOUNT and posted:
        said.append("posted, and its balance is another: part paid or corrected in SYSPRO")
    elif not posted and not said:
        said.append("not posted yet" if records else "no flow has posted it under this number")
    return "; ".join(dict.fromkeys(said))
