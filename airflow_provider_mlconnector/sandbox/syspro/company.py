"""The sandbox's company: its clock and its tables, of any size, made from a seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from airflow_provider_mlconnector.sandbox.syspro import (
    general_ledger,
    inventory,
    masters,
    payables,
    purchasing,
)
from airflow_provider_mlconnector.sandbox.syspro.books import Books
from airflow_provider_mlconnector.sandbox.syspro.periodic import Periodic
from airflow_provider_mlconnector.sandbox.syspro.schema import SCHEMAS
from airflow_provider_mlconnector.sandbox.syspro.table import Table, listed

START = datetime(2026, 3, 31, 18)  # noqa: DTZ001 - local to the company's zone
_BASE: dict[str, Callable[[Books], Periodic[Any]]] = {
    "ApSupplier": payables.suppliers,
    "ApSupplierAddr": payables.addresses,
    "ApInvoice": payables.invoices,
    "ApInvoicePay": payables.payments,
    "ApJnlSummary": payables.journal_summary,
    "ApJnlDistrib": payables.distributions,
    "ApControl": lambda books: listed(masters.payables_control(books)),
    "ApBranch": lambda books: listed(masters.branches(books)),
    "GenMaster": lambda books: listed(general_ledger.accounts(books)),
    "GenControl": lambda books: listed(masters.ledger_control(books)),
    "GenTransaction": general_ledger.transactions,
    "GenHistory": lambda books: listed(general_ledger.history(books)),
    "GenJournalCtl": general_ledger.journal_control,
    "GenJournalDetail": general_ledger.journal_detail,
    "PorMasterHdr": purchasing.orders,
    "PorMasterDetail": purchasing.order_lines,
    "GrnDetails": purchasing.receipts,
    "GrnMatching": purchasing.matchings,
    "InvMaster": inventory.items,
    "InvWarehouse": inventory.quantities,
    "InvMovements": inventory.movements,
    "ArCustomer": masters.customers,
    "TblCurrency": lambda books: listed(masters.currencies(books)),
    "AdmTax": lambda books: listed(masters.taxes(books)),
}
# Rowversions are counted per database: each base table has a block of its own, and changes come after all blocks.
_BLOCK = 1 << 34
_CHANGES = 1 << 40


class Company:
    """A company's data set; the same arguments make the same rows.

    Args:
        seed: makes the data.
        scale: about how many AP invoices there are; the other tables follow.
        start: the company's local date and time at the beginning, naive.
        zone: IANA name of the zone that the company's naive times are in.
        code: the company's id.
    """

    def __init__(
        self, seed: int = 1, scale: int = 200, start: datetime = START, zone: str = "Europe/Berlin", code: str = "MLC"
    ) -> None:
        self.seed, self.code, self.zone = seed, code, ZoneInfo(zone)
        self._now = start.replace(tzinfo=self.zone).astimezone(UTC)
        self.books = Books(seed, scale, start.date(), code)
        self._stamps = count(_CHANGES)
        self.tables = {
            name: Table(SCHEMAS[name], _BASE[name](self.books), self._next_stamp, 1 + place * _BLOCK)
            for place, name in enumerate(sorted(_BASE))
        }

    def _next_stamp(self) -> int:
        return next(self._stamps)

    @property
    def now(self) -> datetime:
        """The company's clock, aware, in UTC; it stands still unless it is advanced."""
        return self._now

    @property
    def today(self) -> datetime:
        """The company's clock in its own zone, naive."""
        return self._now.astimezone(self.zone).replace(tzinfo=None)

    def advance(self, *, days: float = 0, seconds: float = 0) -> datetime:
        """Move the clock on; days are calendar days of the company's zone.

        Raises:
            ValueError: the clock would go back.
        """
        local = self.today + timedelta(days=days)
        later = local.replace(tzinfo=self.zone).astimezone(UTC) if days else self._now
        later += timedelta(seconds=seconds)
        if later < self._now:
            raise ValueError("the clock doesn't go back")
        self._now = later
        return later

    def counts(self) -> dict[str, int]:
        """Rows per table."""
        return {name: len(table) for name, table in sorted(self.tables.items())}
