"""What a Stampli company holds; the fields are the columns of the neutral layout (Stampli sheet 12.2 and 12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A vendor; `vendor_id` is the ERP's number of it, and blank until the ERP has one."""

    vendor_id: str
    vendor_name: str
    status: str = "ACTIVE"
    currency: str = "EUR"
    payment_terms: str = "30"
    tax_code: str = ""
    ap_account: str = ""
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    address_type: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """A GL account, without cost center."""

    account_code: str
    account_name: str
    account_type: str = "EXPENSE"
    account_class: str = "P&L"
    status: str = "ACTIVE"
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A value of a coding dimension, such as a cost center."""

    dimension: str
    code: str
    name: str
    status: str = "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """A coded line of an invoice, net of tax; `department` is its cost center."""

    line_number: int
    line_type: str = "GL"
    gl_account: str
    item_sku: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    line_amount: Decimal
    line_tax_amount: Decimal | None = None
    tax_code: str = ""
    line_description: str = ""
    department: str = ""
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """An invoice or credit memo; its status is PENDING, APPROVED, PAID or VOID."""

    company_id: str
    invoice_id: str
    invoice_number: str
    document_type: str = "INVOICE"
    status: str = "PENDING"
    vendor_id: str
    vendor_name: str
    invoice_date: date
    due_date: date
    posting_date: date
    currency: str
    exchange_rate: Decimal | None = None
    total_amount: Decimal
    tax_amount: Decimal
    net_amount: Decimal
    payment_terms: str = ""
    po_number: str = ""
    description: str = ""
    memo: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    document_url: str = ""
    lines: tuple[InvoiceLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """A line of a purchase order."""

    line_number: int
    sku: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    line_amount: Decimal
    tax_rule: str = ""
    quantity_received: Decimal = Decimal(0)
    quantity_invoiced: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class PurchaseOrder:
    """A purchase order."""

    po_id: str
    po_number: str
    vendor_id: str
    order_date: date
    required_by: date
    currency: str
    status: str = "OPEN"
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What was paid of one invoice; its status is PAID or VOID."""

    payment_id: str
    invoice_id: str
    invoice_number: str
    vendor_id: str
    payment_date: date
    amount: Decimal
    currency: str
    method: str = "ACH"
    reference: str = ""
    bank_account: str = "1"
    status: str = "PAID"


Record = Vendor | Account | Dimension | Invoice | PurchaseOrder | Payment

KINDS: dict[str, type[Record]] = {
    "gl_accounts": Account,
    "dimensions": Dimension,
    "vendors": Vendor,
    "purchase_orders": PurchaseOrder,
    "invoices": Invoice,
    "payments": Payment,
}
"""The kinds of records in the order in which they depend on each other (sheet 12.1)."""
LINES: dict[str, type[InvoiceLine | OrderLine]] = {"invoices": InvoiceLine, "purchase_orders": OrderLine}
"""What the lines of those that have some are."""
