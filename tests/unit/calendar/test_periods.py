from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.calendar.periods import (
    WEEKDAYS,
    FiscalYears,
    Period,
    PeriodKind,
    YearName,
    YearStart,
)

DAY = timedelta(days=1)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
YEARS = st.builds(
    FiscalYears,
    kind=st.sampled_from(get_args(PeriodKind)),
    first_month=st.integers(1, 12),
    week_start=st.sampled_from(WEEKDAYS),
    year_start=st.sampled_from(get_args(YearStart)),
    year_name=st.sampled_from(get_args(YearName)),
)


def years(kind: PeriodKind, first_month: int = 1, **fields: str) -> FiscalYears:
    told = {"week_start": "monday", "year_start": "nearest", "year_name": "end"} | fields
    return FiscalYears(kind, first_month, **told)  # type: ignore[arg-type]


@given(YEARS, st.integers(1990, 2090))
def test_periods_tile_the_year(calendar: FiscalYears, year: int) -> None:
    periods = calendar.periods_of(year)
    assert all(period.start <= period.end for period in periods)
    assert all(earlier.end + DAY == later.start for earlier, later in pairwise(periods))
    assert periods[-1].end + DAY == calendar.periods_of(year + 1)[0].start


@given(YEARS, st.integers(1990, 2090))
def test_a_year_has_its_number_of_periods_and_weeks(calendar: FiscalYears, year: int) -> None:
    periods = calendar.periods_of(year)
    days = (periods[-1].end - periods[0].start).days + 1
    if calendar.kind == "monthly":
        assert (len(periods), periods[0].start) == (12, date(year, calendar.first_month, 1))
        return
    assert days in (364, 371)
    assert {WEEKDAYS[period.start.weekday()] for period in periods} == {calendar.week_start}
    weeks = [((period.end - period.start).days + 1) // 7 for period in periods]
    pattern = [1] * 52 if calendar.kind == "weekly" else [int(digit) for digit in calendar.kind.split("-")] * 4
    if days == 371:
        pattern = [*pattern, 1] if calendar.kind == "weekly" else [*pattern[:-1], pattern[-1] + 1]
    assert weeks == pattern


@given(YEARS, st.integers(1990, 2090))
def test_a_year_of_weeks_begins_near_its_nominal_first_day(calendar: FiscalYears, year: int) -> None:
    nominal = date(year, calendar.first_month, 1)
    off = (calendar.periods_of(year)[0].start - nominal).days
    allowed = {"nearest": range(-3, 4), "on_or_before": range(-6, 1), "on_or_after": range(7)}[calendar.year_start]
    assert off == 0 if calendar.kind == "monthly" else off in allowed


@given(YEARS, DAYS)
def test_every_day_is_in_exactly_one_period(calendar: FiscalYears, day: date) -> None:
    around = [period for year in range(day.year - 2, day.year + 2) for period in calendar.periods_of(year)]
    assert [period for period in around if period.start <= day <= period.end] == [calendar.period_of(day)]


@given(YEARS, DAYS)
def test_before_and_after_undo_each_other(calendar: FiscalYears, day: date) -> None:
    period = calendar.period_of(day)
    assert calendar.before(period).end + DAY == period.start
    assert calendar.before(calendar.after(period)) == period == calendar.after(calendar.before(period))


@given(YEARS, DAYS)
def test_labels_sort_as_periods_do(calendar: FiscalYears, day: date) -> None:
    period = calendar.period_of(day)
    assert period.label < calendar.after(period).label


@given(DAYS)
def test_weeks_from_january_are_those_of_iso_8601(day: date) -> None:
    year, week, _ = day.isocalendar()
    assert years("weekly").period_of(day).label == f"{year}-W{week:02}"


@given(DAYS)
def test_months_from_january_are_the_calendars(day: date) -> None:
    assert years("monthly").period_of(day).label == f"{day:%Y-%m}"


@pytest.mark.parametrize(
    ("calendar", "day", "period"),
    [
        # A fiscal year from July, called by the year in which it ends (Australia, many US states) or starts.
        (years("monthly", 7), date(2026, 7, 31), Period("2027-01", date(2026, 7, 1), date(2026, 7, 31))),
        (years("monthly", 7), date(2026, 6, 30), Period("2026-12", date(2026, 6, 1), date(2026, 6, 30))),
        (
            years("monthly", 7, year_name="start"),
            date(2026, 9, 1),
            Period("2026-03", date(2026, 9, 1), date(2026, 9, 30)),
        ),
        # 2026 has 53 ISO weeks: the last period of its 4-4-5 year takes the extra one.
        (years("4-4-5"), date(2027, 1, 3), Period("2026-12", date(2026, 11, 23), date(2027, 1, 3))),
        (years("4-4-5"), date(2026, 3, 29), Period("2026-03", date(2026, 2, 23), date(2026, 3, 29))),
        # The retail calendar of the National Retail Federation: 4-5-4 from the Sunday nearest to February 1; its year
        # 2023 had 53 weeks, from January 29, 2023 to February 3, 2024.
        (
            years("4-5-4", 2, week_start="sunday", year_name="start"),
            date(2024, 2, 3),
            Period("2023-12", date(2023, 12, 31), date(2024, 2, 3)),
        ),
        (
            years("4-5-4", 2, week_start="sunday", year_name="start"),
            date(2025, 2, 2),
            Period("2025-01", date(2025, 2, 2), date(2025, 3, 1)),
        ),
        # A year that ends on the last Saturday in September, as Apple's does: its year 2023 had 53 weeks.
        (
            years("5-4-4", 10, week_start="sunday", year_start="on_or_before"),
            date(2022, 9, 25),
            Period("2023-01", date(2022, 9, 25), date(2022, 10, 29)),
        ),
    ],
)
def test_known_calendars(calendar: FiscalYears, day: date, period: Period) -> None:
    assert calendar.period_of(day) == period
