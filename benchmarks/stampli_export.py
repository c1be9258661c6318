"""An export of invoices as Stampli might write it, and a loop that reads it as a person would."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path

LINES = 4
_AMOUNTS = ("exchange_rate", "total_amount", "tax_amount", "quantity", "unit_price", "line_amount")
_DATES = ("invoice_date", "due_date")
_TITLES = (
    "company_id", "invoice_id", "invoice_number", "document_type", "status", "vendor_id", "vendor_name", "invoice_date",
    "due_date", "currency", "exchange_rate", "total_amount", "tax_amount", "po_number", "description", "approved_by",
    "approved_at", "line_number", "line_type", "gl_account", "quantity", "unit_price", "line_amount",
    "line_description", "department",
)  # fmt: skip
_KEY = itemgetter("company_id", "vendor_id", "invoice_number", "document_type")
_TOLERANCE = Decimal("0.05")


def write(path: Path, invoices: int) -> None:
    """Invoices of four lines: 25 columns and about 240 bytes a row, two of them between quotes."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_TITLES)
        for number in range(invoices):
            amounts = [Decimal(chance.randrange(100, 9_999_999)) / 100 for _ in range(LINES)]
            day = f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}"
            head = [
                "C1", f"ST-{number:09d}", f"INV-{number:08d}", "INVOICE", "APPROVED", f"{number % 3000:07d}",
                f"Müller, Söhne & Co {number % 3000}", day, day, "EUR", "1.0", sum(amounts), "0.00",
                f"PO{number % 900}", "monthly, recurring", "jane@example.com",
                f"{day}T{number % 24:02d}:{number % 60:02d}:11Z",
            ]  # fmt: skip
            for line, amount in enumerate(amounts, 1):
                account = f"{chance.randrange(10_000):04d}-00"
                writer.writerow([*head, line, "GL", account, 1, amount, amount, f"Part {line} of {number}", "100"])


def plain_loop(path: Path) -> tuple[int, Decimal]:
    """Rows, and the sum of the totals, by `csv.DictReader`, `Decimal` and `date`; a row's invoice is the one before."""
    rows, total = 0, Decimal(0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _, invoice in groupby(_values(file), _KEY):
            lines = list(invoice)
            amount = lines[0]["total_amount"]
            if abs(sum(line["line_amount"] for line in lines) + lines[0]["tax_amount"] - amount) > _TOLERANCE:  # type: ignore[operator,misc]
                raise SystemExit("an invoice does not add up")
            rows += len(lines)
            total += amount  # type: ignore[operator]
    return rows, total


def _values(file: Iterator[str]) -> Iterator[dict[str, str | Decimal | date]]:
    for row in csv.DictReader(file):
        values: dict[str, str | Decimal | date] = dict(row)
        for name in _AMOUNTS:
            values[name] = Decimal(row[name])
        for name in _DATES:
            values[name] = date.fromisoformat(row[name])
        yield values
