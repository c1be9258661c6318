"""Dates and times: naive, exact, and blank before 1753."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.mapping.exact import parse_moment
from airflow_provider_mlconnector.mapping.values import strftime

FORMS = st.sampled_from(["%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d"])
DAYS = st.dates(date(1753, 1, 1))


@given(st.lists(DAYS | st.none(), max_size=6), FORMS)
def test_what_is_written_reads_back(days: list[date | None], form: str) -> None:
    texts = strftime(pa.array(days, pa.date32()), form)
    assert texts.to_pylist() == [None if day is None else day.strftime(form) for day in days]
    moments, bad = parse_moment(texts, form)
    assert moments.cast(pa.date32()).to_pylist() == days
    assert not any(bad.to_pylist())


@given(st.lists(st.datetimes(datetime(1753, 1, 1)), max_size=6))  # noqa: DTZ001
def test_times_are_cut_to_the_second_and_never_rounded(moments: list[datetime]) -> None:
    texts = strftime(pa.array(moments, pa.timestamp("us")), "%Y-%m-%d %H:%M:%S")
    assert texts.to_pylist() == [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments]


@pytest.mark.parametrize("text", ["20260231", "2026031", "2026-03-31", "20260331x", "00000000", "31032026", "x"])
def test_a_text_that_is_no_such_date_fails(step: Any, text: str) -> None:
    assert step("steps: [{parse_date: '%Y%m%d'}]", pa.string(), [text]) == (
        [],
        [f"T: '{text}' is not a date of the form %Y%m%d"],
    )


def test_dates_are_parsed_as_dates_and_times_as_times(step: Any) -> None:
    day = step("steps: [{parse_date: '%d.%m.%Y'}]", pa.string(), [" 29.02.2028 ", None, ""])[0]
    assert day == [date(2028, 2, 29), None, None]
    time = step("steps: [{parse_date: '%Y-%m-%d %H:%M:%S'}]", pa.string(), ["2026-03-29 02:30:00"])[0]
    assert time == [datetime(2026, 3, 29, 2, 30)]  # noqa: DTZ001


def test_a_date_before_1753_is_blank(step: Any) -> None:
    moments = [datetime(1, 1, 1), datetime(1752, 12, 31), datetime(1753, 1, 1)]  # noqa: DTZ001
    rule = "steps: [{format_date: '%Y%m%d'}], default: none"
    assert step(rule, pa.timestamp("us"), moments)[0] == ["none", "none", "17530101"]
    assert step(rule, pa.date32(), [moment.date() for moment in moments])[0] == ["none", "none", "17530101"]


def test_a_time_of_day_is_dropped_only_when_asked(step: Any) -> None:
    moments = [datetime(2026, 3, 31), datetime(2026, 3, 31, 14, 5)]  # noqa: DTZ001
    values, reasons = step("type: date", pa.timestamp("us"), moments)
    assert values == [date(2026, 3, 31)]
    assert reasons == ["T: '2026-03-31T14:05:00' does not fit date"]
    assert step("steps: [day], type: date", pa.timestamp("us"), moments)[0] == [date(2026, 3, 31)] * 2
