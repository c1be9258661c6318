"""What can happen in a Stampli company: each kind of event changes its records as people and Stampli would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.stampli.company import Company
from airflow_provider_mlconnector.sandbox.stampli.drafts import TAX, Drafts, order_line
from airflow_provider_mlconnector.sandbox.stampli.records import (
    CENT,
    Account,
    Invoice,
    Payment,
    PurchaseOrder,
    Vendor,
)

_APPROVER = "Anna Müller"


class Events:
    """Things that happen; the same ones in the same order give the same records.

    Args:
        company: where they happen.
    """

    def __init__(self, company: Company) -> None:
        self._company, self._drafts = company, Drafts(company)
        self._happened = 0
        self._kinds: dict[str, Callable[..., list[str]]] = {
            "new_invoices": self.new_invoices,
            "credit_memo": self.credit_memo,
            "approve": self.approve,
            "void": self.void,
            "changed_invoice": self.changed_invoice,
            "same_invoice_again": self.same_invoice_again,
            "unknown_gl_code": self.unknown_gl_code,
            "unknown_vendor": self.unknown_vendor,
            "unbalanced_totals": self.unbalanced_totals,
            "totals_corrected": self.totals_corrected,
            "foreign_currency": self.foreign_currency,
            "pay": self.pay,
            "void_payment": self.void_payment,
            "new_vendor": self.new_vendor,
            "vendor_changed": self.vendor_changed,
            "new_account": self.new_account,
            "new_purchase_orders": self.new_purchase_orders,
        }

    def kinds(self) -> list[str]:
        """What can happen."""
        return sorted(self._kinds)

    def happen(self, kind: str, params: Mapping[str, Any]) -> list[str]:
        """Let something happen.

        Args:
            kind: what; the methods of this class say which parameters each has.
            params: its parameters.

        Returns:
            The ids of the records that it was about.

        Raises:
            ValueError: there is no such kind, or a parameter is wrong.
            KeyError: a record that it needs isn't there.
        """
        if kind not in self._kinds:
            raise ValueError(f"there is no event '{kind}'; there are {', '.join(self.kinds())}")
        self._happened += 1
        try:
            return self._kinds[kind](self._company.random(f"event/{self._happened}"), **params)
        except TypeError as error:
            raise ValueError(f"event '{kind}': {error}") from None

    def new_invoices(self, rng: Random, n: int = 1, *, approved: bool = True, **named: Any) -> list[str]:
        """`n` invoices, approved or pending.

        Their `vendor`, `invoice` number, net `amount`, `gl_account`, `department`, `currency`, `lines` (how many) and
        `days_back` (how old they are) may be given.
        """
        made = []
        for _ in range(n):
            invoice = self._drafts.invoice(rng, **named)
            made.append(self._put(self._approved(invoice) if approved else invoice))
        return made

    def credit_memo(self, rng: Random, invoice: str = "", amount: str = "") -> list[str]:
        """An approved credit memo on an approved invoice, under its number, by default of a tenth."""
        of = self._drafts.pick(rng, invoice, "APPROVED", "PAID")
        net = Decimal(amount) if amount else (of.net_amount / 10).quantize(CENT)
        tax = (net * TAX).quantize(CENT) if of.tax_amount else Decimal(0)
        line = replace(of.lines[0], line_amount=net, line_description="Gutschrift / credit")
        memo = replace(
            of,
            invoice_id=self._drafts.number("invoices", "INV"),
            document_type="CREDIT_MEMO",
            total_amount=net + tax,
            tax_amount=tax,
            net_amount=net,
            lines=(line,),
        )
        return [self._put(self._approved(memo))]

    def approve(self, rng: Random, n: int = 1, invoice: str = "") -> list[str]:
        """`n` pending invoices, or the one named, are approved."""
        return [self._put(self._approved(self._drafts.pick(rng, invoice, "PENDING"))) for _ in range(n)]

    def void(self, rng: Random, invoice: str = "") -> list[str]:
        """An approved invoice, or the one named, is voided."""
        return [self._put(replace(self._drafts.pick(rng, invoice, "APPROVED", "PENDING"), status="VOID"))]

    def changed_invoice(self, rng: Random, invoice: str = "", amount: str = "50.00") -> list[str]:
        """An approved invoice, or the one named, now asks for so much more, net."""
        of = self._drafts.pick(rng, invoice, "APPROVED")
        more = Decimal(amount)
        first = replace(of.lines[0], line_amount=of.lines[0].line_amount + more)
        changed = replace(
            of,
            net_amount=of.net_amount + more,
            total_amount=of.total_amount + more,
            lines=(first, *of.lines[1:]),
            description="corrected",
        )
        return [self._put(changed)]

    def same_invoice_again(self, rng: Random, invoice: str = "") -> list[str]:
        """An approved invoice, or the one named, counts as changed without being so: it is in the next delta again."""
        of = self._drafts.pick(rng, invoice, "APPROVED")
        self._company.touch("invoices", of.invoice_id)
        return [of.invoice_id]

    def unknown_gl_code(self, rng: Random, gl_account: str = "5999") -> list[str]:
        """An approved invoice is coded to an account that nobody knows."""
        return self.new_invoices(rng, gl_account=gl_account)

    def unknown_vendor(self, rng: Random, vendor: str = "9999999") -> list[str]:
        """An approved invoice of a vendor that neither Stampli nor the ERP has."""
        invoice = self._drafts.invoice(rng)
        return [self._put(self._approved(replace(invoice, vendor_id=vendor, vendor_name="Nobody & Co")))]

    def unbalanced_totals(self, rng: Random, by: str = "10.00", **named: Any) -> list[str]:
        """The total of an approved invoice is more than its lines and tax."""
        invoice = self._drafts.invoice(rng, **named)
        return [self._put(self._approved(replace(invoice, total_amount=invoice.total_amount + Decimal(by))))]

    def totals_corrected(self, rng: Random, invoice: str) -> list[str]:
        """The total of the invoice named is again what its lines and tax are."""
        of = self._drafts.pick(rng, invoice)
        return [self._put(replace(of, total_amount=of.net_amount + of.tax_amount))]

    def foreign_currency(self, rng: Random, currency: str = "USD", **named: Any) -> list[str]:
        """An approved invoice in a currency other than the vendor's, or of a `vendor` who has it."""
        return self.new_invoices(rng, currency=currency, **named)

    def pay(self, rng: Random, n: int = 1, invoice: str = "", amount: str = "") -> list[str]:
        """`n` approved invoices, or the one named, are paid: all they ask for, or `amount`."""
        made = []
        for _ in range(n):
            of = self._drafts.pick(rng, invoice, "APPROVED")
            paid = Decimal(amount) if amount else of.total_amount
            payment = Payment(
                payment_id=self._drafts.number("payments", "PAY"),
                invoice_id=of.invoice_id,
                invoice_number=of.invoice_number,
                vendor_id=of.vendor_id,
                payment_date=self._drafts.today,
                amount=paid,
                currency=of.currency,
                reference=f"TRX-{rng.randrange(10**6):06d}",
            )
            self._company.put("payments", payment.payment_id, payment)
            if paid == of.total_amount:
                self._put(replace(of, status="PAID"))
            made.append(payment.payment_id)
        return made

    def void_payment(self, rng: Random, payment: str = "") -> list[str]:
        """A payment, or the one named, is voided."""
        there = [each for each in self._company.listed("payments") if isinstance(each, Payment)]
        found = [each for each in there if each.status == "PAID" and payment in ("", each.payment_id)]
        if not found:
            raise KeyError("there is no such payment to void")
        chosen = rng.choice(found)
        self._company.put("payments", chosen.payment_id, replace(chosen, status="VOID"))
        return [chosen.payment_id]

    def new_vendor(self, rng: Random, n: int = 1, vendor: str = "", name: str = "", **columns: Any) -> list[str]:
        """`n` vendors with the next numbers, or the one named."""
        made = []
        for _ in range(n):
            key = vendor or f"{len(self._company.vendors()) + 9001:07d}"
            shown = name or f"Neue & Söhne ~ {rng.randrange(1000)}"
            new = Vendor(vendor_id=key, vendor_name=shown, city="Köln", country="DE", modified_at=self._company.now)
            self._company.put("vendors", key, replace(new, **columns))
            made.append(key)
        return made

    def vendor_changed(self, rng: Random, vendor: str = "", **columns: Any) -> list[str]:
        """A vendor's `columns`, by default the telephone number, change."""
        of = self._drafts.vendor(rng, vendor)
        changes = columns or {"phone": f"+49 221 {rng.randrange(10**6):06d}"}
        self._company.put("vendors", of.vendor_id, replace(of, **{"modified_at": self._company.now, **changes}))
        return [of.vendor_id]

    def new_account(self, rng: Random, code: str = "", name: str = "") -> list[str]:
        """A GL account that was made in Stampli."""
        made = Account(account_code=code or f"{rng.randrange(7000, 8000)}", account_name=name or "Neu & new")
        self._company.put("gl_accounts", made.account_code, made)
        return [made.account_code]

    def new_purchase_orders(self, rng: Random, n: int = 1, vendor: str = "") -> list[str]:
        """`n` purchase orders of one to three lines."""
        made = []
        for _ in range(n):
            of = self._drafts.vendor(rng, vendor)
            number = self._drafts.number("purchase_orders", "PO")
            order = PurchaseOrder(
                po_id=f"id-{number}",
                po_number=number,
                vendor_id=of.vendor_id,
                order_date=self._drafts.today,
                required_by=self._drafts.today + timedelta(days=21),
                currency=of.currency,
                lines=tuple(order_line(rng, place) for place in range(1, rng.randrange(2, 5))),
            )
            self._company.put("purchase_orders", number, order)
            made.append(number)
        return made

    def _put(self, invoice: Invoice) -> str:
        self._company.put("invoices", invoice.invoice_id, invoice)
        return invoice.invoice_id

    def _approved(self, invoice: Invoice) -> Invoice:
        return replace(invoice, status="APPROVED", approved_by=_APPROVER, approved_at=self._company.now)
