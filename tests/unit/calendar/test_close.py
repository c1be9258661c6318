from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.calendar import CloseCalendar, next_runs
from airflow_provider_mlconnector.calendar.declaration import load_calendar
from airflow_provider_mlconnector.calendar.describe import description, summary
from airflow_provider_mlconnector.calendar.periods import WEEKDAYS, PeriodKind, YearStart
from airflow_provider_mlconnector.errors import ConfigurationError

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia")
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.builds(
    CloseCalendar,
    periods=st.sampled_from(get_args(PeriodKind)),
    business_days=st.integers(1, 12),
    at=st.sampled_from(["00:00", "02:30", "06:00", "23:59"]),
    zone=st.sampled_from(ZONES),
    holidays=st.lists(
        st.one_of(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.sampled_from(["12-25", "01-01", "02-29"])),
        max_size=20,
    ).map(tuple),
    weekend=st.sets(st.sampled_from(WEEKDAYS), max_size=3).map(lambda days: tuple(sorted(days))),
    fiscal_year_start=st.integers(1, 12),
    week_start=st.sampled_from(WEEKDAYS),
    year_start=st.sampled_from(get_args(YearStart)),
)


def listed(calendar: CloseCalendar, after: str, count: int = 3) -> list[tuple[str, str]]:
    runs = next_runs(calendar, datetime.fromisoformat(after), count)
    return [(run.period.label, run.run_after.isoformat()) for run in runs]


@given(CALENDARS, MOMENTS)
def test_a_run_is_on_its_business_day_after_the_period(calendar: CloseCalendar, moment: datetime) -> None:
    run = calendar.run_of(calendar.period_of(moment))
    day = run.run_after.date()
    assert day > run.period.end
    assert calendar.is_business_day(day)
    between = [run.period.end + timedelta(days=n) for n in range(1, (day - run.period.end).days + 1)]
    assert sum(calendar.is_business_day(each) for each in between) == calendar.business_days
    assert run.run_after >= calendar.interval(run.period)[1]


@given(CALENDARS, MOMENTS)
def test_next_runs_are_all_runs_after_the_moment_in_their_order(calendar: CloseCalendar, moment: datetime) -> None:
    runs = next_runs(calendar, moment, 6)
    assert len(runs) == 6
    assert runs[0].run_after > moment
    assert calendar.run_of(calendar.before(runs[0].period)).run_after <= moment
    assert all(earlier.run_after <= later.run_after for earlier, later in pairwise(runs))
    assert all(calendar.after(earlier.period) == later.period for earlier, later in pairwise(runs))
    assert calendar.after(calendar.latest_due(moment).period) == runs[0].period


@given(CALENDARS, MOMENTS)
def test_intervals_tile_time_and_hold_their_moments(calendar: CloseCalendar, moment: datetime) -> None:
    period = calendar.period_of(moment)
    start, end = calendar.interval(period)
    assert start <= moment < end
    assert calendar.interval(calendar.after(period))[0] == end


@given(CALENDARS)
def test_a_calendar_survives_json(calendar: CloseCalendar) -> None:
    assert CloseCalendar.from_dict(json.loads(json.dumps(calendar.as_dict()))) == calendar


def test_the_next_runs_of_a_monthly_close() -> None:
    calendar = CloseCalendar(
        business_days=3, at="07:30", zone="Europe/Berlin", holidays=("2026-04-03", "2026-04-06", "05-01")
    )
    assert listed(calendar, "2026-03-15T00:00:00+00:00") == [
        ("2026-03", "2026-04-07T07:30:00+02:00"),
        ("2026-04", "2026-05-06T07:30:00+02:00"),
        ("2026-05", "2026-06-03T07:30:00+02:00"),
    ]


def test_a_run_at_the_moment_itself_is_not_a_next_one() -> None:
    calendar = CloseCalendar(zone="America/New_York", at="09:00")
    (first, at), (second, _) = listed(calendar, "2026-02-10T12:00:00+00:00", 2)
    assert (first, at) == ("2026-02", "2026-03-02T09:00:00-05:00")
    assert listed(calendar, at, 1)[0][0] == second
    before = datetime.fromisoformat(at) - timedelta(microseconds=1)
    assert listed(calendar, before.isoformat(), 1)[0][0] == first


def test_another_weekend() -> None:
    calendar = CloseCalendar(periods="weekly", week_start="sunday", weekend=("friday", "saturday"), zone="Asia/Riyadh")
    assert listed(calendar, "2026-01-10T12:00:00+00:00", 1) == [("2026-W01", "2026-01-11T06:00:00+03:00")]


