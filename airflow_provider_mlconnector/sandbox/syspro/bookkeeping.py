"""Postings that happen after the beginning: each writes every table that a posting in SYSPRO would touch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.predicates import Compare

Charge = tuple[str, Decimal]
JournalKey = tuple[int, int, int]


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
        """A GL journal: its control row, its entries, the postings by account, and the balances.

        Args:
            day: its date.
            source: AP, GR or JE.
            charges: GL codes and values (debit positive) in the document's currency; they add up to nothing.
            rate: home currency for one unit of the document's.
            refs: `reference`, `supplier`, `invoice`, `currency`.

        Returns:
            Year, period and number of the journal.

        Raises:
            ValueError: debits and credits differ.
        """
        values = [(code, d.local(value, rate), value) for code, value in charges]
        if sum(value for _, value, _ in values):
            raise ValueError("a journal's debits and credits differ")
        reference = refs.get("reference", "")
        key = self._journal(day, source, [value for _, value, _ in values], reference)
        year, period, journal = key
        at = {"GlYear": year, "GlPeriod": period, "Journal": journal, "SubModJournal": journal, "Source": source}
        at |= {"Reference": reference, "SubModApInvoice": refs.get("invoice", "")}
        at |= {"SubModSupplier": refs.get("supplier", "")}
        for entry, (code, value, foreign) in enumerate(values, 1):
            self._entry(
                at | {"Comment": f"entry {entry}"}, code, entry, value, foreign, day, refs.get("currency", "EUR")
            )
            self._balance(code, (year, period), value)
        return key

    def _journal(self, day: date, source: str, values: Sequence[Decimal], reference: str) -> JournalKey:
        year, period = self._period(day)
        journal = self.next_number("GenJournalCtl", (year, period), 2)
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
                "Operator": "ADMIN",
                "JnlStatus": "P",
                "Authorised": "Y",
                "PostDate": iso(self.company.today.date()),
                "Reference": reference,
                "JournalSource": source,
            }
        )
        return year, period, journal

    def _entry(
        self, at: dict[str, Any], code: str, entry: int, value: Decimal, foreign: Decimal, day: date, currency: str
    ) -> None:
        company = self.company.code
        self.tables["GenJournalDetail"].put(
            {
                **at,
                "EntryNumber": entry,
                "EntryType": "C" if value < 0 else "D",
                "EntryValue": abs(value),
                "GlCode": code,
                "EntryDate": iso(day),
                "EntryPosted": "Y",
                "InterCompanyFlag": "N",
                "Company": company,
                "CurrencyValue": abs(foreign),
                "PostCurrency": currency,
                "Type": "N",
                "CommitmentFlag": "N",
                "TransactionDate": iso(day),
                "DocumentDate": iso(day),
            }
        )
        line = self.next_number("GenTransaction", (company, code, at["GlYear"], at["GlPeriod"]), 4)
        self.tables["GenTransaction"].put(
            {
                **at,
                "Company": company,
                "GlCode": code,
                "GlLine": line,
                "JnlDate": iso(day),
                "EntryValue": value,
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
        years = [int(str(row["GlYear"])) for row in map(history.row, history.hits(Compare("GlCode", "eq", code)))]
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
