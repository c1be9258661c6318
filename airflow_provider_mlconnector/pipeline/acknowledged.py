"""Acknowledgment files as the engine takes them: read by their standard, and told apart by the partners' ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_mlconnector.engine import answers as engine
from airflow_provider_mlconnector.engine.answers import Incoming, UnreadableFileError
from airflow_provider_mlconnector.formats import acknowledgments
from airflow_provider_mlconnector.formats.answers import Answer, Note, Party, UnreadableError
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile

_NOTES = 20
_LONGEST_REASON = 2_000


def reader(profiles: Sequence[PartnerProfile]) -> Callable[[bytes], Incoming]:
    """Reads the acknowledgments of these partners.

    Returns:
        Takes a file's bytes apart; raises `UnreadableFileError` where they are no whole interchange.
    """

    def read(data: bytes) -> Incoming:
        try:
            # PostgreSQL keeps no NUL in a text, and no delimiter of an acknowledgment is one.
            found = acknowledgments.read(_without_nul(data))
        except UnreadableError as error:
            raise UnreadableFileError(str(error)) from None
        return Incoming(tuple(_taken(answer, profiles) for answer in found.answers), found.others)

    return read


def _taken(answer: Answer, profiles: Sequence[PartnerProfile]) -> engine.Answer:
    about = f"group {answer.group_code} {answer.group}" if answer.group else f"interchange {answer.interchange}"
    sets = [engine.SetAnswer(one.set, one.control, str(one.outcome), _reason(one.notes)) for one in answer.sets]
    return engine.Answer(
        shown=f"{answer.kind.upper()} {answer.reference} from {answer.sender.id} about {about}",
        partners=tuple(profile.partner for profile in profiles if _is_from(answer, profile)),
        kind=answer.kind,
        interchange=answer.interchange,
        group_code=answer.group_code,
        group=answer.group,
        sets=tuple(sets),
        unlisted=str(answer.unlisted),
        accepted=answer.accepted,
        reason=_reason(answer.notes),
    )


def _is_from(answer: Answer, profile: PartnerProfile) -> bool:
    """Whether an acknowledgment comes from this partner: what we sent goes back with the ids swapped.

    Some partners' envelopes bear a network's ids, and the group alone theirs.
    """
    if (answer.kind == "contrl") is not (profile.standard == "edifact"):
        return False
    us, them = profile.us, profile.them
    by_envelope = answer.sender.may_be(Party(them.id, them.qualifier)) and answer.receiver.may_be(
        Party(us.id, us.qualifier)
    )
    by_group = (answer.group_sender, answer.group_receiver) == (them.group_id or them.id, us.group_id or us.id)
    return by_envelope or by_group


def _reason(notes: Sequence[Note]) -> str:
    more = [f"and {len(notes) - _NOTES} more"] if len(notes) > _NOTES else []
    return "; ".join([*(str(note) for note in notes[:_NOTES]), *more])[:_LONGEST_REASON]


def _without_nul(data: bytes) -> bytes:
    return data if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.replace(b"\x00", b" ")
