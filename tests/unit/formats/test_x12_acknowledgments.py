"""What 997, 999 and TA1 say: outcome of each set, reasons in words, and what is not listed (sheet edi.md, 2.7)."""

from __future__ import annotations

import pytest

from airflow_provider_mlconnector.formats import acknowledgments
from airflow_provider_mlconnector.formats.answers import Answer, Outcome, Party
from tests.unit.formats.test_x12_reading import ISA

A, E, R, U = Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_ERRORS, Outcome.REJECTED, Outcome.UNKNOWN


def file(*segments: str, kind: str = "997", isa: str = ISA) -> bytes:
    body = "~".join(segments)
    whole = f"{isa}GS*FA*ACME*US*20260115*1200*1*X*004010~ST*{kind}*0001~{body}~SE*9*0001~GE*1*1~IEA*1*000000007~"
    return whole.encode()


def read(*segments: str, kind: str = "997") -> Answer:
    found = acknowledgments.read(file(*segments, kind=kind))
    assert len(found.answers) == 1
    return found.answers[0]


def test_a_group_that_is_accepted_says_who_and_what() -> None:
    found = read("AK1*IN*000005", "AK9*A*3*3*3")
    assert (found.kind, found.group_code, found.group, found.interchange) == ("997", "IN", "000005", "")
    assert (found.sender, found.receiver) == (Party("ACME", "ZZ"), Party("US", "ZZ"))
    assert (found.group_sender, found.group_receiver, found.reference) == ("ACME", "US", "000000007")
    assert (found.outcome, found.unlisted, found.accepted, found.sets) == (A, A, 3, ())


@pytest.mark.parametrize(
    ("segments", "outcome", "unlisted", "accepted"),
    [
        (["AK9*A*3*3*3"], A, A, 3),
        (["AK9*A"], A, A, None),
        (["AK9*E*3*3*3*5"], E, E, 3),
        (["AK2*810*0001", "AK5*E*5", "AK9*E*3*3*3"], E, A, 3),
        (["AK2*810*0001", "AK5*A", "AK9*A*3*3*3"], A, A, 3),
        (["AK2*810*0001", "AK5*R*5", "AK9*A*3*3*2"], A, U, 2),
        (["AK2*810*0001", "AK5*R*5", "AK9*P*3*3*2"], U, U, 2),
        (["AK9*P*3*3*2"], U, U, 2),
        (["AK9*P"], U, U, None),
        (["AK9*R*3*3*0*1"], R, R, None),
        (["AK9*R"], R, R, None),
        (["AK2*810*0001", "AK5*R*5", "AK9*R*3*3*0"], R, R, None),
        (["AK2*810*0001", "AK5*R*5", "AK9*R*3*3*2"], R, U, 2),
        (["AK2*810*0001", "AK5*R*5", "AK9*R"], R, U, None),
        (["AK9*M*3*3*0"], R, R, None),
        (["AK9*R*3*3*3"], R, U, None),
        (["AK9*A*3*3*3*19"], U, U, None),
        (["AK9*R*3*3*0*19"], U, U, None),
        (["AK9*Q*3*3*3"], U, U, 3),
        (["AK2*810*0001", "AK5*A"], U, U, None),
    ],
)
def test_what_is_not_listed_follows_from_the_group_or_is_unknown(
    segments: list[str], outcome: Outcome, unlisted: Outcome, accepted: int | None
) -> None:
    found = read("AK1*IN*5", *segments)
    assert (found.outcome, found.unlisted, found.accepted) == (outcome, unlisted, accepted)


@pytest.mark.parametrize(
    ("code", "outcome"), [("A", A), ("E", E), ("R", R), ("M", R), ("W", R), ("X", R), ("", U), ("Z", U)]
)
def test_each_set_has_its_outcome(code: str, outcome: Outcome) -> None:
    found = read("AK1*IN*5", "AK2*810*0001", f"AK5*{code}", "AK2*810*000002", "AK5*A", "AK9*P*2*2*1")
    assert [(one.set, one.control, one.outcome) for one in found.sets] == [
        ("810", "0001", outcome),
        ("810", "000002", A),
    ]


def test_a_set_without_its_end_is_unknown() -> None:
    found = read("AK1*IN*5", "AK2*810*0001", "AK2*810*0002", "AK5*A", "AK9*P*2*2*1")
    assert [one.outcome for one in found.sets] == [U, A]


