"""The judgement of an EDI flow: control numbers, against what is audited; acknowledgments, against the ledger."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.answers import ACCEPTED, RECEIVED, REJECTED, SENT
from tests.chaos.transmissions import Transmission

_SPAN = re.compile(r"(\d+)(?: to (\d+))?")
_AMONG = re.compile(r"(\d+) of ([\d, to]+) are not used")


@dataclass(frozen=True)
class Gap:
    """An audited gap.

    Attributes:
        counter: the partner, and `interchange`, `group` or `set`.
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
    _, partner, _, kind = name.split(":", 3)
    return Gap(f"{partner} {kind}", frozenset(found), count)


def used(transmissions: Iterable[Transmission]) -> dict[str, list[tuple[int, str]]]:
    """Every control number that has arrived, by partner and counter, with the file."""
    found: dict[str, list[tuple[int, str]]] = {}
    for sent in transmissions:
        for kind, controls in (("interchange", [sent.interchange]), ("group", [sent.group]), ("set", sent.sets)):
            numbers = [(int(control), sent.name) for control in controls if control]
            found.setdefault(f"{sent.partner} {kind}", []).extend(numbers)
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
        following: the next number of each counter, of all that are used.
    """
    came = used(transmissions)
    for kind, after in following.items():
        arrived = {number for number, _ in came.get(kind, ())}
        audited: set[int] = set()
        for each in gaps:
            if each.counter == kind:
                never = each.numbers - arrived
                audited |= never
                if len(never) != each.count:
                    yield f"{kind} {sorted(each.numbers)}: {each.count} are audited as a gap, {len(never)} never came"
        lost = set(range(1, after)) - arrived - audited
        if lost:
            yield f"{kind} {sorted(lost)} never arrived, and no gap is audited"
        if beyond := (arrived | audited) - set(range(1, after)):
            yield f"{kind} {sorted(beyond)} lie beyond the counter, which goes on with {after}"


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
