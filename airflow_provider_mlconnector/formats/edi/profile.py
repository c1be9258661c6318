"""What is agreed with one trading partner: ids, versions, delimiters, characters, control numbers, acknowledgments."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from airflow_provider_mlconnector.declared import Declared, load

Standard = Literal["x12", "edifact"]
AcknowledgmentKind = Literal["997", "ta1", "contrl"]
_X12_KINDS = ("997", "ta1")


class Party(Declared):
    """One end of an interchange.

    Attributes:
        id: ISA06/ISA08, or UNB S002/S003 0004; at most 15 characters in X12, 35 in EDIFACT.
        qualifier: ISA05/ISA07 (`ZZ`, `01`, `14`), or 0007 (`14`, `ZZZ`); empty in EDIFACT for none.
        group_id: GS02/GS03; empty: the same as `id`. X12 only.
    """

    id: str = Field(min_length=1, max_length=35, pattern=r"^\S(.*\S)?$")
    qualifier: str = Field(default="", max_length=4)
    group_id: str = Field(default="", max_length=15)


class ControlRange(Declared):
    """The control numbers that a partner takes, and starts again with after the last (sheet edi.md, 2.1).

    Attributes:
        first: the smallest.
        last: the greatest.
        digits: how many digits are written, with leading zeros; 0 for as many as it takes.
    """

    first: int = Field(default=1, ge=0)
    last: int = Field(default=999_999_999, ge=1)
    digits: int = Field(default=0, ge=0, le=14)

    def shown(self, number: int) -> str:
        """What is written for the ledger's n-th number, n from 1."""
        value = self.first + (number - 1) % (self.last - self.first + 1)
        return f"{value:0{self.digits}d}" if self.digits else str(value)

    @model_validator(mode="after")
    def _range_is_whole(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"the range begins at {self.first} and ends at {self.last}")
        if self.digits and len(str(self.last)) > self.digits:
            raise ValueError(f"{self.last} has more than {self.digits} digits")
        return self


class Controls(Declared):
    """The ranges of the three control numbers.

    Attributes:
        interchange: ISA13 (nine digits), or UNB 0020.
        group: GS06; X12 only.
        set: ST02 (four to nine digits), or UNH 0062.
    """

    interchange: ControlRange = ControlRange(digits=9)
    group: ControlRange = ControlRange()
    set: ControlRange = ControlRange(digits=9)


class Delimiters(Declared):
    """What separates; empty where the standard's own is meant.

    Attributes:
        element: between elements (`*`, or `+`).
        component: between components (`>`, or `:`).
        segment: behind a segment (`~`, or `'`).
        release: before a delimiter within data; EDIFACT only (`?`).
        decimal: EDIFACT's decimal mark; X12 has a point.
        suffix: line end behind each segment: not data, only for people's eyes.
    """

    element: str = Field(default="", max_length=1)
    component: str = Field(default="", max_length=1)
    segment: str = Field(default="", max_length=1)
    release: str = Field(default="", max_length=1)
    decimal: Literal["", ".", ","] = ""
    suffix: Literal["", "lf", "crlf"] = ""

    def filled(self, standard: Standard) -> Delimiters:
        """With the standard's own where none is declared."""
        own = ("*", ">", "~", "", ".") if standard == "x12" else ("+", ":", "'", "?", ".")
        names = ("element", "component", "segment", "release", "decimal")
        return self.model_copy(
            update={name: getattr(self, name) or usual for name, usual in zip(names, own, strict=True)}
        )

    def in_use(self) -> str:
        """Every character that data may not simply hold."""
        return "".join({self.element, self.component, self.segment, self.release} - {""})

    @field_validator("element", "component", "segment", "release")
    @classmethod
    def _is_a_sign(cls, value: str) -> str:
        if value and (value.isalnum() or value == " " or not value.isascii()):
            raise ValueError(f"'{value}' can't be a delimiter: take a sign of ASCII, neither letter, digit nor space")
        return value


class Expected(Declared):
    """Which acknowledgments are expected of the partner.

    Attributes:
        kinds: `997` and `ta1` of an X12 partner, `contrl` of an EDIFACT one.
        within: by when; afterwards an alert is raised, once.
        lists_accepted: whether accepted sets are listed, too; many partners list only what they reject.
        receipt_accepts: whether a CONTRL with action 8 (received) means accepted, as BizTalk writes it.
    """

    kinds: tuple[AcknowledgmentKind, ...] = Field(min_length=1)
    within: timedelta = timedelta(hours=24)
    lists_accepted: bool = False
    receipt_accepts: bool = False


