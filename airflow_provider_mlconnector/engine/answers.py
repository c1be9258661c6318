"""What a partner's acknowledgment says of what was sent, as pure decisions: never more than it says.

Numbers are those of the rules in the fact sheet on EDI, 2.7: sets by their text, then by their number (2); what is not
listed is accepted only where the acknowledgment says so (3); the first answer stands, and a later contrary one is told
of (5); a receipt is no acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from airflow_provider_mlconnector.ledger.interchanges import (
    ACCEPTED,
    ACCEPTED_WITH_ERRORS,
    PARTLY,
    RECEIVED,
    REJECTED,
    SENT,
    UNKNOWN,
    WAITING,
    SentSet,
    as_number,
)

_ACCEPTED = (ACCEPTED, ACCEPTED_WITH_ERRORS)


class UnreadableFileError(Exception):
    """A file that is no acknowledgment, or not whole; the text says why."""


@dataclass(frozen=True)
class SetAnswer:
    """What is said of one set: kind, control number as copied, outcome, and why."""

    set_code: str
    control: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """One acknowledgment of one group or interchange.

    Attributes:
        shown: what it is, for people.
        partners: the names of the partners whose ids it bears; empty where there is none.
        kind: `997`, `999`, `ta1` or `contrl`.
        interchange: our interchange control number; empty where only the group is named.
        group_code: our GS01, where the group is named.
        group: our GS06, likewise.
        sets: the sets that are listed.
        unlisted: the outcome of the others, unless `accepted` tells.
        accepted: how many sets were accepted, where that decides.
        reason: what is said of the whole.
    """

    shown: str
    partners: tuple[str, ...]
    kind: str
    interchange: str = ""
    group_code: str = ""
    group: str = ""
    sets: tuple[SetAnswer, ...] = ()
    unlisted: str = UNKNOWN
    accepted: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Incoming:
    """What one file holds: acknowledgments, and kinds of sets that are somebody else's to read."""

    answers: tuple[Answer, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What an answer says of one set that was sent."""

    outcome: str
    reason: str


@dataclass(frozen=True)
class Decided:
    """What an answer says of an interchange: of each of its sets by position, and of sets that it does not have."""

    said: Mapping[int, Said]
    strangers: tuple[SetAnswer, ...] = ()


def decide(answer: Answer, sent: Sequence[SentSet], set_code: str, expected: Mapping[str, Any]) -> Decided:
    """What an answer says of each set.

    Args:
        answer: the acknowledgment.
        sent: the sets of the interchange that it answers.
        set_code: their kind.
        expected: what was agreed: `lists_accepted`, `receipt_accepts`.
    """
    look = _Controls(sent)
    said: dict[int, Said] = {}
    strangers = []
    for one in answer.sets:
        position = look.position(one.control) if one.set_code in ("", set_code) else None
        if position is None:
            strangers.append(one)
        elif position in said and said[position].outcome != one.outcome:
            said[position] = Said(UNKNOWN, f"said twice: {said[position].outcome}, and {one.outcome}")
        else:
            said[position] = Said(_receipt(one.outcome, answer, expected), one.reason or answer.reason)
    rest = [one.position for one in sent if one.position not in said]
    outcome = _receipt(_of_unlisted(answer, said, len(rest), expected), answer, expected)
    reason = answer.reason
    if outcome == UNKNOWN:
        reason = "; ".join(part for part in ("not listed, and the rest does not tell", reason) if part)
    said.update(dict.fromkeys(rest, Said(outcome, "" if outcome == ACCEPTED else reason)))
    return Decided(said, tuple(strangers))


def _of_unlisted(answer: Answer, said: Mapping[int, Said], count: int, expected: Mapping[str, Any]) -> str:
    listed = sum(one.outcome in _ACCEPTED for one in said.values())
    if answer.accepted is not None and answer.unlisted == UNKNOWN and answer.accepted == listed + count:
        return ACCEPTED
    if answer.accepted is not None and answer.unlisted in _ACCEPTED and answer.accepted < listed + count:
        return UNKNOWN
    if answer.unlisted in _ACCEPTED and answer.sets and expected.get("lists_accepted"):
        # A partner who lists what is accepted has not accepted what is not in the list.
        return UNKNOWN
    return answer.unlisted


def _receipt(outcome: str, answer: Answer, expected: Mapping[str, Any]) -> str:
    if outcome == RECEIVED and answer.kind == "contrl" and expected.get("receipt_accepts"):
        return ACCEPTED
    return outcome


class Change(StrEnum):
    """What an answer does to a set."""

    NEW = "new"
    SAME = "same"
    CONTRARY = "contrary"


def change(now: str, said: str) -> Change:
    """Whether an answer is new to a set, says nothing more, or contradicts what stands."""
    if now == SENT or (now == RECEIVED and said != RECEIVED):
        return Change.NEW
    if now == UNKNOWN:
        return Change.NEW if said in (*_ACCEPTED, REJECTED) else Change.SAME
    if now == said or said in (RECEIVED, UNKNOWN) or {now, said} == set(_ACCEPTED):
        return Change.SAME
    return Change.CONTRARY


def whole(states: Mapping[str, int]) -> str:
    """The state of an interchange, from how many of its sets are in each state."""
    if SENT in states or RECEIVED in states:
        return RECEIVED if RECEIVED in states else SENT
    if UNKNOWN in states:
        return UNKNOWN
    if REJECTED in states:
        return REJECTED if len(states) == 1 else PARTLY
    return ACCEPTED_WITH_ERRORS if ACCEPTED_WITH_ERRORS in states else ACCEPTED


def ends_waiting(state: str, answer: Answer, expected: Mapping[str, Any]) -> bool:
    """Whether nothing more is waited for: a TA1 is enough only where nothing else was agreed."""
    if state not in WAITING:
        return True
    return state == RECEIVED and answer.kind == "ta1" and list(expected.get("kinds", ())) == ["ta1"]


@dataclass
class _Controls:
    """Finds sets by the control number that a partner has copied: the same text, or else the same number."""

    sent: Sequence[SentSet]
    _texts: dict[str, int] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.sent:
            self._texts[one.control] = one.position
            number = as_number(one.control)
            if number is not None:
                self._numbers[number] = one.position

    def position(self, control: str) -> int | None:
        number = as_number(control)
        found = self._texts.get(control)
        return self._numbers.get(number) if found is None and number is not None else found
