"""What a partner says of what we sent: the outcome of an interchange, group or set, with its reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class UnreadableError(ValueError):
    """A file that is no whole interchange; the text says where reading ended, and why."""


class Outcome(StrEnum):
    """What became of a set, or of all of them. Accepted means its syntax: payment or booking comes by other ways."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """The partner does not say, or contradicts itself."""
    RECEIVED = "received"
    """The partner has it, and will say more."""


@dataclass(frozen=True)
class Party:
    """One end of an interchange: an id without padding, and its qualifier, which may be missing."""

    id: str
    qualifier: str = ""

    def may_be(self, other: Party) -> bool:
        """Whether it is the other, as far as both tell their qualifier."""
        return self.id == other.id and (not self.qualifier or not other.qualifier or self.qualifier == other.qualifier)


@dataclass(frozen=True)
class Note:
    """One thing that the partner found.

    Attributes:
        code: as it was sent.
        text: in words.
        segment: the segment's tag, where one is named.
        position: the segment's place in its set, ST or UNH being 1; None where none is named.
        element: the element's place, with component and repetition behind it (`4`, `4:1`); empty where none is named.
        value: the element's value, as far as the partner copied it.
    """

    code: str
    text: str
    segment: str = ""
    position: int | None = None
    element: str = ""
    value: str = ""

    def __str__(self) -> str:
        """For people: `segment 9 (IT1), element 4: mandatory element missing`."""
        where = []
        if self.position is not None:
            where.append(f"segment {self.position}" + (f" ({self.segment})" if self.segment else ""))
        elif self.segment:
            where.append(f"segment {self.segment}")
        if self.element:
            where.append(f"element {self.element}")
        said = self.text + (f" ('{self.value}')" if self.value else "")
        return f"{', '.join(where)}: {said}" if where else said


@dataclass(frozen=True)
class SetAnswer:
    """What is said of one transaction set or message.

    Attributes:
        set: its kind, as `810` or `INVOIC`.
        control: ST02 or UNH 0062, as the partner copied it.
        outcome: what became of it.
        notes: what was found in it.
    """

    set: str
    control: str
    outcome: Outcome
    notes: tuple[Note, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether it was accepted, with or without errors."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_ERRORS)


@dataclass(frozen=True)
class Answer:
    """One acknowledgment of one of our groups or interchanges.

    Attributes:
        kind: `997`, `999`, `ta1` or `contrl`.
        sender: who sends the acknowledgment: the receiver of what we sent.
        receiver: who is meant: the sender of what we sent.
        group_sender: the same by GS02; empty where there is none.
        group_receiver: the same by GS03.
        reference: the acknowledgment's own control number, for people.
        interchange: our ISA13 or UNB 0020; empty in a 997, which names none.
        group_code: our GS01; empty but in a 997 or 999.
        group: our GS06, likewise.
        outcome: what is said of the whole. `UNKNOWN` also for a partial acceptance: it says nothing of each set.
        notes: what was found in the whole.
        sets: the sets that are listed.
        unlisted: what became of those that are not listed, unless `accepted` tells.
        accepted: how many sets were accepted, where that decides over those that are not listed.
    """

    kind: str
    sender: Party
    receiver: Party
    reference: str
    outcome: Outcome
    group_sender: str = ""
    group_receiver: str = ""
    interchange: str = ""
    group_code: str = ""
    group: str = ""
    notes: tuple[Note, ...] = ()
    sets: tuple[SetAnswer, ...] = ()
    unlisted: Outcome = Outcome.UNKNOWN
    accepted: int | None = None


@dataclass(frozen=True)
class Reading:
    """What one file holds.

    Attributes:
        answers: its acknowledgments, in their order.
        others: the kinds of other sets and messages in it, which are somebody else's to read.
    """

    answers: tuple[Answer, ...]
    others: tuple[str, ...] = ()


def decoded(code: str, table: Mapping[str, str]) -> str:
    """A code in words; one that the table does not have is shown as it is."""
    return table.get(code) or f"code {code}"


def number_of(text: str) -> int | None:
    """A count or a position; None where it is none, or longer than any can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def overruled(whole: Answer, *, said_none: bool, unlisted: bool) -> Answer:
    """A rejected whole, whose parts can't be accepted, whatever is listed of them.

    Args:
        whole: the answer.
        said_none: whether nothing says that some were accepted; else the answer contradicts itself.
        unlisted: whether those that are not listed are rejected, too.
    """
    becomes = Outcome.REJECTED if said_none else Outcome.UNKNOWN
    sets = tuple(replace(one, outcome=becomes) if one.is_accepted else one for one in whole.sets)
    return replace(whole, sets=sets, unlisted=Outcome.REJECTED if unlisted else Outcome.UNKNOWN, accepted=None)
