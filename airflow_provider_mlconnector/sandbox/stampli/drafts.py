"""New invoices and order lines, and which of a company's records an event is about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from airflow_provider_mlconnector.sandbox.stampli.company import Company
from airflow_provider_mlconnector.sandbox.stampli.records import CENT, Invoice, InvoiceLine, OrderLine, Vendor

TAX = Decimal("0.19")


class Drafts:
    """Makes and picks records of one company.

    Args:
        company: the company.
    """

    def __init__(self, company: Company) -> None:
        self._company = company

    @property
    def today(self) -> date:
        """The company's day, in UTC."""
        return self._company.now.date()

    def number(self, kind: str, prefix: str) -> str:
        """The next id of a kind."""
        return f"{prefix}-{self._company.counts()[kind] + 1:06d}"

    def vendor(self, rng: Random, vendor: str, currency: str = "") -> Vendor:
        """The vendor named, or an active one, of this currency if any.

        Raises:
            KeyError: there is none.
        """
        found = [
            each
            for each in self._company.vendors()
            if (each.vendor_id == vendor if vendor else each.status == "ACTIVE" and currency in ("", each.currency))
        ]
        if not found:
            raise KeyError(f"there is no vendor '{vendor}'")
        return rng.choice(found)

    def pick(self, rng: Random, invoice: str, *statuses: str) -> Invoice:
        """The invoice named by its id, or one in these statuses that is no credit memo.

        Raises:
            KeyError: there is none.
        """
        there = [each for each in self._company.listed("invoices") if isinstance(each, Invoice)]
        if invoice:
            found = [each for each in there if each.invoice_id == invoice]
        else:
            found = [each for each in there if each.status in statuses and each.document_type == "INVOICE"]
        if not found:
            raise KeyError(f"there is no invoice '{invoice}' for this event")
        return rng.choice(found)

    def invoice(  # noqa: PLR0913 - what may be given of an invoice
        self,
        rng: Random,
        *,
        vendor: str = "",
        invoice: str = "",
        amount: str = "",
        gl_account: str = "",
        department: str = "",
        currency: str = "",
        lines: int = 0,
        days_back: int = 0,
    ) -> Invoice:
        """A pending invoice; see `Events.new_invoices`."""
        of = self.vendor(rng, vendor, "EUR")
        net = Decimal(amount) if amount else Decimal(rng.randrange(2_000, 500_000)) / 100
        coded = self._lines(rng, net, lines or rng.randrange(1, 4), gl_account, department)
        tax = (net * TAX).quantize(CENT) if of.currency == "EUR" and not currency else Decimal(0)
        key, day = self.number("invoices", "INV"), self.today - timedelta(days=days_back)
        return Invoice(
            company_id=self._company.code,
            invoice_id=key,
            invoice_number=invoice or f"RE/{rng.randrange(10**6):06d}-{key[-4:]}",
            vendor_id=of.vendor_id,
            vendor_name=of.vendor_name,
            invoice_date=day,
            due_date=day + timedelta(days=30),
            posting_date=day,
            currency=currency or of.currency,
            total_amount=net + tax,
            tax_amount=tax,
            net_amount=net,
            payment_terms=of.payment_terms,
            memo='Zeile eins\nZeile zwei, "zitiert"',
            document_url=f"https://stampli.example/i/{key}",
            lines=coded,
        )

    def _lines(self, rng: Random, net: Decimal, count: int, account: str, center: str) -> tuple[InvoiceLine, ...]:
        part = (net / count).quantize(CENT)
        amounts = [part] * (count - 1) + [net - part * (count - 1)]
        return tuple(
            InvoiceLine(
                line_number=number,
                gl_account=account or rng.choice(self._company.accounts()).account_code,
                department=center or rng.choice(self._company.cost_centers()).code,
                line_amount=amount,
                line_description=f"Position {number}; Büro",
            )
            for number, amount in enumerate(amounts, 1)
        )


def order_line(rng: Random, number: int) -> OrderLine:
    """A line of a purchase order."""
    quantity, price = Decimal(rng.randrange(1, 50)), Decimal(rng.randrange(100, 20_000)) / 100
    return OrderLine(
        line_number=number,
        sku=f"STK{rng.randrange(64):03d}",
        description="Blech, verzinkt",
        quantity=quantity,
        unit_price=price,
        line_amount=quantity * price,
    )