class PartnerProfile(Declared):
    """One trading partner.

    Attributes:
        partner: the partner's name; control numbers and acknowledgments belong to it.
        standard: `x12` or `edifact`.
        us: our ids.
        them: the partner's.
        usage: `test` or `production` (ISA15, UNB 0035).
        release: GS08 (`004010`, some partners `004010VICS`), or the association code behind `D:96A:UN` (`EAN008`).
        characters: X12: `basic` or `extended`; EDIFACT: `unoa`, `unob` or `unoc`.
        replacements: text by character that can't be written; `default` for every other such character.
        delimiters: what separates.
        controls: ranges of the control numbers.
        acknowledgments: what is expected back; None for nothing.
        units: the partner's unit codes, by ours.
        request_acknowledgment: ISA14 (a TA1), or UNB 0031 (a CONTRL).
    """

    partner: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")
    standard: Standard
    us: Party
    them: Party
    usage: Literal["test", "production"] = "test"
    release: str = Field(default="", max_length=12)
    characters: Literal["basic", "extended", "unoa", "unob", "unoc", ""] = ""
    replacements: dict[str, str] = Field(default_factory=dict)
    delimiters: Delimiters = Delimiters()
    controls: Controls = Controls()
    acknowledgments: Expected | None = None
    units: dict[str, str] = Field(default_factory=dict)
    request_acknowledgment: bool = False

    @property
    def separators(self) -> Delimiters:
        """The delimiters, none of them empty but for X12's release."""
        return self.delimiters.filled(self.standard)

    def counter(self, kind: Literal["interchange", "group", "set"]) -> str:
        """The ledger's counter of what we send."""
        return f"edi:{self.partner}:out:{kind}"

    @model_validator(mode="after")
    def _fits_its_standard(self) -> Self:
        x12 = self.standard == "x12"
        used = self.separators
        signs = [used.element, used.component, used.segment, *([] if x12 else [used.release, used.decimal])]
        if len(set(signs)) != len(signs):
            raise ValueError(f"delimiters: each needs a sign of its own, not {' '.join(signs)}")
        if "-" in signs or (x12 and "." in signs):
            raise ValueError("delimiters: numbers hold '-', and '.' in X12")
        if used.segment in "\r\n" and used.suffix:
            raise ValueError("delimiters: a line end that ends segments has no suffix")
        if x12 and used.release:
            raise ValueError("delimiters: X12 knows no release character")
        if self.characters and (self.characters in ("basic", "extended")) is not x12:
            raise ValueError(f"characters: {self.standard} has no set '{self.characters}'")
        expected = self.acknowledgments.kinds if self.acknowledgments else ()
        if any((kind in _X12_KINDS) is not x12 for kind in expected):
            raise ValueError(f"acknowledgments: {self.standard} knows no {' and '.join(expected)}")
        return self

    @model_validator(mode="after")
    def _envelope_can_be_written(self) -> Self:
        x12, used = self.standard == "x12", self.separators.in_use()
        last = "\xff" if self.characters == "unoc" else "~"
        for side, party in (("us", self.us), ("them", self.them)):
            # EDIFACT releases delimiters within ids.
            for name, free in (("id", not x12), ("qualifier", False), ("group_id", False)):
                text = getattr(party, name)
                if any(not sign.isprintable() or sign > last or (sign in used and not free) for sign in text):
                    raise ValueError(f"{side}.{name}: '{text}' can't stand in an envelope")
        if any(not "!" <= sign <= "~" or sign in used for sign in self.release):
            raise ValueError(f"release: '{self.release}' can't stand in an envelope")
        return self

    @model_validator(mode="after")
    def _numbers_fit(self) -> Self:
        ranges, most = self.controls, 9 if self.standard == "x12" else 14
        if max(ranges.interchange.last, ranges.group.last, ranges.set.last) >= 10**most:
            raise ValueError(f"controls: {self.standard} has control numbers of {most} digits at most")
        if self.standard == "x12":
            for side, party in (("us", self.us), ("them", self.them)):
                if len(party.id) > 15:
                    raise ValueError(f"{side}.id: '{party.id}' has more characters than X12's 15")
                if len(party.qualifier) != 2:
                    raise ValueError(f"{side}.qualifier: '{party.qualifier}' does not have two characters, as in X12")
                if not 2 <= len(party.group_id or party.id) <= 15:
                    raise ValueError(
                        f"{side}.group_id: '{party.group_id or party.id}' does not have 2 to 15 characters"
                    )
            if self.controls.interchange.digits != 9:
                raise ValueError("controls: ISA13 has nine digits")
            if not 4 <= max(self.controls.set.digits, len(str(self.controls.set.first))) <= 9:
                raise ValueError("controls: ST02 has four to nine digits")
        return self


def load_profile(source: Path | str, name: str = "") -> PartnerProfile:
    """Read a partner profile from YAML and check it.

    Args:
        source: a file, or the text itself.
        name: how messages call a text that has no file.

    Raises:
        ConfigurationError: what is wrong, with file, line and field.
    """
    return load(source, PartnerProfile, name)
