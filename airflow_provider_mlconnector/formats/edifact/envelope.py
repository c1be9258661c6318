"""EDIFACT's envelope: UNA, interchange (UNB, UNZ) and message (UNH, UNT). Source: sheet edi.md, 3.1."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.characters import released_text
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile, Party
from airflow_provider_mlconnector.formats.edi.syntax import Syntax

_SYNTAX_VERSION = "3"


class EdifactEnvelope:
    """The envelope of one file.

    Args:
        profile: the partner.
        syntax: the partner's.
        declaration: the message.
        moment: date and time of the interchange.
        interchange: UNB 0020, as written.
    """

    def __init__(
        self,
        profile: PartnerProfile,
        syntax: Syntax,
        declaration: SetDeclaration,
        moment: datetime,
        interchange: str,
    ) -> None:
        self._profile = profile
        self._syntax = syntax
        self._declaration = declaration
        self._moment = moment
        self._interchange = interchange

    def opening(self) -> str:
        """UNA, of nine characters, and UNB."""
        used = self._profile.separators
        una = f"UNA{used.component}{used.element}{used.decimal}{used.release} {self._syntax.end}"
        level = (self._profile.characters or "unoa").upper()
        elements = [
            "UNB", f"{level}{used.component}{_SYNTAX_VERSION}", self._party(self._profile.us),
            self._party(self._profile.them), f"{self._moment:%y%m%d}{used.component}{self._moment:%H%M}",
            self._interchange, "", "", "", "1" if self._profile.request_acknowledgment else "", "",
            "1" if self._profile.usage == "test" else "",
        ]  # fmt: skip
        while not elements[-1]:
            elements.pop()
        return una + used.element.join(elements) + self._syntax.end

    def closing(self, messages: int) -> str:
        """UNZ."""
        return self._syntax.element.join(["UNZ", str(messages), self._interchange]) + self._syntax.end

    def wrapped(self, bodies: pa.StringArray, segments: pa.Array, controls: pa.StringArray) -> pa.StringArray:
        """Each body between its UNH and UNT; UNT's count includes both."""
        sep, end, part = self._syntax.element, self._syntax.end, self._syntax.component
        kind = part.join([self._declaration.set, *self._declaration.release.split(":")])
        if self._profile.release:
            kind = f"{kind}{part}{self._profile.release}"
        count = pc.cast(pc.add(segments, 2), pa.string())
        begin = f"UNH{sep}"
        return pc.binary_join_element_wise(
            begin, controls, f"{sep}{kind}{end}", bodies, f"UNT{sep}", count, sep, controls, end, ""
        )

    def _party(self, party: Party) -> str:
        shown = released_text(party.id, self._syntax)
        return f"{shown}{self._syntax.component}{party.qualifier}" if party.qualifier else shown
