"""Base tables of accounts payable: suppliers, invoices, payments and the AP journals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import Books, document_number, iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Value
from airflow_provider_mlconnector.sandbox.syspro.journals import Journal, Posting
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Numbered, Periodic, Span, members

_EACH = d.INVOICES_PER_SUPPLIER


def _own_number(cycle: int, member: Member[d.Supplier]) -> int:
    return cycle * d.SUPPLIER_PROFILES + member.slot + 1


def suppliers(books: Books) -> Periodic[d.Supplier]:
    """ApSupplier: one per eight invoices; the balance is what their invoices still show."""

    def fixed(member: Member[d.Supplier]) -> Mapping[str, Value]:
        of = member.about
        own = books.documents[of.place * _EACH : (of.place + 1) * _EACH]
        return {
            "SupShortName": of.name[:20],
            "SupplierType": "P",
            "SupplierClass": "TRADE",
            "Bank": "1",
            "Branch": of.branch,
            "Telephone": f"+49 30 {of.place:06d}",
            "Contact": "Zoë O'Neil",
            "Area": "EU",
            "Email": f"ap{of.place}@supplier.example",
            "Currency": of.currency,
            "CurrentBalance": sum((each.balance for each in own), Decimal(0)),
            "LastPurchDate": iso(max(each.invoiced for each in own)),
            "TermsCode": of.terms,
            "GrnMatchReqd": "N",
            "MerchGlCode": "10-5100",
            "FreightGlCode": "10-5200",
            "PurchOrdAllowed": "Y",
            "TaxRegnNum": "DE1234567",
            "DateSuppAdded": iso(books.today - timedelta(days=900 + of.place)),
            "OnHold": of.on_hold,
            "PayByEft": "Y",
            "DefTaxCode": of.tax_code,
            "LanguageCode": "EN",
        }

    places = [d.supplier(books.seed, place) for place in range(min(d.SUPPLIER_PROFILES, books.suppliers))]
    group = [Member(each.place, each) for each in places]
    moving = {
        "Supplier": Numbered(_own_number, lambda _: "%07d"),
        "SupplierName": Numbered(_own_number, lambda m: f"{m.about.name} %d"),
    }
    return Periodic(Span(books.suppliers, d.SUPPLIER_PROFILES), [group], fixed, moving)


def addresses(books: Books) -> Periodic[d.Supplier]:
    """ApSupplierAddr: one to one with ApSupplier."""

    def fixed(member: Member[d.Supplier]) -> Mapping[str, Value]:
        of = member.about
        return {
            "SupAddr1": f"Straße {of.place + 1}",
            "SupAddr2": 'Unit 4, Block "B"',
            "SupAddr3": "Köln",
            "SupAddr4": "Nordrhein-Westfalen",
            "SupAddr5": "Germany",
            "SupPostalCode": f"{50000 + of.place}",
            "SupAddGpsLat": Decimal("50.937531"),
            "SupAddGpsLong": Decimal("-6.960279"),
            "RemitName": of.name,
            "RemitAddr1": f"Postfach {of.place + 1}",
            "RemitPostalCode": "50667",
        }

    places = [d.supplier(books.seed, place) for place in range(min(d.SUPPLIER_PROFILES, books.suppliers))]
    group = [Member(each.place, each) for each in places]
    moving = {"Supplier": Numbered(_own_number, lambda _: "%07d")}
    return Periodic(Span(books.suppliers, d.SUPPLIER_PROFILES), [group], fixed, moving)


def invoice_values(document: d.Document) -> dict[str, Value]:
    """The columns of an invoice that its document alone decides."""
    of, rate, gross = document.supplier, document.supplier.rate, document.gross
    paid_off = document.balance == 0
    last = max((payment.paid for payment in document.payments), default=document.invoiced)
    discount = document.invoiced + timedelta(days=10) if document.slot % 3 else None
    return {
        "NextPaymEntry": len(document.payments) + 1,
        "JournalDate": iso(document.invoiced),
        "Branch": of.branch,
        "InvoiceDate": iso(document.invoiced),
        "DiscountDate": iso(discount),
        "DueDate": iso(document.due),
        "OrigInvValue": gross,
        "OrigDiscValue": (gross / 50).quantize(d.CENT) if discount else Decimal(0),
        "MthInvBal1": document.balance,
        "MthInvBal2": document.balance,
        "MthInvBal3": document.balance,
        "Currency": of.currency,
        "Bank": "1",
        "InvoiceYear": document.invoiced.year,
        "InvoiceMonth": document.invoiced.month,
        "YearInvBalZero": last.year if paid_off else 0,
        "MonthInvBalZero": last.month if paid_off else 0,
        "ExchangeRate": rate,
        "FirstTaxCode": of.tax_code,
        "CurrencyValue": gross,
        "PostCurrency": of.currency,
        "ConvRate": rate,
        "MulDiv": "M",
        "AccountCur": of.currency,
        "AccConvRate": rate,
        "AccMulDiv": "M",
        "EntryNumber": 1,
        "InvoiceTakeOn": "N",
        "FixExchangeRate": "N",
        "AutoVoucherCreated": "N",
        "OrigInvRate": rate,
    }


def invoices(books: Books) -> Periodic[d.Document]:
    """ApInvoice, by supplier and invoice."""
    posted = [books.journals.of(document, "invoice") for document in books.documents]

    def reference(cycle: int, member: Member[d.Document]) -> int:
        return books.order_rank(cycle, member.slot) if member.about.matched else document_number(cycle, member)

    return Periodic(
        books.span,
        [members(books.documents)],
        lambda member: invoice_values(member.about),
        {
            "Supplier": books.supplier_codes,
            "Invoice": books.invoice_numbers,
            "Journal": Numbered(lambda cycle, m: posted[m.slot].rank(cycle)),
            "Reference": Numbered(reference, lambda m: "PO %015d" if m.about.matched else "REF %d"),
        },
    )


@dataclass(frozen=True)
class _Paid:
    """A payment with the journal it was posted in."""

    journal: Member[Journal]
    payment: d.Payment

    @property
    def slot(self) -> int:
        return self.journal.slot


def payments(books: Books) -> Periodic[_Paid]:
    """ApInvoicePay, by supplier, invoice and entry."""

    def fixed(member: Member[_Paid]) -> Mapping[str, Value]:
        payment, of = member.about.payment, member.about.journal.about.document.supplier
        return {
            "EntryNumber": payment.entry,
            "TrnType": "P",
            "JournalDate": iso(payment.paid),
            "TrnValue": payment.value,
            "TrnYear": payment.paid.year,
            "TrnMonth": payment.paid.month,
            "PostValue": payment.value,
            "PostCurrency": of.currency,
            "PostConvRate": of.rate,
            "PostMulDiv": "M",
            "AccountCur": of.currency,
            "AccountConvRate": of.rate,
            "AccountMulDiv": "M",
            "SummaryEntryNumber": 1,
        }

    paid = [
        _Paid(books.journals.of(document, "payment", payment), payment)
        for document in books.documents
        for payment in document.payments
    ]
    return Periodic(
        books.span,
        [members(paid)],
        fixed,
        {
            "Supplier": books.supplier_codes,
            "Invoice": books.invoice_numbers,
            "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle)),
            "PaymentReference": Numbered(document_number, lambda m: f"EFT %d/{m.about.payment.entry}"),
            "PaymentNumber": Numbered(lambda cycle, m: m.rank(cycle), lambda _: "%015d"),
        },
    )


def journal_summary(books: Books) -> Periodic[Member[Journal]]:
    """ApJnlSummary: one entry per AP journal."""

    def fixed(member: Member[Member[Journal]]) -> Mapping[str, Value]:
        journal = member.about.about
        document, payment = journal.document, journal.payment
        year, month = journal.period
        kind = "P" if payment else "C" if document.gross < 0 else "I"
        return {
            "TrnYear": year,
            "TrnMonth": month,
            "EntryNumber": 1,
            "TransactionCode": kind,
            "InvoiceValue": payment.value if payment else document.gross,
            "Currency": document.supplier.currency,
            "InvoiceDate": iso(document.invoiced),
        }

    groups = [
        [Member(each.slot, each) for each in group if each.about.source == "AP"] for group in books.journals.groups
    ]
    return Periodic(
        books.span,
        groups,
        fixed,
        {
            "Journal": Numbered(lambda cycle, m: m.about.rank(cycle)),
            "Supplier": books.supplier_codes,
            "Invoice": books.invoice_numbers,
        },
    )


def distributions(books: Books) -> Periodic[Posting]:
    """ApJnlDistrib: the lines of every invoice journal except its control account."""

    def fixed(member: Member[Posting]) -> Mapping[str, Value]:
        entry, journal = member.about.entry, member.about.journal.about
        year, month = journal.period
        return {
            "TrnYear": year,
            "TrnMonth": month,
            "EntryNumber": 1,
            "SubEntry": entry.number,
            "SupplierGlCode": d.CONTROL,
            "TrnDate": iso(journal.day),
            "ExpenseGlCode": entry.code,
            "DistrValue": entry.value,
            "ExpenseType": "T" if entry.code == d.TAX else "M",
        }

    groups = [
        members(
            Posting(each, entry)
            for each in group
            if each.about.kind == "invoice"
            for entry in each.about.entries
            if entry.code != d.CONTROL
        )
        for group in books.journals.groups
    ]
    return Periodic(
        books.span,
        groups,
        fixed,
        {
            "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle)),
            "Reference": books.invoice_numbers,
        },
    )
