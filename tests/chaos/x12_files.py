"""Arrived X12 files as a partner reads them; by code of its own, not the provider's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from tests.chaos.transmissions import Record, Transmission

PARTNER = "acme"
_CREDIT = "CR"
_VERSION = re.compile(r"v(\d+)$")


def read(name: str, data: bytes) -> Transmission:
    """Take a file apart; its element separator is `*`, its terminator `~`."""
    segments = [text.split("*") for text in data.decode("latin-1").replace("\n", "").split("~") if text]
    starts = [place for place, segment in enumerate(segments) if segment[0] == "ST"]
    ends = [place for place, segment in enumerate(segments) if segment[0] == "SE"]
    sets = [segments[start : end + 1] for start, end in zip(starts, ends, strict=True)]
    isa, gs, ge, iea = segments[0], segments[1], segments[-2], segments[-1]
    pairs = [("IEA", iea, ["IEA", "1", isa[13]]), ("GE", ge, ["GE", str(len(sets)), gs[6]])]
    pairs += [("SE", one[-1], ["SE", str(len(one)), one[0][2]]) for one in sets]
    faults = [f"{tag} is {found}, and should be {right}" for tag, found, right in pairs if found != right]
    records = [record for one in sets for record in (_vendors(one) if one[0][1] == "838" else [_bill(one)])]
    controls = tuple(one[0][2] for one in sets)
    return Transmission(name, PARTNER, isa[13], gs[6], controls, tuple(records), tuple(faults))


def _bill(segments: Sequence[Sequence[str]]) -> Record:
    big = _first(segments, "BIG")
    # Of the references only the head's is the record's number; those of the lines name cost centres.
    key = next(segment[2] for segment in segments if segment[:2] == ["REF", "ZZ"])
    cents = int(_first(segments, "TDS")[1]) * (-1 if _CREDIT in big[7:8] else 1)
    amount = str(Decimal(cents).scaleb(-2))
    version = big[4] if len(big) > 4 else ""
    lines = sum(segment[0] == "IT1" for segment in segments)
    return Record(segments[0][2], key, version, amount, _first(segments, "CUR")[2], lines)


def _vendors(segments: Sequence[Sequence[str]]) -> list[Record]:
    """The vendors of an 838; of their names only the end says a version."""
    control, found = segments[0][2], [segment for segment in segments if segment[0] == "N1"]
    return [Record(control, segment[4], name_version(segment[2]), "", "", 1) for segment in found]


def name_version(name: str) -> str:
    """The version that a vendor's name ends with; empty where it has none."""
    ending = _VERSION.search(name)
    return ending[1] if ending else ""


def _first(segments: Sequence[Sequence[str]], tag: str) -> Sequence[str]:
    return next(segment for segment in segments if segment[0] == tag)
