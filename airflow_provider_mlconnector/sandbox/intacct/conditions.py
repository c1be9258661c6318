"""Conditions on records, as `query`'s filter and readByQuery's text both become."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value

Get = Callable[[Row], Value]
Test = Callable[[Row], bool]
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


@dataclass(frozen=True)
class Compare:
    """A field against values: `eq ne lt le gt ge between in notin like notlike isnull isnotnull`."""

    field: str
    op: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class All:
    """All parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:  # noqa: N801 - Any is taken
    """At least one part holds."""

    parts: tuple[Condition, ...]


Condition = Compare | All | Any_


def fields_of(condition: Condition) -> Iterator[str]:
    """Every field that a condition asks for."""
    if isinstance(condition, Compare):
        yield condition.field
        return
    for part in condition.parts:
        yield from fields_of(part)


def matcher(condition: Condition, getter: Callable[[str], Get], *, folded: bool = False) -> Test:
    """A function that says whether a record meets a condition; null meets none but `isnull`, as in SQL.

    Args:
        condition: what to meet.
        getter: gives the function that reads a field of a record.
        folded: whether case doesn't count.
    """
    if isinstance(condition, Compare):
        return _compare(condition, getter(condition.field), folded=folded)
    tests = [matcher(part, getter, folded=folded) for part in condition.parts]
    if isinstance(condition, All):
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _compare(condition: Compare, get: Get, *, folded: bool) -> Test:
    op, values = condition.op, tuple(_plain(value, folded=folded) for value in condition.values)
    if op == "isnull":
        return lambda row: get(row) is None
    if op == "isnotnull":
        return lambda row: get(row) is not None
    if op in ("like", "notlike"):
        pattern = like_pattern(str(values[0]), folded=folded)
        wanted = op == "like"
        return lambda row: (value := get(row)) is not None and bool(pattern.fullmatch(str(value))) is wanted

    if op in ("in", "notin"):
        members, inside = frozenset(values), op == "in"
        return lambda row: (value := get(row)) is not None and (_plain(value, folded=folded) in members) is inside
    return lambda row: (value := get(row)) is not None and _holds(op, _plain(value, folded=folded), values)


def _holds(op: str, value: Any, values: tuple[Any, ...]) -> bool:
    if op == "between":
        return bool(values[0] <= value <= values[1])
    # As Oracle has it, '' is null: nothing equals it.
    return values[0] != "" and _ORDERINGS[op](value, values[0])


def _plain(value: Value, *, folded: bool) -> Any:
    if isinstance(value, str):
        return value.casefold() if folded else value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Intacct's dates have no zone
    return value


def like_pattern(text: str, *, folded: bool) -> re.Pattern[str]:
    """What LIKE matches: `%` is any text, `_` one character."""
    pieces = "".join(".*" if each == "%" else "." if each == "_" else re.escape(each) for each in text)
    return re.compile(pieces, re.DOTALL | (re.IGNORECASE if folded else 0))
