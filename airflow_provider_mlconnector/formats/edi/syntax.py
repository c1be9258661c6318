"""How an interchange is written: its separators, and the characters that it may hold."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile

_SUFFIX = {"": "", "lf": "\n", "crlf": "\r\n"}
# Sheet edi.md, 2.2 and 3.1. Delimiters are taken out of them.
_BASIC = string.ascii_uppercase + string.digits + " !\"&'()*+,-./:;?="
_LATIN = "".join(chr(code) for code in range(0xA0, 0x100))
_UNOA = string.ascii_uppercase + string.digits + " .,-()/='+:?!\"%&*;<>"
_CHARACTERS = {
    "basic": _BASIC,
    "extended": _BASIC + string.ascii_lowercase + "%~@[]_{}\\|<>#$",
    "unoa": _UNOA,
    "unob": _UNOA + string.ascii_lowercase,
    "unoc": "".join(chr(code) for code in range(0x20, 0x7F)) + _LATIN,
}


@dataclass(frozen=True)
class Syntax:
    """What rendering needs to know of a partner's files.

    Attributes:
        standard: `x12` or `edifact`.
        element: between elements.
        component: between components.
        end: behind a segment: its terminator, and the line end where one was agreed.
        release: before a delimiter within data; empty where the standard has none.
        decimal: the decimal mark.
        held: every character that data may hold as it is.
        released: delimiters that data may hold behind a release character.
        upper: whether letters are written in upper case, because the set has no others.
        encoding: the bytes of the characters.
        replacements: text by character that can't be written.
    """

    standard: str
    element: str
    component: str
    end: str
    release: str
    decimal: str
    held: frozenset[str]
    released: str
    upper: bool
    encoding: str
    replacements: Mapping[str, str] = field(default_factory=dict)


def syntax_of(profile: PartnerProfile) -> Syntax:
    """The syntax that a partner has agreed to."""
    used = profile.separators
    name = profile.characters or ("basic" if profile.standard == "x12" else "unoa")
    characters = set(_CHARACTERS[name])
    delimiters = set(used.in_use())
    released = "".join(sorted(characters & delimiters)) if used.release else ""
    return Syntax(
        standard=profile.standard,
        element=used.element,
        component=used.component,
        end=used.segment + _SUFFIX[used.suffix],
        release=used.release,
        decimal=used.decimal,
        held=frozenset(characters if used.release else characters - delimiters),
        released=released,
        upper=name in ("basic", "unoa"),
        encoding="iso-8859-1" if name == "unoc" else "ascii",
        replacements=profile.replacements,
    )
