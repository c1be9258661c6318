"""What the lines of an INVOIC or ORDERS add up to, computed from the file alone (sheet edi.md, 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tests.edi_oracle.tokens import Segment
from tests.edi_oracle.x12_sums import number, rounded

_QUANTITIES = {"INVOIC": "47", "ORDERS": "21"}
_TAXES = ("124", "176")


@dataclass(frozen=True)
class _Parts:
    """A message by its sections."""

    header: Sequence[Segment]
    lines: Sequence[Sequence[Segment]]
    summary: Sequence[Segment]
    decimal: str
    quantity: str


def sums(members: Sequence[Segment], decimal: str) -> Iterator[str]:
    """Check one message, UNH to UNT, whose numbers have this decimal mark."""
    quantity = _QUANTITIES.get(members[0].at(2))
    borders = [place for place, each in enumerate(members) if each.tag == "UNS"]
    if quantity is None or len(borders) != 1:
        yield f"{members[0]}: no sums are known of this message, or it has not one UNS"
        return
    detail = members[: borders[0]]
    starts = [place for place, each in enumerate(detail) if each.tag == "LIN"] + [len(detail)]
    lines = [detail[start:end] for start, end in pairwise(starts)]
    parts = _Parts(detail[: starts[0]], lines, members[borders[0] :], decimal, quantity)
    for line in lines:
        yield from _line(parts, line)
    yield from _counts(parts)
    yield from _totals(parts)


def _line(parts: _Parts, line: Sequence[Segment]) -> Iterator[str]:
    said, computed = _of(parts, line, "MOA", "203"), _product(parts, line)
    changed = any(each.tag == "ALC" for each in line)
    if said is not None and computed is not None and said != computed and not changed:
        yield f"{line[0]}: MOA 203 is {said}, quantity by price is {computed}"


def _counts(parts: _Parts) -> Iterator[str]:
    quantity = sum((_of(parts, line, "QTY", parts.quantity) or Decimal(0) for line in parts.lines), Decimal(0))
    for qualifier, right in (("2", Decimal(len(parts.lines))), ("1", quantity)):
        said = _of(parts, parts.summary, "CNT", qualifier)
        if said is not None and said != right:
            yield f"CNT {qualifier} is {said}, not {right}"


def _totals(parts: _Parts) -> Iterator[str]:
    lines = sum((_amount(parts, line) for line in parts.lines), Decimal(0))
    total = lines + _charges(parts) + _tax(parts)
    group = _untaxed(parts.summary)
    for qualifier, right in (("79", lines), ("77", total), ("9", total), ("86", total)):
        said = _of(parts, group, "MOA", qualifier)
        if said is not None and said != right:
            yield f"MOA {qualifier} is {said}, not {right}"
    if parts.quantity == "47" and _of(parts, group, "MOA", "77") is None:
        yield "MOA 77 is missing"


def _amount(parts: _Parts, line: Sequence[Segment]) -> Decimal:
    said = _of(parts, line, "MOA", "203")
    return said if said is not None else _product(parts, line) or Decimal(0)


def _product(parts: _Parts, line: Sequence[Segment]) -> Decimal | None:
    """Quantity by net price, or by gross price where there is no net one; None where one of the two is missing."""
    quantity = _of(parts, line, "QTY", parts.quantity)
    prices = [each for kind in ("AAA", "AAB") for each in line if each.tag == "PRI" and each.at(1) == kind]
    if quantity is None or not prices:
        return None
    basis = _value(parts, prices[0].at(1, 5)) or Decimal(1)
    return rounded(quantity * _value(parts, prices[0].at(1, 2)) / basis)


def _charges(parts: _Parts) -> Decimal:
    """Of the whole message: the total where it is told, else each of header and summary."""
    told = _of(parts, _untaxed(parts.summary), "MOA", "131")
    if told is not None:
        return told
    found, sign = Decimal(0), 0
    for each in (*parts.header, *parts.summary):
        if each.tag == "ALC":
            sign = {"C": 1, "A": -1}.get(each.at(1), 0)
        if each.tag == "MOA" and each.at(1) in ("8", "23", "204"):
            found += sign * _value(parts, each.at(1, 2))
    return found


def _tax(parts: _Parts) -> Decimal:
    """The message's total where it is told, else its rates' amounts, else those of its lines."""
    for qualifier in _TAXES:
        told = _of(parts, _untaxed(parts.summary), "MOA", qualifier)
        if told is not None:
            return told
    for section in (parts.summary, parts.header, [each for line in parts.lines for each in line]):
        amounts = [_value(parts, each.at(1, 2)) for each in section if each.tag == "MOA" and each.at(1) in _TAXES]
        if amounts:
            return sum(amounts, Decimal(0))
    return Decimal(0)


def _untaxed(summary: Sequence[Segment]) -> Sequence[Segment]:
    """The totals, without what stands below a TAX or an ALC."""
    end = next((place for place, each in enumerate(summary) if each.tag in ("TAX", "ALC")), len(summary))
    return summary[:end]


def _of(parts: _Parts, section: Sequence[Segment], tag: str, qualifier: str) -> Decimal | None:
    """The value behind a qualifier, None where there is none."""
    found = [each for each in section if each.tag == tag and each.at(1) == qualifier]
    return _value(parts, found[0].at(1, 2)) if found else None


def _value(parts: _Parts, text: str) -> Decimal:
    return number(text.replace(parts.decimal, "."))
