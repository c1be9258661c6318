"""The judgement of an EDI flow: control numbers, against what is audited; acknowledgments, against the ledger."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.answers import ACCEPTED, RECEIVED, REJECTED, SENT
from tests.chaos.x12_files import Transmission

_SPAN = re.compile(r"(\d+)(?: to (\d+))?")
_AMONG = re.compile(r"(\d+) of ([\d, to]+) are not used")


@dataclass(frozen=True)
class Gap:
    """An audited gap.

    Attributes:
        counter: the last part of the counter's name: `interchange`, `group` or `set`.
        numbers: the numbers that never left, or among which those are.
        count: how many never left.
    """

    counter: str
    numbers: frozenset[int]
    count: int


def gap(counted: str, count: int, detail: str) -> Gap:
    """A gap as it is audited: `edi:acme:out:set 4 to 6`, or the counter alone and the numbers in the detail."""
    name, _, spans = counted.partition(" ")
    among = _AMONG.search(detail)
    found = _numbers(spans or (among[2] if among else ""))
    return Gap(name.rpartition(":")[2], frozenset(found), count)


def used(transmissions: Iterable[Transmission]) -> dict[str, list[tuple[int, str]]]:
    """Every control number that has arrived, by its counter, with the file."""
    found: dict[str, list[tuple[int, str]]] = {"interchange": [], "group": [], "set": []}
    for sent in transmissions:
        found["interchange"].append((int(sent.interchange), sent.name))
        found["group"].append((int(sent.group), sent.name))
        found["set"] += [(int(bill.control), sent.name) for bill in sent.bills]
    return found


def used_twice(transmissions: Iterable[Transmission]) -> Iterator[str]:
    """Numbers that two transmissions have, or one has twice."""
    for kind, numbers in used(transmissions).items():
        first: dict[int, str] = {}
        for number, name in numbers:
            if number in first:
                yield f"{kind} {number} is used in {first[number]} and in {name}"
            first[number] = name


def missing(transmissions: Iterable[Transmission], gaps: Sequence[Gap], following: Mapping[str, int]) -> Iterator[str]:
    """Numbers that neither arrived nor are audited as a gap, and audited ones that did arrive.

    Args:
        transmissions: what has arrived.
        gaps: what is audited.
        following: the next number of each counter.
    """
    for kind, numbers in used(transmissions).items():
        arrived = {number for number, _ in numbers}
        audited: set[int] = set()
        for each in gaps:
            if each.counter == kind:
                never = each.numbers - arrived
                audited |= never
                if len(never) != each.count:
                    yield f"{kind} {sorted(each.numbers)}: {each.count} are audited as a gap, {len(never)} never came"
        lost = set(range(1, following[kind])) - arrived - audited
        if lost:
            yield f"{kind} {sorted(lost)} never arrived, and no gap is audited"
        if beyond := (arrived | audited) - set(range(1, following[kind])):
            yield f"{kind} {sorted(beyond)} lie beyond the counter, which goes on with {following[kind]}"


def broken(transmissions: Iterable[Transmission]) -> Iterator[str]:
    """Files whose own numbers and counts don't fit."""
    for sent in transmissions:
        for fault in sent.faults:
            yield f"{sent.name}: {fault}"


@dataclass(frozen=True)
class Told:
    """What the ledger tells of one interchange: its state, and that of each set by its control number."""

    state: str
    sets: Mapping[str, str]


def answered(said: Mapping[str, Mapping[str, str]], told: Mapping[str, Told]) -> Iterator[str]:
    """Interchanges whose state in the ledger is not what the partner has said.

    Args:
        said: states of sets by interchange, of all that has arrived.
        told: what the ledger tells of those that were sent.
    """
    for interchange, sets in said.items():
        if interchange not in told:
            yield f"interchange {interchange} has arrived, and the ledger does not know it as sent"
        elif (told[interchange].state, dict(told[interchange].sets)) != (right := (whole(sets.values()), dict(sets))):
            yield f"interchange {interchange} is {right}, the ledger says {told[interchange]}"
    for interchange in told.keys() - said.keys():
        yield f"interchange {interchange} is {told[interchange].state} in the ledger, and never arrived"


def whole(states: Collection[str]) -> str:
    """The state of an interchange whose sets are in these states."""
    found = set(states)
    if RECEIVED in found or SENT in found:
        return RECEIVED if RECEIVED in found else SENT
    return "partly" if found == {ACCEPTED, REJECTED} else found.pop()


def _numbers(spans: str) -> Iterator[int]:
    for span in _SPAN.finditer(spans):
        yield from range(int(span[1]), int(span[2] or span[1]) + 1)
