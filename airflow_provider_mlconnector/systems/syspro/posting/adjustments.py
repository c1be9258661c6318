"""Postings that SYSPRO does not keep apart by a number, found again by our own id in a reference (sheet 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.streams.target import Attempt, Found
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.kind import keyed
from airflow_provider_mlconnector.systems.syspro.posting.references import amount_of
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row, Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

PAYMENTS = TableRead(
    "ApInvoicePay",
    ("Supplier", "Invoice", "EntryNumber"),
    {
        "Supplier": "string(15)",
        "Invoice": "string(20)",
        "EntryNumber": "integer",
        "PaymentReference": "string(50)",
        "TrnValue": "decimal(14,2)",
        "JournalDate": "date",
        "Journal": "integer",
        "TrnYear": "integer",
        "TrnMonth": "integer",
    },
)
_DISTRIBUTION = TableRead(
    "ApJnlDistrib",
    ("TrnYear", "TrnMonth", "Journal", "EntryNumber", "SubEntry"),
    {
        "TrnYear": "integer",
        "TrnMonth": "integer",
        "Journal": "integer",
        "EntryNumber": "integer",
        "SubEntry": "integer",
        "Reference": "string(30)",
        "DistrValue": "decimal(14,2)",
    },
)


class Adjustments:
    """Finds entries of a table by our own id.

    Args:
        tables: looks rows up.
        read: the table.
        column: where the own id is.
        value: the column whose sum is the document's value.
    """

    def __init__(self, tables: Tables, read: TableRead, column: str, value: str) -> None:
        self._tables = tables
        self._read, self._column, self._value = read, column, value

    @classmethod
    def of_setting(cls, tables: Tables, where: str) -> Adjustments:
        """Where `adjustment_reference` says."""
        if where == "ApJnlDistrib.Reference":
            return cls(tables, _DISTRIBUTION, "Reference", "DistrValue")
        return cls(tables, PAYMENTS, "PaymentReference", "TrnValue")

    def rows(self, attempts: Sequence[Attempt]) -> Mapping[str, list[Row]]:
        """The rows of each attempt, by its own id; without those of which there are none."""
        found: dict[str, list[Row]] = {}
        wanted = [(each.own_id,) for each in attempts]
        for row in self._tables.with_keys(self._read, (self._column,), wanted) if wanted else []:
            found.setdefault(str(row[self._column]).strip(), []).append(row)
        return found

    def find(self, attempts: Sequence[Attempt], amount: str = "TransactionValue") -> Mapping[str, Found]:
        """What is there of each attempt, by its own id.

        Args:
            attempts: what is looked for.
            amount: the mapped field with the document's value.
        """
        rows = self.rows(attempts)
        return {
            each.own_id: self._found(rows[each.own_id], values.exact(_first(each, amount)))
            for each in attempts
            if each.own_id in rows
        }

    def _found(self, rows: Sequence[Row], wanted: Decimal) -> Found:
        value = sum((amount_of(row, self._value) for row in rows), Decimal(0))
        key = keyed(*(str(rows[0][name]) for name in ("Journal", "TrnYear", "TrnMonth")))
        detail = f"{self._read.table}: value {value}, journal {key}"
        # Which sign SYSPRO gives it is not known (sheet 6.11); distributed values are net of tax.
        equal = abs(value) == abs(wanted) or self._read.table == _DISTRIBUTION.table
        return Found(key, ours=True, equal=equal, detail=detail)


def _first(attempt: Attempt, field: str) -> Any:
    return attempt.document.rows[0].get(field)
