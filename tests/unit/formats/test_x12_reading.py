"""Taking X12 apart, as real files look, and refusing what is not whole."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats.answers import UnreadableError
from airflow_provider_mlconnector.formats.x12.read import Interchange, interchanges

ISA = "ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *260115*1200*U*00401*000000007*0*T*>~"
BODY = "GS*FA*ACME*US*20260115*1200*1*X*004010~ST*997*0001~AK1*IN*5~AK9*A*1*1*1~SE*4*0001~GE*1*1~IEA*1*000000007~"
TAGS = ["GS", "ST", "AK1", "AK9", "SE", "GE"]


def tags(interchange: Interchange) -> list[str]:
    return [segment.tag for segment in interchange.segments]


def one(text: str | bytes) -> Interchange:
    found = interchanges(text.encode() if isinstance(text, str) else text)
    assert len(found) == 1
    return found[0]


def test_an_interchange_is_taken_apart() -> None:
    found = one(ISA + BODY)
    assert tags(found) == TAGS
    assert (found.header.at(6), found.header.at(8), found.header.at(13), found.component) == (
        "ACME",
        "US",
        "000000007",
        ">",
    )
    assert found.segments[2].elements == ("AK1", "IN", "5")
    assert (found.segments[2].at(2), found.segments[2].at(3)) == ("5", "")


WILD = {
    "byte order mark": "\ufeff" + ISA + BODY,
    "white space before and after": "\r\n  \n" + ISA + BODY + "\n\n\x1a",
    "newline behind each terminator": (ISA + BODY).replace("~", "~\n"),
    "carriage return and newline": (ISA + BODY).replace("~", "~\r\n"),
    "newline as terminator": (ISA + BODY).replace("~", "\n"),
    "carriage return and newline as terminator": (ISA + BODY).replace("~", "\r\n"),
    "indented": (ISA + BODY).replace("~", "~\n    "),
    "no terminator at the end": (ISA + BODY).removesuffix("~"),
    "no terminator but a newline at the end": (ISA + BODY).removesuffix("~") + "\n",
    "not padded": " ".join((ISA + BODY).split()).replace(" *", "*"),
    "other delimiters": (ISA + BODY).translate(str.maketrans("*>~", "|^!")),
    "not padded, newline as terminator": " ".join((ISA + BODY).split()).replace(" *", "*").replace("~", "\n"),
    "empty segments": (ISA + BODY).replace("~GE", "~~GE"),
}


@pytest.mark.parametrize("text", WILD.values(), ids=WILD.keys())
def test_what_real_files_look_like_is_read(text: str) -> None:
    found = one(text)
    assert tags(found) == TAGS
    assert found.header.at(13) == "000000007"
    assert found.segments[3].elements == ("AK9", "A", "1", "1", "1")


def test_utf_16_and_latin_1_are_read() -> None:
    assert tags(one((ISA + BODY).encode("utf-16"))) == TAGS
    assert one((ISA + BODY.replace("AK9*A", "AK9*Ü")).encode("latin-1")).segments[3].at(1) == "Ü"


def test_each_interchange_of_a_file_has_its_own_delimiters() -> None:
    second = (ISA.replace("000000007", "000000008") + BODY).translate(str.maketrans("*>~", "|:\n"))
    found = interchanges((ISA + BODY + "\n" + second).encode())
    assert [each.header.at(13) for each in found] == ["000000007", "000000008"]
    assert [tags(each) for each in found] == [TAGS, TAGS]


def test_an_interchange_without_groups_is_read() -> None:
    assert tags(one(ISA + "TA1*000000001*260115*1200*A*000~IEA*0*000000007~")) == ["TA1"]


BROKEN = {
    "empty": (b" \n", "empty"),
    "something else": (b"Supplier,Invoice\n1,2\n", "where an ISA has to be"),
    "cut within the ISA": (ISA[:60].encode(), "ISA"),
    "cut behind the ISA": (ISA.encode(), "IEA is missing"),
    "cut within the group": ((ISA + BODY)[:-40].encode(), "IEA is missing"),
    "a second ISA where the first has no end": (
        (ISA + BODY.partition("GE*")[0] + ISA + BODY).encode(),
        "IEA is missing",
    ),
    "no separator": (b"ISA" * 60, "no element separator"),
    "a letter as terminator": ((ISA[:-1] + "X" + BODY).encode(), "as terminator"),
    "an element that is too long": (ISA.replace("260115", "20260115").encode(), "longer than it can be"),
    "no segments": ((ISA + "\x00\x01 this is no segment~IEA*0*000000007~").encode(), "is no segment"),
    "a segment without end": ((ISA + "GS*" + "x" * 30_000).encode(), "characters"),
    "something behind the end": ((ISA + BODY + "GS*FA~").encode(), "where an ISA has to be"),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_whole_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        interchanges(data)


@given(st.integers(0, len(ISA + BODY) - 1))
def test_no_beginning_of_a_file_is_taken_for_the_whole(end: int) -> None:
    """But for the last terminator, and the last characters of the IEA, which nothing tells."""
    text = (ISA + BODY)[:end]
    if "~IEA*" in text:
        assert tags(one(text)) == TAGS
    else:
        with pytest.raises(UnreadableError):
            interchanges(text.encode())


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for text in (data, ISA.encode() + data, (ISA + BODY).encode()[: 150 + len(data) % 80] + data):
        with suppress(UnreadableError):
            assert interchanges(text)