def test_daylight_saving_moves_the_instant_and_not_the_time_of_day() -> None:
    calendar = CloseCalendar(periods="weekly", at="02:30", weekend=(), week_start="sunday", zone="Europe/Berlin")
    runs = listed(calendar, "2026-03-16T00:00:00+00:00", 3)
    # On March 29, 2026, clocks go from 02:00 to 03:00: 02:30 isn't there.
    assert [at for _, at in runs] == [
        "2026-03-22T02:30:00+01:00",
        "2026-03-29T03:30:00+02:00",
        "2026-04-05T02:30:00+02:00",
    ]
    autumn = listed(calendar, "2026-10-20T00:00:00+00:00", 1)
    assert autumn[0][1] == "2026-10-25T02:30:00+02:00"


def test_a_zone_whose_midnight_is_skipped_has_no_gap() -> None:
    # In Chile clocks go forward at midnight, on September 6, 2026.
    calendar = CloseCalendar(periods="weekly", week_start="sunday", zone="America/Santiago")
    period = calendar.period_of(datetime(2026, 9, 6, 12, tzinfo=ZoneInfo("America/Santiago")))
    assert calendar.interval(period)[0] == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert calendar.interval(calendar.before(period))[1] == datetime(2026, 9, 6, 4, tzinfo=UTC)


def test_the_period_of_a_moment_is_that_of_the_calendars_zone() -> None:
    moment = datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert CloseCalendar(zone="Asia/Tokyo").period_of(moment).label == "2026-04"
    assert CloseCalendar(zone="America/New_York").period_of(moment).label == "2026-03"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"periods": "4-4-4"}, "periods is '4-4-4'"),
        ({"business_days": 0}, "business_days is 0"),
        ({"business_days": 61}, "business_days is 61"),
        ({"at": "6 am"}, "at is '6 am'"),
        ({"at": "25:00"}, "at is '25:00'"),
        ({"zone": "Mars/Olympus"}, "zone is 'Mars/Olympus'"),
        ({"zone": "/etc/passwd"}, "zone is '/etc/passwd'"),
        ({"zone": ""}, "zone is ''"),
        ({"holidays": ("25.12.",)}, "holidays holds '25.12.'"),
        ({"holidays": ("13-01",)}, "holidays holds '13-01'"),
        ({"weekend": WEEKDAYS}, "weekend leaves no business day"),
        ({"weekend": ("sat",)}, "weekend is 'sat'"),
        ({"fiscal_year_start": 13}, "fiscal_year_start is 13"),
        ({"week_start": "mon"}, "week_start is 'mon'"),
        ({"year_start": "close"}, "year_start is 'close'"),
        ({"year_name": "middle"}, "year_name is 'middle'"),
    ],
)
def test_a_mistake_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named.replace("(", r"\(")):
        CloseCalendar(**fields)


def test_holidays_without_end_are_a_mistake_and_no_endless_loop() -> None:
    every = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(200))
    calendar = CloseCalendar(holidays=every)
    with pytest.raises(ValueError, match="no business day"):
        calendar.run_of(calendar.period_of(datetime(2026, 1, 15, tzinfo=UTC)))


def test_a_calendar_in_yaml(tmp_path: Path) -> None:
    file = tmp_path / "close.yaml"
    file.write_text("periods: 4-4-5\nat: '18:00'\nholidays: [2026-12-25, 01-01]\nweekend: [sunday]\n")
    told = load_calendar(file)
    assert told == CloseCalendar(periods="4-4-5", at="18:00", holidays=("2026-12-25", "01-01"), weekend=("sunday",))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("periods: monthly\nbusiness_day: 3\n", "line 2, business_day"),
        ("zone: UTC\nperiods: yearly\n", "line 2, periods"),
        # YAML reads 18:00 without quotes as a number of base 60.
        ("zone: UTC\nat: 18:00\n", "line 2, at"),
        ("zone: Mars/Olympus\n", "zone is 'Mars/Olympus'"),
    ],
)
def test_a_mistake_in_yaml_is_shown_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "close.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=f"close.yaml.*{named}"):
        load_calendar(file)


def test_a_calendar_in_words() -> None:
    calendar = CloseCalendar(
        "4-5-4", 2, "07:00", "America/Chicago", ("12-25",), fiscal_year_start=2, week_start="sunday"
    )
    assert summary(calendar) == "4-5-4 close, day +2 07:00 America/Chicago"
    assert description(calendar) == (
        "4-5-4 periods, fiscal year from the Sunday nearest to February 1. "
        "Runs 2 business days after the period's end, at 07:00 America/Chicago. "
        "Weekend: Saturday, Sunday; holidays declared: 1."
    )
    assert description(CloseCalendar(weekend=())) == (
        "Monthly periods, fiscal year from January 1. Runs 1 business day after the period's end, at 06:00 UTC. "
        "Weekend: none; holidays declared: 0."
    )
