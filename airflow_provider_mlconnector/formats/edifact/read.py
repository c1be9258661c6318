"""Reading EDIFACT: interchanges taken apart into segments, elements and components, by UNA or the usual signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_mlconnector.formats.answers import UnreadableError

# Component, element, decimal mark, release, reserved, terminator (ISO 9735).
_USUAL = ":+.? '"
_TAG = re.compile(r"[A-Z]{3}")
# No segment of an acknowledgment comes near it: a longer one means that the terminator was not understood.
_LONGEST_SEGMENT = 20_000
# Also what an old system puts at the end of a file.
_WHITE = "\ufeff\x00\x1a \t\r\n"

Element = tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        tag: its name, such as `UCI`.
        elements: its elements, each of one or more components, as text without release characters.
    """

    tag: str
    elements: tuple[Element, ...]

    def at(self, place: int, component: int = 1) -> str:
        """A component of the element at this place, both from 1; empty where there is none."""
        element = self.elements[place - 1] if place <= len(self.elements) else ()
        return element[component - 1] if component <= len(element) else ""

    def all_of(self, place: int) -> Element:
        """The components of the element at this place, from 1."""
        return self.elements[place - 1] if place <= len(self.elements) else ()


@dataclass(frozen=True)
class Interchange:
    """One interchange.

    Attributes:
        header: its UNB.
        segments: everything between UNB and UNZ.
    """

    header: Segment
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class _Signs:
    component: str
    element: str
    release: str
    terminator: str


def interchanges(data: bytes) -> list[Interchange]:
    """The interchanges of a file, in their order.

    Raises:
        UnreadableError: it does not begin with UNA or UNB, or an interchange is not whole.
    """
    text, at, found = _text(data), 0, []
    while (at := _behind_white(text, at)) < len(text):
        made, at = _interchange(text, at)
        found.append(made)
    if not found:
        raise UnreadableError("it is empty")
    return found


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    # What is looked at is ASCII in every level; text that is shown is read as the level says, or byte by byte.
    utf8 = data.startswith(b"\xef\xbb\xbf") or re.search(rb"UNB.UNO[YW]", data[:100])
    return data.decode("utf-8", errors="replace") if utf8 else data.decode("latin-1")


def _behind_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITE:
        at += 1
    return at


def _interchange(text: str, start: int) -> tuple[Interchange, int]:
    given = _USUAL
    if text.startswith("UNA", start):
        given = text[start + 3 : start + 9]
        start = _behind_white(text, start + 9)
    signs = _signs(given)
    header: Segment | None = None
    segments: list[Segment] = []
    for segment, end in _segments(text, start, signs):
        if header is None:
            if segment.tag != "UNB":
                raise UnreadableError(f"'{segment.tag}' where a UNB has to be")
            header = segment
        elif segment.tag == "UNZ":
            return Interchange(header, tuple(segments)), end
        elif segment.tag in ("UNA", "UNB"):
            break
        else:
            segments.append(segment)
    reference = header.at(5) if header else ""
    raise UnreadableError(f"the interchange {reference} has no end: its UNZ is missing")


def _signs(given: str) -> _Signs:
    if len(given) < 6:
        raise UnreadableError("it ends within the UNA")
    component, element, release, terminator = given[0], given[1], given[3], given[5]
    if any(sign.isalnum() for sign in (component, element, release, terminator)) or component == element:
        raise UnreadableError(f"the UNA shows '{given}'")
    # A space says that nothing is released.
    return _Signs(component, element, release.strip(), terminator)


def _segments(text: str, start: int, signs: _Signs) -> Iterator[tuple[Segment, int]]:
    special = re.compile("[" + re.escape(signs.component + signs.element + signs.release + signs.terminator) + "]")
    at = start
    while (at := _behind_white(text, at)) < len(text):
        elements, end = _elements(text, at, signs, special)
        if elements != [("",)]:
            tag = elements[0][0]
            if not _TAG.fullmatch(tag):
                raise UnreadableError(f"'{tag[:20]}' is no segment")
            yield Segment(tag, tuple(elements[1:])), end
        at = end


def _elements(text: str, start: int, signs: _Signs, special: re.Pattern[str]) -> tuple[list[Element], int]:
    """The elements of the segment that begins here, and where the next one begins."""
    elements: list[Element] = []
    components: list[str] = []
    pieces: list[str] = []
    at = start
    while True:
        found = special.search(text, at)
        sign = found.group() if found else signs.terminator
        stop = found.start() if found else len(text)
        if stop - start > _LONGEST_SEGMENT:
            raise UnreadableError(
                f"a segment of more than {_LONGEST_SEGMENT} characters: '{text[start : start + 20]}...'"
            )
        pieces.append(text[at:stop])
        at = stop + 1
        if sign == signs.release:
            pieces.append(text[at : at + 1])
            at += 1
            continue
        components.append("".join(pieces))
        pieces = []
        if sign != signs.component:
            elements.append(tuple(components))
            components = []
        if sign == signs.terminator:
            # The last segment may lack its terminator and end in a line end, which may also be the terminator.
            elements[-1] = (*elements[-1][:-1], elements[-1][-1].rstrip("\r\n" if found else _WHITE))
            return elements, min(at, len(text))
