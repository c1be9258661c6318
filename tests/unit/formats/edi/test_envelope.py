"""What stands around the sets: ids, delimiters, versions, control numbers, counts."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers
from airflow_provider_mlconnector.formats.edifact import read as read_edifact
from airflow_provider_mlconnector.formats.x12 import read as read_x12
from tests.unit.formats.edi.samples import SAMPLES, invoic, invoice, order
from tests.unit.formats.edi.writing import EDIFACT, FIRST, NAMING, X12, Written, write

ENDS = {"": "", "lf": "\n", "crlf": "\r\n"}


def x12(numbers: ControlNumbers = FIRST, documents: int = 1, **profile: Any) -> Written:
    rows = [row for place in range(documents) for row in invoice(f"I{place}")]
    return write(SAMPLES["810"].layout, {**X12, **profile}, rows, controls=numbers)


def edifact(numbers: ControlNumbers = FIRST, documents: int = 1, **profile: Any) -> Written:
    rows = [row for place in range(documents) for row in invoic(f"I{place}")]
    return write(SAMPLES["INVOIC"].layout, {**EDIFACT, **profile}, rows, controls=numbers)


@pytest.mark.parametrize("suffix", ENDS)
@pytest.mark.parametrize("ids", [("AB", "CD"), ("A" * 15, "B" * 15), ("A B", "C-D.E")])
def test_an_isa_has_106_bytes(suffix: str, ids: tuple[str, str]) -> None:
    us, them = ids
    done = x12(us={"id": us, "qualifier": "ZZ"}, them={"id": them, "qualifier": "14"}, delimiters={"suffix": suffix})
    isa, rest = done.content[:106].decode("ascii"), done.content[106:].decode("ascii")
    assert isa.endswith(">~")
    assert rest.startswith(f"{ENDS[suffix]}GS*IN*{us}*{them}*")
    assert [isa[at] for at in (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)] == ["*"] * 16
    assert (isa[35:50], isa[54:69]) == (us.ljust(15), them.ljust(15))
    assert done.text.count("~" + ENDS[suffix]) == done.text.count("~")


@pytest.mark.parametrize("signs", ["|^~", "*:~", "\x1d\x1f\x1c", "*>\n", "+\\'"])
def test_x12_takes_the_partners_delimiters(signs: str) -> None:
    element, component, segment = tuple(signs)
    done = x12(delimiters={"element": element, "component": component, "segment": segment})
    usual = x12()
    assert done.text == usual.text.translate(str.maketrans("*>~", signs))
    [interchange] = read_x12.interchanges(done.content)
    assert interchange.component == component
    assert interchange.segments[1].elements[:2] == ("ST", "810")


@pytest.mark.parametrize("suffix", ENDS)
@pytest.mark.parametrize("signs", [":+?'", "^|!~", "\x1f\x1d\\\x1c"])
def test_edifact_takes_the_partners_delimiters(signs: str, suffix: str) -> None:
    component, element, release, segment = tuple(signs)
    given = {"component": component, "element": element, "release": release, "segment": segment, "suffix": suffix}
    done = edifact(delimiters={**given, "decimal": ","})
    end = segment + ENDS[suffix]
    assert done.text.startswith(f"UNA{component}{element},{release} {end}UNB{element}UNOA{component}3{element}")
    assert done.text.count(end) == done.text.count(segment)
    usual = edifact().text.replace(".", ",").translate(str.maketrans(":+?'", signs)).replace(segment, end)
    assert done.text == usual
    [interchange] = read_edifact.interchanges(done.content)
    assert [segment.at(1, 2) for segment in interchange.segments if segment.tag == "PRI"] == ["13,35"]


def test_usage_release_and_wanted_acknowledgment_of_x12() -> None:
    test, production = x12(), x12(usage="production", request_acknowledgment=True, release="004010VICS")
    assert [test.text[at] for at in (100, 102)] == ["0", "T"]
    assert [production.text[at] for at in (100, 102)] == ["1", "P"]
    assert "*X*004010~" in test.text
    assert "*X*004010VICS~" in production.text


def test_usage_release_and_wanted_acknowledgment_of_edifact() -> None:
    segments = [
        edifact(usage=usage, request_acknowledgment=wanted, release="EAN008").text.split("'")[1:3]
        for usage, wanted in (("test", False), ("test", True), ("production", True), ("production", False))
    ]
    common = "UNB+UNOA:3+US:ZZZ+THEM:14+260331:1405+000000001"
    assert [unb for unb, _ in segments] == [
        *[common + "++++++1", common + "++++1++1", common + "++++1", common],
    ]
    assert {unh for _, unh in segments} == {"UNH+000000001+INVOIC:D:96A:UN:EAN008"}


def test_a_party_may_have_no_qualifier_in_edifact() -> None:
    done = edifact(us={"id": "US"}, characters="unoc", usage="production")
    assert done.text.split("'")[1] == "UNB+UNOC:3+US+THEM:14+260331:1405+000000001"


def test_a_group_has_ids_of_its_own() -> None:
    us = {"id": "SENDERID", "qualifier": "ZZ", "group_id": "ERP1"}
    assert x12(us=us).text.split("~")[1].startswith("GS*IN*ERP1*RECEIVERID*")


def test_date_and_time_are_the_files() -> None:
    naming = dataclasses.replace(NAMING, date=datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC))
    isa, group = write(SAMPLES["810"].layout, X12, invoice(), naming).text.split("~")[:2]
    assert isa[70:81] == "291231*2359"
    assert group.split("*")[4:6] == ["20291231", "2359"]
    assert "+291231:2359+" in write(SAMPLES["INVOIC"].layout, EDIFACT, invoic(), naming).text


def test_control_numbers_and_counts_of_x12() -> None:
    done = x12(ControlNumbers(41, 7, 998), documents=3)
    assert done.text[90:99] == "000000041"
    segments = done.text.split("~")
    assert segments[1].split("*")[6] == "7"
    assert segments[-3:] == ["GE*3*7", "IEA*1*000000041", ""]
    sets = re.findall(r"ST\*810\*(\d+)~.*?SE\*(\d+)\*(\d+)~", done.text)
    assert sets == [(number, "22", number) for number in ("000000998", "000000999", "000001000")]
    assert [note["control"] for note in done.notes] == ["000000998", "000000999", "000001000"]


def test_control_numbers_and_counts_of_edifact() -> None:
    controls = {"interchange": {"digits": 0}, "set": {"first": 1, "last": 99999, "digits": 5}}
    done = edifact(ControlNumbers(41, 0, 998), documents=2, controls=controls)
    assert done.text.endswith("'UNZ+2+41'")
    assert "+260331:1405+41+" in done.text
    assert re.findall(r"UNH\+(\d+)\+.*?UNT\+(\d+)\+(\d+)'", done.text) == [
        ("00998", "30", "00998"),
        ("00999", "30", "00999"),
    ]


def test_control_numbers_start_again_behind_the_last() -> None:
    controls = {
        "interchange": {"first": 100, "last": 999, "digits": 9},
        "group": {"first": 5, "last": 6},
        "set": {"first": 1, "last": 9999, "digits": 4},
    }
    done = x12(ControlNumbers(901, 2, 9999), documents=2, controls=controls)
    assert done.text[90:99] == "000000100"
    assert done.text.split("~")[1].split("*")[6] == "6"
    assert re.findall(r"ST\*810\*(\d+)~", done.text) == ["9999", "0001"]
    assert [note["control"] for note in done.notes] == ["9999", "0001"]
    assert x12(ControlNumbers(10**9, 1, 10**9)).text[90:99] == "000000001"


def test_an_interchange_uses_no_set_number_twice() -> None:
    """ST02 is unique within its group (sheet edi.md, 2.1), however small the partner's range is."""
    rows = [row for place in range(3) for row in order(f"PO{place}")]
    controls = {"set": {"first": 1, "last": 2, "digits": 4}}
    with pytest.raises(ConfigurationError, match=r"control numbers"):
        write(SAMPLES["850"].layout, {**X12, "controls": controls}, rows)


