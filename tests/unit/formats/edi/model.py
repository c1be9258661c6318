"""A plain and slow writer, one element after the other, as sheet edi.md says: the fast one is held against it.

It knows neither envelopes nor sums: only what stands between ST and SE, or UNH and UNT, without release characters.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Use, Value
from airflow_provider_mlconnector.formats.edi.dictionary import ElementRule, SegmentRule
from tests.unit.formats.edi.writing import Row, Rows

Element = tuple[str, ...]
Segment = tuple[Element, ...]
_BASIC = string.ascii_uppercase + string.digits + " !\"&'()*+,-./:;?="
_UNOA = string.ascii_uppercase + string.digits + " .,-()/='+:?!\"%&*;<>"
CHARACTERS = {
    "basic": _BASIC,
    "extended": _BASIC + string.ascii_lowercase + "%~@[]_{}\\|<>#$",
    "unoa": _UNOA,
    "unob": _UNOA + string.ascii_lowercase,
    "unoc": bytes([*range(0x20, 0x7F), *range(0xA0, 0x100)]).decode("iso-8859-1"),
}
# Mandatory by D.96A; and no invoice goes out without saying what it is, and its number.
_MANDATORY = {
    ("BGM", 1),
    ("BGM", 2),
    ("CNT", 1),
    ("COM", 1),
    ("DTM", 1),
    ("MOA", 1),
    ("PCD", 1),
    ("QTY", 1),
    ("RFF", 1),
}


class RefusedError(Exception):
    """The document can't be written."""


@dataclass(frozen=True)
class Agreed:
    """What is agreed with a partner about texts.

    Attributes:
        characters: the name of the set.
        delimiters: what data may not hold; empty in EDIFACT, where it is released.
        replacements: as in the profile.
    """

    characters: str
    delimiters: str = ""
    replacements: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(CHARACTERS[self.characters]) - frozenset(self.delimiters)

    def cleaned(self, text: str, *, free: bool = True) -> str | None:
        """A text as the partner reads it, None where nothing is left of it; only free text is replaced."""
        upper = self.characters in ("basic", "unoa")
        signs = []
        for sign in text.rstrip(" "):
            shown = sign.upper() if upper else sign
            if shown not in self._held:
                replacement = self.replacements.get(sign, self.replacements.get("default"))
                if replacement is None or not free:
                    raise RefusedError(sign)
                shown = replacement.upper() if upper else replacement
                if not self._held.issuperset(shown):
                    raise RefusedError(sign)
            signs.append(shown)
        return "".join(signs).rstrip(" ") or None


