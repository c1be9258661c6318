"""What docs/edi.md has to say of a set's fields, worked out from the set's declaration and the standard's segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Use, Value
from airflow_provider_mlconnector.formats.edi.dictionary import ElementRule, SegmentRule

_NUMBERS = {"R": "number", "n": "number", "N0": "whole number", "N2": "amount of 2 decimals"}
_MOMENTS = {"DT": "date", "TM": "time"}


@dataclass(frozen=True)
class _Place:
    """A field at one place of a set."""

    use: Use
    rule: SegmentRule
    position: int
    component: int
    value: Value

    @property
    def element(self) -> ElementRule:
        return self.rule.elements[self.position - 1][self.component - 1]


@dataclass
class _Row:
    fills: dict[str, None] = field(default_factory=dict)
    needed: dict[str, None] = field(default_factory=dict)
    holds: dict[str, None] = field(default_factory=dict)


def field_table(declared: SetDeclaration) -> list[str]:
    """The lines of the table: field, what it fills, whether it is needed, what it may hold."""
    rows: dict[str, _Row] = {}
    for place in _places(declared):
        row = rows.setdefault(place.value.field or place.value.summed, _Row())
        row.fills[_fills(place)] = None
        if place.value.field:
            row.needed.update(dict.fromkeys(_needed(place)))
            row.holds[_holds(place)] = None
    for one in declared.sums:
        for name in (*one.lines, *one.plus, *one.minus):
            rows.setdefault(name, _Row()).fills[f"checked: the sum is `{one.total}`"] = None
    return [
        f"| `{name}` | {'; '.join(row.fills)} | {_most(row.needed)} | {'; '.join(row.holds) or 'number'} |"
        for name, row in rows.items()
    ]


def _places(declared: SetDeclaration) -> Iterator[_Place]:
    rules = declared.rules()
    for use in declared.uses():
        for position, component, value in use.placed():
            if value.field or value.summed:
                yield _Place(use, rules[use.tag], position, component, value)


def _fills(place: _Place) -> str:
    of_composite = len(place.rule.elements[place.position - 1]) > 1
    shown = f"{place.use.tag}{place.position:02d}" + (f"-{place.component}" if of_composite else "")
    named = f"{shown} of `{place.use.name}`" if place.use.name else shown
    return f"{named}, summed" if place.value.summed else named


def _most(needed: dict[str, None]) -> str:
    return "yes" if "yes" in needed else "; ".join(needed)


def _needed(place: _Place) -> Iterator[str]:
    use, others = place.use, _others(place)
    if place.element.must and use.needed:
        yield "yes"
    elif place.element.must and others:
        yield _where(place)
    if use.when and use.when != place.value.field:
        yield f"only with `{use.when}`"
    if not place.element.must:
        yield from _related(place)


def _related(place: _Place) -> Iterator[str]:
    """What the relations of the elements say: P all or none, R at least one, C and L if the first, then more."""
    for note in place.rule.notes:
        numbers = [int(note[at : at + 2]) for at in range(1, len(note), 2)]
        if place.position not in numbers or (note[0] == "R" and _guarded(place.use, numbers)):
            continue
        kind, others = note[0], [number for number in numbers if number != place.position]
        named = [name for number in others for name in _named(place.use, number)]
        always = any(_is_constant(place.use, number) for number in others)
        if kind == "P" and (named or always):
            yield f"together with {_and(named)}" if named else _where(place)
        elif kind == "R" and not always and (named or _others(place)):
            yield f"this or {_or(named)}" if named else _where(place)
        elif kind in "CL" and place.position == numbers[0] and named:
            yield f"only with {_and(named) if kind == 'C' else _or(named)}"


def _others(place: _Place) -> list[str]:
    """The other fields of its segment, or of its composite where it is a component."""
    of_composite = len(place.rule.elements[place.position - 1]) > 1
    return [
        value.field
        for position, _, value in place.use.placed()
        if value.field not in ("", place.value.field) and (position == place.position or not of_composite)
    ]


def _guarded(use: Use, numbers: list[int]) -> bool:
    """Whether the segment is only written where one of these elements is there."""
    return any(position in numbers and value.field == use.when for position, _, value in use.placed() if value.field)


def _where(place: _Place) -> str:
    if place.use.needed:
        return "yes"
    of_composite = len(place.rule.elements[place.position - 1]) > 1
    return f"where {place.use.tag}{f'{place.position:02d}' if of_composite else ''} is written"


def _named(use: Use, number: int) -> list[str]:
    return [f"`{value.field}`" for position, _, value in use.placed() if position == number and value.field]


def _is_constant(use: Use, number: int) -> bool:
    return any(position == number and not value.field for position, _, value in use.placed())


def _and(names: list[str]) -> str:
    return ", ".join(names)


def _or(names: list[str]) -> str:
    return " or ".join(names)


def _holds(place: _Place) -> str:
    rule, value = place.element, place.value
    codes = value.codes or rule.codes
    if value.units:
        return "[unit](#units)"
    if codes:
        return ", ".join(f"`{code}`" for code in codes)
    if rule.kind in _MOMENTS:
        return _MOMENTS[rule.kind]
    if rule.kind in _NUMBERS:
        rounded = "" if value.decimals is None else f", rounded to {value.decimals} decimals"
        return f"{_NUMBERS[rule.kind]}, {rule.greatest} digits{rounded}"
    length = f"{rule.least}" if rule.least == rule.greatest else f"{rule.least} to {rule.greatest}"
    return f"text, {length}" + (", cut" if value.cut else "")
