"""APSTIN: posts AP invoices and what changes them (SYSPRO sheet 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Line, number
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Row
from airflow_provider_mlconnector.sandbox.syspro.payables_posting import Bill, Payables
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Shape, leaves
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch, Entry, WritingObject, counted
from airflow_provider_mlconnector.sandbox.syspro.posting.distribution import (
    Charged,
    Owed,
    distribution,
    in_local,
    ledger_lines,
)
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.posting.grn import Match, keep, matches
from airflow_provider_mlconnector.sandbox.syspro.posting.ledger_codes import ANALYSIS, payables_period

_ITEM = """Supplier TransactionCode Branch Invoice EntryNumber TransactionValue FreightCharge MiscellaneousCharge
    Notation TransactionReference JournalNotation DiscountBasis DiscountableValue DiscountPercentageValue
    DiscountAdjustment InvoiceDate DueDate DiscountDate ExchRateAtEntry FixedExchRate TaxBasis CalculateQstOnTax
    TaxCode TaxValue SecondTaxCode SecondTaxValue WithholdingTaxCode WithholdingTaxValue EcAcquisition Nationality
    AutoVoucherCreated POGLCode Bank ReestablishInvoice AnalysisEntry"""
_GRN = """GrnMatchType GrnSupplier GrnGrn GrnFlag GrnJournal GrnEntry GrnDetailKey GrnMatchValue
    GrnPartialMatchQuantity GrnPartialMatchValue"""
_LINE = """LedgerCode PasswordForLedgerCode LedgerTaxCode LedgerSecondTaxCode LedgerWithholdingTaxCode
    LedgerWithholdingTaxExpenseType LedgerNotation LedgerValue TaxOnlyLine AnalysisEntry"""
_CODES = ("I", "A", "C", "D", "P")
# What an item adds to what is owed: credit notes lower it (by inference; sheet 6.11 has their sign as unknown).
_SIGN = {"I": 1, "A": 1, "D": 1, "C": -1}


@dataclass(frozen=True)
class _Draft:
    """An item that can be posted; `columns` are those of a new ApInvoice row."""

    bill: Bill
    columns: Mapping[str, object]
    currency: str
    matches: Sequence[Match]


class PostApInvoice(WritingObject):
    """The object.

    Args:
        payables: posts the documents.
    """

    code: ClassVar[str] = "APSTIN"
    root: ClassVar[str] = "PostApInvoice"
    version: ClassVar[str] = "8.0.010"
    parameters: ClassVar[str] = """PostingPeriod IgnoreWarnings ApplyIfEntireDocumentValid ValidateOnly
        PostZeroAdjustments DefaultDiscountDate DefaultDueDate LedgerDistributionCurrency AutomaticTaxCalculation
        PermissibleTaxVariance ApArContraTrx IgnoreAnalysis ApTaxReliefAsOfDate ApTaxReliefNoOfDays"""
    shape: ClassVar[Shape] = {
        **leaves(_ITEM),
        "AnalysisLineEntry": leaves(ANALYSIS),
        "GrnDetails": leaves(_GRN),
        "LedgerDistribution": leaves(_LINE),
    }

    def __init__(self, payables: Payables) -> None:
        self._payables, self._company, self._tables = payables, payables.keeper.company, payables.tables

    def reference(self, fields: Fields) -> str:
        """TransactionReference."""
        return fields.text("TransactionReference")

    def check(self, fields: Fields, batch: Batch) -> _Draft | None:
        """The item as it would be posted; None where supplier or value are missing."""
        supplier = self._supplier(fields)
        code = fields.choice("TransactionCode", _CODES, "I")
        self._invoice(fields, batch, code)
        gross = fields.number("TransactionValue")
        period = payables_period(self._company, fields, batch)
        day = fields.day("InvoiceDate") or self._company.today.date()
        if gross is None and not fields.text("TransactionValue"):
            fields.error("TransactionValue", "'TransactionValue' must be entered")
        if gross is not None:
            self._check_value(fields, batch, code, gross)
        columns = self._columns(fields, supplier, batch, day)
        charged = ledger_lines(fields, self._company)
        if supplier is None or gross is None or code not in _SIGN:
            return None
        owed = Owed(gross, self._rate(fields, supplier))
        matched = self._matched(fields, batch, supplier, code)
        local, variance = in_local(batch, supplier), str(supplier["MerchGlCode"]) or d.STOCK
        charged += [Charged(line) for match in matched for line in match.lines(variance, owed.rate, local=local)]
        lines = distribution(fields, batch, self._company, supplier, charged, owed)
        bill = self._bill(fields, batch, code, lines, owed, period)
        return _Draft(bill, columns, str(supplier["Currency"]), matched)

    def _matched(self, fields: Fields, batch: Batch, supplier: Row, code: str) -> list[Match]:
        given = bool(fields.lines("GrnDetails"))
        if code == "I" and supplier["GrnMatchReqd"] == "Y" and not given:
            fields.error("GrnDetails", "Invoices of this supplier must be matched with goods received notes")
        elif given and code != "I":
            fields.error("GrnDetails", "Only invoices are matched with goods received notes")
        return matches(fields, batch, self._company)

    def _supplier(self, fields: Fields) -> Row | None:
        key = fields.needed("Supplier", 15)
        row = self._tables["ApSupplier"].get((key,)) if key else None
        if key and row is None:
            fields.error("Supplier", f"Supplier '{key}' not found")
        elif row is not None and row["OnHold"] == "Y":
            fields.warn("Supplier", f"Supplier '{key}' is on hold")
        return row

    def _invoice(self, fields: Fields, batch: Batch, code: str) -> None:
        invoice, supplier = fields.needed("Invoice", 20), fields.text("Supplier")
        there = self._tables["ApInvoice"].get((supplier, invoice)) is not None
        if code == "P":
            fields.error("Invoice", f"Invoice '{invoice}' is not registered")
        elif code == "I" and (there or batch.taken["invoice", supplier, invoice]):
            fields.error("Invoice", f"Invoice '{invoice}' already exists")
        elif code != "I" and not there:
            fields.error("Invoice", f"Invoice '{invoice}' not found")
        batch.taken["invoice", supplier, invoice] += 1

    def _check_value(self, fields: Fields, batch: Batch, code: str, gross: Decimal) -> None:
        if gross < 0 and code != "A":
            fields.error("TransactionValue", f"The value of a transaction of code '{code}' must be positive")
        if not gross and (code != "A" or batch.choice("PostZeroAdjustments", ("N", "Y"), "N") == "N"):
            fields.error("TransactionValue", "A transaction without a value is not posted")

    def _rate(self, fields: Fields, supplier: Row) -> Decimal:
        table = self._tables["TblCurrency"].get((supplier["Currency"],))
        rate = number(table, "BuyExchangeRate") if table else Decimal(1)
        given = fields.number("ExchRateAtEntry", quantity=True)
        if supplier["Currency"] == "EUR" or not given:
            return rate
        if given < 0:
            fields.error("ExchRateAtEntry", "The exchange rate must be positive")
        return given

    def _columns(self, fields: Fields, supplier: Row | None, batch: Batch, day: date) -> dict[str, object]:
        branch = fields.text("Branch", 10)
        if branch and self._tables["ApBranch"].get((branch,)) is None:
            fields.error("Branch", f"Branch '{branch}' not found")
        terms = str(supplier["TermsCode"]) if supplier else ""
        by_terms = day + timedelta(days=int(terms)) if terms.isdigit() else None
        due = fields.day("DueDate") or batch.day("DefaultDueDate") or by_terms
        discount = fields.day("DiscountDate") or batch.day("DefaultDiscountDate")
        fields.choice("DiscountBasis", ("T", "P", "V", ""), "")
        fields.choice("FixedExchRate", ("Y", "N", ""), "")
        for name in ("FreightCharge", "MiscellaneousCharge", "DiscountPercentageValue", "DiscountAdjustment"):
            fields.number(name)
        bank = fields.text("Bank", 15)
        if bank and bank not in d.BANKS:
            fields.error("Bank", f"Bank '{bank}' not found")
        return {
            "InvoiceDate": iso(day),
            "DueDate": iso(due),
            "DiscountDate": iso(discount),
            "OrigDiscValue": fields.number("DiscountableValue") or 0,
            "Branch": branch or (supplier["Branch"] if supplier else ""),
            "Bank": bank or "1",
            "Reference": fields.text("TransactionReference", 30),
            "FirstTaxCode": fields.text("TaxCode") or (supplier["DefTaxCode"] if supplier else ""),
            "FixExchangeRate": fields.text("FixedExchRate") or "N",
        }

    def _bill(
        self,
        fields: Fields,
        batch: Batch,
        code: str,
        lines: Sequence[Line],
        owed: Owed,
        period: tuple[int, int],
    ) -> Bill:
        notation = fields.text("JournalNotation", 100) or fields.text("Notation", 50)
        refs = {
            "reference": fields.text("TransactionReference", 30) or fields.text("Invoice", 20),
            "notation": notation,
            "operator": batch.call.operator,
            "period": period,
        }
        sign, day = _SIGN[code], self._company.today.date()
        signed = [Line(line.code, sign * line.value, sign * line.foreign, line.comment) for line in lines]
        supplier, invoice, gross = fields.text("Supplier", 15), fields.text("Invoice", 20), sign * owed.gross
        return Bill(supplier, invoice, code, gross, signed, day, owed.rate, refs)

    def post(self, draft: _Draft, batch: Batch) -> tuple[str, dict[str, Any]]:
        """Post the item with its journal."""
        bill = draft.bill
        journal = self._payables.book(bill, draft.columns) if bill.code == "I" else self._payables.adjust(bill)
        for match in draft.matches:
            keep(self._company, match, bill.invoice, journal)
        year, period, posted = journal
        facts: dict[str, Any] = {
            "kind": bill.code,
            "supplier": bill.supplier,
            "invoice": bill.invoice,
            "value": bill.gross.quantize(d.CENT),
            "currency": draft.currency,
            "date": str(draft.columns["InvoiceDate"])[:10],
            "year": year,
            "period": period,
            "journal": posted,
            "notation": str(bill.refs["notation"]),
            "lines": [{"code": line.code, "value": line.value.quantize(d.CENT)} for line in bill.lines],
        }
        key = {"Journal": f"{posted:08d}", "TrnYear": year, "TrnMonth": f"{period:02d}"}
        return batch.keyed(_named(bill), key), facts

    def validated(self, draft: _Draft, batch: Batch) -> str:
        """Supplier and invoice, without a journal."""
        return batch.keyed(_named(draft.bill), {})

    def status(self, entries: Sequence[Entry], done: int) -> dict[str, object]:
        """Six digits each (by inference from SORTOI)."""
        return counted(entries, done)


def _named(bill: Bill) -> dict[str, object]:
    return {"Supplier": bill.supplier, "Invoice": bill.invoice}
