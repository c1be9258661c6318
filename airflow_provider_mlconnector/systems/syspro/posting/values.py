"""Mapped values as SYSPRO's XML holds them: fixed decimals, ISO dates, texts of a checked length (sheet 4)."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from airflow_provider_mlconnector.systems.syspro.posting.elements import Element, Kind

_PLACES: dict[Kind, int] = {"amount": 2, "rate": 6, "whole": 0}
_MOST_DIGITS = 12
# What XML 1.0 can't hold, even as a reference.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class ValueProblem(ValueError):  # noqa: N818 - becomes a Problem, and is none of Python's
    """A mapped value can't be sent; the text goes behind the field's name."""


def blank(value: Any) -> bool:
    """Whether there is nothing in a mapped value."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(value: Any, element: Element) -> str:
    """A mapped value as the element's text; empty for a blank one.

    Raises:
        ValueProblem: it is too long, no such number or date, or a binary floating-point number.
    """
    if blank(value):
        return ""
    if element.kind in _PLACES:
        return _number(value, element)
    shown = day(value) if element.kind == "date" else _plain(value)
    if element.length and len(shown) > element.length:
        raise ValueProblem(f"'{shown}' is longer than {element.length} characters")
    return shown


def exact(value: Any) -> Decimal:
    """A mapped number; zero for a blank one.

    Raises:
        ValueProblem: it is none, or a binary floating-point number, which may have lost cents already.
    """
    if blank(value):
        return Decimal(0)
    if isinstance(value, bool | float):
        raise ValueProblem(f"{value!r} is not a decimal number; declare its type in the mapping")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueProblem(f"'{value}' is not a number")
    return number


def day(value: Any) -> str:
    """A mapped date as `yyyy-MM-dd`.

    Raises:
        ValueProblem: it is none, or has a time of day.
    """
    if isinstance(value, datetime):
        if value.time().replace(tzinfo=None) != datetime.min.time():
            raise ValueProblem(f"'{value.isoformat()}' has a time of day")
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise ValueProblem(f"'{value}' is not a date such as 2026-03-31") from None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, float):
        raise ValueProblem(f"{value!r} is a floating-point number where a text is wanted")
    shown = str(value).strip()
    if _FORBIDDEN.search(shown):
        raise ValueProblem(f"{shown!r} holds a control character")
    return shown


def _number(value: Any, element: Element) -> str:
    places = _PLACES[element.kind]
    number = exact(value)
    if len(number.as_tuple().digits) + max(0, int(number.as_tuple().exponent)) > 2 * _MOST_DIGITS:
        raise ValueProblem(f"'{value}' has too many digits")
    fixed = number.quantize(Decimal(1).scaleb(-places))
    if fixed != number:
        raise ValueProblem(f"'{value}' has more than {places} decimals, and is not rounded here")
    if abs(fixed) >= Decimal(10) ** _MOST_DIGITS:
        raise ValueProblem(f"'{value}' has more than {_MOST_DIGITS} digits before the point")
    return f"{fixed or abs(fixed):f}"
