"""Single values: from JSON or XML to the declared type, exactly or not at all."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.systems.syspro.table import TimeForm

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE
)
_LARGEST = 2**63


class UnfitError(ValueError):
    """A value does not fit its declared type; the text says why, to be read behind the column's name."""


class Twice:
    """Stands for a value that its row holds more than once."""

    def __repr__(self) -> str:
        return "given more than once"


def nullable(kind: str) -> bool:
    """Whether SYSPRO has nulls in columns of this type: only dates are null where they are not set (sheet 3.2)."""
    return kind in {"date", "datetime"}


def typed(value: object, kind: str, times: TimeForm) -> Any:
    """A value in its declared type.

    Args:
        value: as JSON or XML gave it: text, int, Decimal, bool, None, or what neither should hold.
        kind: the declared type.
        times: how times come.

    Returns:
        str, int, Decimal, bool, a naive datetime, a date, or None.

    Raises:
        UnfitError: the value does not fit.
    """
    if value is None:
        if nullable(kind):
            return None
        raise UnfitError("is null or missing")
    if isinstance(value, Twice):
        raise UnfitError("comes twice in the row")
    if kind.startswith("string"):
        return _string(value)
    if kind == "boolean":
        return _boolean(value)
    if nullable(kind):
        moment = _moment(value, times)
        return moment if kind == "datetime" else _day(moment)
    return _number(value, kind)


def text(value: Any, kind: str) -> str:
    """A typed key value as text, as Arrow casts it to a string; empty for null."""
    if value is None:
        return ""
    return str(pa.scalar(value, arrow_type(kind)).cast(pa.string()).as_py())


def moment_text(value: str) -> str:
    """A date or time in the form `2026-03-31T00:00:00`, with a fraction only where there is one.

    Raises:
        UnfitError: it is neither.
    """
    return _moment(value, TimeForm()).isoformat()


def keepable(told: str) -> str:
    """A text that every database keeps: NULs and halves of surrogate pairs are shown as escapes."""
    return told.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\u0000")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise UnfitError(f"is {_shown(value)}, where a text is declared")
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise UnfitError("holds half of a surrogate pair, which is no character")
    if "\x00" in value:
        # PostgreSQL keeps none in a text, so neither a key nor a reason that quotes one could be remembered.
        raise UnfitError("holds a NUL, which is no character of a text")
    # Fixed-width columns come padded over one protocol and not over the other; SQL Server compares without padding.
    return value.rstrip(" ")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "y": True, "false": False, "n": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise UnfitError(f"is {_shown(value)}, where true or false is declared")


def _number(value: object, kind: str) -> int | Decimal:
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal | str):
        raise UnfitError(f"is {_shown(value)}, where a number is declared")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UnfitError(f"is {_shown(value)}, where a number is declared") from None
    if not number.is_finite():
        raise UnfitError(f"is {_shown(value)}, where a number is declared")
    if kind == "integer":
        if number != number.to_integral_value() or not -_LARGEST <= number < _LARGEST:
            raise UnfitError(f"is {_shown(value)}, where a whole number is declared")
        return int(number)
    return _decimal(number, kind)


def _decimal(number: Decimal, kind: str) -> Decimal:
    declared = arrow_type(kind)
    _, digits, exponent = number.as_tuple()
    while digits and digits[-1] == 0 and isinstance(exponent, int) and exponent < 0:
        digits, exponent = digits[:-1], exponent + 1
    decimals = max(0, -int(exponent)) if any(digits) else 0
    if decimals > declared.scale:
        raise UnfitError(f"is {_shown(number)}, with more decimals than {kind} holds")
    if any(digits) and number.adjusted() + 1 > declared.precision - declared.scale:
        raise UnfitError(f"is {_shown(number)}, with more digits than {kind} holds")
    return number if any(digits) else Decimal(0)


def _moment(value: object, times: TimeForm) -> datetime:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise UnfitError(f"is {_shown(value)}, where a date is declared")
    day, clock, seconds, fraction, suffix = found.groups()
    micros = (fraction or "").ljust(6, "0")
    if micros[6:].strip("0"):
        raise UnfitError(f"is {_shown(value)}, finer than a microsecond")
    try:
        naive = datetime.fromisoformat(f"{day}T{clock or '00:00'}:{seconds or '00'}.{micros[:6]}")
        if suffix is None or times.suffix_is_local:
            return naive
        aware = naive.replace(tzinfo=UTC) if suffix in "Zz" else datetime.fromisoformat(naive.isoformat() + suffix)
        return aware.astimezone(ZoneInfo(times.zone)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UnfitError(f"is {_shown(value)}, which is no date of the calendar") from None


def _day(moment: datetime) -> date:
    if moment.time() != datetime.min.time():
        raise UnfitError(f"is {moment.isoformat()}, with a time of day, where a date is declared")
    return moment.date()


def _shown(value: object) -> str:
    return f"'{keepable(str(value)[:60])}'"
