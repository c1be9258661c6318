"""General-ledger journals, by GENTJL (sheet 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, Writer
from airflow_provider_mlconnector.systems.syspro.posting.elements import GL_JOURNAL
from airflow_provider_mlconnector.systems.syspro.posting.kind import (
    TRANSACTION,
    Call,
    Parcel,
    key_of,
    keyed,
    verdict,
)
from airflow_provider_mlconnector.systems.syspro.posting.periods import Period
from airflow_provider_mlconnector.systems.syspro.posting.references import References, amount_of
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row, Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

_REQUIRED = ("JournalDate", "PostingPeriod", "PostingYear")
_FEWEST_LINES = 2
_JOURNAL = TableRead(
    "GenJournalCtl",
    ("GlYear", "GlPeriod", "GlJournal"),
    {
        "GlYear": "integer",
        "GlPeriod": "integer",
        "GlJournal": "integer",
        "Reference": "string(30)",
        "JournalDate": "date",
        "DebitAmount": "decimal(14,2)",
    },
)


class GlJournals:
    """Journals of the general ledger: positive entries are debits, negative ones credits.

    Args:
        settings: the site's decisions.
        references: what the journals refer to.
        tables: looks journals up.
    """

    def __init__(self, settings: PostingSettings, references: References, tables: Tables) -> None:
        self._settings = settings
        self._references = references
        self._tables = tables
        counter = settings.counter
        ours = (*settings.key, counter.total, counter.tax) if counter else settings.key
        self._writer = Writer(GL_JOURNAL, settings, ours, ("JournalReference",))

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By notation, or as the setting `key` says; see `DocumentKind`."""
        return "gl journal", key_of(rows, self._settings.key or ("Notation",))

    def shown(self, rows: Rows) -> str:
        """Such as `journal Accrual March`."""
        return f"journal {' '.join(self.identity(rows)[1])}"

    def unique(self, kind: str) -> bool:  # noqa: ARG002 - see the port
        """Never: SYSPRO takes as many equal journals as it gets."""
        return False

    @property
    def replaces(self) -> bool:
        """A changed journal would be a second one; see `DocumentKind`."""
        return False

    def local(self, rows: Rows) -> None:
        """Fields, lengths, dates, and whether debits and credits agree; see `DocumentKind`."""
        self._writer.expect({field for row in rows for field in row})
        for field in _REQUIRED:
            if all(values.blank(row.get(field)) for row in rows):
                raise FieldProblem(field, "is missing; SYSPRO would take the current one in silence")
        rows = self._whole(rows)
        header = self._writer.header(rows)
        lines = self._writer.entries(rows, "JournalDetails", ("LedgerCode", "EntryAmount"))
        if len(lines) < _FEWEST_LINES:
            raise FieldProblem("JournalDetails.LedgerCode", "the journal has fewer than two lines")
        balance = sum((_entry(line) for line in lines), Decimal(0))
        # Statistical journals need not balance.
        if balance and header.get("JournalType") != "S" and self._settings.check_totals:
            raise FieldProblem("JournalDetails.EntryAmount", f"debits and credits differ by {balance}")

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Accounts and period; see `DocumentKind`."""
        self._references.load((), {line["LedgerCode"] for each in documents for line in self._lines(each.rows)})
        return [verdict(self._check, each.rows) for each in documents]

    def gone(self, cause: str) -> bool:
        """See `DocumentKind`."""
        return self._references.gone(cause)

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """All in one bucket: each journal names its own period; see `DocumentKind`."""
        return [Parcel("", self._item(each)) for each in attempts]

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> Call:  # noqa: ARG002 - the port
        """See `DocumentKind`."""
        parameters = self._writer.parameters(validate_only=validate_only)
        return Call(TRANSACTION, GL_JOURNAL.schema, parameters, self._writer.document(items))

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:  # noqa: ARG002 - see the port
        """Journal, year and period; see `DocumentKind`."""
        number = answered.get("gljournal", "") or answered.get("journal", "")
        return keyed(number, answered.get("glyear", ""), answered.get("glperiod", ""))

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """Journals whose reference is our own id; see `DocumentKind`."""
        wanted = [(each.own_id,) for each in attempts]
        rows = {str(row["Reference"]).strip(): row for row in self._tables.with_keys(_JOURNAL, ("Reference",), wanted)}
        return [self._found(each, rows.get(each.own_id)) for each in attempts]

    def _check(self, rows: Rows) -> None:
        for line in self._lines(rows):
            self._references.check_account("JournalDetails.LedgerCode", line["LedgerCode"])
        header = self._writer.header(rows)
        self._references.check_journal_period(Period(int(header["PostingYear"]), int(header["PostingPeriod"])))

    def _whole(self, rows: Rows) -> Rows:
        """The rows with the tax and the counter entry of a journal whose lines stand on one side alone."""
        counter = self._settings.counter
        if counter is None:
            return rows
        total, tax = (Decimal(rows[0].get(name) or 0) for name in (counter.total, counter.tax))
        if not total:
            raise FieldProblem(counter.total, "is missing; the counter entry is made of it")
        if tax and not counter.tax_account:
            raise FieldProblem(counter.tax, f"is {tax}, and the setting counter.tax_account names no account for it")
        entries = [(counter.tax_account, tax)] if tax else []
        entries.append((counter.account, -total))
        header = {name: value for name, value in rows[0].items() if not name.startswith("JournalDetails.")}
        return [
            *rows,
            *(
                {**header, "JournalDetails.LedgerCode": code, "JournalDetails.EntryAmount": amount}
                for code, amount in entries
            ),
        ]

    def _lines(self, rows: Rows) -> list[dict[str, str]]:
        return self._writer.lines(self._whole(rows), "JournalDetails")

    def _item(self, attempt: Attempt) -> str:
        filled = [_with_line_defaults(row, attempt.own_id) for row in self._whole(attempt.document.rows)]
        return self._writer.item(filled, {"JournalReference": attempt.own_id})

    def _found(self, attempt: Attempt, row: Row | None) -> Found | None:
        if row is None:
            return None
        entries = [_entry(line) for line in self._lines(attempt.document.rows)]
        debit = sum((entry for entry in entries if entry > 0), Decimal(0))
        value, day = amount_of(row, "DebitAmount"), row["JournalDate"]
        dated = day is not None and day.isoformat() == values.day(attempt.document.rows[0]["JournalDate"])
        key = keyed(*(str(row[name]) for name in ("GlJournal", "GlYear", "GlPeriod")))
        return Found(key, ours=True, equal=dated and value == debit, detail=f"debits {value}, dated {day}")


def _entry(line: Mapping[str, str]) -> Decimal:
    return Decimal(line.get("EntryAmount", 0))


def _with_line_defaults(row: Mapping[str, Any], own_id: str) -> dict[str, Any]:
    """The row with what SYSPRO would otherwise fill in by itself: the system's date, and no reference."""
    given = dict(row)
    for field, value in (("JournalDetails.Date", row.get("JournalDate")), ("JournalDetails.Reference", own_id)):
        if values.blank(given.get(field)) and not values.blank(row.get("JournalDetails.LedgerCode")):
            given[field] = value
    return given
