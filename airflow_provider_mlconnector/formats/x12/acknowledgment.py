"""Reading X12 acknowledgments: 997, 999 and TA1 (sheet edi.md, 2.7).

What a set is that nobody lists follows from the group's AK9, and where that does not tell it is unknown: never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from airflow_provider_mlconnector.formats.x12.read import Interchange, Segment

_OUTCOMES = {
    "A": Outcome.ACCEPTED,
    "E": Outcome.ACCEPTED_WITH_ERRORS,
    "R": Outcome.REJECTED,
    "M": Outcome.REJECTED,
    "W": Outcome.REJECTED,
    "X": Outcome.REJECTED,
}
_SECURITY = {
    "M": "the message authentication code failed",
    "W": "the assurance failed its validity tests",
    "X": "the content could not be looked at after decryption",
}
SEGMENT_ERRORS = {
    "1": "unrecognised segment",
    "2": "unexpected segment",
    "3": "mandatory segment missing",
    "4": "loop occurs too often",
    "5": "segment occurs too often",
    "6": "segment not in this set",
    "7": "segment not in its sequence",
    "8": "segment has element errors",
    "I4": "segment not used by the partner's guide",
    "I6": "segment missing that the partner's guide asks for",
    "I7": "loop occurs too seldom for the partner's guide",
    "I8": "segment occurs too seldom for the partner's guide",
    "I9": "segment present that the partner's guide rules out here",
}
ELEMENT_ERRORS = {
    "1": "mandatory element missing",
    "2": "conditional element missing",
    "3": "too many elements",
    "4": "element too short",
    "5": "element too long",
    "6": "invalid character",
    "7": "invalid code",
    "8": "invalid date",
    "9": "invalid time",
    "10": "exclusion condition violated",
    "12": "too many repetitions",
    "13": "too many components",
    "I6": "code not used by the partner's guide",
    "I9": "element missing that the partner's guide asks for",
    "I10": "element not used by the partner's guide",
}
SET_ERRORS = {
    "1": "set not supported",
    "2": "set trailer missing",
    "3": "control numbers of ST and SE differ",
    "4": "wrong number of segments",
    "5": "segments in error",
    "6": "missing or invalid set identifier",
    "7": "missing or invalid set control number",
    "23": "set control number not unique in its group",
    "I5": "segments in error by the partner's guide",
}
GROUP_ERRORS = {
    "1": "group not supported",
    "2": "version of the group not supported",
    "3": "group trailer missing",
    "4": "control numbers of GS and GE differ",
    "5": "wrong number of sets",
    "6": "invalid group control number",
    "19": "group control number not unique",
}
INTERCHANGE_ERRORS = {
    "000": "no error",
    "001": "control numbers of ISA and IEA differ",
    "002": "standard not supported",
    "003": "version of the controls not supported",
    "004": "segment terminator invalid",
    "005": "sender's qualifier invalid",
    "006": "sender's id invalid",
    "007": "receiver's qualifier invalid",
    "008": "receiver's id invalid",
    "009": "receiver's id unknown",
    "014": "interchange date invalid",
    "015": "interchange time invalid",
    "017": "interchange version invalid",
    "018": "interchange control number invalid",
    "020": "test indicator invalid",
    "021": "wrong number of groups",
    "022": "control structure invalid",
    "023": "interchange ends too early",
    "024": "interchange content invalid",
    "025": "duplicate interchange control number",
    "026": "element separator invalid",
    "027": "component separator invalid",
}
_SETS = ("997", "999")
_DUPLICATE_INTERCHANGE, _DUPLICATE_GROUP, _DUPLICATE_SET = "025", "19", "23"


@dataclass
class _Set:
    kind: str
    control: str
    outcome: Outcome = Outcome.UNKNOWN
    notes: list[Note] = field(default_factory=list)

    def answer(self) -> SetAnswer:
        return SetAnswer(self.kind, self.control, self.outcome, tuple(self.notes))


def answers(interchange: Interchange) -> Reading:
    """The acknowledgments in an interchange, and the kinds of its other sets."""
    header = interchange.header
    whole = Answer(
        kind="",
        sender=Party(header.at(6), header.at(5)),
        receiver=Party(header.at(8), header.at(7)),
        reference=header.at(13),
        outcome=Outcome.UNKNOWN,
    )
    found: list[Answer] = []
    others: dict[str, None] = {}
    group = Segment(("GS",))
    for segment, body in _blocks(interchange.segments):
        if segment.tag == "TA1":
            found.append(_of_interchange(whole, segment))
        elif segment.tag == "GS":
            group = segment
        elif segment.at(1) in _SETS:
            named = replace(whole, group_sender=group.at(2).strip(), group_receiver=group.at(3).strip())
            found.extend(_of_groups(named, segment.at(1), body, interchange.component))
        else:
            others[segment.at(1)] = None
    return Reading(tuple(found), tuple(others))


def _blocks(segments: Sequence[Segment]) -> Iterator[tuple[Segment, list[Segment]]]:
    """TA1 and GS by themselves, and each ST with what follows it, up to its SE or whatever begins without one."""
    head: Segment | None = None
    body: list[Segment] = []
    for segment in segments:
        if segment.tag in ("TA1", "GS", "GE", "ST", "SE"):
            if head is not None:
                yield head, body
            head, body = (segment if segment.tag == "ST" else None), []
            if segment.tag in ("TA1", "GS"):
                yield segment, []
        else:
            body.append(segment)
    if head is not None:
        yield head, body


def _of_interchange(whole: Answer, ta1: Segment) -> Answer:
    """A TA1 judges the envelope alone: what it accepts is received, and its sets are still to be answered."""
    code, why = ta1.at(4), ta1.at(5)
    outcome = {"A": Outcome.RECEIVED, "E": Outcome.RECEIVED, "R": Outcome.REJECTED}.get(code, Outcome.UNKNOWN)
    notes = (Note(why, decoded(why, INTERCHANGE_ERRORS)),) if why not in ("", "000") else ()
    if why == _DUPLICATE_INTERCHANGE:
        # The number came twice, as after a replay: what was refused is the copy, and of the first nothing is said.
        outcome = Outcome.UNKNOWN
    return replace(whole, kind="ta1", interchange=ta1.at(1), outcome=outcome, notes=notes, unlisted=outcome)


def _of_groups(whole: Answer, kind: str, body: Sequence[Segment], component: str) -> Iterator[Answer]:
    starts = [number for number, segment in enumerate(body) if segment.tag == "AK1"]
    for start, end in pairwise([*starts, len(body)]):
        yield _of_group(replace(whole, kind=kind), body[start:end], component)


def _of_group(whole: Answer, body: Sequence[Segment], component: str) -> Answer:
    sets: list[_Set] = []
    last = Segment(("AK9",))
    place = Note("", "")
    for segment in body:
        tag = segment.tag.replace("IK", "AK")
        if tag == "AK2":
            sets.append(_Set(segment.at(1).strip(), segment.at(2).strip()))
        elif tag == "AK3" and sets:
            place = _place(segment)
            sets[-1].notes.append(place)
        elif tag == "AK4" and sets:
            sets[-1].notes.append(_element(segment, place, component))
        elif tag == "AK5" and sets:
            _conclude(sets[-1], segment)
        elif tag == "AK9":
            last = segment
    return _concluded(replace(whole, group_code=body[0].at(1), group=body[0].at(2)), [s.answer() for s in sets], last)


def _place(segment: Segment) -> Note:
    code, where = segment.at(4), segment.at(2)
    text = decoded(code, SEGMENT_ERRORS) if code else "segment in error"
    return Note(code, text, segment.at(1), number_of(where))


def _element(segment: Segment, place: Note, component: str) -> Note:
    where = ":".join(part for part in segment.at(1).split(component) if part)
    text = decoded(segment.at(3), ELEMENT_ERRORS)
    return Note(segment.at(3), text, place.segment, place.position, where, segment.at(4))


def _conclude(one: _Set, segment: Segment) -> None:
    code = segment.at(1)
    one.notes.extend(_codes(segment, 2, 6, SET_ERRORS, code))
    twice = any(note.code == _DUPLICATE_SET for note in one.notes)
    one.outcome = Outcome.UNKNOWN if twice else _OUTCOMES.get(code, Outcome.UNKNOWN)


def _codes(segment: Segment, first: int, last: int, table: dict[str, str], code: str) -> list[Note]:
    notes = [Note(code, _SECURITY[code])] if code in _SECURITY else []
    said = [segment.at(place) for place in range(first, last + 1)]
    return notes + [Note(each, decoded(each, table)) for each in said if each]


def _concluded(whole: Answer, sets: Sequence[SetAnswer], last: Segment) -> Answer:
    """Rule 3 of the sheet: what the sets are that are not listed."""
    code, accepted = last.at(1), number_of(last.at(4))
    outcome = _OUTCOMES.get(code, Outcome.UNKNOWN)
    told = replace(whole, sets=tuple(sets), outcome=outcome, notes=tuple(_codes(last, 5, 9, GROUP_ERRORS, code)))
    if any(note.code == _DUPLICATE_GROUP for note in told.notes):
        return replace(told, sets=(), outcome=Outcome.UNKNOWN, unlisted=Outcome.UNKNOWN)
    if outcome is Outcome.REJECTED:
        if accepted and not all(one.is_accepted for one in sets):
            return replace(told, unlisted=Outcome.UNKNOWN, accepted=accepted)
        return overruled(told, said_none=accepted == 0, unlisted=accepted == 0 or (accepted is None and not sets))
    if outcome in (Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_ERRORS):
        if not all(one.is_accepted for one in sets):
            return replace(told, unlisted=Outcome.UNKNOWN, accepted=accepted)
        # The errors that an `E` speaks of are those of the sets that it lists.
        return replace(told, unlisted=Outcome.ACCEPTED if sets else outcome, accepted=accepted)
    return replace(told, unlisted=Outcome.UNKNOWN, accepted=accepted)
