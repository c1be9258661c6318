"""Cursors as text: they sort as what they stand for does, in the source's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams import cursor
from airflow_provider_mlconnector.streams.declaration import CursorField

MOMENTS = st.datetimes(datetime(1753, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001
DAY = CursorField(column="D")
SECOND = CursorField(column="D", precision="second", lookback=timedelta(hours=1))
ROWVERSION = CursorField(column="V", precision="rowversion")


def texts(moments: list[Any]) -> list[str | None]:
    found: list[str | None] = cursor.texts(pa.chunked_array([pa.array(moments, pa.timestamp("us"))])).to_pylist()
    return found


@given(st.lists(MOMENTS, min_size=2, max_size=8))
def test_texts_sort_as_moments_do(moments: list[datetime]) -> None:
    assert texts(sorted(moments)) == sorted(text for text in texts(moments) if text)


@given(MOMENTS)
def test_a_day_and_a_moment_compare(moment: datetime) -> None:
    day = cursor.texts(pa.array([moment.date()], pa.date32())).to_pylist()[0]
    midnight, clock = texts([moment.replace(hour=0, minute=0, second=0, microsecond=0), moment])
    assert day == midnight
    assert midnight is not None
    assert clock is not None
    assert midnight <= clock


def test_null_and_blank_dates_are_no_cursor() -> None:
    blank = datetime(1, 1, 1)  # noqa: DTZ001
    assert texts([None, blank, datetime(1752, 12, 31, 23, 59), datetime(1753, 1, 1)]) == [  # noqa: DTZ001
        None, None, None, cursor.FIRST_DATE,
    ]  # fmt: skip


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9_000)))
def test_a_lookback_reaches_back_and_never_below_the_first_date(moment: datetime, reach: timedelta) -> None:
    text = texts([moment])[0]
    assert text is not None
    back = cursor.minus(text, reach)
    assert cursor.FIRST_DATE <= back <= text
    if moment - datetime(1753, 1, 1) >= reach:  # noqa: DTZ001
        assert back == texts([moment - reach])[0]


def test_what_was_never_set_is_not_moved() -> None:
    assert cursor.minus("", timedelta(days=7)) == ""


@pytest.mark.parametrize(
    ("watermark", "low"),
    [
        ("", ""),
        ("0x00000000000007D1", "0x00000000000003E9"),
        ("00000000000007d1", "00000000000003e9"),
        ("0x0000000000000001", "0x0000000000000000"),
    ],
)
def test_a_rowversion_is_looked_back_by_number(watermark: str, low: str) -> None:
    field = CursorField(column="Version", precision="rowversion", lookback_versions=1000)
    assert cursor.looked_back(watermark, field) == low


@pytest.mark.parametrize("text", ["01/02/2026", "garbage", "0x", ""])
def test_a_rowversion_of_a_person_is_hexadecimal(text: str) -> None:
    with pytest.raises(ConfigurationError):
        cursor.from_person(text, CursorField(column="Version", precision="rowversion"), end=False)


def test_the_clock_is_the_source_s_own() -> None:
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert cursor.from_clock(moment, SECOND, "Europe/Berlin") == "2026-03-02T00:30:00.000000"
    assert cursor.from_clock(moment, DAY, "America/New_York") == "2026-03-01T23:59:59.999999"
    assert cursor.from_clock(moment, ROWVERSION, "UTC") == ""
    assert cursor.from_time(moment, "Europe/Berlin") == "2026-03-02T00:30:00.000000"


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("2026-03-31", False, "2026-03-31T00:00:00.000000"),
        ("2026-03-31", True, "2026-03-31T23:59:59.999999"),
        ("2026-03-31T18:00:00", True, "2026-03-31T18:00:00.000000"),
    ],
)
def test_a_person_writes_days_and_times(text: str, end: bool, expected: str) -> None:
    assert cursor.from_person(text, DAY, end=end) == expected


def test_a_person_s_slip_is_said_so() -> None:
    with pytest.raises(ConfigurationError, match=r"31\.3\."):
        cursor.from_person("31.3.", DAY, end=False)
    assert cursor.from_person("0x07D1", ROWVERSION, end=True) == "0x07D1"
