"""The judgement: what lies at the target and in the exceptions, against everything that the source has had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from tests.chaos.flow import Arrival, Held, Key

WAITS = ("waiting", "retry", "doubt", "unreadable", "vanished")
"""Kinds of exceptions that go away by themselves or by a decision: at rest there is none."""


@dataclass(frozen=True)
class Aside:
    """An open exception."""

    kind: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """What is looked at.

    Attributes:
        history: the versions of each record, oldest first.
        arrivals: record versions in the order in which they reached the target.
        aside: the open exceptions, by key.
        dismissed: records whose current version a person has closed.
        amounts: amount and currency of each current record.
        watermarks: of each lane, by name.
        resting: where they may stand.
        open_batches: batches that are staged or being sent.
        open_alerts: causes of alerts about them.
        refused: records that the target has refused, by key and place, with how many arrivals there were then.
        gone: records that have been deleted at the source.
    """

    history: Mapping[Key, Sequence[str]]
    arrivals: Sequence[Arrival]
    aside: Mapping[Key, Aside]
    dismissed: Collection[Key]
    amounts: Mapping[Key, tuple[str, str]]
    watermarks: Mapping[str, str]
    resting: Mapping[str, Collection[str]]
    open_batches: Sequence[str] = ()
    open_alerts: Sequence[str] = ()
    refused: Mapping[tuple[Key, str], int] = field(default_factory=dict)
    gone: Collection[Key] = ()

    def refuses(self, arrival: Arrival) -> bool:
        """Whether the target has refused it."""
        return (arrival.key, arrival.place) in self.refused


def doubled(evidence: Evidence) -> Iterator[str]:
    """Versions that came twice in a row, after a newer one, or from nowhere."""
    for key, numbered in _by_key(evidence).items():
        known = evidence.history.get(key, ())
        versions = [arrival.version for _, arrival in numbered]
        again: set[int] = set()
        for place, ((_, one), (number, other)) in enumerate(pairwise(numbered)):
            if one.version != other.version:
                continue
            # What was refused by then, a person may have sent again.
            if evidence.refused.get((key, one.place), number + 1) <= number:
                again.add(place + 1)
            else:
                yield (
                    f"{key}: version '{one.version}' arrived twice in a row "
                    f"(as {place + 1}. and {place + 2}. of {versions})"
                )
        rest = iter(known)
        once = [version for place, version in enumerate(versions) if place not in again]
        if not all(any(version == past for past in rest) for version in once):
            yield f"{key}: {versions} arrived, but its versions were {list(known)}: an old one came after a newer one"


def lost(evidence: Evidence) -> Iterator[str]:
    """Records whose current version is neither at the target nor set aside; amounts that differ; a wrong watermark."""
    arrived = _by_key(evidence)
    for key, versions in evidence.history.items():
        if _is_aside(evidence, key):
            continue
        there = [arrival for _, arrival in arrived.get(key, ())]
        if key in evidence.gone:
            if there:
                yield f"{key} is deleted at the source, the target has it, and it stands in no exception"
            continue
        if not there or there[-1].version != versions[-1]:
            has = [arrival.version for arrival in there] or "nothing"
            yield f"{key} is at '{versions[-1]}' (of {list(versions)}), the target has {has}"
        elif evidence.refuses(there[-1]):
            yield f"{key} was refused in {there[-1].place}, and stands in no exception"
    source, target = _sums(evidence)
    if source != target:
        yield f"control totals are {source} at the source and {target} at the target"
    for lane, resting in evidence.resting.items():
        if (now := evidence.watermarks.get(lane, "")) not in resting:
            yield f"the watermark of lane '{lane}' is {now or 'not set'} and belongs at {' or '.join(resting)}"


def stuck(evidence: Evidence) -> Iterator[str]:
    """What should be over at rest and is not."""
    yield from (f"open batch: {batch}" for batch in evidence.open_batches)
    yield from (f"open alert: {cause}" for cause in evidence.open_alerts)
    arrived = _by_key(evidence)
    for key, item in evidence.aside.items():
        if key in evidence.gone and item.reason:
            continue
        if item.kind in WAITS or not item.reason:
            yield f"{key} waits in the exceptions ({item.kind}): {item.reason or 'without a reason'}"
            continue
        last = [arrival for _, arrival in arrived.get(key, ())][-1:]
        current = evidence.history.get(key, ["?"])[-1]
        if any(arrival.version == current and not evidence.refuses(arrival) for arrival in last):
            yield f"{key} is at the target as it is now, and stands in the exceptions ({item.kind}): {item.reason}"


def counted(
    files: Mapping[str, bytes], told: Mapping[str, tuple[int, Mapping[str, str]]], look: Callable[[bytes], Held]
) -> Iterator[str]:
    """Files whose rows or totals are not those that the ledger tells of them.

    Args:
        files: the bytes that have arrived, by name.
        told: rows and control totals of the deliveries that the ledger calls confirmed, by name.
        look: takes a file's bytes apart.
    """
    for name, (rows, totals) in told.items():
        if name not in files:
            yield f"{name} is confirmed in the ledger, and never arrived"
            continue
        held = look(files[name])
        if held.rows != rows or {name: Decimal(total) for name, total in totals.items()} != held.totals:
            yield f"{name} has {held.rows} rows and {held.totals}, the ledger says {rows} and {dict(totals)}"


def _by_key(evidence: Evidence) -> dict[Key, list[tuple[int, Arrival]]]:
    """The arrivals of each record, with their place among all."""
    found: dict[Key, list[tuple[int, Arrival]]] = {}
    for number, arrival in enumerate(evidence.arrivals):
        found.setdefault(arrival.key, []).append((number, arrival))
    return found


def _is_aside(evidence: Evidence, key: Key) -> bool:
    return key in evidence.aside or key in evidence.dismissed


def _sums(evidence: Evidence) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Of the records that are at the target as they are at the source, at both."""
    last = {arrival.key: arrival for arrival in evidence.arrivals}
    source: dict[str, Decimal] = {}
    target: dict[str, Decimal] = {}
    for key, (amount, currency) in evidence.amounts.items():
        if _is_aside(evidence, key):
            continue
        source[currency] = source.get(currency, Decimal(0)) + Decimal(amount)
        if key in last:
            there = last[key]
            target[there.currency] = target.get(there.currency, Decimal(0)) + Decimal(there.amount)
    return source, target
