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
class Charged:
    """A line's value in the currency of the distribution, and its tax code."""

    line: Line
    tax_code: str = ""


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
) -> tuple[Line, ...]:
    """The entries of an invoice's journal in both currencies, without that of the control account.

    With TaxBasis E the lines are net and the tax is posted beside them; with I they add up to the gross (by inference,
    sheet 6.12). What is wrong is noted.

    Args:
        fields: the item.
        batch: its call.
        company: whose ledger codes and taxes.
        supplier: its row; currency and tax code.
        charged: its ledger lines, in the currency of the distribution.
        owed: what they have to add up to.
    """
    local = in_local(batch, supplier)
    exclusive = fields.choice("TaxBasis", ("E", "I"), "E") == "E"
    # Tax is given in the supplier's currency, as the transaction's value is.
    rate = owed.rate if local else Decimal(1)
    tax = _tax(fields, batch, company, charged, rate, exclusive=exclusive)
    code = _tax_account(fields, company, fields.text("TaxCode") or str(supplier["DefTaxCode"]))
    lines = [each.line for each in charged] + ([Line(code, tax, tax, "tax")] if exclusive and tax else [])
    expected, total = d.local(owed.gross, rate), sum((line.value for line in lines), _NOTHING)
    if total != expected:
        fields.error("TransactionValue", f"The distribution of {total} does not agree with the value of {expected}")
    return tuple(_converted(lines, owed, local=local))


def in_local(batch: Batch, supplier: Row) -> bool:
    """Whether LedgerValue is in the home currency."""
    return batch.choice("LedgerDistributionCurrency", ("L", "F"), "L") == "L" or supplier["Currency"] == "EUR"


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


def _tax(
    fields: Fields,
    batch: Batch,
    company: Company,
    lines: Sequence[Charged],
    rate: Decimal,
    *,
    exclusive: bool,
) -> Decimal:
    given, second = fields.number("TaxValue"), d.local(fields.number("SecondTaxValue") or _NOTHING, rate)
    automatic = batch.choice("AutomaticTaxCalculation", ("N", "Y"), "N") == "Y"
    by_code = {each.tax_code or fields.text("TaxCode") for each in lines}
    computed = sum((_line_tax(fields, company, each) for each in lines), _NOTHING)
    variance = batch.amount("PermissibleTaxVariance")
    if given is None:
        return (computed if automatic and exclusive else _NOTHING) + second
    tax = d.local(given, rate)
    if exclusive and len(by_code) > 1 and abs(tax - computed) > variance:
        fields.error("TaxValue", f"The tax of {tax} differs from the calculated {computed}")
    return tax + second


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


def _converted(lines: list[Line], owed: Owed, *, local: bool) -> list[Line]:
    """The lines in both currencies; the last one takes what rounding leaves over."""
    if owed.rate == 1:
        return lines
    done = []
    for line in lines:
        home = line.value if local else d.local(line.value, owed.rate)
        foreign = (line.value / owed.rate).quantize(d.CENT) if local else line.value
        done.append(Line(line.code, home, foreign, line.comment))
    if done:
        last = done.pop()
        rest = d.local(owed.gross, owed.rate) - sum((line.value for line in done), _NOTHING)
        foreign = owed.gross - sum((line.foreign for line in done), _NOTHING)
        done.append(Line(last.code, rest, foreign, last.comment))
    return done
