"""Envelopes, counts, dates, numbers and characters of EDIFACT D.96A, syntax version 3 (sheet edi.md, 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.edi_oracle.edifact_codes import codes
from tests.edi_oracle.tokens import Segment, Taken, blocks
from tests.edi_oracle.x12_forms import is_moment

_FORMATS = {"101": "%y%m%d", "102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}
_NUMBERS = {"MOA": 2, "QTY": 2, "PRI": 2, "PCD": 2, "CNT": 2}
# In Latin-1; UNOA has no lower case, UNOC no control characters of either half.
_LEVELS = {
    "UNOA": re.compile(r"[A-Z0-9 .,\-()/='+:?!\"%&*;<>]*"),
    "UNOB": re.compile(r"[A-Za-z0-9 .,\-()/='+:?!\"%&*;<>]*"),
    "UNOC": re.compile(r"[ -~\xa0-\xff]*"),
}
_UTF_8 = re.compile(r"[\xc2-\xf4][\x80-\xbf]")


def envelope(taken: Taken) -> Iterator[str]:
    """Pairs of references, counts, uniqueness; what stands outside its envelope can't be read."""
    interchanges = blocks(taken.segments, "UNB", "UNZ")
    if not interchanges:
        yield "holds no interchange"
    yield from _unique([each[0].at(5) for each in interchanges], "UNB 0020")
    for interchange in interchanges:
        header, trailer = interchange[0], interchange[-1]
        messages = blocks(interchange[1:-1], "UNH", "UNT")
        yield from _closed(header.at(5), trailer, len(messages))
        yield from _unique([each[0].at(1) for each in messages], "UNH 0062")
        if not is_moment(header.at(4) + header.at(4, 2), "%y%m%d%H%M"):
            yield f"{header}: S004 is not a date and a time"
        for message in messages:
            yield from _closed(message[0].at(1), message[-1], len(message))
            if [message[0].at(2, place) for place in (2, 3, 4)] != ["D", "96A", "UN"]:
                yield f"{message[0]}: S009 is not D:96A:UN"


def messages(taken: Taken) -> Iterator[Sequence[Segment]]:
    """Every message, UNH to UNT."""
    for interchange in blocks(taken.segments, "UNB", "UNZ"):
        yield from blocks(interchange[1:-1], "UNH", "UNT")


def forms(taken: Taken) -> Iterator[str]:
    """What can be said of each segment alone."""
    level, version = next(((first.at(1), first.at(1, 2)) for first in taken.segments), ("", ""))
    numeric = re.compile(rf"-?\d+({re.escape(taken.decimal)}\d+)?")
    if level not in _LEVELS or version != "3":
        yield f"S001 is '{level}:{version}'"
        return
    for segment in taken.segments:
        if len(segment.elements) < 2:
            yield f"{segment} is empty"
        if not all(element[-1] for element in segment.elements if len(element) > 1) or not any(segment.elements[-1]):
            yield f"{segment} ends an element or itself with a separator"
        data = "".join(part for element in segment.elements for part in element)
        if not _LEVELS[level].fullmatch(data) or _UTF_8.search(data):
            yield f"{segment} holds characters outside of {level}"
        if any(part.endswith(" ") for element in segment.elements for part in element):
            yield f"{segment} has a text that ends with a space"
        if segment.tag in _NUMBERS and not numeric.fullmatch(segment.at(1, 2)):
            yield f"{segment}: {segment.at(1, 2)!r} is not a number"
        form = _FORMATS.get(segment.at(1, 3)) if segment.tag == "DTM" else None
        if form and not is_moment(segment.at(1, 2), form):
            yield f"{segment}: {segment.at(1, 2)!r} is not of format {segment.at(1, 3)}"
        yield from codes(segment)


def _closed(reference: str, trailer: Segment, count: int) -> Iterator[str]:
    if trailer.at(1) != str(count):
        yield f"{trailer}: its count is {count}"
    if trailer.at(2) != reference:
        yield f"{trailer}: its reference is {reference}"


def _unique(references: Sequence[str], what: str) -> Iterator[str]:
    if len(set(references)) != len(references):
        yield f"{what} is not unique: {', '.join(references)[:60]}"
