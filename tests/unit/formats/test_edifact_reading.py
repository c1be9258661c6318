"""Taking EDIFACT apart, and what CONTRL says (sheet edi.md, 3.1 and 3.3)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats import acknowledgments
from airflow_provider_mlconnector.formats.answers import Answer, Outcome, Party, UnreadableError
from airflow_provider_mlconnector.formats.edifact.read import Interchange, interchanges

A, E, R, U = Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_ERRORS, Outcome.REJECTED, Outcome.UNKNOWN
RECEIVED = Outcome.RECEIVED
UNB = "UNB+UNOC:3+ACME:14+US:ZZZ+260115:1200+77'"
UCI = "UCI+42+US:ZZZ+ACME:14+"
BODY = f"UNH+1+CONTRL:D:3:UN'{UCI}7'UNT+3+1'"
WHOLE = UNB + BODY + "UNZ+1+77'"
TAGS = ["UNH", "UCI", "UNT"]


def tags(interchange: Interchange) -> list[str]:
    return [segment.tag for segment in interchange.segments]


WILD = {
    "without UNA": WHOLE,
    "with UNA": "UNA:+.? '" + WHOLE,
    "byte order mark and white space": "\ufeff \r\n" + WHOLE + "\r\n\x1a",
    "newline behind each terminator": "UNA:+.? '\n" + WHOLE.replace("'", "'\n"),
    "carriage return and newline, indented": WHOLE.replace("'", "'\r\n  "),
    "no terminator at the end": WHOLE.removesuffix("'"),
    "no terminator but a newline at the end": WHOLE.removesuffix("'") + "\r\n",
    "other signs": "UNA|*,! ~" + WHOLE.translate(str.maketrans(":+'", "|*~")),
    "newline as terminator": "UNA:+.? \n" + WHOLE.replace("'", "\r\n"),
    "no release character": "UNA:+.  '" + WHOLE,
}


@pytest.mark.parametrize("text", WILD.values(), ids=WILD.keys())
def test_what_real_files_look_like_is_read(text: str) -> None:
    (found,) = interchanges(text.encode())
    assert tags(found) == TAGS
    assert (found.header.at(2), found.header.at(2, 2), found.header.at(5)) == ("ACME", "14", "77")
    assert found.segments[1].at(4) == "7"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a?+b", ("a+b",)),
        ("a??", ("a?",)),
        ("a??+", ("a?",)),
        ("a???+b", ("a?+b",)),
        ("a?:b:c?'d", ("a:b", "c'd")),
        ("??:?:", ("?", ":")),
        ("a::b", ("a", "", "b")),
    ],
)
def test_released_signs_are_data(written: str, read: tuple[str, ...]) -> None:
    (found,) = interchanges(f"{UNB}FTX+{written}'UNZ+0+77'".encode())
    assert found.segments[0].elements[0] == read


_TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20)


@given(st.lists(st.lists(_TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_whatever_was_released_comes_back(elements: list[list[str]]) -> None:
    def escaped(text: str) -> str:
        return "".join(f"?{sign}" if sign in "?:+'" else sign for sign in text)

    written = "+".join(":".join(escaped(part) for part in element) for element in elements)
    (found,) = interchanges(f"{UNB}FTX+{written}'UNZ+0+77'".encode("latin-1"))
    assert found.segments[0].elements == tuple(tuple(element) for element in elements)


def test_text_is_read_by_the_level_that_is_named() -> None:
    for level, encoding in (("UNOC", "latin-1"), ("UNOY", "utf-8")):
        text = f"{UNB.replace('UNOC', level)}FTX+Mühle'UNZ+0+77'"
        assert interchanges(text.encode(encoding))[0].segments[0].at(1) == "Mühle"


def test_several_interchanges_may_each_have_a_una() -> None:
    second = "UNA|*,! ~" + WHOLE.translate(str.maketrans(":+'", "|*~")).replace("77", "78")
    found = interchanges(f"UNA:+.? '{WHOLE}\n{second}\n{WHOLE}".encode())
    assert [each.header.at(5) for each in found] == ["77", "78", "77"]


BROKEN = {
    "empty": (b"\n", "empty"),
    "no end": ((UNB + BODY).encode(), "UNZ is missing"),
    "cut in a segment": (WHOLE[:60].encode(), "UNZ is missing"),
    "another begins before its end": ((UNB + BODY + WHOLE).encode(), "UNZ is missing"),
    "cut in the UNA": (b"UNA:+.", "within the UNA"),
    "letters as signs": (b"UNAabcdef" + WHOLE.encode(), "the UNA shows"),
    "no segments": ((UNB + "hello world'").encode(), "is no segment"),
    "no UNB": (b"UNA:+.? 'UNH+1'", "where a UNB has to be"),
    "a segment without end": ((UNB + "FTX+" + "x" * 30_000).encode(), "characters"),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_whole_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        interchanges(data)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for text in (data, UNB.encode() + data, WHOLE.encode()[: len(UNB) + len(data) % 60] + data):
        with suppress(UnreadableError):
            assert interchanges(text)


def contrl(*segments: str, unb: str = UNB) -> Answer:
    body = "".join(f"{segment}'" for segment in segments)
    found = acknowledgments.read(f"UNA:+.? '{unb}UNH+1+CONTRL:D:3:UN'{body}UNT+9+1'UNZ+1+77'".encode())
    (answer,) = found.answers
    return answer


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("7", A), ("4", R), ("8", RECEIVED), ("1", A), ("2", E), ("3", U), ("5", RECEIVED), ("6", R), ("9", U), ("", U)],
)
def test_an_interchange_has_the_outcome_of_its_action(action: str, outcome: Outcome) -> None:
    found = contrl(UCI + action)
    assert (found.kind, found.interchange, found.reference) == ("contrl", "42", "77")
    assert (found.sender, found.receiver) == (Party("ACME", "14"), Party("US", "ZZZ"))
    assert (found.outcome, found.unlisted, found.sets) == (outcome, outcome, ())


def test_single_messages_are_rejected_and_the_rest_accepted() -> None:
    found = contrl(
        UCI + "7",
        "UCM+3+INVOIC:D:96A:UN+4+12+UNH+2:1",
        "UCS+7+13",
        "UCD+39+3:2",
        "UCM+4+INVOIC:D:96A:UN+7",
        "UCM+5+INVOIC:D:96A:UN+7",
        "UCS+2",
        "UCD+35+2",
        "UCM+6+INVOIC:D:96A:UN+8",
        "UCM+7+INVOIC:D:96A:UN+x",
    )
    assert found.unlisted is A
    assert [(one.set, one.control, one.outcome) for one in found.sets] == [
        ("INVOIC", "3", R),
        ("INVOIC", "4", A),
        ("INVOIC", "5", E),
        ("INVOIC", "6", RECEIVED),
        ("INVOIC", "7", U),
    ]
    assert [str(note) for note in found.sets[0].notes] == [
        "segment UNH, element 2:1: invalid value",
        "segment 7: missing",
        "segment 7, element 3:2: too long",
    ]


def test_the_reason_of_a_rejected_interchange_is_told() -> None:
    found = contrl(UCI + "4+23+UNB+2:1")
    assert [str(note) for note in found.notes] == ["segment UNB, element 2:1: unknown sender"]
    assert contrl(UCI + "4+99").notes[0].text == "code 99"


def test_groups_leave_what_they_held_unknown() -> None:
    assert contrl(UCI + "7", "UCF+1+US+ACME+7").unlisted is A
    assert contrl(UCI + "7", "UCF+1+US+ACME+4").unlisted is U
    assert contrl(UCI + "4", "UCF+1+US+ACME+4").unlisted is R


def test_it_counts_whose_interchange_is_answered_not_who_passes_it_on() -> None:
    passed_on = contrl(UCI + "7", unb=UNB.replace("ACME:14", "NETWORK:14"))
    assert (passed_on.sender, passed_on.receiver) == (Party("ACME", "14"), Party("US", "ZZZ"))
    swapped = contrl("UCI+42+ACME:14+US:ZZZ+7")
    assert (swapped.sender, swapped.receiver) == (Party("ACME", "14"), Party("US", "ZZZ"))


def test_qualifiers_may_be_missing() -> None:
    assert Party("ACME").may_be(Party("ACME", "14"))
    assert Party("ACME", "14").may_be(Party("ACME", "14"))
    assert not Party("ACME", "ZZZ").may_be(Party("ACME", "14"))
    assert not Party("ACME", "14").may_be(Party("OTHER", "14"))


def test_other_messages_are_named_and_left_alone() -> None:
    found = acknowledgments.read(f"{UNB}{BODY}UNH+2+APERAK:D:96A:UN'BGM+1'UNT+3+2'UNZ+2+77'".encode())
    assert (len(found.answers), found.others) == (1, ("APERAK",))


def test_what_is_neither_standard_is_refused() -> None:
    with pytest.raises(UnreadableError, match="it begins with b'Sup'"):
        acknowledgments.read(b"Supplier,Invoice")