def test_reasons_are_told_in_words_with_their_places() -> None:
    found = read(
        "AK1*IN*5",
        "AK2*810*0001",
        "AK3*IT1*9**8",
        "AK4*4*212*5*123456789012345678",
        "AK4*3>2>1*355*7*XX",
        "AK3*TDS*14**3",
        "AK5*R*5*4",
        "AK9*R*1*1*0*5",
    )
    assert [str(note) for note in found.sets[0].notes] == [
        "segment 9 (IT1): segment has element errors",
        "segment 9 (IT1), element 4: element too long ('123456789012345678')",
        "segment 9 (IT1), element 3:2:1: invalid code ('XX')",
        "segment 14 (TDS): mandatory segment missing",
        "segments in error",
        "wrong number of segments",
    ]
    assert [str(note) for note in found.notes] == ["wrong number of sets"]


def test_a_code_that_is_not_known_is_shown() -> None:
    found = read("AK1*IN*5", "AK2*810*0001", "AK3*ZZ*x**99", "AK4*1**77", "AK5*R*88", "AK9*M*1*1*0*99")
    assert [str(note) for note in found.sets[0].notes] == [
        "segment ZZ: code 99",
        "segment ZZ, element 1: code 77",
        "code 88",
    ]
    assert [str(note) for note in found.notes] == ["the message authentication code failed", "code 99"]


def test_a_999_is_read_like_a_997() -> None:
    found = read(
        "AK1*IN*5*005010", "AK2*810*0001*005010X", "IK3*IT1*9**I4", "CTX*1", "IK4*4*212*I10", "IK5*R*I5",
        "AK9*P*2*2*1", kind="999",
    )  # fmt: skip
    assert (found.kind, found.group, found.accepted) == ("999", "5", 1)
    assert found.sets[0].outcome is R
    assert [str(note) for note in found.sets[0].notes] == [
        "segment 9 (IT1): segment not used by the partner's guide",
        "segment 9 (IT1), element 4: element not used by the partner's guide",
        "segments in error by the partner's guide",
    ]


@pytest.mark.parametrize(
    ("ta1", "outcome", "notes"),
    [
        ("TA1*000000042*260115*1200*A*000", Outcome.RECEIVED, []),
        ("TA1*000000042*260115*1200*E*021", Outcome.RECEIVED, ["wrong number of groups"]),
        ("TA1*000000042*260115*1200*R*005", R, ["sender's qualifier invalid"]),
        ("TA1*000000042*260115*1200*R*025", U, ["duplicate interchange control number"]),
        ("TA1*000000042*260115*1200*?", U, []),
    ],
)
def test_a_ta1_judges_the_envelope_alone(ta1: str, outcome: Outcome, notes: list[str]) -> None:
    found = acknowledgments.read(f"{ISA}{ta1}~IEA*0*000000007~".encode())
    (answer,) = found.answers
    assert (answer.kind, answer.interchange, answer.group) == ("ta1", "000000042", "")
    assert (answer.outcome, answer.unlisted, [str(note) for note in answer.notes]) == (outcome, outcome, notes)


def test_ta1_and_several_groups_and_files_stand_in_one_file() -> None:
    two = file("AK1*IN*5", "AK9*A*1*1*1", "SE*4*0001", "ST*997*0002", "AK1*PO*6", "AK9*R*1*1*0")
    with_ta1 = two.replace(b"GS*FA", b"TA1*000000042*260115*1200*A*000~GS*FA")
    found = acknowledgments.read(with_ta1 + b"\r\n" + file("AK1*SH*7", "AK9*A*1*1*1"))
    assert [(each.kind, each.group_code, each.group) for each in found.answers] == [
        ("ta1", "", ""),
        ("997", "IN", "5"),
        ("997", "PO", "6"),
        ("997", "SH", "7"),
    ]
    assert found.others == ()


def test_a_set_that_lacks_its_trailer_does_not_swallow_the_next() -> None:
    found = acknowledgments.read(file("AK1*IN*5", "AK9*A*1*1*1", "ST*997*0002", "AK1*IN*6", "AK9*R*1*1*0"))
    assert [(each.group, each.outcome) for each in found.answers] == [("5", A), ("6", R)]


def test_other_sets_are_named_and_left_alone() -> None:
    other = file("BEG*00*SA*1**20260101", kind="850").replace(b"GS*FA", b"GS*PO")
    found = acknowledgments.read(file("AK1*IN*5", "AK9*A*1*1*1") + other)
    assert len(found.answers) == 1
    assert found.others == ("850",)
