"""Writes bills the way Intacct does: header and lines together, totals that are the lines' sums, and an audit line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.bills import CENT, Bill, Line, bill_row, line_row
from airflow_provider_mlconnector.sandbox.intacct.columns import Row
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.masters import EXPENSES
from airflow_provider_mlconnector.sandbox.intacct.table import Table
from airflow_provider_mlconnector.sandbox.intacct.vendors import RATES

Touched = dict[str, Any]
_TRIES = 500


class Bookkeeper:
    """Bills as events write them.

    Args:
        company: whose bills.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.bills, self.lines = company.tables["APBILL"], company.tables["APBILLITEM"]

    def touched(self, table: Table, key: int, row: Row | None = None) -> Touched:
        """How an event tells of a record."""
        found = table.row(key) if row is None else row
        return {"object": table.schema.name, "recordno": key, "key": str(found.get(table.schema.key) or "")}

    def pick(self, rng: Random, table: Table, test: Callable[[Row], bool] = lambda _row: True, **equal: object) -> int:
        """The number of a record, by chance.

        Args:
            rng: the chance.
            table: whose record.
            test: what the record has to be.
            equal: what its fields have to be.

        Raises:
            KeyError: there is none.
        """
        for key in chain(table.some(rng, _TRIES), table.numbers()):
            row = table.row(key)
            if all(row.get(name) == value for name, value in equal.items()) and test(row):
                return key
        raise KeyError(f"there is no such {table.schema.name}")

    def new_lines(self, rng: Random, count: int | None, amount: str, currency: str) -> tuple[Line, ...]:
        """Lines by chance; `amount` is what they add up to."""
        lines = count or (1 if amount else rng.randrange(1, 5))
        if amount:
            share = (Decimal(amount) / lines).quantize(CENT)
            amounts = [share] * (lines - 1)
            amounts.append(Decimal(amount) - sum(amounts, Decimal(0)))
        else:
            unit = 1 if currency == "JPY" else 100
            amounts = [Decimal(rng.randrange(100, 999_999)) / unit for _ in range(lines)]
        return tuple(
            Line(EXPENSES[place % len(EXPENSES)], each, f"line {place + 1}: new & unread", "300", "110")
            for place, each in enumerate(amounts)
        )

    def post(self, bill: Bill, columns: Mapping[str, Any] | None = None, *, source: str = "ui") -> Touched:
        """Write a bill and its lines; a key of 0 takes a new one."""
        key = bill.key or self.bills.new_key()
        written = replace(bill, key=key)
        self.bills.put(bill_row(written) | native(self.bills, columns or {}))
        for place in range(len(written.lines)):
            self.lines.put(line_row(written, place, self.lines.new_key()))
        self.company.audit(self.bills, self.bills.row(key), "C", source=source)
        return self.touched(self.bills, key)

    def modified(self, key: int, changes: Mapping[str, Any], *, at: datetime | None = None) -> Touched:
        """Change a bill's header, as somebody would."""
        when = at or self.company.local
        row = self.bills.update(key, {**changes, "WHENMODIFIED": when})
        self.company.audit(self.bills, row, "M")
        return self.touched(self.bills, key)

    def recounted(self, key: int) -> dict[str, Decimal]:
        """A bill's totals, made of its lines."""
        rows, header = [self.lines.row(each) for each in self.lines.find("RECORDKEY", key)], self.bills.row(key)
        trx = sum((Decimal(str(row["TRX_AMOUNT"])) for row in rows), Decimal(0))
        base = sum((Decimal(str(row["AMOUNT"])) for row in rows), Decimal(0))
        return {
            "TRX_TOTALENTERED": trx,
            "TOTALENTERED": base,
            "TRX_TOTALDUE": trx - Decimal(str(header["TRX_TOTALPAID"])),
            "TOTALDUE": base - Decimal(str(header["TOTALPAID"])),
        }

    def reprice(self, line: int, amount: Decimal) -> None:
        """Give a line another amount, and the base amount that goes with it."""
        row = self.lines.row(line)
        rate = Decimal(str(row["EXCHANGE_RATE"]))
        changes = {"TRX_AMOUNT": amount, "AMOUNT": (amount * rate).quantize(CENT), "WHENMODIFIED": self.company.local}
        self.lines.update(line, changes)

    def drop(self, key: int, *, audited: bool = True, source: str = "ui") -> Touched:
        """Delete a bill with its lines."""
        for line in self.lines.find("RECORDKEY", key):
            self.lines.delete(line)
        row = self.bills.delete(key)
        if audited:
            self.company.audit(self.bills, row, "D", source=source)
        return self.touched(self.bills, key, row)

    def rate(self, currency: str) -> Decimal:
        """Base currency for one unit.

        Raises:
            ValueError: the company doesn't have the currency.
        """
        if currency not in RATES:
            raise ValueError(f"there is no currency '{currency}'; there are {', '.join(RATES)}")
        return RATES[currency]


def native(table: Table, columns: Mapping[str, Any]) -> Row:
    """Fields of an event, as JSON has them, in their types.

    Raises:
        ValueError: the object has no such field, or a value doesn't fit.
    """
    fields = table.schema.by_name
    if unknown := set(columns) - set(fields):
        raise ValueError(f"{table.schema.name} has no field '{min(unknown)}'")
    return {name: fields[name].native(value) for name, value in columns.items()}
