"""Reading X12: interchanges taken apart into segments and elements, by the delimiters that each ISA itself shows.

Tolerant of what real files look like: a byte order mark, white space and indentation, line ends as terminators, no
terminator at the end, an ISA that is not padded. A file that ends before its IEA is refused: it may be half a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_mlconnector.formats.answers import UnreadableError

# Offset of each separator of a padded ISA, and the greatest length of its elements (sheet edi.md, 2.1).
_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_LENGTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)
_PADDED = 106
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
# No segment of an acknowledgment comes near it: a longer one means that the terminator was not understood.
_LONGEST_SEGMENT = 20_000
# Also what an old system puts at the end of a file.
_WHITE = "\ufeff\x00\x1a \t\r\n"


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        elements: its tag, then its elements, as text.
    """

    elements: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Its name, such as `AK5`."""
        return self.elements[0]

    def at(self, place: int) -> str:
        """The element at this place, from 1; empty where there is none."""
        return self.elements[place] if place < len(self.elements) else ""


@dataclass(frozen=True)
class Interchange:
    """One interchange.

    Attributes:
        header: its ISA, elements without padding.
        component: what separates the components of an element.
        segments: everything between ISA and IEA.
    """

    header: Segment
    component: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class _Signs:
    element: str
    component: str
    terminator: str
    end: int
    """Where the ISA ends, behind its terminator."""


def interchanges(data: bytes) -> list[Interchange]:
    """The interchanges of a file, in their order.

    Raises:
        UnreadableError: it does not begin with an ISA, the delimiters can't be told, or an interchange is not whole.
    """
    text, at, found = _text(data), 0, []
    while at < len(text):
        at = _behind_white(text, at)
        if at == len(text):
            break
        made, at = _interchange(text, at)
        found.append(made)
    if not found:
        raise UnreadableError("it is empty")
    return found


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _behind_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITE:
        at += 1
    return at


def _interchange(text: str, start: int) -> tuple[Interchange, int]:
    signs = _signs(text, start)
    header = text[start : signs.end].rstrip(signs.terminator + _WHITE).split(signs.element)
    segments: list[Segment] = []
    for segment, end in _segments(text, signs):
        if segment.tag == "ISA":
            break
        if segment.tag == "IEA":
            isa = Segment(tuple(element.strip() for element in header))
            return Interchange(isa, signs.component, tuple(segments)), end
        segments.append(segment)
    raise UnreadableError(f"the interchange {header[13].strip()} has no end: its IEA is missing")


def _segments(text: str, signs: _Signs) -> Iterator[tuple[Segment, int]]:
    at = signs.end
    while (at := _behind_white(text, at)) < len(text):
        end = text.find(signs.terminator, at)
        # The last segment may lack its terminator.
        end = len(text) if end < 0 else end
        if end - at > _LONGEST_SEGMENT:
            raise UnreadableError(f"a segment of {end - at} characters: '{text[at : at + 20]}...'")
        elements = tuple(text[at:end].rstrip("\r\n").split(signs.element))
        if elements != ("",):
            if not _TAG.fullmatch(elements[0]):
                raise UnreadableError(f"'{elements[0][:20]}' is no segment")
            yield Segment(elements), end + 1
        at = end + 1


def _signs(text: str, start: int) -> _Signs:
    """The delimiters, by the places of a padded ISA, or by counting separators where it is not padded."""
    if text[start : start + 3] != "ISA":
        raise UnreadableError(f"'{text[start : start + 20]}' where an ISA has to be")
    element = text[start + 3 : start + 4]
    if not element or element.isalnum() or element in _WHITE:
        raise UnreadableError(f"the ISA has no element separator: {element!r}")
    padded = text[start : start + _PADDED]
    if len(padded) == _PADDED and all(padded[place] == element for place in _SEPARATORS):
        return _checked(_Signs(element, padded[104], padded[105], start + _PADDED))
    at = start + 2
    for _ in range(16):
        at = text.find(element, at + 1)
        if at < 0 or at > start + _PADDED:
            raise UnreadableError("the ISA is neither padded nor can it be split into 16 elements")
    elements = text[start:at].split(element)[1:]
    if any(len(value.strip()) > most for value, most in zip(elements, _LENGTHS, strict=True)):
        raise UnreadableError("an element of the ISA is longer than it can be")
    if at + 2 >= len(text):
        raise UnreadableError("it ends within the ISA")
    return _checked(_Signs(element, text[at + 1], text[at + 2], at + 3))


def _checked(signs: _Signs) -> _Signs:
    if signs.terminator.isalnum() or signs.terminator in (" ", signs.element) or signs.component == signs.element:
        raise UnreadableError(
            f"the ISA shows {signs.component!r} as component separator and {signs.terminator!r} as terminator"
        )
    return signs
