"""Envelopes and counts of X12 004010 (sheet edi.md, 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.edi_oracle.tokens import Segment, Taken, blocks

_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_GROUP_OF = {"810": "IN", "830": "PS", "838": "TD", "850": "PO", "856": "SH", "997": "FA"}


def envelope(taken: Taken) -> Iterator[str]:
    """Pairs of numbers, counts, uniqueness; what stands outside its envelope can't be read."""
    interchanges = blocks(taken.segments, "ISA", "IEA")
    if not interchanges:
        yield "holds no interchange"
    yield from _unique(interchanges, 13)
    for interchange in interchanges:
        yield from _interchange(interchange)


def sets(taken: Taken) -> Iterator[Sequence[Segment]]:
    """Every transaction set, ST to SE."""
    for interchange in blocks(taken.segments, "ISA", "IEA"):
        for group in blocks(interchange[1:-1], "GS", "GE"):
            yield from blocks(group[1:-1], "ST", "SE")


def _interchange(interchange: Sequence[Segment]) -> Iterator[str]:
    header, trailer = interchange[0], interchange[-1]
    yield from _isa(header)
    groups = blocks(interchange[1:-1], "GS", "GE")
    yield from _closed(header, trailer, 13, len(groups))
    yield from _unique(groups, 6)
    for group in groups:
        first = group[0]
        if not first.at(8).startswith("004010") or first.at(7) != "X":
            yield f"{first}: GS07 and GS08 are not X and 004010"
        members = blocks(group[1:-1], "ST", "SE")
        yield from _closed(first, group[-1], 6, len(members))
        yield from _unique(members, 2)
        for each in members:
            yield from _closed(each[0], each[-1], 2, len(each))
            yield from _set(first, each[0])


def _isa(header: Segment) -> Iterator[str]:
    widths = tuple(len(header.at(place)) for place in range(1, len(header.elements)))
    if widths != _ISA_WIDTHS:
        yield f"{header}: the widths of ISA are {widths}"
    if header.at(11) != "U" or header.at(12) != "00401":
        yield f"{header}: ISA11 and ISA12 are not U and 00401"
    if not re.fullmatch(r"\d{9}", header.at(13)):
        yield f"{header}: ISA13 is not nine digits"
    if header.at(14) not in ("0", "1") or header.at(15) not in ("P", "T", "I"):
        yield f"{header}: ISA14 or ISA15 is no code of theirs"
    for place in (6, 8):
        if not header.at(place).strip() or header.at(place).startswith(" "):
            yield f"{header}: ISA{place:02d} is empty or not left-justified"


def _set(group: Segment, header: Segment) -> Iterator[str]:
    if _GROUP_OF.get(header.at(1)) != group.at(1):
        yield f"{header}: {header.at(1)} does not belong into a group {group.at(1)}"
    if not re.fullmatch(r"\d{4,9}", header.at(2)):
        yield f"{header}: ST02 is not four to nine digits"


def _closed(opener: Segment, closer: Segment, number: int, count: int) -> Iterator[str]:
    if closer.at(1) != str(count):
        yield f"{closer}: its count is {count}"
    if closer.at(2) != opener.at(number):
        yield f"{closer}: the number of its {opener.tag} is {opener.at(number)}"


def _unique(members: list[Sequence[Segment]], number: int) -> Iterator[str]:
    seen: set[str] = set()
    for each in members:
        value = each[0].at(number)
        if value in seen:
            yield f"{each[0]}: its number was used before"
        seen.add(value)
