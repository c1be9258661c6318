"""Base tables of purchasing: order headers, order lines and goods received notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import Books, document_number, iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Value
from airflow_provider_mlconnector.sandbox.syspro.inventory import description, stock_code
from airflow_provider_mlconnector.sandbox.syspro.journals import Journal
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Numbered, Periodic, members

STATUS = {"matched": "9", "open": "1", "cancelled": "*"}


@dataclass(frozen=True)
class Ordered:
    """A purchase order, or one line of it, with its document; `journal` is that of its receipt."""

    document: d.Document
    order: d.Order
    line: d.OrderLine | None = None
    journal: Member[Journal] | None = None

    @property
    def slot(self) -> int:
        """The document's slot."""
        return self.document.slot


def orders(books: Books) -> Periodic[Ordered]:
    """PorMasterHdr, by purchase order."""

    def fixed(member: Member[Ordered]) -> Mapping[str, Value]:
        order, of = member.about.order, member.about.document.supplier
        return {
            "NextDetailLine": len(order.lines) + 1,
            "OrderStatus": _status(order),
            "ActiveFlag": "N" if order.state == "cancelled" else "Y",
            "CancelledFlag": "Y" if order.state == "cancelled" else "N",
            "OrderEntryDate": iso(order.ordered),
            "OrderDueDate": iso(order.due),
            "OrderType": "L",
            "PaymentTerms": of.terms,
            "ShippingInstrs": "Ring & wait",
            "Warehouse": d.WAREHOUSES[0],
            "Currency": of.currency,
            "TaxStatus": "E",
            "DatePoCompleted": iso(order.received),
            "ExchangeRate": of.rate,
            "MulDiv": "M",
            "ExchRateFixed": "N",
            "TermsCode": of.terms,
            "Buyer": "JÖRG",
            "DeliveryName": "Werk Köln",
            "DeliveryAddr1": "Hafenstraße 1",
            "PostalCode": "50667",
        }

    return Periodic(
        books.span,
        [members(_orders(books))],
        fixed,
        {
            "PurchaseOrder": books.order_numbers,
            "Supplier": books.supplier_codes,
        },
    )


def order_lines(books: Books) -> Periodic[Ordered]:
    """PorMasterDetail, by purchase order and line."""

    def fixed(member: Member[Ordered]) -> Mapping[str, Value]:
        order, line, of = member.about.order, member.about.line, member.about.document.supplier
        return {} if line is None else line_values(order, line, of)

    lines = [Ordered(each.document, each.order, line) for each in _orders(books) for line in each.order.lines]
    return Periodic(books.span, [members(lines)], fixed, {"PurchaseOrder": books.order_numbers})


def line_values(order: d.Order, line: d.OrderLine, of: d.Supplier) -> dict[str, Value]:
    """The columns of an order line that its order decides."""
    return {
        "Line": line.number,
        "LineType": "1",
        "MStockCode": stock_code(line.stock),
        "MStockDes": description(line.stock),
        "MWarehouse": line.warehouse,
        "MOrderUom": "EA",
        "MOrderQty": Decimal(line.ordered),
        "MReceivedQty": Decimal(line.received),
        "MLatestDueDate": iso(order.due),
        "MLastReceiptDat": iso(order.received),
        "MPrice": line.price * of.rate,
        "MForeignPrice": line.price,
        "MPriceUom": "EA",
        "MTaxCode": of.tax_code,
        "MProductClass": "RAW",
        "MCompleteFlag": "Y" if order.received else "N",
        "MGlCode": d.STOCK,
        "MOrigDueDate": iso(order.due),
        "AssetFlag": "N",
        "OrderLineStatus": _status(order),
    }


def receipts(books: Books) -> Periodic[Ordered]:
    """GrnDetails: one row per received line, all of them matched by their invoice."""
    received = [
        Ordered(document, document.matched, line, books.journals.of(document, "receipt"))
        for document, line in books.received_lines()
        if document.matched
    ]
    return Periodic(
        books.span,
        [members(received)],
        _receipt_values,
        {
            "Supplier": books.supplier_codes,
            "Grn": books.receipt_numbers,
            "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle) if m.about.journal else 0),
            "PurchaseOrder": books.order_numbers,
            "DeliveryNote": Numbered(document_number, lambda _: "DN*%d"),
        },
    )


def matchings(books: Books) -> Periodic[Ordered]:
    """GrnMatching: which invoice took a received line (its key, and what Journal is, are by inference)."""
    received = [
        Ordered(document, document.matched, line, books.journals.of(document, "receipt"))
        for document, line in books.received_lines()
        if document.matched
    ]
    return Periodic(
        books.span,
        [members(received)],
        lambda member: {"TransactionType": "I", "EntryNumber": member.about.line.number if member.about.line else 0},
        {
            "Supplier": books.supplier_codes,
            "Grn": books.receipt_numbers,
            "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle) if m.about.journal else 0),
            "Invoice": books.invoice_numbers,
        },
    )


def _status(order: d.Order) -> str:
    return STATUS[order.state]


def _orders(books: Books) -> list[Ordered]:
    return [Ordered(each, each.order) for each in books.documents if each.order]


def _receipt_values(member: Member[Ordered]) -> Mapping[str, Value]:
    document, order, line = member.about.document, member.about.order, member.about.line
    if line is None or order.received is None:
        return {}
    rate, value = document.supplier.rate, d.local(line.value, document.supplier.rate)
    return {
        "GrnSource": "I",
        "JournalEntry": line.number,
        "OrigReceiptDate": iso(order.received),
        "DebitRecGlCode": d.STOCK,
        "GrnYear": order.received.year,
        "GrnMonth": order.received.month,
        "PurchaseOrderLin": line.number,
        "StockCode": stock_code(line.stock),
        "Warehouse": line.warehouse,
        "QtyReceived": Decimal(line.received),
        "QtyUom": "EA",
        "OrigGrnValue": value,
        "CurGrnValue": Decimal(0),
        "MatchedValue": value,
        "StdGrnValue": value,
        "GrnMatchedFlag": "Y",
        "GrnMatchedYear": document.invoiced.year,
        "GrnMatchedMonth": document.invoiced.month,
        "OrigPurchValue": value,
        "CurrencyValue": line.value,
        "PostCurrency": document.supplier.currency,
        "ConvRate": rate,
        "MTaxCode": document.supplier.tax_code,
    }
