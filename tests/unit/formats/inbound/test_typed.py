from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats.inbound.typed import Forms, typed


def one(text: str, kind: str, **forms: Any) -> tuple[Any, str]:
    """The value, and why there is none."""
    values, misfits = typed(pa.array([text, None, text]), kind, Forms(**forms))
    first, blank, last = values.to_pylist()
    assert (first, blank) == (last, None)
    assert all(misfit.mask.to_pylist() == [True, False, True] for misfit in misfits)
    return first, " ".join(misfit.reason for misfit in misfits)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("$1,234", "1234.00"),
        ("-$5.1", "-5.10"),
        ("$ -5", "-5.00"),
        ("($5.10)", "-5.10"),
        ("1.5000", "1.50"),
        (".5", "0.50"),
        ("+7", "7.00"),
        ("1 234.00", "1234.00"),
        ("1'234.00", "1234.00"),
        ("0012", "12.00"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert one(text, "decimal(10,2)") == (Decimal(amount), "")


@pytest.mark.parametrize(
    "text", ["1,23", "1.234.5", "1E5", "5.", "--5", "(-5)", "1,2345", "EUR 5", "0x1", "٣", "1,234'567"]
)
def test_what_is_no_amount(text: str) -> None:
    assert one(text, "decimal(10,2)") == (None, "is not a number")


@pytest.mark.parametrize("text", ["1.234", "123456789.00", "1.001"])
def test_nothing_is_rounded_or_cut(text: str) -> None:
    assert one(text, "decimal(10,2)") == (None, "has more than 8 digits before or 2 after the decimal mark")


def test_a_decimal_comma_is_one_only_where_it_is_declared() -> None:
    assert one("1.234,50", "decimal(10,2)", decimal_mark=",")[0] == Decimal("1234.50")
    assert one("1234,5", "decimal(10,2)", decimal_mark=",")[0] == Decimal("1234.50")
    assert one("12.50", "decimal(10,2)", decimal_mark=",") == (None, "is not a number with a decimal comma")
    assert one("1.234,50", "decimal(10,2)") == (None, "is not a number")


_AMOUNTS = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(st.lists(_AMOUNTS, max_size=5), st.sampled_from(["{:f}", "{:,f}", "${:,f}", "( {:,f} )"]), st.booleans())
def test_amounts_come_back(amounts: list[Decimal], form: str, comma: bool) -> None:
    if "(" in form:
        amounts = [abs(amount) for amount in amounts]
        form = form.replace(" ", "")
    texts = [form.format(amount) for amount in amounts]
    if comma:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    values, misfits = typed(pa.array(texts, pa.string()), "decimal(18,2)", Forms("," if comma else "."))
    assert misfits == []
    assert values.to_pylist() == [-amount if "(" in form else amount for amount in amounts]


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-3", -3), ("1,000", 1000), ("1.0", 1), ("9" * 18, 10**18 - 1)]
)
def test_whole_numbers(text: str, number: int) -> None:
    assert one(text, "integer") == (number, "")


@pytest.mark.parametrize("text", ["1.5", "9" * 19, "x"])
def test_what_is_no_whole_number(text: str) -> None:
    assert one(text, "integer")[0] is None


@pytest.mark.parametrize(("text", "value"), [("Yes", True), ("0", False), ("TRUE", True), ("n", False), ("x", None)])
def test_yes_and_no(text: str, value: bool | None) -> None:
    assert one(text, "boolean")[0] is value


def test_a_text_is_never_cut() -> None:
    assert one("äöü", "string(3)") == ("äöü", "")
    assert one("äöüx", "string(3)")[1] == "is longer than 3 characters"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("12/25/2026", date(2026, 12, 25)),
        ("3/3/2026", date(2026, 3, 3)),
        ("2026-03-01T23:30:00-0500", date(2026, 3, 1)),
        ("2026-03-01T23:30:00Z", date(2026, 3, 1)),
    ],
)
def test_dates_by_the_default_forms(text: str, day: date) -> None:
    assert one(text, "date") == (day, "")


@pytest.mark.parametrize("text", ["2026-02-30", "25/12/2026", "26-01-01", "2026-01-01 x", "20260101", "46000"])
def test_what_is_no_date(text: str) -> None:
    assert one(text, "date") == (None, "is not a date of the template's date_formats")


def test_a_date_that_could_be_two_is_refused_until_it_is_declared() -> None:
    assert "could be two days" in one("03/04/2026", "date")[1]
    assert one("03/04/2026", "date", dates=["%d/%m/%Y"])[0] == date(2026, 4, 3)
    assert one("3/4/2026", "date", dates=["%m/%d/%Y"])[0] == date(2026, 3, 4)
    assert "could be two days" in one("03/04/2026", "date", dates=["%m/%d/%Y", "%d/%m/%Y"])[1]
    assert one("25/04/2026", "date", dates=["%m/%d/%Y", "%d/%m/%Y"])[0] == date(2026, 4, 25)
    assert one("3.4.2026", "date", dates=["%d.%m.%Y"])[0] == date(2026, 4, 3)


# Arrow knows no summer time after 2037.
FIRST = datetime.fromisoformat("2000-01-01T00:00:00")


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10**9).map(lambda seconds: FIRST + timedelta(seconds=seconds)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["UTC", "America/Chicago", "Asia/Kolkata"]),
)
def test_a_time_with_an_offset_is_converted_to_the_zone(moment: datetime, minutes: int, zone: str) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert one(aware.isoformat(), "datetime", zone=zone) == (expected, "")
    assert one(aware.strftime("%Y-%m-%dT%H:%M:%S%z"), "date")[0] == moment.date()


def test_a_time_without_an_offset_stays_as_written() -> None:
    forms = {"dates": ["%Y-%m-%d %H:%M:%S"], "zone": "America/Chicago"}
    assert one("2026-03-01 10:00:00", "datetime", **forms)[0] == datetime.fromisoformat("2026-03-01T10:00:00")
    assert one("2026-03-01", "datetime")[0] == datetime.fromisoformat("2026-03-01T00:00:00")
