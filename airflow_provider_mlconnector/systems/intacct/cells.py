"""Single values: from Intacct's text to the declared type, exactly or not at all (sheet 1.10)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from airflow_provider_mlconnector.streams.columns import arrow_type

TRUE, FALSE = ("true", "t"), ("false", "f")
_LARGEST = 2**63
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_AMERICAN = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d:\d\d:\d\d))?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[+-]\d\d:\d\d)?)?", re.IGNORECASE)


class UnfitError(ValueError):
    """A value does not fit its declared type; the text says why, to be read behind the column's name."""


def typed(value: str | None, kind: str, zone: str) -> Any:
    """A value in its declared type; None for an empty one, which is how Intacct writes null.

    Args:
        value: the element's text.
        kind: the declared type.
        zone: IANA zone of naive times; a time with an offset is brought into it.

    Returns:
        str, int, Decimal, bool, a naive datetime, a date, or None.

    Raises:
        UnfitError: the value does not fit.
    """
    if not value:
        return None
    if kind.startswith("string"):
        return value
    bare = value.strip()
    if not bare:
        return None
    if kind == "boolean":
        return _boolean(bare)
    if kind in {"date", "datetime"}:
        moment = _moment(bare, zone)
        return moment if kind == "datetime" else _day(moment)
    return _number(bare, kind)


def shown(value: Any, kind: str) -> str:
    """A typed key value as text, as Arrow casts it to a string; empty for null."""
    return "" if value is None else str(pa.scalar(value, arrow_type(kind)).cast(pa.string()).as_py())


def _boolean(value: str) -> bool:
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise UnfitError(f"is '{value[:60]}', where true or false is declared")


def _number(value: str, kind: str) -> int | Decimal:
    if not _NUMBER.fullmatch(value):
        raise UnfitError(f"is '{value[:60]}', where a number is declared")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UnfitError(f"is '{value[:60]}', where a number is declared") from None
    if kind == "integer":
        if number != number.to_integral_value() or not -_LARGEST <= number < _LARGEST:
            raise UnfitError(f"is '{value[:60]}', where a whole number is declared")
        return int(number)
    return _decimal(number, kind)


def _decimal(number: Decimal, kind: str) -> Decimal:
    declared = arrow_type(kind)
    _, digits, exponent = number.as_tuple()
    while digits and digits[-1] == 0 and isinstance(exponent, int) and exponent < 0:
        digits, exponent = digits[:-1], exponent + 1
    if not any(digits):
        return Decimal(0)
    if max(0, -int(exponent)) > declared.scale:
        raise UnfitError(f"is '{number}', with more decimals than {kind} holds")
    if number.adjusted() + 1 > declared.precision - declared.scale:
        raise UnfitError(f"is '{number}', with more digits than {kind} holds")
    return number


def _moment(value: str, zone: str) -> datetime:
    american, iso = _AMERICAN.fullmatch(value), _ISO.fullmatch(value)
    try:
        if american:
            month, day, year, clock = american.groups()
            return datetime.fromisoformat(f"{year}-{month}-{day}T{clock or '00:00:00'}")
        if iso:
            day, clock, suffix = iso.groups()
            naive = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}")
            if suffix is None:
                return naive
            offset = "+00:00" if suffix in "Zz" else suffix
            aware = datetime.fromisoformat(naive.isoformat() + offset).astimezone(UTC)
            return aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UnfitError(f"is '{value[:60]}', which is no date of the calendar") from None
    raise UnfitError(f"is '{value[:60]}', where a date is declared")


def _day(moment: datetime) -> date:
    if moment.time() != datetime.min.time():
        raise UnfitError(f"is {moment.isoformat()}, with a time of day, where a date is declared")
    return moment.date()
