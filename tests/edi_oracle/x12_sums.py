"""What the lines of an X12 set add up to, computed from the file alone (sheet edi.md, 2.3 to 2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from tests.edi_oracle.tokens import Segment

_CENT = Decimal("0.01")
_BASES = {"PN": 10, "PD": 12, "HP": 100, "TP": 1000}
_SIGNS = {"C": 1, "A": -1, "N": 0}
# BSN05: which level may stand below which; T is a pallet between order and carton, where there is one.
_LEVELS = {"0001": "SOTPI", "0002": "SOITP", "0004": "SOI"}


def sums(members: Sequence[Segment]) -> Iterator[str]:
    """Check one set, ST to SE."""
    check = _CHECKS.get(members[0].at(1))
    if check is None:
        yield f"{members[0]}: no sums are known of this set"
    else:
        yield from check(members)


def number(text: str) -> Decimal:
    """The value of an element, 0 where there is none; its form is judged elsewhere."""
    try:
        return Decimal(text or "0")
    except ArithmeticError:
        return Decimal(0)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _invoice(members: Sequence[Segment]) -> Iterator[str]:
    lines = [each for each in members if each.tag == "IT1"]
    yield from _counted(members, len(lines), sum((number(each.at(2)) for each in lines), Decimal(0)))
    charges, taxes = _charges(members), _taxes(members, "TDS", lines_behind=False)
    allowed = {amount + charges + tax for amount in _amounts(lines) for tax in taxes}
    totals = [number(each.at(1)) / 100 for each in members if each.tag == "TDS"]
    if len(totals) != 1 or totals[0] not in allowed:
        yield f"TDS01 is {_shown(totals)}, the lines with charges and tax are {_shown(allowed)}"
    yield from _qualified(members, {"TT": allowed, "5": allowed, "1": _amounts(lines), "T": taxes})


def _order(members: Sequence[Segment]) -> Iterator[str]:
    lines = [each for each in members if each.tag == "PO1"]
    yield from _counted(members, len(lines), sum((number(each.at(2)) for each in lines), Decimal(0)))
    end = next((place for place, each in enumerate(members) if each.tag == "CTT"), len(members))
    charges, taxes = _charges(members), _taxes(members, "PO1", lines_behind=True)
    totals = {amount + charges + tax for amount in _amounts(lines) for tax in taxes}
    yield from _qualified(members[end:], {"TT": totals, "1": _amounts(lines)})


def _schedule(members: Sequence[Segment]) -> Iterator[str]:
    lines = sum(each.tag == "LIN" for each in members)
    quantity = sum((number(each.at(1)) for each in members if each.tag == "FST"), Decimal(0))
    yield from _counted(members, lines, quantity)


def _shipment(members: Sequence[Segment]) -> Iterator[str]:
    levels = [each for each in members if each.tag == "HL"]
    quantity = sum((number(each.at(2)) for each in members if each.tag == "SN1"), Decimal(0))
    yield from _counted(members, len(levels), quantity)
    order = _LEVELS.get(members[1].at(5), "SOTPI")
    above: dict[str, str] = {}
    for place, level in enumerate(levels, 1):
        parent, kind = level.at(2), level.at(3)
        if level.at(1) != str(place):
            yield f"{level}: HL01 is not {place}"
        if (parent == "") != (kind == "S"):
            yield f"{level}: HL02 is '{parent}' at level {kind}"
        elif parent and order.find(above.get(parent, "I")) >= order.find(kind):
            yield f"{level}: its parent {parent} is not above it"
        above[level.at(1)] = kind
    if not levels:
        yield "the shipment has no HL"


def _vendors(members: Sequence[Segment]) -> Iterator[str]:
    for place, each in enumerate((each for each in members if each.tag == "LX"), 1):
        if each.at(1) != str(place):
            yield f"{each}: LX01 is not {place}"


def _counted(members: Sequence[Segment], lines: int, quantity: Decimal) -> Iterator[str]:
    for each in members:
        if each.tag == "CTT" and each.at(1) != str(lines):
            yield f"{each}: CTT01 is not {lines}"
        # A hash total loses what is left of its ten digits.
        if each.tag == "CTT" and each.at(2) and (number(each.at(2)) - quantity) % 10**10:
            yield f"{each}: CTT02 is not {quantity}"


def _amounts(lines: Sequence[Segment]) -> set[Decimal]:
    """Quantity by price over all lines: rounded line by line, and as a whole."""
    exact = [number(each.at(2)) * number(each.at(4)) / _BASES.get(each.at(5), 1) for each in lines]
    return {rounded(sum(exact, Decimal(0))), sum(map(rounded, exact), Decimal(0))}


def _charges(members: Sequence[Segment]) -> Decimal:
    return sum(
        (_SIGNS.get(each.at(1), 0) * number(each.at(5)) / 100 for each in members if each.tag == "SAC"), Decimal(0)
    )


def _taxes(members: Sequence[Segment], border: str, *, lines_behind: bool) -> set[Decimal]:
    """The whole document's tax, of which the lines' may be a part or not: the standard leaves it open.

    Args:
        members: the set.
        border: the segment that parts the document's own taxes from its lines'.
        lines_behind: whether the lines are what stands behind it.
    """
    place = next((place for place, each in enumerate(members) if each.tag == border), len(members))
    head, rest = _taxed(members[:place]), _taxed(members[place:])
    whole, lines = (head, rest) if lines_behind else (rest, head)
    return {sum(whole or lines, Decimal(0)), sum(whole + lines, Decimal(0))}


def _taxed(members: Sequence[Segment]) -> list[Decimal]:
    return [number(each.at(2)) for each in members if each.tag == "TXI" and each.at(2)]


def _qualified(members: Sequence[Segment], expected: dict[str, set[Decimal]]) -> Iterator[str]:
    for each in members:
        right = expected.get(each.at(1)) if each.tag == "AMT" else None
        if right is not None and number(each.at(2)) not in right:
            yield f"{each}: AMT02 is not {_shown(right)}"


def _shown(amounts: set[Decimal] | list[Decimal]) -> str:
    return " or ".join(str(each) for each in sorted(amounts)) or "missing"


_CHECKS: dict[str, Callable[[Sequence[Segment]], Iterator[str]]] = {
    "810": _invoice,
    "830": _schedule,
    "838": _vendors,
    "850": _order,
    "856": _shipment,
}