@dataclass(frozen=True)
class Model:
    """Writes sets.

    Attributes:
        declared: the set.
        agreed: the characters.
        known: values of the file: `date`, `time` and `number`.
    """

    declared: SetDeclaration
    agreed: Agreed
    known: Mapping[str, str]

    def segments(self, rows: Rows) -> list[Segment]:
        """One set, without header and trailer.

        Raises:
            RefusedError: it can't be written.
        """
        declared, made, orders = self.declared, list[Segment](), 0
        sums = {f"sum({name})": _plain(sum(row.get(name) or 0 for row in rows)) for name in ("quantity", "line_amount")}
        made += self._part(declared.document, rows[0], {"hl": "1", **sums})
        parent = "1"
        for place, row in enumerate(rows, 1):
            if declared.order and (place == 1 or row[declared.order] != rows[place - 2][declared.order]):
                orders += 1
                parent = str(place + orders)
                made += self._part(declared.orders, row, {"hl": parent, "parent": "1"})
            counted = {"line": str(place), "hl": str(place + orders + 1), "parent": parent}
            made += self._part(declared.lines, row, counted)
        counted = {"lines": str(len(rows)), "hl": str(len(rows) + orders + 1), **sums}
        return made + self._part(declared.summary, rows[0], counted)

    @cached_property
    def _rules(self) -> Mapping[str, SegmentRule]:
        return self.declared.rules()

    def _part(self, uses: Sequence[Use], row: Row, counted: Mapping[str, str]) -> list[Segment]:
        made = [self._segment(use, self._rules[use.tag], row, {**self.known, **counted}) for use in uses]
        return [segment for segment in made if segment is not None]

    def _segment(self, use: Use, rule: SegmentRule, row: Row, counted: Mapping[str, str]) -> Segment | None:
        named = [value for _, _, value in use.placed() if value.field]
        given = [value.field for value in named if self._holds(row, value.field, free=value.cut)]
        if given and use.when and not self._holds(row, use.when):
            raise RefusedError(use.called)
        if not given and not use.needed:
            return None
        elements = [self._element(filled, rule.elements[at], row, counted) for at, filled in enumerate(use.elements)]
        elements += [()] * (len(rule.elements) - len(elements))
        for at, components in enumerate(rule.elements):
            alone = len(components) == 1 and components[0].must
            if not elements[at] and (alone or (use.tag, at + 1) in _MANDATORY):
                raise RefusedError(f"{use.tag}{at + 1:02d}")
        if any(_broken(note, elements) for note in rule.notes):
            raise RefusedError(use.tag)
        while not elements[-1]:
            elements.pop()
        return ((use.tag,), *(element or ("",) for element in elements))

    def _element(self, filled: Any, rules: Sequence[ElementRule], row: Row, counted: Mapping[str, str]) -> Element:
        values = filled if isinstance(filled, tuple) else (filled,)
        parts = [self._value(value, rule, row, counted) for value, rule in zip(values, rules, strict=False)]
        fields = [part for part, value in zip(parts, values, strict=True) if value is not None and value.field]
        if fields and not any(fields):
            return ()
        while parts and not parts[-1]:
            parts.pop()
        if parts and any(rule.must and not part for rule, part in zip(rules, parts, strict=False)):
            raise RefusedError("component")
        return tuple(parts)

    def _value(self, value: Value | None, rule: ElementRule, row: Row, counted: Mapping[str, str]) -> str:
        if value is None:
            return ""
        if not value.field:
            return counted[value.computed] if value.text is None else value.text
        given = row.get(value.field)
        if given is None:
            return ""
        if isinstance(given, date):
            return f"{given:%Y%m%d}"
        return self._text(value, rule, given) if isinstance(given, str) else _number(rule, Decimal(given))

    def _text(self, value: Value, rule: ElementRule, given: str) -> str:
        text = self.agreed.cleaned(given, free=value.cut) or ""
        if value.cut:
            text = text[: rule.greatest].rstrip(" ")
        if text and rule.kind == "AN":
            text = text.ljust(rule.least)
        codes = value.codes or rule.codes
        if text and (not rule.least <= len(text) <= rule.greatest or (codes and text not in codes)):
            raise RefusedError(value.field)
        return text

    def _holds(self, row: Row, name: str, *, free: bool = True) -> bool:
        value = row.get(name)
        if isinstance(value, str):
            return bool(value.rstrip(" ")) if not free else self.agreed.cleaned(value) is not None
        return value is not None


def _number(rule: ElementRule, number: Decimal) -> str:
    implied = {"N0": 0, "N2": 2}.get(rule.kind)
    text = _plain(number) if implied is None else str(int(number.scaleb(implied)))
    if sum(sign.isdigit() for sign in text) > rule.greatest:
        raise RefusedError(text)
    return text


def _plain(number: Decimal | int) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _broken(note: str, elements: Sequence[Element]) -> bool:
    there = [bool(elements[int(note[at : at + 2]) - 1]) for at in range(1, len(note), 2)]
    if note[0] in "CL" and not there[0]:
        return False
    kept = {"P": len(set(there)) == 1, "R": any(there), "E": sum(there) < 2, "C": all(there), "L": any(there[1:])}
    return not kept[note[0]]
