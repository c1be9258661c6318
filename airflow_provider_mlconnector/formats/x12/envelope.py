"""X12's envelope: interchange (ISA, IEA), group (GS, GE) and set (ST, SE). Lengths: sheet edi.md, 2.1."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.syntax import Syntax

_VERSION = "00401"


class X12Envelope:
    """The envelope of one file.

    Args:
        profile: the partner.
        syntax: the partner's.
        declaration: the set that the group holds.
        moment: date and time of the interchange.
        interchange: ISA13, as written.
        group: GS06, as written.
    """

    def __init__(
        self,
        profile: PartnerProfile,
        syntax: Syntax,
        declaration: SetDeclaration,
        moment: datetime,
        interchange: str,
        group: str,
    ) -> None:
        self._profile = profile
        self._syntax = syntax
        self._declaration = declaration
        self._moment = moment
        self._interchange = interchange
        self._group = group

    def opening(self) -> str:
        """ISA, of exactly 105 characters and the terminator, and GS."""
        us, them, used = self._profile.us, self._profile.them, self._profile.separators
        isa = [
            "ISA", "00", " " * 10, "00", " " * 10, us.qualifier, f"{us.id:<15}", them.qualifier, f"{them.id:<15}",
            f"{self._moment:%y%m%d}", f"{self._moment:%H%M}", "U", _VERSION, self._interchange,
            "1" if self._profile.request_acknowledgment else "0", "T" if self._profile.usage == "test" else "P",
            used.component,
        ]  # fmt: skip
        group = [
            "GS", self._declaration.group, us.group_id or us.id, them.group_id or them.id,
            f"{self._moment:%Y%m%d}", f"{self._moment:%H%M}", self._group, "X",
            self._profile.release or self._declaration.release,
        ]  # fmt: skip
        return f"{self._segment(isa)}{self._segment(group)}"

    def closing(self, sets: int) -> str:
        """GE and IEA."""
        return self._segment(["GE", str(sets), self._group]) + self._segment(["IEA", "1", self._interchange])

    def wrapped(self, bodies: pa.StringArray, segments: pa.Array, controls: pa.StringArray) -> pa.StringArray:
        """Each body between its ST and SE; SE01 counts both."""
        sep, end = self._syntax.element, self._syntax.end
        count = pc.cast(pc.add(segments, 2), pa.string())
        begin = f"ST{sep}{self._declaration.set}{sep}"
        return pc.binary_join_element_wise(begin, controls, end, bodies, f"SE{sep}", count, sep, controls, end, "")

    def _segment(self, elements: list[str]) -> str:
        return self._syntax.element.join(elements) + self._syntax.end
