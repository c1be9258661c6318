"""Bills and their lines at the beginning, as functions of their place."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from random import Random

from airflow_provider_mlconnector.sandbox.intacct.bills import Bill, Line, bill_row, line_row
from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.masters import CLASSES, DEPARTMENTS, EXPENSES
from airflow_provider_mlconnector.sandbox.intacct.table import Base
from airflow_provider_mlconnector.sandbox.intacct.vendors import (
    RATES,
    currency_of,
    vendor_entity,
    vendor_id,
    vendor_name,
)

CYCLE = 512
FIRST_BILL, FIRST_LINE = 1001, 50_001
_DAYS = 730
# A batch that was imported at once: all with the same second.
_IMPORT = range(40, 60)
_NULL_MODIFIED = {77, 141}
_PLACES = {"100": "110", "200": "210", "300": "300", "": "110"}


@dataclass(frozen=True)
class Profile:
    """What the bills of a slot have in common, whatever their vendor."""

    lines: tuple[Line, ...]
    negative: bool
    terms: int
    lag: timedelta


@lru_cache(maxsize=4096)
def _profile(seed: int, slot: int) -> Profile:
    rng = Random(seed * 7_368_787 + slot)
    count = 1 if slot % 5 == 0 else rng.randrange(2, 7)
    negative = slot % 17 == 5
    lines = []
    for place in range(count):
        cents = rng.randrange(100, 2_000_000) * (-1 if negative else 1)
        note = ("Parts & labour", "Wartung \u00dcbergabe", "a*b~c:d+e?f'g", "")[(slot + place) % 4]
        department = rng.choice([key for key in DEPARTMENTS if key != "900"])
        class_id = rng.choice(["", *(key for key in CLASSES if key != "90")])
        lines.append(Line(rng.choice(EXPENSES), Decimal(cents) / 100, note, department, "", class_id))
    lag = timedelta(days=rng.randrange(1, 25), seconds=rng.randrange(86_400)) if slot % 2 else timedelta(0)
    return Profile(tuple(lines), negative, (30, 60, 10)[slot % 3], lag)


class Payables:
    """Bills and lines before anything happens.

    Args:
        seed: makes the data.
        count: how many bills.
        vendors: how many vendors.
        start: the company's local time at the beginning.
    """

    def __init__(self, seed: int, count: int, vendors: int, start: datetime) -> None:
        self.seed, self.count, self.vendors, self.start = seed, count, vendors, start
        self._step = timedelta(days=_DAYS) / max(count, 1)
        counts = [len(_profile(seed, slot).lines) for slot in range(CYCLE)]
        self._offsets = [0, *accumulate(counts)]
        # A bill's lines are asked for one after the other.
        self.bill = lru_cache(maxsize=64)(self._bill)

    def bills(self) -> Base:
        """The base of APBILL."""
        return Base(FIRST_BILL, self.count, self.row, self.modified)

    def lines(self) -> Base:
        """The base of APBILLITEM."""
        total = self._first_line(self.count)
        return Base(FIRST_LINE, total, self.line, self._line_modified, {"RECORDKEY": self._lines_of})

    def _first_line(self, place: int) -> int:
        cycle, slot = divmod(place, CYCLE)
        return cycle * self._offsets[-1] + self._offsets[slot]

    def _lines_of(self, value: Value) -> range:
        place = int(str(value)) - FIRST_BILL
        if not 0 <= place < self.count:
            return range(0)
        return range(FIRST_LINE + self._first_line(place), FIRST_LINE + self._first_line(place + 1))

    def _at(self, line: int) -> tuple[int, int]:
        cycle, rest = divmod(line, self._offsets[-1])
        slot = bisect_right(self._offsets, rest) - 1
        return cycle * CYCLE + slot, rest - self._offsets[slot]

    def entered(self, place: int) -> datetime:
        """When a bill was entered."""
        slot = place % CYCLE
        together = place - (slot - _IMPORT.start) if slot in _IMPORT else place
        moment = self.start - self._step * (self.count - together)
        return moment.replace(microsecond=0)

    def modified(self, place: int) -> datetime | None:
        """When a bill was last changed; null for a few."""
        if place in _NULL_MODIFIED:
            return None
        entered = self.entered(place)
        later = entered + _profile(self.seed, place % CYCLE).lag if place % CYCLE not in _IMPORT else entered
        return later if later < self.start - timedelta(hours=1) else entered

    def _line_modified(self, line: int) -> datetime | None:
        return self.modified(self._at(line)[0])

    def _bill(self, place: int) -> Bill:
        slot, vendor = place % CYCLE, place % self.vendors
        profile, entered = _profile(self.seed, slot), self.entered(place)
        private = vendor_entity(vendor)
        entity = private or ("200" if slot % 7 == 3 else "")
        currency = currency_of(vendor)
        # Yen have no cents.
        lines = tuple(
            Line(
                each.account,
                each.amount.quantize(Decimal(1)) if currency == "JPY" else each.amount,
                each.note,
                each.department,
                _PLACES[entity],
                each.class_id,
            )
            for each in profile.lines
        )
        return Bill(
            key=FIRST_BILL + place,
            number=_bill_number(slot, place, self.vendors),
            vendor=vendor_id(vendor),
            vendor_name=vendor_name(vendor),
            currency=currency,
            rate=RATES[currency],
            lines=lines,
            day=entered.date() - timedelta(days=slot % 5),
            terms=profile.terms,
            entered=entered,
            modified=self.modified(place),
            purchasing=slot % 4 == 1,
            entity=entity,
            state=_state(slot, (self.start - entered).days),
        )

    def row(self, place: int) -> Row:
        """A bill's row."""
        return bill_row(self.bill(place))

    def line(self, line: int) -> Row:
        """A line's row."""
        place, within = self._at(line)
        return line_row(self.bill(place), within, FIRST_LINE + line)


def _state(slot: int, age: int) -> str:
    special = {61: "Draft", 62: "Submitted", 63: "Declined", 64: "Partially Approved", 65: "Reversed"}
    if slot % 128 in special:
        return special[slot % 128]
    if age > 60 and slot % 5 != 2:
        return "Paid"
    return {0: "Posted", 1: "Posted", 2: "Partially Paid", 3: "Posted", 4: "Selected"}[slot % 5]


def _bill_number(slot: int, place: int, vendors: int) -> str:
    if slot in (3, 3 + vendors):
        # Two bills of one vendor with the same number: RECORDID is no key.
        return "DUPLICATE-1"
    forms = ("INV-{}", "{}", "RE/{}", "A&{}", "*{}~", "{}'", "\u00dc {}")
    return forms[slot % len(forms)].format(10_000 + place)
