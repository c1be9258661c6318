"""Segments as data: the type, lengths and codes of each element, and which elements belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent.parent
NUMBERS = ("R", "N0", "N2", "n")
MOMENTS = ("DT", "TM")


@dataclass(frozen=True)
class ElementRule:
    """What one element, or one component of a composite, may hold.

    Attributes:
        kind: `AN`, `ID` (X12) and `an`, `a` (EDIFACT) are texts; `R` and `n` numbers with a decimal mark; `N0` and
            `N2` whole numbers with so many implied decimals; `DT` and `TM` dates and times.
        least: its least length.
        greatest: its greatest length; sign and decimal mark don't count.
        must: whether it is mandatory where its segment, or its composite, is written.
        codes: the codes that it may hold; empty for any.
    """

    kind: str
    least: int
    greatest: int
    must: bool = False
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SegmentRule:
    """One segment.

    Attributes:
        tag: its tag.
        name: what the standard calls it.
        elements: its elements in their order; each a list of components, which in X12 is mostly one.
        musts: composites that are mandatory.
        notes: which elements belong together: `P0304` all or none, `R0203` at least one, `E0203` at most one, `C0403`
            if the first then all others, `L030405` if the first then at least one other (X12.6).
    """

    tag: str
    name: str
    elements: tuple[tuple[ElementRule, ...], ...]
    notes: tuple[str, ...] = ()
    musts: frozenset[int] = frozenset()

    def needs(self, position: int) -> bool:
        """Whether the element at this position, from 1, is mandatory where the segment is written."""
        parts = self.elements[position - 1]
        return position in self.musts or (len(parts) == 1 and parts[0].must)


@cache
def dictionary(standard: str) -> Mapping[str, SegmentRule]:
    """The segments of a standard by tag: `x12` (004010) or `edifact` (D.96A)."""
    declared = yaml.safe_load((_HERE / standard / "segments.yaml").read_text(encoding="utf-8"))
    named = declared.get("codes", {})
    return {tag: _segment(str(tag), given, named) for tag, given in declared["segments"].items()}


def _segment(tag: str, given: Mapping[str, Any], named: Mapping[str, Sequence[str]]) -> SegmentRule:
    musts = frozenset(at for at, element in enumerate(given["elements"], 1) if element[:1] == ["must"])
    bare = (element[1:] if element[:1] == ["must"] else element for element in given["elements"])
    elements = tuple(_components(element, named) for element in bare)
    return SegmentRule(tag, given["name"], elements, tuple(given.get("notes", ())), musts)


def _components(element: Sequence[Any], named: Mapping[str, Sequence[str]]) -> tuple[ElementRule, ...]:
    if element and isinstance(element[0], str):
        return (_element(element, named),)
    return tuple(_element(component, named) for component in element)


def _element(given: Sequence[Any], named: Mapping[str, Sequence[str]]) -> ElementRule:
    kind, least, greatest, *further = given
    must = "must" in [each for each in further if isinstance(each, str)]
    codes: Sequence[str] = ()
    for each in further:
        if isinstance(each, list):
            codes = each
        elif each != "must":
            codes = named[each]
    return ElementRule(kind, least, greatest, must, tuple(codes))
