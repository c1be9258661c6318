"""AP invoices, what changes them, and their payments, posted after the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Bookkeeper, Charge, JournalKey, Line, number
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


@dataclass(frozen=True)
class Bill:
    """What changes what a supplier is owed for one invoice, with its journal.

    Attributes:
        supplier: the supplier's key.
        invoice: the invoice's number.
        code: `I` for the invoice itself, `A`, `C` or `D` for what changes one that is on file.
        gross: what is owed more, tax included, in the supplier's currency.
        lines: the journal's entries except that of the control account.
        day: journal date.
        rate: home currency for one unit of the supplier's.
        refs: as of `Bookkeeper.enter`.
    """

    supplier: str
    invoice: str
    code: str
    gross: Decimal
    lines: Sequence[Line]
    day: date
    rate: Decimal
    refs: Mapping[str, object] = field(default_factory=dict)


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
        of = self._supplier(new.supplier)
        rate = d.RATES[str(of["Currency"])]
        net = sum((value for _, value in new.charges), Decimal(0))
        tax = (net * d.TAX_RATES.get(str(of["DefTaxCode"]), Decimal(0))).quantize(d.CENT)
        debits = [*new.charges, *([(d.TAX, tax)] if tax else [])]
        lines = [Line(code, d.local(value, rate), value) for code, value in debits]
        code = "C" if net + tax < 0 else "I"
        bill = Bill(new.supplier, new.invoice, code, net + tax, lines, new.day, rate, {"reference": new.invoice})
        columns = {
            "InvoiceDate": iso(new.day),
            "DueDate": iso(new.due),
            "Reference": new.reference,
            "Branch": of["Branch"],
            "FirstTaxCode": of["DefTaxCode"],
        }
        self.book(bill, columns | dict(new.others))
        return new.supplier, new.invoice

    def _supplier(self, supplier: str) -> Row:
        row = self.tables["ApSupplier"].get((supplier,))
        if row is None:
            raise KeyError(f"supplier {supplier} is not on file")
        return row

    def book(self, bill: Bill, columns: Mapping[str, object]) -> JournalKey:
        """Post an invoice that is new.

        Args:
            bill: what is owed, and for what.
            columns: further columns of ApInvoice.

        Returns:
            Year, period and number of its journal.

        Raises:
            KeyError: the supplier is not on file.
            ValueError: debits and credits differ.
        """
        currency = str(self._supplier(bill.supplier)["Currency"])
        journal = self._journal(bill, currency)
        self.tables["ApInvoice"].put({**_invoice_row(bill, currency, journal), **columns})
        self._owe(bill.supplier, bill.gross)
        return journal

    def adjust(self, bill: Bill) -> JournalKey:
        """Post a credit note, debit note or adjustment of an invoice that is on file.

        It becomes an ApInvoicePay row of its own type, positive where the invoice is owed less (invented: how SYSPRO
        keeps it is not known).

        Args:
            bill: by how much more or less is owed, and for what.

        Returns:
            Year, period and number of its journal.

        Raises:
            KeyError: the invoice is not on file.
            ValueError: debits and credits differ.
        """
        key: Key = (bill.supplier, bill.invoice)
        currency = str(self.on_file(key)["Currency"])
        journal = self._journal(bill, currency)
        reference = str(bill.refs.get("reference", ""))
        self._entry(key, bill.code, -bill.gross, bill.day, journal, reference)
        total = number(self.on_file(key), "TotalAdjustments") + bill.gross
        self.tables["ApInvoice"].update(key, {"TotalAdjustments": total})
        return journal

    def on_file(self, key: Key) -> Row:
        """The invoice with this key. Raises KeyError where there is none."""
        row = self.tables["ApInvoice"].get(key)
        if row is None:
            raise KeyError(f"invoice {key} is not on file")
        return row

    def _journal(self, bill: Bill, currency: str) -> JournalKey:
        total = sum((line.value for line in bill.lines), Decimal(0))
        journal = self.keeper.enter(
            bill.day,
            "AP",
            [*bill.lines, Line(d.CONTROL, -total, -bill.gross)],
            supplier=bill.supplier,
            invoice=bill.invoice,
            currency=currency,
            **bill.refs,
        )
        self._summary(journal, bill.supplier, bill.invoice, bill.code, bill.gross, str(bill.refs.get("reference", "")))
        self._distribute(journal, bill)
        return journal

    def _distribute(self, journal: JournalKey, bill: Bill) -> None:
        year, period, posted = journal
        for sub, line in enumerate(bill.lines, 1):
            self.tables["ApJnlDistrib"].put(
                {
                    "TrnYear": year,
                    "TrnMonth": period,
                    "Journal": posted,
                    "EntryNumber": 1,
                    "SubEntry": sub,
                    "SupplierGlCode": d.CONTROL,
                    "TrnDate": iso(bill.day),
                    "ExpenseGlCode": line.code,
                    "DistrValue": line.value,
                    "Reference": bill.invoice,
                    "ExpenseType": "T" if line.code == d.TAX else "M",
                }
            )

    def pay(self, key: Key, value: Decimal, day: date, **refs: object) -> Key:
        """Pay (part of) an invoice, in its currency.

        Args:
            key: the invoice's.
            value: what is paid.
            day: when.
            refs: as of `Bookkeeper.enter`.

        Returns:
            The key of its ApInvoicePay row.

        Raises:
            KeyError: the invoice is not on file.
        """
        invoice = self.on_file(key)
        currency, entry = str(invoice["Currency"]), int(str(invoice["NextPaymEntry"]))
        supplier, name = str(key[0]), str(key[1])
        refs = {"reference": f"EFT {name}/{entry}"} | refs
        balance, rate = number(invoice, "MthInvBal1"), number(invoice, "ConvRate")
        # By balances, so that the payments of an invoice add up to it in the home currency, too.
        home = d.local(balance, rate) - d.local(balance - value, rate)
        journal = self.keeper.enter(
            day,
            "AP",
            [Line(d.CONTROL, home, value), Line(d.BANK, -home, -value)],
            supplier=supplier,
            invoice=name,
            currency=currency,
            **refs,
        )
        self._summary(journal, supplier, name, "P", value)
        self._entry(key, "P", value, day, journal, str(refs["reference"]))
        return supplier, name, entry

    def _entry(self, key: Key, code: str, value: Decimal, day: date, journal: JournalKey, reference: str) -> None:
        invoice = self.on_file(key)
        entry, balance = int(str(invoice["NextPaymEntry"])), number(invoice, "MthInvBal1") - value
        changes: dict[str, object] = {"NextPaymEntry": entry + 1, "MthInvBal1": balance}
        if not balance:
            changes |= {"YearInvBalZero": journal[0], "MonthInvBalZero": journal[1]}
        self.tables["ApInvoice"].update(key, changes)
        paid = _payment_row(value, day, invoice, journal)
        paid |= {"TrnType": code, "EntryNumber": entry, "PaymentReference": reference}
        self.tables["ApInvoicePay"].put(paid)
        self._owe(str(key[0]), -value)

    def _summary(
        self, journal: JournalKey, supplier: str, invoice: str, code: str, value: Decimal, reference: str = ""
    ) -> None:
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
                "Reference": reference,
            }
        )

    def _owe(self, supplier: str, value: Decimal) -> None:
        row = self.tables["ApSupplier"].get((supplier,))
        if row is not None:
            balance = number(row, "CurrentBalance") + value
            self.tables["ApSupplier"].update((supplier,), {"CurrentBalance": balance})


def _invoice_row(bill: Bill, currency: str, journal: JournalKey) -> dict[str, object]:
    year, period, posted = journal
    return {
        "Supplier": bill.supplier,
        "Invoice": bill.invoice,
        "NextPaymEntry": 1,
        "JournalDate": iso(bill.day),
        "Journal": posted,
        "OrigInvValue": bill.gross,
        "MthInvBal1": bill.gross,
        "Currency": currency,
        "Bank": "1",
        "InvoiceYear": year,
        "InvoiceMonth": period,
        "ExchangeRate": bill.rate,
        "CurrencyValue": bill.gross,
        "PostCurrency": currency,
        "ConvRate": bill.rate,
        "MulDiv": "M",
        "AccountCur": currency,
        "AccConvRate": bill.rate,
        "AccMulDiv": "M",
        "EntryNumber": 1,
        "InvoiceTakeOn": "N",
        "OrigInvRate": bill.rate,
    }


def _payment_row(value: Decimal, day: date, invoice: Row, journal: JournalKey) -> dict[str, object]:
    currency, rate, (year, period, posted) = invoice["Currency"], invoice["ConvRate"], journal
    return {
        "Supplier": invoice["Supplier"],
        "Invoice": invoice["Invoice"],
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
