"""readByQuery, readMore, read and readByName of the Intacct sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

import pytest

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from tests.support.intacct_calls import Answer, Calls


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=60) as running:
        yield running


@pytest.fixture
def calls(sandbox: IntacctSandbox) -> Iterator[Calls]:
    with Calls(sandbox) as made:
        made.sign_in()
        yield made


def _read(calls: Calls, object: str, where: str = "", fields: str = "RECORDNO", size: int = 1000) -> Answer:  # noqa: A002
    return calls.ask(
        f"<readByQuery><object>{object}</object><fields>{fields}</fields><query>{escape(where)}</query>"
        f"<pagesize>{size}</pagesize></readByQuery>"
    )


def _more(calls: Calls, result_id: str) -> Answer:
    return calls.ask(f"<readMore><resultId>{result_id}</resultId></readMore>")


def _ids(calls: Calls, where: str) -> set[str]:
    return {row["VENDORID"] for row in _read(calls, "VENDOR", where, "VENDORID").rows}


def test_pages_follow_their_result_id(calls: Calls) -> None:
    answer = _read(calls, "APBILL", size=25)
    total = answer.counts[0]
    found = [row["RECORDNO"] for row in answer.rows]
    assert answer.data.get("listtype") == "APBILL"
    while answer.counts[2]:
        assert answer.data.get("resultId")
        answer = _more(calls, answer.data.get("resultId"))
        assert answer.counts[0] == total
        found += [row["RECORDNO"] for row in answer.rows]
    assert answer.data.get("resultId") == ""
    assert len(found) == len(set(found)) == total
    last = calls.sandbox.admin.requests(function="readMore")[-1]
    assert (last["object"], last["offset"], last["page_size"]) == ("APBILL", 50, 25)


def test_a_result_lives_in_its_session_and_is_read_once(calls: Calls) -> None:
    result_id = _read(calls, "APBILL", size=25).data.get("resultId")
    first = calls.session
    calls.session, calls.endpoint = "", calls.sandbox.endpoint
    calls.sign_in()
    assert calls.session != first
    assert "not found" in _more(calls, result_id).failures()[0].description2
    calls.session = first
    assert _more(calls, result_id).rows
    assert "not found" in _more(calls, result_id).failures()[0].description2


def test_conditions_in_text(calls: Calls) -> None:
    rows = calls.sandbox.admin.rows("VENDOR")
    seen = {row["VENDORID"] for row in rows if row["MEGAENTITYID"] != "300"}
    inactive = {row["VENDORID"] for row in rows if row["STATUS"] == "inactive"} & seen
    assert _ids(calls, "STATUS = 'inactive'") == inactive != set()
    assert _ids(calls, "STATUS != 'inactive'") == seen - inactive
    assert _ids(calls, "VENDORID >= 'V00003' AND VENDORID < 'V00006'") == {"V00003", "V00004", "V00005"}
    assert _ids(calls, "VENDORID = 'V00001' OR ( VENDORID = 'V00002' AND STATUS = 'active' )") == {"V00001", "V00002"}
    assert _ids(calls, "NAME like 'Northern%'") == {"V00001", "V00014"}
    assert "V00001" not in _ids(calls, "NAME not like 'Northern%'")
    assert _ids(calls, "VENDORID in ('V00001','V00002')") == {"V00001", "V00002"}
    assert _ids(calls, "VENDORID NOT IN ('V00001')") == seen - {"V00001"}
    comments = {row["VENDORID"] for row in rows if row["COMMENTS"]} & seen
    assert _ids(calls, "COMMENTS IS NOT NULL") == comments
    assert _ids(calls, "COMMENTS is null") == seen - comments
    assert _ids(calls, r"NAME like 'O\'Brien\'s%'") == {"V00003"}


@pytest.mark.parametrize(
    "where",
    [
        "VENDORID='V00001'",
        "VENDORID = 'V00001",
        "VENDORID = ",
        "NOSUCH = 'x'",
        "VENDORID in 'V00001'",
        "( VENDORID = 'x'",
        "VENDORID = 'x' VENDORID",
        "RECORDNO = 'x'",
    ],
)
def test_text_that_is_no_condition(calls: Calls, where: str) -> None:
    assert _read(calls, "VENDOR", where).failures()[0].errorno == "Query Failed"


def test_fields_that_are_not_there(calls: Calls) -> None:
    failure = _read(calls, "VENDOR", fields="RECORDNO,x,y").failures()[0]
    assert failure.errorno == "Invalid fields list X,Y"
    assert failure.description == failure.correction == ""


def test_states_are_codes_here(calls: Calls) -> None:
    coded = {row["RECORDNO"]: row["STATE"] for row in _read(calls, "APBILL", fields="RECORDNO,STATE").rows}
    words = {row["RECORDNO"]: row["STATE"] for row in calls.query("APBILL", "RECORDNO STATE", size=2000).rows}
    assert coded.keys() == words.keys()
    pairs = {(words[key], coded[key]) for key in coded}
    assert pairs >= {("Posted", "A"), ("Paid", "P")}
    posted = {row["RECORDNO"] for row in _read(calls, "APBILL", "STATE = 'A'").rows}
    assert posted == {key for key, word in words.items() if word == "Posted"}
    calls.sandbox.admin.event("delete_bill")
    assert _read(calls, "AUDITHISTORY", "ACCESSMODE = 'Delete'", "OBJECTKEY").counts[0] == 1


def test_names_may_come_in_lower_case(calls: Calls) -> None:
    calls.sandbox.admin.settings(lower_case="objects")
    answer = _read(calls, "APBILL", size=2)
    assert answer.data.get("listtype") == "apbill"
    assert {row.tag for row in answer.data} == {"apbill"}
    assert list(answer.rows[0]) == ["RECORDNO"]
    calls.sandbox.admin.settings(lower_case="all")
    assert list(_read(calls, "APBILL", size=2).rows[0]) == ["recordno"]
    assert calls.query("APBILL").data.get("listtype") == "APBILL"
    calls.sandbox.admin.settings(lower_case_in={"query"})
    assert list(calls.query("APBILL").rows[0]) == ["recordno"]


def test_a_header_is_read_with_its_lines(calls: Calls) -> None:
    answer = calls.ask("<read><object>APBILL</object><keys>1001,1002,99</keys><fields>*</fields></read>")
    assert answer.data.get("count") == "2"
    second = answer.data.findall("APBILL")[1]
    lines = second.findall("APBILLITEMS/apbillitem")
    expected = calls.sandbox.admin.rows("APBILLITEM", RECORDKEY="1002")
    assert [line.findtext("RECORDNO") for line in lines] == [row["RECORDNO"] for row in expected]
    few = calls.ask("<read><object>APBILL</object><keys>1001</keys><fields>RECORDNO,STATE</fields></read>")
    assert list(few.rows[0]) == ["RECORDNO", "STATE"]
    many = ",".join(str(key) for key in range(1001, 1102))
    assert calls.ask(f"<read><object>APBILL</object><keys>{many}</keys></read>").failures()


def test_a_record_is_read_by_its_name(calls: Calls) -> None:
    answer = calls.ask(
        "<readByName><object>VENDOR</object><keys>CASH*1~</keys><fields>VENDORID,NAME</fields></readByName>"
    )
    assert [row["VENDORID"] for row in answer.rows] == ["CASH*1~"]


def test_timestamps_may_be_in_iso_form(calls: Calls) -> None:
    calls.sandbox.admin.settings(iso_dates_in={"read"})
    read = "<read><object>APBILL</object><keys>1001</keys><fields>WHENCREATED,WHENMODIFIED</fields></read>"
    assert calls.ask(read).rows == [{"WHENCREATED": "2024-03-31", "WHENMODIFIED": "2024-03-31T12:00:00Z"}]
    assert calls.query("APBILL", "WHENMODIFIED", size=1).rows == [{"WHENMODIFIED": "03/31/2024 12:00:00"}]


def test_an_unknown_function(calls: Calls) -> None:
    assert "not a function" in calls.ask("<create/>").failures()[0].description2
