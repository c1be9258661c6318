"""Arrived X12 files as a partner reads them; by code of its own, not the provider's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.chaos.flow import Arrival, Held

_CREDIT = "CR"


@dataclass(frozen=True)
class Bill:
    """One set 810.

    Attributes:
        control: ST02.
        key: the bill's record number.
        version: the order's number, which stands for the version.
        amount: signed, as text.
        currency: its currency.
        lines: how many.
    """

    control: str
    key: str
    version: str
    amount: str
    currency: str
    lines: int


@dataclass(frozen=True)
class Transmission:
    """One file.

    Attributes:
        name: its name.
        interchange: ISA13.
        group: GS06.
        bills: its sets.
        faults: what does not fit within it: counts, and control numbers that are not repeated.
    """

    name: str
    interchange: str
    group: str
    bills: tuple[Bill, ...]
    faults: tuple[str, ...]


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
    return Transmission(name, isa[13], gs[6], tuple(_bill(one) for one in sets), tuple(faults))


def held(data: bytes) -> Held:
    """Lines and control totals of a file."""
    bills = read("", data).bills
    sums: dict[str, Decimal] = {}
    for bill in bills:
        sums[bill.currency] = sums.get(bill.currency, Decimal(0)) + Decimal(bill.amount)
    return Held(sum(bill.lines for bill in bills), sums)


def bills(name: str, data: bytes) -> list[Arrival]:
    """The bills in a file."""
    return [Arrival(bill.key, bill.version, bill.amount, bill.currency, name) for bill in read(name, data).bills]


def _bill(segments: Sequence[Sequence[str]]) -> Bill:
    big = _first(segments, "BIG")
    # Of the references only the head's is the record's number; those of the lines name cost centres.
    key = next(segment[2] for segment in segments if segment[:2] == ["REF", "ZZ"])
    cents = int(_first(segments, "TDS")[1]) * (-1 if _CREDIT in big[7:8] else 1)
    amount = str(Decimal(cents).scaleb(-2))
    version = big[4] if len(big) > 4 else ""
    lines = sum(segment[0] == "IT1" for segment in segments)
    return Bill(segments[0][2], key, version, amount, _first(segments, "CUR")[2], lines)


def _first(segments: Sequence[Sequence[str]], tag: str) -> Sequence[str]:
    return next(segment for segment in segments if segment[0] == tag)
