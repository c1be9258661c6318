"""Postings that happen after the beginning: each writes every table that a posting in SYSPRO would touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.predicates import Both, Compare

Charge = tuple[str, Decimal]
JournalKey = tuple[int, int, int]


@dataclass(frozen=True)
class Line:
    """One entry of a journal.

    Attributes:
        code: the GL code.
        value: in the home currency, debit positive.
        foreign: in the document's currency.
        comment: free text; empty for `entry <number>`.
        reference: free text; empty for the journal's.
    """

    code: str
    value: Decimal
    foreign: Decimal
    comment: str = ""
    reference: str = ""


def number(row: Row, column: str) -> Decimal:
    """A numeric column as a decimal."""
    return Decimal(str(row[column]))


class Bookkeeper:
    """Posts into a company's tables so that the books hold up.

    Args:
        company: whose books.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.tables = company.tables

    def next_number(self, table: str, prefix: Key, at: int) -> int:
        """The number after the last one of a table's keys that begin with a prefix."""
        last = self.tables[table].last_key(prefix)
        return int(str(last[at])) + 1 if last else 1

    def _period(self, day: date) -> tuple[int, int]:
        day = min(day, self.company.today.date())
        return day.year, day.month

    def post(self, day: date, source: str, charges: Sequence[Charge], rate: Decimal, **refs: Any) -> JournalKey:
        """A GL journal of values in a document's currency; see `enter`.

        Args:
            day: its date.
            source: AP, GR or JE.
            charges: GL codes and values (debit positive) in the document's currency; they add up to nothing.
            rate: home currency for one unit of the document's.
            refs: as of `enter`.

        Returns:
            Year, period and number of the journal.

        Raises:
            ValueError: debits and credits differ.
        """
        return self.enter(day, source, [Line(code, d.local(value, rate), value) for code, value in charges], **refs)

    def enter(self, day: date, source: str, lines: Sequence[Line], **refs: Any) -> JournalKey:
        """A GL journal: its control row, its entries, the postings by account, and the balances.

        Args:
            day: its date.
            source: AP, GR or JE.
            lines: its entries; their values add up to nothing.
            refs: `reference`, `notation`, `supplier`, `invoice`, `currency`, `operator`, `period` (year and period;
                by default those of the day, today's at most), and `unposted` for a journal that waits for posting.

        Returns:
            Year, period and number of the journal.

        Raises:
            ValueError: debits and credits differ.
        """
        if sum(line.value for line in lines):
            raise ValueError("a journal's debits and credits differ")
        key = self._journal(day, source, [line.value for line in lines], refs)
        year, period, journal = key
        at = {"GlYear": year, "GlPeriod": period, "Journal": journal, "SubModJournal": journal, "Source": source}
        at |= {"SubModApInvoice": refs.get("invoice", ""), "SubModSupplier": refs.get("supplier", "")}
        for entry, line in enumerate(lines, 1):
            texts = {
                "Comment": line.comment or f"entry {entry}",
                "Reference": line.reference or refs.get("reference", ""),
            }
            self._entry(at | texts, entry, line, day, refs)
            if not refs.get("unposted"):
                self._posting(at | texts, line, day)
                self._balance(line.code, (year, period), line.value)
        return key

    def _next_journal(self, year: int, period: int) -> int:
        control = self.tables["GenControl"].get((self.company.code,))
        by_period = control is None or control["NextJnlNoPeriod"] != "N"
        periods = [period] if by_period else range(1, 16)
        return max(self.next_number("GenJournalCtl", (year, each), 2) for each in periods)

    def _journal(self, day: date, source: str, values: Sequence[Decimal], refs: dict[str, Any]) -> JournalKey:
        year, period = refs.get("period") or self._period(day)
        journal = self._next_journal(year, period)
        debit = sum((max(value, Decimal(0)) for value in values), Decimal(0))
        self.tables["GenJournalCtl"].put(
            {
                "GlYear": year,
                "GlPeriod": period,
                "GlJournal": journal,
                "JnlPrintFlag": "Y",
                "JournalDate": iso(day),
                "NumOfEntries": len(values),
                "DebitAmount": debit,
                "CreditAmount": debit,
                "JnlPostingType": "N",
                "Source": "S",
                "Operator": refs.get("operator", "ADMIN"),
                "JnlStatus": "" if refs.get("unposted") else "P",
                "Authorised": "Y",
                "PostDate": None if refs.get("unposted") else iso(self.company.today.date()),
                "Reference": refs.get("reference", ""),
                "Notation": refs.get("notation", ""),
                "JournalSource": source,
            }
        )
        return year, period, journal

    def _entry(self, at: dict[str, Any], entry: int, line: Line, day: date, refs: dict[str, Any]) -> None:
        self.tables["GenJournalDetail"].put(
            {
                **at,
                "EntryNumber": entry,
                "EntryType": "C" if line.value < 0 else "D",
                "EntryValue": abs(line.value),
                "GlCode": line.code,
                "EntryDate": iso(day),
                "EntryPosted": "N" if refs.get("unposted") else "Y",
                "InterCompanyFlag": "N",
                "Company": self.company.code,
                "CurrencyValue": abs(line.foreign),
                "PostCurrency": refs.get("currency", "EUR"),
                "Type": "N",
                "CommitmentFlag": "N",
                "TransactionDate": iso(day),
                "DocumentDate": iso(day),
            }
        )

    def _posting(self, at: dict[str, Any], line: Line, day: date) -> None:
        account = (self.company.code, line.code, at["GlYear"], at["GlPeriod"])
        self.tables["GenTransaction"].put(
            {
                **at,
                "Company": self.company.code,
                "GlCode": line.code,
                "GlLine": self.next_number("GenTransaction", account, 4),
                "JnlDate": iso(day),
                "EntryValue": line.value,
                "TransactionDate": iso(day),
            }
        )

    def _balance(self, code: str, period: tuple[int, int], value: Decimal) -> None:
        company, master = self.company.code, self.tables["GenMaster"]
        account = master.get((company, code))
        if account is None:
            raise ValueError(f"GL code {code} is not on file")
        changes = {"CurrentBalance": number(account, "CurrentBalance") + value}
        if period == self._period(self.company.today.date()):
            side = "PtdDrValue" if value > 0 else "PtdCrValue"
            changes[side] = number(account, side) + abs(value)
        else:
            changes["PrevPerEndBal"] = number(account, "PrevPerEndBal") + value
        master.update((company, code), changes)
        self._history(code, period, value)

    def _history(self, code: str, period: tuple[int, int], value: Decimal) -> None:
        history, company = self.tables["GenHistory"], self.company.code
        of = Both((Compare("Company", "eq", company), Compare("GlCode", "eq", code)))
        years = [int(str(row["GlYear"])) for row in map(history.row, history.hits(of))]
        if period[0] not in years:
            earlier = history.get((company, code, max((year for year in years if year < period[0]), default=0)))
            opening = number(earlier, "ClosingBalPer15") if earlier else Decimal(0)
            closings = {f"ClosingBalPer{month}": opening for month in range(1, 16)}
            history.put(
                {"Company": company, "GlCode": code, "GlYear": period[0], "BeginYearBalance": opening} | closings
            )
        for year in {*years, period[0]}:
            row = history.get((company, code, year))
            if row is None or year < period[0]:
                continue
            first = period[1] if year == period[0] else 1
            columns = [f"ClosingBalPer{month}" for month in range(first, 16)]
            columns += ["BeginYearBalance"] if year > period[0] else []
            history.update((company, code, year), {column: number(row, column) + value for column in columns})
