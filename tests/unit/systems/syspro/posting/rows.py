"""Mapped rows as the mapping hands them over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.streams.target import Attempt, Document, Identity

Row = dict[str, Any]


def invoice(**changes: Any) -> Row:
    row: Row = {
        "Supplier": "0000001",
        "TransactionCode": "I",
        "Invoice": "INV-4711",
        "TransactionValue": Decimal("119.00"),
        "InvoiceDate": date(2026, 3, 15),
        "DueDate": None,
        "PostingDate": date(2026, 3, 20),
        "TaxBasis": "E",
        "TaxCode": "A",
        "TaxValue": Decimal(19),
        "LedgerDistribution.LedgerCode": "10-5500",
        "LedgerDistribution.LedgerValue": Decimal("100.00"),
        "LedgerDistribution.LedgerNotation": "Line 1",
    }
    return row | changes


def journal(**changes: Any) -> list[Row]:
    head: Row = {
        "JournalDate": date(2026, 3, 31),
        "Notation": "Accrual",
        "PostingPeriod": 3,
        "PostingYear": 2026,
    } | changes
    lines = (("10-5500", Decimal("100.00"), "Debit"), ("10-5100", Decimal("-100.00"), "Credit"))
    return [
        head
        | {"JournalDetails.LedgerCode": code, "JournalDetails.EntryAmount": amount, "JournalDetails.Comment": comment}
        for code, amount, comment in lines
    ]


def document(*rows: Row, kind: str = "ap invoice", key: str = "0000001/INV-4711") -> Document:
    return Document(Identity("syspro http://erp EDU1", kind, key), rows, key)


def attempt(*rows: Row, own_id: str = "EXT-000123") -> Attempt:
    return Attempt(document(*rows), own_id)
