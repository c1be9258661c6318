"""Reading CONTRL, EDIFACT's acknowledgment of syntax, in versions 3 and 4 (sheet edi.md, 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from airflow_provider_mlconnector.formats.answers import (
    Answer,
    Note,
    Outcome,
    Party,
    Reading,
    SetAnswer,
    decoded,
    number_of,
    overruled,
)
from airflow_provider_mlconnector.formats.edifact.read import Interchange, Segment

# 0083. 1, 2, 3, 5 and 6 were removed with D.01A, and stand in D.96A.
_INTERCHANGE = {
    "1": Outcome.ACCEPTED,
    "2": Outcome.ACCEPTED_WITH_ERRORS,
    "4": Outcome.REJECTED,
    "5": Outcome.RECEIVED,
    "6": Outcome.REJECTED,
    "7": Outcome.ACCEPTED,
    "8": Outcome.RECEIVED,
}
_MESSAGE = {
    "1": Outcome.ACCEPTED,
    "2": Outcome.ACCEPTED_WITH_ERRORS,
    "4": Outcome.REJECTED,
    "7": Outcome.ACCEPTED,
    "8": Outcome.RECEIVED,
}
_DUPLICATE = "26"
ERRORS = {
    "2": "syntax version or level not supported",
    "7": "recipient is not the actual recipient",
    "12": "invalid value",
    "13": "missing",
    "14": "value not supported in this place",
    "15": "not supported in this place",
    "16": "too many constituents",
    "17": "no agreement",
    "18": "unspecified error",
    "19": "invalid decimal mark",
    "20": "character invalid as service character",
    "21": "invalid characters",
    "22": "invalid service characters",
    "23": "unknown sender",
    "24": "too old",
    "25": "test indicator not supported",
    "26": "duplicate",
    "27": "security function not supported",
    "28": "references differ",
    "29": "count differs from what was received",
    "30": "groups and messages mixed",
    "31": "more than one type of message in a group",
    "32": "lower level empty",
    "33": "invalid occurrence outside message or group",
    "34": "nesting not allowed",
    "35": "too many repetitions",
    "36": "too many repetitions of a segment group",
    "37": "invalid type of characters",
    "38": "digit missing before the decimal mark",
    "39": "too long",
    "40": "too short",
}


def answers(interchange: Interchange) -> Reading:
    """The CONTRL messages of an interchange, and the kinds of its other messages."""
    header = interchange.header
    whole = Answer(
        kind="contrl",
        sender=Party(header.at(2).strip(), header.at(2, 2)),
        receiver=Party(header.at(3).strip(), header.at(3, 2)),
        reference=header.at(5),
        outcome=Outcome.UNKNOWN,
    )
    found: list[Answer] = []
    others: dict[str, None] = {}
    for message in _messages(interchange.segments):
        kind = message[0].at(2)
        if kind == "CONTRL":
            found.extend(_of_interchanges(whole, message))
        else:
            others[kind] = None
    return Reading(tuple(found), tuple(others))


def _messages(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] = []
    for segment in segments:
        if segment.tag == "UNH":
            if message:
                yield message
            message = [segment]
        elif segment.tag == "UNT":
            if message:
                yield message
            message = []
        elif message:
            message.append(segment)
    if message:
        yield message


def _of_interchanges(whole: Answer, message: Sequence[Segment]) -> Iterator[Answer]:
    starts = [number for number, segment in enumerate(message) if segment.tag == "UCI"]
    for start, end in pairwise([*starts, len(message)]):
        yield _of_interchange(whole, message[start:end])


def _of_interchange(whole: Answer, body: Sequence[Segment]) -> Answer:
    """UCI, and what is said of single messages; UCI copies our parties as they stood in our UNB, not swapped."""
    uci = body[0]
    us, them = Party(uci.at(2).strip(), uci.at(2, 2)), Party(uci.at(3).strip(), uci.at(3, 2))
    if us.id and them.id and {us.id, them.id} != {whole.sender.id, whole.receiver.id}:
        # Another than the receiver has sent it, such as a network: whom it is about counts.
        whole = replace(whole, sender=them, receiver=us)
    action = uci.at(4)
    outcome = _INTERCHANGE.get(action, Outcome.UNKNOWN)
    notes = [Note(action, f"action code {action}")] if outcome is Outcome.UNKNOWN and action != "3" else []
    notes += _error(uci, 5)
    sets = tuple(_sets(body[1:]))
    unlisted = outcome
    if any(segment.tag == "UCF" and segment.at(4) not in ("1", "7") for segment in body):
        # Which messages a group held, only the sender of groups could tell; we send none.
        unlisted = Outcome.REJECTED if outcome is Outcome.REJECTED else Outcome.UNKNOWN
    told = replace(whole, interchange=uci.at(1), outcome=outcome, notes=tuple(notes), sets=sets, unlisted=unlisted)
    if uci.at(5) == _DUPLICATE:
        # The number came twice, as after a replay: what was refused is the copy, and of the first nothing is said.
        return replace(told, outcome=Outcome.UNKNOWN, unlisted=Outcome.UNKNOWN, sets=())
    return overruled(told, said_none=True, unlisted=True) if outcome is Outcome.REJECTED else told


def _sets(body: Sequence[Segment]) -> Iterator[SetAnswer]:
    starts = [number for number, segment in enumerate(body) if segment.tag == "UCM"]
    for start, end in pairwise([*starts, len(body)]):
        ucm = body[start]
        notes = [*_error(ucm, 4), *_details(body[start + 1 : end])]
        outcome = _MESSAGE.get(ucm.at(3), Outcome.UNKNOWN)
        if any(note.code == _DUPLICATE for note in notes):
            outcome = Outcome.UNKNOWN
        if outcome is Outcome.ACCEPTED and notes:
            outcome = Outcome.ACCEPTED_WITH_ERRORS
        yield SetAnswer(ucm.at(2), ucm.at(1), outcome, tuple(notes))


def _details(body: Sequence[Segment]) -> Iterator[Note]:
    place: int | None = None
    for segment in body:
        if segment.tag == "UCS":
            place = number_of(segment.at(1))
            if segment.at(2):
                yield Note(segment.at(2), decoded(segment.at(2), ERRORS), position=place)
        elif segment.tag == "UCD":
            where = ":".join(part for part in segment.all_of(2) if part)
            yield Note(segment.at(1), decoded(segment.at(1), ERRORS), position=place, element=where)


def _error(segment: Segment, place: int) -> list[Note]:
    """0085, 0135 and S011, which stand behind one another in UCI and UCM."""
    code = segment.at(place)
    where = ":".join(part for part in segment.all_of(place + 2) if part)
    return [Note(code, decoded(code, ERRORS), segment.at(place + 1), element=where)] if code else []
