"""Acknowledgments as the engine takes them: whose they are, and what they say in words."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_mlconnector.engine.answers import Answer, UnreadableFileError
from airflow_provider_mlconnector.pipeline.acknowledged import reader
from tests.support.edi_world import answer, profile

EDIFACT = {
    "partner": "beta",
    "standard": "edifact",
    "us": {"id": "US", "qualifier": "ZZZ"},
    "them": {"id": "BETA", "qualifier": "14"},
}


def only(data: bytes, *profiles: Any) -> Answer:
    (found,) = reader(profiles)(data).answers
    return found


def test_who_answers_whom_is_told_by_the_ids() -> None:
    found = only(
        answer("AK1*IN*5", "AK9*A*1*1*1"),
        profile(),
        profile(partner="other", them={"id": "X", "qualifier": "ZZ", "group_id": "XX"}),
    )
    assert (found.partners, found.kind, found.group_code, found.group) == (("acme",), "997", "IN", "5")
    assert found.shown == "997 000000001 from ACME about group IN 5"


@pytest.mark.parametrize(
    ("changes", "is_theirs"),
    [
        ({}, True),
        ({"them": {"id": "ACME", "qualifier": "01"}}, True),
        ({"them": {"id": "ACME", "qualifier": "01", "group_id": "ACME2"}}, False),
        ({"us": {"id": "US2", "qualifier": "ZZ", "group_id": "US"}}, True),
        ({"them": {"id": "NETWORK", "qualifier": "ZZ", "group_id": "ACME"}}, True),
        ({"us": {"id": "US2", "qualifier": "ZZ"}}, False),
    ],
)
def test_envelope_or_group_tell_whose_it_is(changes: dict[str, Any], is_theirs: bool) -> None:
    assert only(answer("AK1*IN*5", "AK9*A*1*1*1"), profile(**changes)).partners == (("acme",) if is_theirs else ())


def test_what_we_have_sent_is_no_answer_to_us() -> None:
    assert only(answer("AK1*IN*5", "AK9*A*1*1*1", them="US", us="ACME"), profile()).partners == ()


def test_a_contrl_is_read_for_edifact_partners_alone() -> None:
    said = "UCI+42+US+BETA:14+7'UCM+1+INVOIC:D:96A:UN+4+12'"
    data = f"UNB+UNOC:3+BETA:14+US+260115:1200+77'UNH+1+CONTRL:D:3:UN'{said}UNT+4+1'UNZ+1+77'"
    found = only(data.encode(), profile(), profile(**EDIFACT))
    assert (found.partners, found.kind, found.interchange, found.unlisted) == (("beta",), "contrl", "42", "accepted")
    assert [(one.set_code, one.control, one.outcome, one.reason) for one in found.sets] == [
        ("INVOIC", "1", "rejected", "invalid value")
    ]
    assert found.shown == "CONTRL 77 from BETA about interchange 42"


def test_many_reasons_are_told_shortly() -> None:
    errors = [f"AK3*IT1*{number}**8" for number in range(100)]
    found = only(answer("AK1*IN*5", "AK2*810*1", *errors, "AK5*R", "AK9*R*1*1*0"), profile())
    assert found.sets[0].reason.count("IT1") == 20
    assert found.sets[0].reason.endswith("; and 80 more")


def test_what_is_not_whole_is_unreadable_for_the_engine() -> None:
    with pytest.raises(UnreadableFileError, match="IEA is missing"):
        reader([profile()])(answer("AK1*IN*5", "AK9*A*1*1*1")[:-20])
