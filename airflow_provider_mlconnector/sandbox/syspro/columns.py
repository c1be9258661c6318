"""Columns and keys of the sandbox's tables, and their blank values (SYSPRO sheet 3.2 and 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

Value = str | int | Decimal | None
Row = Mapping[str, Value]
Key = tuple[Value, ...]

_KINDS = {"v": "text", "c": "text", "d": "number"}
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: its name in the database.
        kind: `text`, `number`, `date` (a naive local date and time, the only kind that may be null) or `stamp`.
        size: characters of a text, digits of a number.
        scale: decimals of a number.
    """

    name: str
    kind: str
    size: int = 0
    scale: int = 0

    @property
    def blank(self) -> Value:
        """What an unset value is: SYSPRO's columns hold blanks and zeros, and null only in dates."""
        return {"number": 0, "date": None}.get(self.kind, "")

    def value(self, given: object) -> Value:
        """A value as this column keeps it; raises ValueError where it doesn't fit."""
        if given is None:
            return self.blank
        if self.kind == "date":
            return moment(str(given))
        if self.kind != "number":
            return str(given).rstrip(" ")
        try:
            number = Decimal(str(given))
        except InvalidOperation:
            raise ValueError(f"'{given}' is not a number ({self.name})") from None
        return int(number) if self.scale == 0 and number == int(number) else number


@dataclass(frozen=True)
class TableSchema:
    """A table's name, columns and primary key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by their (case-sensitive) name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def blanks(self) -> dict[str, Value]:
        """The blank value of every column."""
        return {column.name: column.blank for column in self.columns}

    def key_of(self, row: Row) -> Key:
        """The primary key of a row."""
        return tuple(row[name] for name in self.key)


def moment(text: str) -> str:
    """A date or time in the one form that is stored and compared: `2026-03-15T00:00:00`, naive.

    Raises:
        ValueError: the text is neither a date nor a date and time.
    """
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text}' is not a date")
    clock = found[2] or "00:00:00"
    fraction = (found[3] or "").rstrip("0").rstrip(".")
    return f"{found[1]}T{clock if len(clock) == 8 else clock + ':00'}{fraction}"


def parse_columns(spec: str) -> tuple[Column, ...]:
    """Columns from a compact text: `Supplier v15, PurchValMth1..12 d14.2, InvoiceDate dt, TimeStamp ts`."""
    columns: list[Column] = []
    for part in " ".join(spec.split()).split(","):
        names, declared = part.strip().rsplit(" ", 1)
        for name in names.split("/"):
            columns += [_column(each, declared) for each in _numbered(name)]
    return tuple(columns)


def _numbered(name: str) -> list[str]:
    span = re.fullmatch(r"(.*?)(\d+)\.\.(\d+)", name)
    if not span:
        return [name]
    return [f"{span[1]}{number}" for number in range(int(span[2]), int(span[3]) + 1)]


def _column(name: str, declared: str) -> Column:
    if declared == "dt":
        return Column(name, "date")
    if declared == "ts":
        return Column(name, "stamp", 18)
    size, _, scale = declared[1:].partition(".")
    return Column(name, _KINDS[declared[0]], int(size), int(scale or 0))
