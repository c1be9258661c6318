"""Fiscal years and their periods: months, weeks, and months of whole weeks (4-4-5 and its variants)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, get_args

PeriodKind = Literal["monthly", "weekly", "4-4-5", "4-5-4", "5-4-4"]
YearStart = Literal["nearest", "on_or_before", "on_or_after"]
YearName = Literal["end", "start"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: tuple[str, ...] = get_args(Weekday)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
# A year of whole weeks begins on the first chosen weekday from this many days before the nominal first day.
_EARLIEST: dict[str, int] = {"nearest": 3, "on_or_before": 6, "on_or_after": 0}


@dataclass(frozen=True)
class Period:
    """One fiscal period.

    Attributes:
        label: its name in file names: `2026-03`, or `2026-W14` for a week.
        start: its first day.
        end: its last day.
    """

    label: str
    start: date
    end: date


@dataclass(frozen=True)
class FiscalYears:
    """How days are divided into fiscal years and periods.

    Attributes:
        kind: months, weeks, or months of whole weeks; a 53rd week belongs to a year's last period.
        first_month: the month whose first day nominally begins the fiscal year; 1 to 12.
        week_start: on which weekday weeks begin.
        year_start: where a year of whole weeks begins: on the `week_start` nearest to the nominal first day, on the
            last one up to it (the year before ends on the last such week's end in its month), or on the first from it.
        year_name: whether a fiscal year is called by the calendar year in which it nominally ends, or starts.
    """

    kind: PeriodKind
    first_month: int
    week_start: Weekday
    year_start: YearStart
    year_name: YearName

    def period_of(self, day: date) -> Period:
        """The period that a day lies in."""
        year = self._year_of(day)
        return next(period for period in self.periods_of(year) if period.start <= day <= period.end)

    def before(self, period: Period) -> Period:
        """The period that ends the day before this one starts."""
        return self.period_of(period.start - _DAY)

    def after(self, period: Period) -> Period:
        """The period that starts the day after this one ends."""
        return self.period_of(period.end + _DAY)

    def periods_of(self, year: int) -> list[Period]:
        """The periods of the fiscal year that nominally starts in a calendar year, in their order."""
        name = year + 1 if self.year_name == "end" and self.first_month > 1 else year
        form = "{}-W{:02}" if self.kind == "weekly" else "{}-{:02}"
        starts = [*self._starts(year), self._first_day(year + 1)]
        return [
            Period(form.format(name, number), start, following - _DAY)
            for number, (start, following) in enumerate(pairwise(starts), start=1)
        ]

    def _starts(self, year: int) -> list[date]:
        if self.kind == "monthly":
            months = range(self.first_month - 1, self.first_month + 11)
            return [date(year + month // 12, month % 12 + 1, 1) for month in months]
        first = self._first_day(year)
        if self.kind == "weekly":
            return [first + week * _WEEK for week in range((self._first_day(year + 1) - first) // _WEEK)]
        starts = [first]
        for weeks in [int(digit) for digit in self.kind.split("-")] * 4:
            starts.append(starts[-1] + weeks * _WEEK)
        return starts[:-1]

    def _first_day(self, year: int) -> date:
        nominal = date(year, self.first_month, 1)
        if self.kind == "monthly":
            return nominal
        earliest = nominal - timedelta(days=_EARLIEST[self.year_start])
        return earliest + timedelta(days=(WEEKDAYS.index(self.week_start) - earliest.weekday()) % 7)

    def _year_of(self, day: date) -> int:
        year = day.year + 1
        while self._first_day(year) > day:
            year -= 1
        return year
