"""Dates, numbers, texts and conditions between elements in X12 004010 (sheet edi.md, 2.2), for the segments in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from tests.edi_oracle.tokens import Segment, Taken
from tests.edi_oracle.x12_codes import codes

_DATES = {
    "GS": (4,), "BIG": (1, 3), "BEG": (5,), "BFR": (6, 7, 8, 9), "BSN": (3,), "BTP": (3,), "DTM": (2,), "FST": (4, 5),
    "ITD": (4, 6), "PRF": (4,), "SHP": (4, 6), "ATH": (2, 5), "SCH": (6, 9),
}  # fmt: skip
_TIMES = {"GS": (5,), "BSN": (4,), "BTP": (4,), "DTM": (3,)}
_CENTS = {"TDS": (1, 2, 3, 4), "SAC": (5,), "ITD": (8, 10)}
_REALS = {
    "IT1": (2, 4), "PO1": (2, 4), "TXI": (2, 3), "AMT": (2,), "SN1": (2,), "FST": (1,), "CTT": (2,), "UIT": (2,),
    "CTP": (3, 4), "SAC": (7, 8), "ITD": (3,), "ATH": (3, 4), "SHP": (2,),
}  # fmt: skip
_WHOLES = {"SE": (1,), "GE": (1, 2), "IEA": (1,), "GS": (6,), "CTT": (1,), "LX": (1,), "ITD": (5, 7)}
_FORMS = (
    (_CENTS, re.compile(r"-?(0|[1-9]\d*)"), "an amount in cents"),
    (_REALS, re.compile(r"-?(\d+(\.\d+)?|\.\d+)"), "a number"),
    (_WHOLES, re.compile(r"0|[1-9]\d*"), "a whole number"),
)
_PAIRS = "P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425"
# P: all or none. R: at least one. C: the first needs all others. L: the first needs one of the others. E: one at most.
_CONDITIONS = {
    "ATH": "R0203 C0305 C0405",
    "BFR": "R0203",
    "BSN": "C0706",
    "BTP": "C0807 C0908",
    "CAD": "R0504 C0708",
    "CTT": "P0304 P0506",
    "CUR": "C0807 C0907",
    "DTM": "R020305 C0403 P0506",
    "FOB": "C0302 C0405 C0706 C0809",
    "FST": "P0607 P0809",
    "ISS": "R010305 P0102 P0304 P0506",
    "IT1": f"P020304 {_PAIRS}",
    "ITD": "L03040513 L08040513 L091011",
    "LIN": f"P0405 {_PAIRS} P2627 P2829 P3031",
    "MAN": "P0405 C0605",
    "N1": "R0203 P0304",
    "N4": "C0605",
    "N9": "R0203",
    "PER": "P0304 P0506 P0708",
    "PID": "C0403 R0405 C0703 C0804 C0905",
    "PO1": f"C0302 C0504 {_PAIRS}",
    "REF": "R0203",
    "SAC": "R0203 P0304 P0607 P0910 C1110 L130204 C1413 C1615",
    "SHP": "C0102 L030405 C0403 C0503",
    "SN1": "P0506",
    "TD1": "C0102 C0304 C0607 P0708 P0910",
    "TD5": "R0204050612 C0203 C0708 C1011",
    "TXI": "R020306 P0405 C0803",
}
_CHARACTERS = {"basic": re.compile(r"[A-Z0-9 !\"&'()*+,\-./:;?=]*"), "extended": re.compile(r"[ -\]_a-~]*")}


def forms(taken: Taken, characters: str) -> Iterator[str]:
    """What can be said of each segment alone."""
    for segment in taken.segments:
        if len(segment.elements) < 2:
            yield f"{segment} is empty"
            continue
        yield from _texts(segment, taken, characters)
        yield from _moments(segment)
        yield from _numbers(segment)
        yield from _conditions(segment)
        yield from codes(segment)


def _texts(segment: Segment, taken: Taken, characters: str) -> Iterator[str]:
    if segment.raw.endswith((taken.element, taken.component)) and segment.tag != "ISA":
        yield f"{segment} ends with a separator"
    data = segment.raw.replace(taken.element, "").replace(taken.component, "")
    if not _CHARACTERS[characters].fullmatch(data):
        yield f"{segment} holds characters outside of the {characters} set"
    for place, element in enumerate(segment.elements[1:], 1):
        if segment.tag != "ISA" and element[-1].endswith(" "):
            yield f"{segment}: {segment.tag}{place:02d} ends with a space"


def _moments(segment: Segment) -> Iterator[str]:
    for place in _DATES.get(segment.tag, ()):
        if segment.at(place) and not is_moment(segment.at(place), "%Y%m%d"):
            yield f"{segment}: {segment.tag}{place:02d} is not a date"
    for place in _TIMES.get(segment.tag, ()):
        if segment.at(place) and not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d([0-5]\d\d{0,2})?", segment.at(place)):
            yield f"{segment}: {segment.tag}{place:02d} is not a time"
    if segment.tag == "ISA" and not is_moment(segment.at(9) + segment.at(10), "%y%m%d%H%M"):
        yield f"{segment}: ISA09 and ISA10 are not a date and a time"


def is_moment(text: str, form: str) -> bool:
    """Whether a text is a date (and time) in exactly a form of `strptime`, which alone takes `2026115` for a date."""
    try:
        return datetime.strptime(text, form).strftime(form) == text  # noqa: DTZ007 - the calendar is all it is asked
    except ValueError:
        return False


def _numbers(segment: Segment) -> Iterator[str]:
    for table, form, meaning in _FORMS:
        for place in table.get(segment.tag, ()):
            if segment.at(place) and not form.fullmatch(segment.at(place)):
                yield f"{segment}: {segment.tag}{place:02d} is not {meaning}"


def _conditions(segment: Segment) -> Iterator[str]:
    for condition in _CONDITIONS.get(segment.tag, "").split():
        places = [int(condition[at : at + 2]) for at in range(1, len(condition), 2)]
        there = [any(segment.elements[place]) if place < len(segment.elements) else False for place in places]
        kept = {
            "P": all(there) or not any(there),
            "R": any(there),
            "E": sum(there) < 2,
            "C": not there[0] or all(there),
            "L": not there[0] or any(there[1:]),
        }
        if not kept[condition[0]]:
            yield f"{segment} breaks the condition {condition}"
