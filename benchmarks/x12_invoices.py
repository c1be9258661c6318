"""Invoices as the mapping leaves them, and the same as segments made by plain Python, for the peers."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa

MOMENT = datetime(2026, 1, 15, 12, tzinfo=UTC)
US, THEM = "SENDERID", "RECEIVERID"
_LINES = 7
# Documents of one table: about as many rows as a staged part holds.
_DOCUMENTS = 5000
_CENT = Decimal("0.01")
_SCHEMA = pa.schema(
    {
        "_key_hash": pa.binary(16),
        "_key": pa.string(),
        "invoice_number": pa.string(),
        "invoice_date": pa.date32(),
        "order_number": pa.string(),
        "order_date": pa.date32(),
        "kind": pa.string(),
        "currency": pa.string(),
        "supplier_code": pa.string(),
        "supplier_name": pa.string(),
        "supplier_qualifier": pa.string(),
        "supplier_id": pa.string(),
        "terms_type": pa.string(),
        "terms_basis": pa.string(),
        "discount_percent": pa.decimal128(5, 2),
        "discount_days": pa.int32(),
        "net_days": pa.int32(),
        "line_number": pa.int32(),
        "quantity": pa.decimal128(12, 3),
        "unit": pa.string(),
        "price": pa.decimal128(15, 5),
        "buyer_part_qualifier": pa.string(),
        "buyer_part": pa.string(),
        "vendor_part_qualifier": pa.string(),
        "vendor_part": pa.string(),
        "description": pa.string(),
        "line_amount": pa.decimal128(18, 2),
        "total": pa.decimal128(18, 2),
        "tax_code": pa.string(),
        "tax_amount": pa.decimal128(18, 2),
        "charge_kind": pa.string(),
        "charge_code": pa.string(),
        "charge_amount": pa.decimal128(18, 2),
        "charge_text": pa.string(),
    }
)


@dataclass(frozen=True)
class _Line:
    quantity: Decimal
    price: Decimal
    part: int

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Invoice:
    """One invoice of seven lines, with tax and freight."""

    number: int
    dated: date
    ordered: date
    lines: tuple[_Line, ...]
    tax: Decimal
    freight: Decimal

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), self.tax + self.freight)


def invoices(count: int) -> list[Invoice]:
    drawn = random.Random(810)
    return [_drawn(drawn, number) for number in range(1, count + 1)]


def _drawn(drawn: random.Random, number: int) -> Invoice:
    lines = tuple(
        _Line(Decimal(drawn.randint(1, 999_999)).scaleb(-3), Decimal(drawn.randint(1, 9_999_999)).scaleb(-5), part)
        for part in drawn.sample(range(1, 100_000), _LINES)
    )
    dated = MOMENT.date() - timedelta(days=drawn.randrange(30))
    tax, freight = (Decimal(drawn.randint(1, 999_999)).scaleb(-2) for _ in range(2))
    return Invoice(number, dated, dated - timedelta(days=13), lines, tax, freight)


def tables(made: list[Invoice]) -> Iterator[pa.Table]:
    """A row a line, the fields of an invoice repeated in each."""
    for start in range(0, len(made), _DOCUMENTS):
        rows = [row for invoice in made[start : start + _DOCUMENTS] for row in _rows(invoice)]
        yield pa.Table.from_pylist(rows, schema=_SCHEMA)


def _rows(invoice: Invoice) -> Iterator[dict[str, object]]:
    key = f"INV{invoice.number:07d}"
    head = {
        "_key_hash": hashlib.blake2b(key.encode(), digest_size=16).digest(),
        "_key": key,
        "invoice_number": key,
        "invoice_date": invoice.dated,
        "order_number": f"PO{invoice.number:06d}",
        "order_date": invoice.ordered,
        "kind": "DI",
        "currency": "USD",
        "supplier_code": f"V{invoice.number % 1000:05d}",
        "supplier_name": f"ACME SUPPLY {invoice.number % 1000} INC",
        "supplier_qualifier": "92",
        "supplier_id": str(100_000 + invoice.number % 1000),
        "terms_type": "01",
        "terms_basis": "3",
        "discount_percent": Decimal("2.00"),
        "discount_days": 10,
        "net_days": 30,
        "total": invoice.total,
        "tax_code": "ST",
        "tax_amount": invoice.tax,
        "charge_kind": "C",
        "charge_code": "D240",
        "charge_amount": invoice.freight,
        "charge_text": "FREIGHT",
    }
    for number, line in enumerate(invoice.lines, 1):
        yield {
            **head,
            "line_number": number,
            "quantity": line.quantity,
            "unit": "EA",
            "price": line.price,
            "buyer_part_qualifier": "BP",
            "buyer_part": f"MAT{line.part:06d}",
            "vendor_part_qualifier": "VP",
            "vendor_part": f"VMAT{line.part:05d}",
            "description": f"WIDGET TYPE {line.part}",
            "line_amount": line.amount,
        }


def segments(made: list[Invoice]) -> list[list[str]]:
    """The elements of every segment of the file, envelope included."""
    found = [
        [
            "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{US:<15}", "ZZ", f"{THEM:<15}", f"{MOMENT:%y%m%d}",
            f"{MOMENT:%H%M}", "U", "00401", "000000001", "0", "T", ">",
        ],
        ["GS", "IN", US, THEM, f"{MOMENT:%Y%m%d}", f"{MOMENT:%H%M}", "1", "X", "004010"],
    ]  # fmt: skip
    for invoice in made:
        found += _set(invoice)
    return [*found, ["GE", str(len(made)), "1"], ["IEA", "1", "000000001"]]


def _set(invoice: Invoice) -> list[list[str]]:
    control, supplier = f"{invoice.number:09d}", invoice.number % 1000
    dates = [f"{invoice.dated:%Y%m%d}", f"INV{invoice.number:07d}", f"{invoice.ordered:%Y%m%d}"]
    freight = ["SAC", "C", "D240", "", "", _cents(invoice.freight), *[""] * 9, "FREIGHT"]
    body = [
        ["ST", "810", control],
        ["BIG", *dates, f"PO{invoice.number:06d}", "", "", "DI"],
        ["CUR", "SE", "USD"],
        ["REF", "IA", f"V{supplier:05d}"],
        ["N1", "RI", f"ACME SUPPLY {supplier} INC", "92", str(100_000 + supplier)],
        ["ITD", "01", "3", "2", "", "10", "", "30"],
        *(each for number, line in enumerate(invoice.lines, 1) for each in _item(number, line)),
        ["TDS", _cents(invoice.total)],
        ["TXI", "ST", _shortest(invoice.tax)],
        freight,
        ["CTT", str(len(invoice.lines))],
    ]
    return [*body, ["SE", str(len(body) + 1), control]]


def _item(number: int, line: _Line) -> Iterator[list[str]]:
    parts = ["BP", f"MAT{line.part:06d}", "VP", f"VMAT{line.part:05d}"]
    yield ["IT1", str(number), _shortest(line.quantity), "EA", _shortest(line.price), "", *parts]
    yield ["PID", "F", "", "", "", f"WIDGET TYPE {line.part}"]


def _cents(amount: Decimal) -> str:
    return str(int(amount * 100))


def _shortest(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
