"""Arrived EDIFACT files as a partner reads them; by code of its own, not the provider's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.chaos.transmissions import Record, Transmission

PARTNER = "globex"
_CREDIT = "381"
_RELEASED = re.compile(r"\?(.)")
_HIDDEN = 0xE000
Segment = Sequence[Sequence[str]]


def read(name: str, data: bytes) -> Transmission:
    """Take a file apart that has the usual signs: `:`, `+`, `?` and `'`."""
    text = data.decode("latin-1").replace("\n", "").removeprefix("UNA:+.? '")
    segments = [_segment(part) for part in _hidden(text).split("'") if part]
    unb, unz = segments[0], segments[-1]
    starts = [place for place, segment in enumerate(segments) if segment[0] == ["UNH"]]
    ends = [place for place, segment in enumerate(segments) if segment[0] == ["UNT"]]
    messages = [segments[start : end + 1] for start, end in zip(starts, ends, strict=True)]
    pairs = [("UNZ", unz[1:], [[str(len(messages))], unb[5]])]
    pairs += [("UNT", one[-1][1:], [[str(len(one))], one[0][1]]) for one in messages]
    faults = [f"{tag} is {found}, and should be {right}" for tag, found, right in pairs if found != right]
    controls = tuple(one[0][1][0] for one in messages)
    return Transmission(name, PARTNER, unb[5][0], "", controls, tuple(map(_bill, messages)), tuple(faults))


def _bill(segments: Sequence[Segment]) -> Record:
    key, version = _of(segments, "RFF", "ACE"), _of(segments, "RFF", "ON")
    kind = next(segment[1][0] for segment in segments if segment[0] == ["BGM"])
    amount, lines = _of(segments, "MOA", "77"), sum(segment[0] == ["LIN"] for segment in segments)
    # A credit note's amounts are positive.
    signed = f"-{amount}" if kind == _CREDIT else amount
    return Record(segments[0][1][0], key, version, signed, _of(segments, "CUX", "2"), lines)


def _of(segments: Sequence[Segment], tag: str, qualifier: str) -> str:
    """What stands behind a qualifier."""
    found = (segment[1][1] for segment in segments if segment[0] == [tag] and segment[1][0] == qualifier)
    return next(found, "")


def _segment(text: str) -> Segment:
    return [[_plain(part) for part in element.split(":")] for element in text.split("+")]


def _hidden(text: str) -> str:
    """What a release character stands before, as a character that is no sign."""
    return _RELEASED.sub(lambda found: chr(_HIDDEN + ord(found[1])), text)


def _plain(text: str) -> str:
    return "".join(chr(ord(each) - _HIDDEN) if ord(each) > _HIDDEN else each for each in text)
