from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pendulum
import pytest
import time_machine
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.utils.types import DagRunType
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.calendar.periods import PeriodKind
from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendar, CloseCalendarTimetable

BERLIN = CloseCalendar(
    business_days=3, at="07:00", zone="Europe/Berlin", holidays=("2026-04-03", "2026-04-06", "01-01")
)
CALENDARS = st.builds(
    CloseCalendar,
    periods=st.sampled_from(get_args(PeriodKind)),
    business_days=st.integers(1, 8),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago"]),
    fiscal_year_start=st.integers(1, 12),
)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> pendulum.DateTime:
    return pendulum.instance(datetime.fromisoformat(text)).in_timezone("UTC")


def restriction(earliest: str = "", latest: str = "", *, catchup: bool = True) -> TimeRestriction:
    return TimeRestriction(at(earliest) if earliest else None, at(latest) if latest else None, catchup)


def following(
    timetable: CloseCalendarTimetable, last: DataInterval | None, within: TimeRestriction
) -> tuple[DataInterval, datetime]:
    info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=within)
    assert info is not None
    assert info.data_interval is not None
    return info.data_interval, info.run_after


def run_id(timetable: CloseCalendarTimetable, interval: DataInterval | None) -> str:
    return timetable.generate_run_id(run_type=DagRunType.SCHEDULED, run_after=MARCH_RUNS, data_interval=interval)


MARCH = DataInterval(at("2026-03-01T00:00:00+01:00"), at("2026-04-01T00:00:00+02:00"))
APRIL = DataInterval(at("2026-04-01T00:00:00+02:00"), at("2026-05-01T00:00:00+02:00"))
MAY = DataInterval(at("2026-05-01T00:00:00+02:00"), at("2026-06-01T00:00:00+02:00"))
MARCH_RUNS = at("2026-04-07T07:00:00+02:00")


def test_the_first_run_is_for_the_first_period_from_the_start_date() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert following(timetable, None, restriction("2026-02-02T00:00:00+01:00")) == (MARCH, MARCH_RUNS)
    assert following(timetable, None, restriction("2026-03-01T00:00:00+01:00")) == (MARCH, MARCH_RUNS)


def test_the_next_run_is_for_the_next_period() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert following(timetable, MARCH, restriction())[0] == APRIL
    assert following(timetable, MARCH, restriction("2020-01-01T00:00:00+00:00"))[0] == APRIL


def test_a_later_start_date_skips_periods() -> None:
    assert following(CloseCalendarTimetable(BERLIN), MARCH, restriction("2026-04-30T00:00:00+00:00"))[0] == MAY


def test_an_end_date_ends_the_runs() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    last_one = restriction(latest="2026-04-01T00:00:00+02:00")
    assert following(timetable, MARCH, last_one)[0] == APRIL
    assert timetable.next_dagrun_info(last_automated_data_interval=APRIL, restriction=last_one) is None


def test_without_a_start_date_there_is_nothing_to_catch_up() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction()) is None


@pytest.mark.parametrize("earliest", ["", "2020-01-01T00:00:00+00:00"])
def test_without_catchup_old_periods_are_left_out(earliest: str) -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    january = DataInterval(at("2025-12-31T23:00:00+00:00"), at("2026-01-31T23:00:00+00:00"))
    within = restriction(earliest, catchup=False)
    with time_machine.travel(MARCH_RUNS, tick=False):
        assert following(timetable, None, within) == (MARCH, MARCH_RUNS)
        assert following(timetable, january, within) == (MARCH, MARCH_RUNS)
        assert following(timetable, MARCH, within)[0] == APRIL
    with time_machine.travel(MARCH_RUNS - timedelta(seconds=1), tick=False):
        assert following(timetable, january, within)[0].end == MARCH.start
        assert following(timetable, None, within)[0].end == MARCH.start


def test_without_catchup_a_future_start_date_holds() -> None:
    with time_machine.travel(MARCH_RUNS, tick=False):
        within = restriction("2026-04-30T00:00:00+00:00", catchup=False)
        assert following(CloseCalendarTimetable(BERLIN), None, within)[0] == MAY


def test_after_a_change_of_the_calendar_no_beginning_comes_twice() -> None:
    weekly = CloseCalendarTimetable(CloseCalendar(periods="weekly", zone="Europe/Berlin"))
    week = DataInterval(at("2026-06-01T00:00:00+02:00"), at("2026-06-08T00:00:00+02:00"))
    assert weekly.infer_manual_data_interval(run_after=at("2026-06-09T00:00:00+02:00")) == week
    monthly = CloseCalendarTimetable(BERLIN)
    assert following(monthly, week, restriction())[0].start == at("2026-07-01T00:00:00+02:00")
    assert following(weekly, MAY, restriction())[0] == week


def test_a_manual_run_is_for_the_last_period_that_has_ended() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert timetable.infer_manual_data_interval(run_after=at("2026-04-01T00:00:00+02:00")) == MARCH
    assert timetable.infer_manual_data_interval(run_after=at("2026-04-30T23:59:59+02:00")) == MARCH


@given(CALENDARS, MOMENTS)
def test_runs_follow_each_other_without_gap(calendar: CloseCalendar, start: datetime) -> None:
    timetable = CloseCalendarTimetable(calendar)
    infos: list[DagRunInfo] = []
    last: DataInterval | None = None
    for _ in range(5):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=TimeRestriction(pendulum.instance(start), None, True)
        )
        assert info is not None
        infos.append(info)
        last = info.data_interval
    for earlier, later in pairwise(infos):
        assert earlier.data_interval is not None
        assert later.data_interval is not None
        assert earlier.data_interval.end == later.data_interval.start
        assert earlier.data_interval.end <= earlier.run_after <= later.run_after


@given(CALENDARS)
def test_a_timetable_survives_airflows_database(calendar: CloseCalendar) -> None:
    timetable = CloseCalendarTimetable(calendar)
    again = CloseCalendarTimetable.deserialize(json.loads(json.dumps(timetable.serialize())))
    assert again == timetable
    assert hash(again) == hash(timetable)
    assert again != CloseCalendarTimetable(CloseCalendar(business_days=9))


def test_what_the_ui_shows() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert timetable.summary == "monthly close, day +3 07:00 Europe/Berlin"
    assert "Runs 3 business days after the period's end" in timetable.description
    assert timetable.type_name.endswith("close_calendar.CloseCalendarTimetable")


def test_run_ids_hold_the_period() -> None:
    timetable = CloseCalendarTimetable(BERLIN)
    assert run_id(timetable, MARCH) == "scheduled__2026-03_2026-04-07T05:00:00+00:00"
    assert run_id(timetable, DataInterval(MARCH.start, MARCH.end.add(days=1))) == "scheduled__2026-04-07T05:00:00+00:00"
    assert run_id(timetable, None) == "scheduled__2026-04-07T05:00:00+00:00"


def test_two_periods_that_are_due_at_the_same_moment_have_two_run_ids() -> None:
    calendar = CloseCalendar(periods="weekly", holidays=tuple(f"12-{day}" for day in range(21, 32)))
    timetable = CloseCalendarTimetable(calendar)
    within = restriction("2026-12-14T00:00:00+00:00")
    first = following(timetable, None, within)
    second = following(timetable, first[0], within)
    assert first[1] == second[1]
    assert run_id(timetable, first[0]) != run_id(timetable, second[0])
