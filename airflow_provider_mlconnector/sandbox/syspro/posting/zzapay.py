"""ZZAPAY: posts payments of AP invoices.

**The sandbox's own.** No public object posts AP payments (SYSPRO sheet 2.0), so code, elements and checks are made up:
it stands for whatever a site has. What it writes is as ApInvoicePay is known (sheet 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import number
from airflow_provider_mlconnector.sandbox.syspro.columns import Row
from airflow_provider_mlconnector.sandbox.syspro.payables_posting import Payables
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Shape, leaves
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch, Entry, WritingObject, counted
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.posting.ledger_codes import payables_period


@dataclass(frozen=True)
class _Draft:
    """A payment that can be posted."""

    supplier: str
    invoice: str
    value: Decimal
    currency: str
    day: date
    period: tuple[int, int]
    reference: str
    notation: str


class PostApPayment(WritingObject):
    """The object.

    Args:
        payables: posts the payments.
    """

    code: ClassVar[str] = "ZZAPAY"
    root: ClassVar[str] = "PostApPayment"
    version: ClassVar[str] = "8.0.001"
    parameters: ClassVar[str] = "PostingPeriod IgnoreWarnings ApplyIfEntireDocumentValid ValidateOnly"
    shape: ClassVar[Shape] = leaves("Supplier Invoice PaymentValue PaymentDate PaymentReference Bank Notation")

    def __init__(self, payables: Payables) -> None:
        self._payables, self._company = payables, payables.keeper.company

    def reference(self, fields: Fields) -> str:
        """PaymentReference."""
        return fields.text("PaymentReference")

    def check(self, fields: Fields, batch: Batch) -> _Draft | None:
        """The payment as it would be posted; None where there is no such invoice or no value."""
        tables = self._company.tables
        supplier, invoice = fields.needed("Supplier", 15), fields.needed("Invoice", 20)
        if supplier and tables["ApSupplier"].get((supplier,)) is None:
            fields.error("Supplier", f"Supplier '{supplier}' not found")
        row = tables["ApInvoice"].get((supplier, invoice))
        if row is None:
            fields.error("Invoice", f"Invoice '{invoice}' not found")
        bank = fields.text("Bank", 15)
        if bank and bank not in d.BANKS:
            fields.error("Bank", f"Bank '{bank}' not found")
        period = payables_period(self._company, fields, batch)
        day = fields.day("PaymentDate") or self._company.today.date()
        value = self._value(fields, batch, row)
        if row is None or value is None:
            return None
        reference, notation = fields.text("PaymentReference", 30), fields.text("Notation", 100)
        return _Draft(supplier, invoice, value, str(row["Currency"]), day, period, reference, notation)

    @staticmethod
    def _value(fields: Fields, batch: Batch, invoice: Row | None) -> Decimal | None:
        fields.needed("PaymentValue")
        value = fields.number("PaymentValue")
        if value is None or invoice is None:
            return None
        key = ("paid", str(invoice["Supplier"]), str(invoice["Invoice"]))
        left = number(invoice, "MthInvBal1") - batch.taken[key]
        if value <= 0:
            fields.error("PaymentValue", "The value of a payment must be positive")
        elif value > left:
            fields.error("PaymentValue", f"The payment of {value} is more than the balance of {left}")
        batch.taken[key] += value
        return value

    def post(self, draft: _Draft, batch: Batch) -> tuple[str, dict[str, Any]]:
        """Post the payment with its journal."""
        refs: dict[str, Any] = {
            "period": draft.period,
            "operator": batch.call.operator,
            "notation": draft.notation,
            **({"reference": draft.reference} if draft.reference else {}),
        }
        key = self._payables.pay((draft.supplier, draft.invoice), draft.value, draft.day, **refs)
        row = self._company.tables["ApInvoicePay"].get(key)
        journal = int(str(row["Journal"])) if row else 0
        year, period = draft.period
        facts: dict[str, Any] = {
            "kind": "P",
            "supplier": draft.supplier,
            "invoice": draft.invoice,
            "entry": key[2],
            "value": draft.value.quantize(d.CENT),
            "currency": draft.currency,
            "date": draft.day,
            "year": year,
            "period": period,
            "journal": journal,
            "notation": draft.notation,
        }
        posted = {"EntryNumber": key[2], "Journal": f"{journal:08d}", "TrnYear": year, "TrnMonth": f"{period:02d}"}
        return batch.keyed({"Supplier": draft.supplier, "Invoice": draft.invoice}, posted), facts

    def validated(self, draft: _Draft, batch: Batch) -> str:
        """Supplier and invoice, without a journal."""
        return batch.keyed({"Supplier": draft.supplier, "Invoice": draft.invoice}, {})

    def status(self, entries: Sequence[Entry], done: int) -> dict[str, object]:
        """As APSTIN's."""
        return counted(entries, done)
