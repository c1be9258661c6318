"""Arrived CSV files as a partner reads them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from tests.chaos.flow import Arrival, Held


def held(data: bytes) -> Held:
    """Rows and control totals of a file."""
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line["Currency"]] = sums.get(line["Currency"], Decimal(0)) + Decimal(line["Amount"])
    return Held(len(lines), sums)


def invoices(name: str, data: bytes) -> list[Arrival]:
    """The invoices in a file, each on a row."""
    rows = csv.DictReader(io.StringIO(data.decode()))
    return [
        Arrival(f"{row['Supplier']}/{row['Invoice']}", row["Reference"], row["Amount"], row["Currency"], name)
        for row in rows
    ]