@pytest.mark.parametrize(
    ("standard", "change"),
    [
        ("x12", {"delimiters": {"element": "A"}}),
        ("x12", {"delimiters": {"element": " "}}),
        ("x12", {"delimiters": {"element": "é"}}),
        ("x12", {"delimiters": {"element": ">"}}),
        ("x12", {"delimiters": {"release": "?"}}),
        ("x12", {"delimiters": {"element": "."}}),
        ("x12", {"delimiters": {"component": "-"}}),
        ("x12", {"delimiters": {"segment": "\n", "suffix": "lf"}}),
        ("edifact", {"delimiters": {"element": "-"}}),
        ("edifact", {"delimiters": {"element": ",", "decimal": ","}}),
        ("x12", {"characters": "unoc"}),
        ("edifact", {"characters": "basic"}),
        ("x12", {"acknowledgments": {"kinds": ["contrl"]}}),
        ("edifact", {"acknowledgments": {"kinds": ["997"]}}),
        ("x12", {"us": {"id": "A" * 16, "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "A", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SENDER", "qualifier": "Z"}}),
        ("x12", {"us": {"id": " SENDER", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SEND*ER", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SEND~ER", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SENDÉR", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SEND\nER", "qualifier": "ZZ"}}),
        ("x12", {"us": {"id": "SENDER", "qualifier": "*Z"}}),
        ("x12", {"us": {"id": "SENDER", "qualifier": "ZZ", "group_id": "A*B"}}),
        ("x12", {"release": "0040*10"}),
        ("edifact", {"us": {"id": "ÜS", "qualifier": "ZZZ"}}),
        ("edifact", {"us": {"id": "US\r\n", "qualifier": "ZZZ"}}),
        ("edifact", {"us": {"id": "A" * 36}}),
        ("edifact", {"release": "EAN+8"}),
        ("x12", {"partner": "acme/../other"}),
        ("x12", {"controls": {"interchange": {"digits": 8, "last": 99999999}}}),
        ("x12", {"controls": {"set": {"first": 1, "last": 999, "digits": 3}}}),
        ("x12", {"controls": {"set": {"first": 1000, "last": 10**10}}}),
        ("x12", {"controls": {"set": {"digits": 10}}}),
        ("x12", {"controls": {"group": {"last": 10**10}}}),
        ("edifact", {"controls": {"set": {"last": 10**15}}}),
        ("x12", {"controls": {"group": {"first": 9, "last": 8}}}),
        ("x12", {"controls": {"set": {"last": 99999, "digits": 4}}}),
    ],
    ids=json.dumps,
)
def test_a_profile_that_would_break_a_file_is_refused(standard: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PartnerProfile.model_validate({**(X12 if standard == "x12" else EDIFACT), **change})


def test_an_id_with_a_delimiter_reads_back() -> None:
    done = edifact(us={"id": "US+A?B'C:D", "qualifier": "ZZZ"})
    [interchange] = read_edifact.interchanges(done.content)
    assert interchange.header.all_of(2) == ("US+A?B'C:D", "ZZZ")
