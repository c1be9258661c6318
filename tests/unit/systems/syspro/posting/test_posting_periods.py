from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.systems.syspro.posting.periods import Period, PeriodProblem, letter, of_day


@pytest.mark.parametrize(
    ("day", "first_month", "named_by", "expected"),
    [
        (date(2026, 3, 31), 1, "ends", "2026/03"),
        (date(2026, 3, 31), 1, "begins", "2026/03"),
        (date(2026, 7, 1), 7, "ends", "2027/01"),
        (date(2026, 6, 30), 7, "ends", "2026/12"),
        (date(2026, 7, 1), 7, "begins", "2026/01"),
        (date(2026, 6, 30), 7, "begins", "2025/12"),
    ],
)
def test_a_day_lies_in_a_period_of_the_fiscal_year(day: date, first_month: int, named_by: str, expected: str) -> None:
    assert str(of_day(day, first_month, named_by)) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(Period(2026, 1), "C"), (Period(2025, 12), "P"), (Period(2025, 11), "B")],
)
def test_the_last_three_periods_have_a_letter(wanted: Period, expected: str) -> None:
    assert letter(wanted, Period(2026, 1)) == expected


@pytest.mark.parametrize(("wanted", "said"), [(Period(2026, 2), "not open yet"), (Period(2025, 10), "closed")])
def test_others_are_refused(wanted: Period, said: str) -> None:
    with pytest.raises(PeriodProblem, match=said):
        letter(wanted, Period(2026, 1))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 12), st.sampled_from(["ends", "begins"]))
def test_the_next_month_is_the_next_period(day: date, first_month: int, named_by: str) -> None:
    later = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    here, there = (of_day(each, first_month, named_by) for each in (day, later))
    assert here.before(there) == 1
    assert 1 <= here.number <= 12
