"""AP invoices and payments that are posted after the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Bookkeeper, Charge, JournalKey, number
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row


@dataclass(frozen=True)
class NewInvoice:
    """An AP invoice to be posted; a negative one is a credit note.

    Attributes:
        supplier: the supplier's key.
        invoice: its number.
        charges: GL codes and net values in the supplier's currency.
        day: invoice and journal date; also the period that it is posted in, unless it lies in the future.
        due: due date.
        reference: free text.
        others: further columns of ApInvoice.
    """

    supplier: str
    invoice: str
    charges: Sequence[Charge]
    day: date
    due: date | None = None
    reference: str = ""
    others: Mapping[str, object] = field(default_factory=dict)


class Payables:
    """AP invoices and payments, posted with their journals.

    Args:
        keeper: posts the journals.
    """

    def __init__(self, keeper: Bookkeeper) -> None:
        self.keeper = keeper
        self.tables = keeper.tables

    def invoice(self, new: NewInvoice) -> Key:
        """Post an invoice; returns its key. Raises KeyError where the supplier is not on file."""
        of = self.tables["ApSupplier"].get((new.supplier,))
        if of is None:
            raise KeyError(f"supplier {new.supplier} is not on file")
        currency, rate = str(of["Currency"]), d.RATES[str(of["Currency"])]
        net = sum((value for _, value in new.charges), Decimal(0))
        tax = (net * d.TAX_RATES.get(str(of["DefTaxCode"]), Decimal(0))).quantize(d.CENT)
        debits = [*new.charges, *([(d.TAX, tax)] if tax else [])]
        journal = self.keeper.post(
            new.day,
            "AP",
            [*debits, (d.CONTROL, -net - tax)],
            rate,
            reference=new.invoice,
            supplier=new.supplier,
            invoice=new.invoice,
            currency=currency,
        )
        gross = net + tax
        self.tables["ApInvoice"].put(_invoice_row(new, of, gross, journal))
        self._summary(journal, new.supplier, new.invoice, "C" if gross < 0 else "I", gross)
        self._distribute(journal, new, debits, rate)
        self._owe(new.supplier, gross)
        return new.supplier, new.invoice

    def _distribute(self, journal: JournalKey, new: NewInvoice, debits: Sequence[Charge], rate: Decimal) -> None:
        year, period, posted = journal
        for sub, (code, value) in enumerate(debits, 1):
            self.tables["ApJnlDistrib"].put(
                {
                    "TrnYear": year,
                    "TrnMonth": period,
                    "Journal": posted,
                    "EntryNumber": 1,
                    "SubEntry": sub,
                    "SupplierGlCode": d.CONTROL,
                    "TrnDate": iso(new.day),
                    "ExpenseGlCode": code,
                    "DistrValue": d.local(value, rate),
                    "Reference": new.invoice,
                    "ExpenseType": "T" if code == d.TAX else "M",
                }
            )

    def pay(self, key: Key, value: Decimal, day: date) -> Key:
        """Pay (part of) an invoice, in its currency; returns the key of its ApInvoicePay row."""
        invoice = self.tables["ApInvoice"].get(key)
        if invoice is None:
            raise KeyError(f"invoice {key} is not on file")
        currency, entry = str(invoice["Currency"]), int(str(invoice["NextPaymEntry"]))
        supplier, name = str(key[0]), str(key[1])
        reference = f"EFT {name}/{entry}"
        journal = self.keeper.post(
            day,
            "AP",
            [(d.CONTROL, value), (d.BANK, -value)],
            d.RATES[currency],
            reference=reference,
            supplier=supplier,
            invoice=name,
            currency=currency,
        )
        balance = number(invoice, "MthInvBal1") - value
        changes: dict[str, object] = {"NextPaymEntry": entry + 1, "MthInvBal1": balance}
        if not balance:
            changes |= {"YearInvBalZero": journal[0], "MonthInvBalZero": journal[1]}
        self.tables["ApInvoice"].update(key, changes)
        paid = _payment_row(value, day, currency, journal)
        paid |= {"Supplier": supplier, "Invoice": name, "EntryNumber": entry, "PaymentReference": reference}
        self.tables["ApInvoicePay"].put(paid)
        self._summary(journal, supplier, name, "P", value)
        self._owe(supplier, -value)
        return supplier, name, entry

    def _summary(self, journal: JournalKey, supplier: str, invoice: str, code: str, value: Decimal) -> None:
        year, period, journal_number = journal
        self.tables["ApJnlSummary"].put(
            {
                "TrnYear": year,
                "TrnMonth": period,
                "Journal": journal_number,
                "EntryNumber": 1,
                "Supplier": supplier,
                "Invoice": invoice,
                "TransactionCode": code,
                "InvoiceValue": value,
            }
        )

    def _owe(self, supplier: str, value: Decimal) -> None:
        row = self.tables["ApSupplier"].get((supplier,))
        if row is not None:
            balance = number(row, "CurrentBalance") + value
            self.tables["ApSupplier"].update((supplier,), {"CurrentBalance": balance})


def _invoice_row(new: NewInvoice, of: Row, gross: Decimal, journal: JournalKey) -> dict[str, object]:
    currency, (year, period, posted) = of["Currency"], journal
    rate = d.RATES[str(currency)]
    return {
        "Supplier": new.supplier,
        "Invoice": new.invoice,
        "NextPaymEntry": 1,
        "JournalDate": iso(new.day),
        "Journal": posted,
        "Branch": of["Branch"],
        "InvoiceDate": iso(new.day),
        "DueDate": iso(new.due),
        "Reference": new.reference,
        "OrigInvValue": gross,
        "MthInvBal1": gross,
        "Currency": currency,
        "Bank": "1",
        "InvoiceYear": year,
        "InvoiceMonth": period,
        "ExchangeRate": rate,
        "FirstTaxCode": of["DefTaxCode"],
        "CurrencyValue": gross,
        "PostCurrency": currency,
        "ConvRate": rate,
        "MulDiv": "M",
        "AccountCur": currency,
        "AccConvRate": rate,
        "AccMulDiv": "M",
        "EntryNumber": 1,
        "InvoiceTakeOn": "N",
        "OrigInvRate": rate,
        **new.others,
    }


def _payment_row(value: Decimal, day: date, currency: str, journal: JournalKey) -> dict[str, object]:
    rate, (year, period, posted) = d.RATES[currency], journal
    return {
        "TrnType": "P",
        "JournalDate": iso(day),
        "Journal": posted,
        "TrnValue": value,
        "TrnYear": year,
        "TrnMonth": period,
        "PostValue": value,
        "PostCurrency": currency,
        "PostConvRate": rate,
        "PostMulDiv": "M",
        "AccountCur": currency,
        "AccountConvRate": rate,
        "AccountMulDiv": "M",
        "SummaryEntryNumber": 1,
    }
