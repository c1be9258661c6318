"""Base tables of the general ledger: journals, postings per account, and the accounts with their balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import ACCOUNTS, Books, iso, supplier_number
from airflow_provider_mlconnector.sandbox.syspro.columns import Value
from airflow_provider_mlconnector.sandbox.syspro.journals import Journal, Period, Posting
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Moving, Numbered, Periodic, members


def journal_control(books: Books) -> Periodic[Journal]:
    """GenJournalCtl: one row per journal, with its totals."""

    def fixed(member: Member[Journal]) -> Mapping[str, Value]:
        journal = member.about
        year, period = journal.period
        debit = sum((max(entry.value, Decimal(0)) for entry in journal.entries), Decimal(0))
        return {
            "GlYear": year,
            "GlPeriod": period,
            "JnlPrintFlag": "Y",
            "JournalDate": iso(journal.day),
            "NumOfEntries": len(journal.entries),
            "DebitAmount": debit,
            "CreditAmount": debit,
            "JnlPostingType": "N",
            "Source": "S",
            "Operator": "ADMIN",
            "JnlStatus": "P",
            "AuthorisedBy": "ADMIN",
            "PostedBy": "ADMIN",
            "Authorised": "Y",
            "PostDate": iso(journal.day),
            "JournalSource": journal.source,
        }

    return Periodic(
        books.span,
        books.journals.groups,
        fixed,
        {
            "GlJournal": Numbered(lambda cycle, m: m.rank(cycle)),
            "Reference": books.invoice_numbers,
            "Notation": Numbered(supplier_number, lambda m: f"{m.about.kind} %07d"),
        },
    )


def journal_detail(books: Books) -> Periodic[Posting]:
    """GenJournalDetail: entries with D or C and a positive value."""

    def fixed(member: Member[Posting]) -> Mapping[str, Value]:
        entry, journal = member.about.entry, member.about.journal.about
        year, period = journal.period
        return {
            "GlYear": year,
            "GlPeriod": period,
            "EntryNumber": entry.number,
            "EntryType": "C" if entry.value < 0 else "D",
            "EntryValue": abs(entry.value),
            "GlCode": entry.code,
            "Comment": entry.comment,
            "EntryDate": iso(journal.day),
            "EntryPosted": "Y",
            "InterCompanyFlag": "N",
            "Company": books.company,
            "CurrencyValue": abs(entry.currency_value),
            "PostCurrency": journal.document.supplier.currency,
            "Type": "N",
            "CommitmentFlag": "N",
            "TransactionDate": iso(journal.day),
            "DocumentDate": iso(journal.document.invoiced),
            "Source": journal.source,
            "SubModApBranch": journal.document.supplier.branch,
        }

    groups = [
        members(Posting(each, entry) for each in group for entry in each.about.entries)
        for group in books.journals.groups
    ]
    return Periodic(books.span, groups, fixed, _references(books))


def transactions(books: Books) -> Periodic[Posting]:
    """GenTransaction: postings by account and period, debit positive and credit negative."""

    def fixed(member: Member[Posting]) -> Mapping[str, Value]:
        entry, journal = member.about.entry, member.about.journal.about
        year, period = journal.period
        return {
            "Company": books.company,
            "GlCode": entry.code,
            "GlYear": year,
            "GlPeriod": period,
            "Source": journal.source,
            "JnlDate": iso(journal.day),
            "EntryValue": entry.value,
            "Comment": entry.comment,
            "TransactionDate": iso(journal.day),
            "SubModApBranch": journal.document.supplier.branch,
        }

    by_account: dict[tuple[str, Period], list[Posting]] = defaultdict(list)
    for posting in books.journals.postings():
        by_account[posting.entry.code, posting.journal.about.period].append(posting)
    groups = [members(by_account[account]) for account in sorted(by_account)]
    moving = _references(books)
    moving["GlLine"] = Numbered(lambda cycle, m: m.rank(cycle))
    return Periodic(books.span, groups, fixed, moving)


def _references(books: Books) -> dict[str, Moving[Posting]]:
    return {
        "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle)),
        "Reference": books.invoice_numbers,
        "SubModJournal": Numbered(lambda cycle, m: m.about.journal.rank(cycle)),
        "SubModApInvoice": books.invoice_numbers,
        "SubModSupplier": books.supplier_codes,
    }


def accounts(books: Books) -> Iterator[dict[str, Value]]:
    """GenMaster: the accounts; their balances are the sum of their postings."""
    totals = books.account_totals()
    current = (books.today.year, books.today.month)
    for code, (name, kind) in sorted(ACCOUNTS.items()):
        periods = totals.get(code, {})
        debit, credit = periods.get(current, (Decimal(0), Decimal(0)))
        balance = sum((debited - credited for debited, credited in periods.values()), Decimal(0))
        yield {
            "Company": books.company,
            "GlCode": code,
            "Description": name,
            "ReportIndex1": code,
            "AccountType": kind,
            "ExpenseType": "G" if kind == "E" else "",
            "PtdDrValue": debit,
            "PtdCrValue": credit,
            "CurrentBalance": balance,
            "PrevPerEndBal": balance - debit + credit,
            "GlGroup": code[:2],
            "ControlAccFlag": "Y" if code == d.CONTROL else "N",
            "AccOnHldFlag": "N",
            "IntegrationMethod": "D",
            "AnalysisRequired": "N",
            "CurrentInd": "C",
            "RetEarnsAccount": "00-3100",
            "TaxAccount": "Y" if code == d.TAX else "N",
        }


def history(books: Books) -> Iterator[dict[str, Value]]:
    """GenHistory: balances by year and period; the sandbox closes no year to retained earnings."""
    totals = books.account_totals()
    years = sorted({year for year, _ in books.journals.periods} | {books.today.year})
    for code in sorted(ACCOUNTS):
        balance = Decimal(0)
        for year in years:
            row: dict[str, Value] = {
                "Company": books.company,
                "GlCode": code,
                "GlYear": year,
                "BeginYearBalance": balance,
            }
            for period in range(1, 16):
                debit, credit = totals.get(code, {}).get((year, period), (Decimal(0), Decimal(0)))
                balance += debit - credit
                row[f"ClosingBalPer{period}"] = balance
            yield row
