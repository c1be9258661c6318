"""Fields of Intacct's objects: their types, and how values become text and back (sheet 1.7, 1.10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property

Value = str | int | Decimal | bool | date | datetime | None
Row = dict[str, Value]
_TRUE, _FALSE = {"true", "t"}, {"false", "f"}
_DATE, _TIMESTAMP = "%m/%d/%Y", "%m/%d/%Y %H:%M:%S"
_INTEGER = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True)
class Field:
    """One field of an object.

    Attributes:
        id: its name.
        kind: INTEGER, TEXT, DECIMAL, PERCENT, BOOLEAN, DATE, TIMESTAMP or ENUM.
        codes: an ENUM's words, with the codes that readByQuery has for them.
        custom: whether the company made it.
    """

    id: str
    kind: str
    codes: Mapping[str, str] = field(default_factory=dict)
    custom: bool = False

    def value(self, text: str, *, coded: bool = False) -> Value:
        """The value of a literal in a filter.

        Args:
            text: as it came.
            coded: whether an ENUM's codes count, as in readByQuery, or its words.

        Raises:
            ValueError: it isn't one of this type.
        """
        if self.kind == "ENUM":
            words = {(code if coded else word).lower(): word for word, code in self.codes.items()}
            if text.lower() not in words:
                raise ValueError(f"'{text}' is not a value of {self.id}")
            return words[text.lower()]
        reader = _READERS.get(self.kind)
        return text if reader is None else reader(text)

    def text(self, value: Value, *, coded: bool = False, iso: bool = False) -> str:
        """A value as answers show it; null is empty."""
        if value is None:
            return ""
        if self.kind == "ENUM" and coded:
            return self.codes.get(str(value), str(value))
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%SZ" if iso else _TIMESTAMP)
        if isinstance(value, date):
            return value.strftime("%Y-%m-%d" if iso else _DATE)
        return _plain(value)

    def native(self, value: object) -> Value:
        """A value of the admin endpoint's JSON: text as answers show it, or a number, boolean or null.

        Raises:
            ValueError: it isn't one of this type.
        """
        if value is None or value == "":
            return None
        if isinstance(value, bool) and self.kind == "BOOLEAN":
            return value
        return self.value(str(value))


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        # Documented answers show 500, not 500.00.
        return f"{value.normalize():f}" if value else "0"
    return str(value)


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise ValueError(f"'{text}' is not a whole number")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"'{text}' is not a number") from None


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(f"'{text}' is neither true nor false")
    return text.lower() in _TRUE


def _date(text: str) -> date:
    return _timestamp(text).date()


def _timestamp(text: str) -> datetime:
    for form in (_TIMESTAMP, _DATE):
        try:
            return datetime.strptime(text.strip(), form)  # noqa: DTZ007 - Intacct's dates have no zone
        except ValueError:
            continue
    raise ValueError(f"'{text}' is not a date as MM/DD/YYYY or MM/DD/YYYY HH:MM:SS")


_READERS: dict[str, Callable[[str], Value]] = {
    "INTEGER": _integer,
    "DECIMAL": _decimal,
    "PERCENT": _decimal,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
}


@dataclass(frozen=True)
class Relation:
    """A way to another object: `VENDOR.CREDITLIMIT` of a bill is CREDITLIMIT of the vendor with its VENDORID."""

    object: str
    by: str
    key: str


@dataclass(frozen=True)
class Schema:
    """An object's definition.

    Attributes:
        name: in upper case.
        key: the natural key's field; RECORDNO is the primary key of all.
        fields: in the order that `*` gives.
        relations: by path.
        lines: object of the lines that a record owns, and its field that holds the owner's RECORDNO.
        audited_by: the field that AUDITHISTORY's OBJECTKEY holds (sheet 1.12).
    """

    name: str
    key: str
    fields: tuple[Field, ...]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    lines: tuple[str, str] | None = None
    audited_by: str = "RECORDNO"

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields, by name."""
        return {each.id: each for each in self.fields}

    @cached_property
    def blanks(self) -> Row:
        """A row without a value in it."""
        return dict.fromkeys(self.by_name)
