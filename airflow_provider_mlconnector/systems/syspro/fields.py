"""Values of connection fields, checked one by one: what a person typed becomes a typed value or a clear error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

Parse = Callable[[object], Any]

# Texts of a lost session are not published (sheet 1.3 and 6.5); a site replaces these by what its server says.
SESSION_ERRORS = (r"user\s*id.*invalid", r"session.*expired", r"logged (out|off)", r"not logged", r"BaseDir")


class FieldError(ValueError):
    """A field's value is wrong; the text is to be read behind the field's name, and never shows a secret."""


@dataclass(frozen=True)
class KeyRule:
    """How the values of one key column are padded at a site (SYSPRO sheet 3.2).

    Attributes:
        width: the padded length in characters.
        char: what it is padded with, on the left.
        numeric_only: whether values with other characters than digits stay as they are.
    """

    width: int
    char: str = "0"
    numeric_only: bool = True

    def padded(self, value: str) -> str:
        """The value as the site's database holds it; already padded values stay as they are."""
        bare = value.strip()
        if not bare or (self.numeric_only and not bare.isdigit()):
            return value
        return bare.rjust(self.width, self.char)


def text(value: object) -> str:
    """Any text; numbers are taken as they are written."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FieldError("must be a text")
    return str(value).strip()


def secret(value: object) -> str:
    """A text whose blanks at the ends count."""
    if not isinstance(value, str):
        raise FieldError("must be a text")
    return value


def flag(value: object) -> bool:
    """A switch, also as the texts that forms and connection URIs make of it."""
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    shown = str(value).strip().lower()
    if shown not in known:
        raise FieldError("must be true or false")
    return known[shown]


def whole(low: int, high: int) -> Parse:
    """A whole number between two bounds, both included."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"\s*\d+\s*", str(value)):
            raise FieldError(f"must be a whole number from {low} to {high}")
        number = int(str(value))
        if not low <= number <= high:
            raise FieldError(f"must be a whole number from {low} to {high}")
        return number

    return parse


def seconds(value: object) -> float:
    """A time in seconds, above zero and below a day."""
    try:
        number = float(str(value))
    except ValueError:
        raise FieldError("must be a number of seconds") from None
    if isinstance(value, bool) or not 0 < number < 86_400:
        raise FieldError("must be a number of seconds above 0 and below 86400")
    return number


def choice(*allowed: str) -> Parse:
    """One of a few words, in any case."""

    def parse(value: object) -> str:
        for word in allowed:
            if str(value).strip().lower() == word.lower():
                return word
        raise FieldError(f"must be one of: {', '.join(allowed)}")

    return parse


def zone(value: object) -> str:
    """The name of an IANA time zone."""
    try:
        return ZoneInfo(str(value).strip()).key
    except (OSError, ValueError, KeyError):
        raise FieldError("must be an IANA time zone such as Europe/Berlin") from None


def day(value: object) -> date:
    """A date in ISO form."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise FieldError("must be a date such as 2026-12-31") from None


def patterns(value: object) -> tuple[str, ...]:
    """Regular expressions: a list, JSON, or one per line."""
    listed = _parsed(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
    given = listed.splitlines() if isinstance(listed, str) else listed
    if not isinstance(given, list | tuple) or not all(isinstance(item, str) for item in given):
        raise FieldError("must be a list of regular expressions")
    for item in given:
        try:
            re.compile(item)
        except re.error as error:
            raise FieldError(f"holds '{item}', which is not a regular expression: {error}") from None
    return tuple(item for item in given if item.strip()) or SESSION_ERRORS


def key_rules(value: object) -> dict[str, KeyRule]:
    """Padding rules by column: an object, or its JSON text; a bare number is a width."""
    given = _parsed(value) if isinstance(value, str) else value
    if not isinstance(given, dict):
        raise FieldError('must be an object such as {"Supplier": {"width": 7}}')
    return {str(column): _key_rule(str(column), rule) for column, rule in given.items()}


def _key_rule(column: str, given: object) -> KeyRule:
    rule = {"width": given} if isinstance(given, int) else given
    if not isinstance(rule, dict) or not {"width"} <= set(rule) <= {"width", "char", "numeric_only"}:
        raise FieldError(f"the rule of {column} holds width, char and numeric_only, and nothing else")
    width = whole(1, 100)(rule["width"])
    char = rule.get("char", "0")
    if not isinstance(char, str) or len(char) != 1:
        raise FieldError(f"char of {column} must be one character")
    return KeyRule(width, char, flag(rule.get("numeric_only", True)))


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        raise FieldError("is not valid JSON") from None
