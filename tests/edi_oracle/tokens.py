"""Segments of a file, by the plainest means: a writer's file is held to the letter, so nothing is tolerated here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE_ENDS = ("", "\n", "\r\n")


class UnreadableError(Exception):
    """The file can't be taken apart; the text says where it stops."""


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        place: from 1, in the whole file.
        raw: as it stands there, without terminator.
        elements: the components of each element; the first element is the tag.
    """

    place: int
    raw: str
    elements: tuple[tuple[str, ...], ...]

    @property
    def tag(self) -> str:
        return self.elements[0][0]

    def at(self, element: int, component: int = 1) -> str:
        """The text at a position as standards count it; empty where there is none."""
        if element >= len(self.elements) or component > len(self.elements[element]):
            return ""
        return self.elements[element][component - 1]

    def __str__(self) -> str:
        return f"segment {self.place} ({self.raw[:60]})"


@dataclass(frozen=True)
class Taken:
    """A file in pieces.

    Attributes:
        segments: all of them, without UNA.
        element: the separator of elements.
        component: the separator of components.
        decimal: the decimal mark.
    """

    segments: tuple[Segment, ...]
    element: str
    component: str
    decimal: str = "."


def x12(content: bytes) -> Taken:
    """Take an X12 file apart: delimiters from the first ISA, elements of a composite at its component separator."""
    text = content.decode("latin-1")
    if not text.startswith("ISA"):
        raise UnreadableError(f"begins with {text[:6]!r}, not with ISA")
    if len(text) < 106:
        raise UnreadableError("is shorter than an ISA")
    element, component, terminator = text[3], text[104], text[105]
    raws = _lines(text, terminator)
    segments = []
    for place, raw in enumerate(raws, 1):
        tag, *rest = raw.split(element)
        # ISA16 is the component separator itself.
        cut = [(each,) if tag == "ISA" else tuple(each.split(component)) for each in rest]
        segments.append(Segment(place, raw, ((tag,), *cut)))
    return Taken(tuple(segments), element, component)


def _lines(text: str, terminator: str) -> list[str]:
    if "\n" in terminator:
        pieces, ends = text.split(terminator), {""}
    else:
        pieces = text.split(terminator)
        ends = {piece[: len(piece) - len(piece.lstrip("\r\n"))] for piece in pieces[1:]}
        pieces = [pieces[0], *(piece.lstrip("\r\n") for piece in pieces[1:])]
    if pieces[-1]:
        raise UnreadableError(f"ends with {pieces[-1][:20]!r}, not with the terminator")
    if len(ends) != 1 or not ends <= set(_LINE_ENDS):
        raise UnreadableError(f"has different line ends behind its segments: {sorted(ends)}")
    return pieces[:-1]


def edifact(content: bytes) -> Taken:
    """Take an EDIFACT file apart: delimiters from UNA, or the standard's own; released characters become themselves."""
    text = content.decode("latin-1")
    signs, body = (text[3:9], text[9:]) if text.startswith("UNA") else (":+.? '", text)
    component, element, decimal, release, _, terminator = tuple(signs)
    inside = rf"(?:[^{re.escape(release + terminator)}]|{re.escape(release)}.)*"
    found = re.findall(rf"([\r\n]*)({inside}){re.escape(terminator)}", body, re.DOTALL)
    rest = body[sum(len(end) + len(raw) + 1 for end, raw in found) :]
    ends = {end for end, _ in found[1:]} | {rest}
    if rest.strip("\r\n"):
        raise UnreadableError(f"ends with {rest[-20:]!r}, not with the terminator")
    if len(ends) > 1 or not ends <= set(_LINE_ENDS):
        raise UnreadableError(f"has different line ends behind its segments: {sorted(ends)}")
    segments = []
    for place, (_, raw) in enumerate(found, 1):
        elements = [_cut(each, component, release) for each in _cut(raw, element, release)]
        plain = tuple(tuple(_unreleased(part, release) for part in each) for each in elements)
        segments.append(Segment(place, raw, plain))
    return Taken(tuple(segments), element, component, decimal)


def _cut(text: str, separator: str, release: str) -> list[str]:
    """At each separator that is not released."""
    pieces, piece, letters = [], "", iter(text)
    for letter in letters:
        if letter == release:
            piece += letter + next(letters)
        elif letter == separator:
            pieces.append(piece)
            piece = ""
        else:
            piece += letter
    return [*pieces, piece]


def _unreleased(text: str, release: str) -> str:
    return re.sub(rf"{re.escape(release)}(.)", r"\1", text, flags=re.DOTALL)


def blocks(segments: Sequence[Segment], opener: str, closer: str) -> list[Sequence[Segment]]:
    """Cut at each closer; every block must begin with its opener, which stands nowhere else."""
    found, start = [], 0
    for place, segment in enumerate(segments):
        if (segment.tag == opener) != (place == start):
            raise UnreadableError(f"{segment} stands where {opener if place == start else closer} is due")
        if segment.tag == closer:
            found.append(segments[start : place + 1])
            start = place + 1
    if start != len(segments):
        raise UnreadableError(f"{segments[start]} is not closed by {closer}")
    return found
