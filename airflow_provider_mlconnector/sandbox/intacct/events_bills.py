"""What can happen to bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.bills import CENT, Bill, Line, line_row
from airflow_provider_mlconnector.sandbox.intacct.bookkeeping import Bookkeeper, Touched, native
from airflow_provider_mlconnector.sandbox.intacct.columns import Row


@dataclass(frozen=True)
class When:
    """When a bill was entered and modified, and the number of the event that makes it."""

    entered: datetime
    modified: datetime | None
    happened: int


@dataclass(frozen=True)
class Named:
    """What a new bill may be given, besides fields of APBILL.

    Attributes:
        vendor: VENDORID; by default any at the top level.
        number: RECORDID.
        lines: how many lines.
        amount: what they add up to, in the bill's currency; may be negative.
        currency: by default the vendor's.
        entity: the entity that it belongs to; by default the vendor's.
        purchasing: whether it comes from purchasing.
        state: its state.
        terms: days until it is due.
    """

    vendor: str = ""
    number: str = ""
    lines: int | None = None
    amount: str = ""
    currency: str = ""
    entity: str = ""
    purchasing: bool = False
    state: str = "Posted"
    terms: int = 30


class BillEvents:
    """Things that happen to bills.

    Args:
        keeper: writes them.
    """

    def __init__(self, keeper: Bookkeeper) -> None:
        self._keeper, self._company = keeper, keeper.company
        self.happened = 0

    def kinds(self) -> dict[str, Any]:
        """The events, by name."""
        names = (
            "new_bills late_bills future_bills null_modified big_bill change_bill touch_bills pay_bill bill_state "
            "delete_bill po_update line_changed line_added line_removed"
        )
        return {name: getattr(self, name) for name in names.split()}

    def new_bills(self, rng: Random, n: int = 1, **named: Any) -> list[Touched]:
        """`n` bills of now; see `Named` for what may be given."""
        when = self._when()
        return [self._bill(rng, when, place, **named) for place in range(n)]

    def late_bills(self, rng: Random, n: int = 1, minutes_back: float = 30, **named: Any) -> list[Touched]:
        """`n` bills that are seen now, with a WHENMODIFIED of `minutes_back` minutes ago."""
        when = self._when(-minutes_back)
        return [self._bill(rng, when, place, **named) for place in range(n)]

    def future_bills(self, rng: Random, n: int = 1, minutes_ahead: float = 60, **named: Any) -> list[Touched]:
        """`n` bills with a WHENMODIFIED that the clock hasn't reached."""
        when = self._when(minutes_ahead)
        return [self._bill(rng, when, place, **named) for place in range(n)]

    def null_modified(self, rng: Random, n: int = 1, **named: Any) -> list[Touched]:
        """`n` bills without WHENMODIFIED."""
        when = When(self._company.local, None, self.happened)
        return [self._bill(rng, when, place, **named) for place in range(n)]

    def big_bill(self, rng: Random, lines: int = 9999, **named: Any) -> list[Touched]:
        """A bill with very many lines."""
        return [self._bill(rng, self._when(), 0, lines=lines, **named)]

    def change_bill(self, rng: Random, n: int = 1, recordno: int = 0, **columns: Any) -> list[Touched]:
        """Other `columns` (by default DESCRIPTION and WHENDUE) on `n` bills, or on the one named."""
        touched = []
        for place in range(n):
            key = recordno or self._keeper.pick(rng, self._keeper.bills)
            due = self._company.local.date() + timedelta(days=10 + place)
            default = {"DESCRIPTION": f"changed {self.happened}.{place}", "WHENDUE": due}
            touched.append(self._keeper.modified(key, native(self._keeper.bills, columns) or default))
        return touched

    def touch_bills(self, rng: Random, n: int = 10) -> list[Touched]:
        """`n` bills are written again as they are, in one second: only their WHENMODIFIED moves."""
        return [self._keeper.modified(self._keeper.pick(rng, self._keeper.bills), {}) for _ in range(n)]

    def pay_bill(self, rng: Random, n: int = 1, recordno: int = 0, amount: str = "") -> list[Touched]:
        """`n` posted bills, or the one named, are paid: whole, or `amount` of them in their currency."""
        touched = []
        for _ in range(n):
            key = recordno or self._keeper.pick(rng, self._keeper.bills, STATE="Posted")
            row = self._keeper.bills.row(key)
            total, base = Decimal(str(row["TRX_TOTALENTERED"])), Decimal(str(row["TOTALENTERED"]))
            paid = Decimal(str(row["TRX_TOTALPAID"])) + (
                Decimal(amount) if amount else Decimal(str(row["TRX_TOTALDUE"]))
            )
            whole = paid == total
            paid_base = base if whole else (paid * Decimal(str(row["EXCHANGE_RATE"]))).quantize(CENT)
            changes = {"TRX_TOTALPAID": paid, "TOTALPAID": paid_base, "TOTALDUE": base - paid_base}
            state = {"STATE": "Paid" if whole else "Partially Paid", "TRX_TOTALDUE": total - paid}
            paid_on = {"WHENPAID": self._company.local.date() if whole else None}
            touched.append(self._keeper.modified(key, changes | state | paid_on))
        return touched

    def bill_state(self, rng: Random, state: str, recordno: int = 0) -> list[Touched]:
        """A bill gets another state, such as `Reversed`."""
        key = recordno or self._keeper.pick(rng, self._keeper.bills)
        return [self._keeper.modified(key, native(self._keeper.bills, {"STATE": state}))]

    def delete_bill(self, rng: Random, n: int = 1, recordno: int = 0, *, audited: bool = True) -> list[Touched]:
        """`n` bills, or the one named, are deleted; AUDITHISTORY may not hear of it."""
        return [
            self._keeper.drop(recordno or self._keeper.pick(rng, self._keeper.bills), audited=audited) for _ in range(n)
        ]

    def po_update(self, rng: Random, n: int = 1, recordno: int = 0) -> list[Touched]:
        """The purchase orders of `n` bills are updated: deleted, and made anew with another RECORDNO (sheet 1.11)."""
        keeper, touched = self._keeper, []
        for _ in range(n):
            key = recordno or keeper.pick(rng, keeper.bills, MODULEKEY="9.PO")
            row = dict(keeper.bills.row(key))
            if row["MODULEKEY"] != "9.PO":
                raise ValueError(f"APBILL {key} doesn't come from purchasing")
            lines = [dict(keeper.lines.row(each)) for each in keeper.lines.find("RECORDKEY", key)]
            keeper.drop(key, source="system")
            stamp = {"WHENMODIFIED": self._company.local, "AUWHENCREATED": self._company.local}
            new = keeper.bills.put(row | stamp | {"RECORDNO": None})
            fresh = {"RECORDKEY": new, "RECORDNO": None, "WHENMODIFIED": self._company.local}
            for line in lines:
                keeper.lines.put(line | fresh | {"WHENCREATED": self._company.local})
            keeper.company.audit(keeper.bills, keeper.bills.row(new), "C", source="system")
            touched += [
                {"object": "APBILL", "recordno": key, "key": row["RECORDID"]},
                keeper.touched(keeper.bills, new),
            ]
        return touched

    def line_changed(
        self, rng: Random, recordno: int = 0, line: int = 1, amount: str = "", *, header: bool = True
    ) -> list[Touched]:
        """A bill's line gets another amount; without `header` the header's WHENMODIFIED stays as it is."""
        key = recordno or self._keeper.pick(rng, self._keeper.bills, STATE="Posted")
        found = self._line(key, line)
        old = Decimal(str(self._keeper.lines.row(found)["TRX_AMOUNT"]))
        self._keeper.reprice(found, Decimal(amount) if amount else old + 1)
        return [self._restated(key, header=header)]

    def line_added(
        self, rng: Random, recordno: int = 0, amount: str = "25.00", *, header: bool = True
    ) -> list[Touched]:
        """A bill gets one line more."""
        keeper = self._keeper
        key = recordno or keeper.pick(rng, keeper.bills, STATE="Posted")
        row, number = keeper.bills.row(key), len(keeper.lines.find("RECORDKEY", key))
        bill = Bill(
            key=key,
            number=str(row["RECORDID"]),
            vendor=str(row["VENDORID"]),
            vendor_name=str(row["VENDORNAME"]),
            currency=str(row["CURRENCY"]),
            rate=Decimal(str(row["EXCHANGE_RATE"])),
            lines=(Line("5200", Decimal(amount), "added", "300", "110"),),
            day=self._company.local.date(),
            terms=0,
            entered=self._company.local,
            modified=self._company.local,
            entity=str(row["MEGAENTITYID"] or ""),
            state=str(row["STATE"]),
        )
        keeper.lines.put(line_row(bill, 0, keeper.lines.new_key()) | {"LINE_NO": number + 1})
        return [self._restated(key, header=header)]

    def line_removed(self, rng: Random, recordno: int = 0, line: int = 0, *, header: bool = True) -> list[Touched]:
        """A bill loses a line (by default its last); the line leaves nothing behind."""
        keeper = self._keeper
        key = recordno or self._of_many(rng)
        found = keeper.lines.find("RECORDKEY", key)
        if len(found) < 2:
            raise ValueError(f"APBILL {key} has only one line")
        keeper.lines.delete(self._line(key, line or len(found)))
        return [self._restated(key, header=header)]

    def _of_many(self, rng: Random) -> int:
        keeper = self._keeper
        return keeper.pick(
            rng, keeper.bills, lambda row: len(keeper.lines.find("RECORDKEY", row["RECORDNO"])) > 1, STATE="Posted"
        )

    def _line(self, key: int, line: int) -> int:
        found = self._keeper.lines.find("RECORDKEY", key)
        if not 1 <= line <= len(found):
            raise KeyError(f"APBILL {key} has no line {line}")
        return found[line - 1]

    def _restated(self, key: int, *, header: bool) -> Touched:
        totals: Mapping[str, Any] = self._keeper.recounted(key)
        if header:
            return self._keeper.modified(key, totals)
        self._keeper.bills.update(key, totals)
        return self._keeper.touched(self._keeper.bills, key)

    def _when(self, minutes: float = 0) -> When:
        moment = (self._company.local + timedelta(minutes=minutes)).replace(microsecond=0)
        return When(moment, moment, self.happened)

    def _vendor(self, rng: Random, vendor: str) -> Row:
        table = self._company.tables["VENDOR"]
        found = table.find("VENDORID", vendor) if vendor else [self._keeper.pick(rng, table, MEGAENTITYID=None)]
        if not found:
            raise KeyError(f"there is no vendor {vendor}")
        return table.row(found[0])

    def _bill(self, rng: Random, when: When, place: int, **named: Any) -> Touched:
        """A new bill; what `Named` doesn't name are fields of APBILL."""
        own = {name: named.pop(name) for name in list(named) if name in Named.__dataclass_fields__}
        given = Named(**own)
        owner = self._vendor(rng, given.vendor)
        currency = given.currency or str(owner["CURRENCY"] or "USD")
        bill = Bill(
            key=0,
            number=given.number or f"N{when.happened:05d}-{place:04d}",
            vendor=str(owner["VENDORID"]),
            vendor_name=str(owner["NAME"]),
            currency=currency,
            rate=self._keeper.rate(currency),
            lines=self._keeper.new_lines(rng, given.lines, given.amount, currency),
            day=when.entered.date(),
            terms=given.terms,
            entered=when.entered,
            modified=when.modified,
            purchasing=given.purchasing,
            entity=given.entity or str(owner["MEGAENTITYID"] or ""),
            state=given.state,
        )
        return self._keeper.post(bill, named)
