"""What an AP invoice is for: its ledger lines, its tax, and whether they add up (SYSPRO sheet 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Line, number
from airflow_provider_mlconnector.sandbox.syspro.columns import Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.posting.ledger_codes import check_ledger_code

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Distribution:
    """The entries of an invoice's journal, without that of the control account; in both currencies."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Charged:
    """A line's value in the currency of the distribution, and its tax code."""

    line: Line
    tax_code: str


@dataclass(frozen=True)
class Owed:
    """TransactionValue, in the supplier's currency, and the home currency for one unit of that."""

    gross: Decimal
    rate: Decimal


def ledger_lines(fields: Fields, company: Company) -> list[Charged]:
    """The item's ledger lines; what is wrong with them is noted."""
    return [_line(each, company) for each in fields.lines("LedgerDistribution")]


def distribution(
    fields: Fields, batch: Batch, company: Company, supplier: Row, charged: Sequence[Charged], owed: Owed
) -> Distribution:
    """The journal's entries; what is wrong with them is noted.

    With TaxBasis E the lines are net and the tax is posted beside them; with I they add up to the gross (by inference,
    sheet 6.12).

    Args:
        fields: the item.
        batch: its call.
        company: whose ledger codes and taxes.
        supplier: its row; currency and tax code.
        charged: its ledger lines.
        owed: what they have to add up to.
    """
    gross, rate = owed.gross, owed.rate
    local = batch.choice("LedgerDistributionCurrency", ("L", "F"), "L") == "L" or supplier["Currency"] == "EUR"
    basis = fields.choice("TaxBasis", ("E", "I"), "E")
    tax = _tax(fields, batch, company, charged, exclusive=basis == "E")
    code = _tax_account(fields, company, fields.text("TaxCode") or str(supplier["DefTaxCode"]))
    whole = [each.line for each in charged]
    if basis == "E" and tax:
        # Tax is given in the supplier's currency, as the transaction's value is.
        home = d.local(tax, rate) if local else tax
        whole.append(Line(code, home, tax, "tax"))
    expected = d.local(gross, rate) if local else gross
    total = sum((line.value for line in whole), _NOTHING)
    if total != expected:
        fields.error("TransactionValue", f"The distribution of {total} does not agree with the value of {expected}")
    return Distribution(tuple(_converted(whole, gross, rate, local=local)))


def _line(fields: Fields, company: Company) -> Charged:
    code = check_ledger_code(company, fields)
    value = fields.number("LedgerValue")
    if value is None and not fields.text("LedgerValue"):
        fields.error("LedgerValue", "'LedgerValue' must be entered")
    tax_code = fields.text("LedgerTaxCode")
    if tax_code and company.tables["AdmTax"].get((tax_code,)) is None:
        fields.error("LedgerTaxCode", f"Tax code '{tax_code}' not found")
    fields.choice("TaxOnlyLine", ("N", "Y"), "N")
    value = value or _NOTHING
    return Charged(Line(code, value, value, fields.text("LedgerNotation", 50)), tax_code)


def _tax(fields: Fields, batch: Batch, company: Company, lines: Sequence[Charged], *, exclusive: bool) -> Decimal:
    given, second = fields.number("TaxValue"), fields.number("SecondTaxValue") or _NOTHING
    automatic = batch.choice("AutomaticTaxCalculation", ("N", "Y"), "N") == "Y"
    by_code = {each.tax_code or fields.text("TaxCode") for each in lines}
    computed = sum((_line_tax(fields, company, each) for each in lines), _NOTHING)
    if given is None:
        return (computed if automatic and exclusive else _NOTHING) + second
    variance = Decimal(batch.call.option("PermissibleTaxVariance", "0"))
    if exclusive and len(by_code) > 1 and abs(given - computed) > variance:
        fields.error("TaxValue", f"The tax of {given} differs from the calculated {computed}")
    return given + second


def _line_tax(fields: Fields, company: Company, taxed: Charged) -> Decimal:
    row = company.tables["AdmTax"].get((taxed.tax_code or fields.text("TaxCode"),))
    return (taxed.line.value * number(row, "CurTaxRate") / 100).quantize(d.CENT) if row else _NOTHING


def _tax_account(fields: Fields, company: Company, tax_code: str) -> str:
    row = company.tables["AdmTax"].get((tax_code,))
    if row is None:
        if fields.text("TaxCode"):
            fields.error("TaxCode", f"Tax code '{tax_code}' not found")
        return d.TAX
    return str(row["ApTaxGlCode"])


def _converted(lines: list[Line], gross: Decimal, rate: Decimal, *, local: bool) -> list[Line]:
    """The lines in both currencies; the last one takes what rounding leaves over."""
    if rate == 1:
        return lines
    done = []
    for line in lines:
        home = line.value if local else d.local(line.value, rate)
        done.append(Line(line.code, home, (line.value / rate).quantize(d.CENT) if local else line.value, line.comment))
    if done:
        last = done.pop()
        rest = d.local(gross, rate) - sum((line.value for line in done), _NOTHING)
        foreign = gross - sum((line.foreign for line in done), _NOTHING)
        done.append(Line(last.code, rest, foreign, last.comment))
    return done
