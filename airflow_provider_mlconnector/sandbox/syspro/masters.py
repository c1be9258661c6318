"""Base tables that stand beside the documents: customers, currencies, taxes, branches and the modules' control rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import Books, iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Value
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Moving, Numbered, Periodic, Span

_PROFILES = 128
_NAMES = ("Bäckerei Groß & Co", "O'Malley, Sons", "Star*Market ~ East", 'Riverside "The Mill"', "Plain Retail")


def customers(books: Books) -> Periodic[int]:
    """ArCustomer."""

    def fixed(member: Member[int]) -> Mapping[str, Value]:
        place = member.slot
        return {
            "ShortName": _NAMES[place % len(_NAMES)][:20],
            "CreditStatus": "0",
            "CreditLimit": 1000 * (place % 90),
            "CustomerClass": "RT",
            "Branch": "10",
            "TermsCode": "30",
            "TaxStatus": "N",
            "Currency": list(d.RATES)[place % 3],
            "DateLastSale": iso(books.today - timedelta(days=place)) if place % 4 else None,
            "SoldToAddr1": f"Marktplatz {place + 1}",
            "SoldToAddr3": "Düsseldorf",
        }

    def number(cycle: int, member: Member[int]) -> int:
        return cycle * _PROFILES + member.slot + 1

    span = Span(max(16, books.span.documents // 8), _PROFILES)
    moving: dict[str, Moving[int]] = {
        "Customer": Numbered(number, lambda _: "%07d"),
        "Name": Numbered(number, lambda m: f"{_NAMES[m.slot % len(_NAMES)]} %d"),
    }
    return Periodic(span, [[Member(slot, slot) for slot in range(min(_PROFILES, span.documents))]], fixed, moving)


def currencies(_books: Books) -> Iterator[dict[str, Value]]:
    """TblCurrency."""
    for code, rate in sorted(d.RATES.items()):
        yield {
            "Currency": code,
            "Description": code,
            "BuyExchangeRate": rate,
            "SellExchangeRate": rate,
            "BuyMulDiv": "M",
            "SellMulDiv": "M",
        }


def taxes(books: Books) -> Iterator[dict[str, Value]]:
    """AdmTax."""
    for code, rate in sorted(d.TAX_RATES.items()):
        yield {
            "TaxCode": code,
            "Description": f"Tax {code}",
            "CurTaxRate": rate * 100,
            "PrvTaxRate": Decimal(0),
            "TaxEffDate": iso(date(books.today.year - 3, 1, 1)) if rate else None,
            "ApTaxGlCode": d.TAX,
            "GlTaxGlCode": d.TAX,
        }


def branches(_books: Books) -> Iterator[dict[str, Value]]:
    """ApBranch."""
    for code, name in (("10", "Köln"), ("20", "Leeds")):
        yield {"Branch": code, "Description": name, "ApControlGlCode": d.CONTROL}


def payables_control(books: Books) -> Iterator[dict[str, Value]]:
    """ApControl: the current AP period."""
    yield {"CtlFlag": "CTL", "FinYear": books.today.year, "FinPeriod": books.today.month}


def ledger_control(books: Books) -> Iterator[dict[str, Value]]:
    """GenControl: the current GL period; periods up to it are open, later ones are not (status letters invented)."""
    row: dict[str, Value] = {
        "Company": books.company,
        "GlYear": books.today.year,
        "GlPeriod": books.today.month,
        "AuthoriseJournals": "N",
        "NextJnlNoPeriod": "Y",
    }
    for period in range(1, 13):
        for year, prefix in ((books.today.year, "CurYr"), (books.today.year - 1, "PrvYr")):
            still_open = prefix == "PrvYr" or period <= books.today.month
            row[f"{prefix}PrdStat{period}"] = "O" if still_open else "F"
            row[f"{prefix}PrdEnd{period}"] = iso(date(year, period, monthrange(year, period)[1]))
    yield row
