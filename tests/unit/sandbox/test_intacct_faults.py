"""Each way in which the Intacct sandbox misbehaves, seen by a client that reads raw HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct import AdminError, IntacctSandbox
from tests.support.intacct_calls import Calls, query

SHORT = 0.3


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=40) as running:
        yield running


@pytest.fixture
def calls(sandbox: IntacctSandbox) -> Iterator[Calls]:
    with Calls(sandbox) as made:
        made.sign_in()
        yield made


def _raw(calls: Calls, function: str = query("CLASS"), session: str = "") -> httpx.Response:
    return calls.post(calls.envelope([function], f"<sessionid>{session or calls.session}</sessionid>"))


def _good(calls: Calls) -> bool:
    return bool(calls.query("CLASS").rows)


def test_a_fault_strikes_where_and_as_often_as_it_is_told(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("http_status", after=1, count=2, where={"function": "query", "object": "CLASS"}, value=502)
    assert _raw(calls, query("LOCATION")).status_code == 200
    assert [_raw(calls).status_code for _ in range(4)] == [200, 502, 502, 200]
    sandbox.admin.fault("http_status", where={"offset": "2"})
    assert [_raw(calls, query("CLASS", size=2, offset=offset)).status_code for offset in (0, 2)] == [200, 500]
    assert sandbox.admin.faults()[-1]["hits"] == 1
    sandbox.admin.fault("http_status", count=None)
    assert [_raw(calls).status_code for _ in range(3)] == [500] * 3
    sandbox.admin.clear_faults("http_status")
    assert _good(calls)
    assert [entry["outcome"] for entry in sandbox.admin.requests(status=502)] == ["fault: http_status"] * 2


def test_unknown_faults_are_refused(sandbox: IntacctSandbox) -> None:
    with pytest.raises(AdminError, match="nonsense"):
        sandbox.admin.fault("nonsense")
    with pytest.raises(AdminError, match="where"):
        sandbox.admin.fault("slow", where={"colour": "red"})


@pytest.mark.parametrize("status", [502, 503, 520, 524])
def test_html_instead_of_xml(sandbox: IntacctSandbox, calls: Calls, status: int) -> None:
    sandbox.admin.fault("html_503", value=status)
    answer = _raw(calls)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "cf-error-details" in answer.text
    assert _good(calls)


def test_html_with_status_200(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("html")
    answer = _raw(calls)
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


def test_the_gateway_refuses_in_its_own_form(sandbox: IntacctSandbox, calls: Calls) -> None:
    for name, status, errorno in (
        ("gw_0010", 429, "GW-0010"),
        ("gw_0011", 400, "GW-0011"),
        ("gw_401", 401, "XMLGW_JPP0002"),
    ):
        sandbox.admin.fault(name)
        answer = _raw(calls)
        root: Any = etree.fromstring(answer.content)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == 'text/xml; encoding="UTF-8"'
        assert [each.tag for each in root.find("control")] == ["status"]
        assert [each.tag for each in root.find("errormessage/error")] == ["errorno", "description"]
        assert root.findtext("errormessage/error/errorno") == errorno


def test_too_many_requests_without_xml(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("gw_0010", body="empty", retry_after=7)
    answer = _raw(calls)
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (429, b"", "7")
    sandbox.admin.fault("gw_0010", body="html")
    assert "cf-error-details" in _raw(calls).text


def test_a_server_that_never_answers_or_answers_late(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("hang")
    text = calls.envelope([query("CLASS")], calls.login())
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(sandbox.endpoint, content=text, headers={"Content-Type": "text/xml"}, timeout=SHORT)
    sandbox.admin.fault("slow", value=SHORT)
    assert _raw(calls).elapsed.total_seconds() >= SHORT
    sandbox.admin.settings(work_seconds=SHORT)
    assert _raw(calls).elapsed.total_seconds() >= SHORT


def test_lines_that_break(sandbox: IntacctSandbox, calls: Calls) -> None:
    broken: list[tuple[str, dict[str, Any]]] = [
        ("drop", {}),
        ("drop", {"value": 50}),
        ("wrong_length", {"value": 30}),
        ("lost_answer", {}),
    ]
    for name, options in broken:
        sandbox.admin.fault(name, **options)
        with pytest.raises(httpx.RemoteProtocolError):
            _raw(calls)
    before = sandbox.admin.state()["sessions"]
    sandbox.admin.fault("lost_answer", where={"function": "getAPISession"})
    with pytest.raises(httpx.RemoteProtocolError):
        calls.ask("<getAPISession/>")
    assert sandbox.admin.state()["sessions"] == before + 1


def test_xml_that_is_not_whole(sandbox: IntacctSandbox, calls: Calls) -> None:
    for name in ("truncated", "no_root"):
        sandbox.admin.fault(name)
        answer = _raw(calls)
        assert answer.status_code == 200
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(answer.content)


def test_xml_that_reaches_for_a_file(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("doctype")
    text = _raw(calls).text
    assert '<!ENTITY company SYSTEM "file:///etc/hostname">' in text
    assert "<companyid>&company;mlcompany</companyid>" in text


def test_a_huge_answer(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("big_page", value=3_000_000)
    answer = _raw(calls)
    assert len(answer.content) == 3_000_000
    assert etree.fromstring(answer.content).findtext("operation/result/status") == "success"


def test_something_happens_before_an_answer(sandbox: IntacctSandbox, calls: Calls) -> None:
    before = calls.query("APBILL").counts[0]
    sandbox.admin.fault("event", kind="new_bills", params={"n": 3}, where={"object": "APBILL"})
    assert calls.query("APBILL").counts[0] == before + 3


def test_errors_of_all_three_levels(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("control_error", errorno="PL04000055", description2="This company ... has expired.")
    answer = calls.query("CLASS")
    assert answer.text("control/status") == "failure"
    assert answer.failures("errormessage")[0].errorno == "PL04000055"
    sandbox.admin.fault("operation_error", errorno="XL03000006", description2="locked")
    answer = calls.query("CLASS")
    assert answer.text("operation/authentication/status") == "failure"
    sandbox.admin.fault("error", errorno="WS", description="d", description2="d2", correction="c")
    answer = calls.query("CLASS")
    assert answer.text("operation/authentication/status") == "success"
    failure = answer.failures()[0]
    assert (failure.errorno, failure.description, failure.correction) == ("WS", "d", "c")
    assert failure.description2.startswith("d2 [Support ID: ")
    sandbox.admin.settings(support_ids=False)
    sandbox.admin.fault("error", where={"object": "AUDITHISTORY"})
    failure = calls.query("AUDITHISTORY", "ID", order="").failures()[0]
    assert (failure.errorno, failure.description2) == ("DL02000001", "There was an error processing the request.")
    assert _good(calls)


def test_a_session_that_ends_in_the_middle(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("invalid_session", where={"function": "query"})
    assert "Invalid session" in calls.query("CLASS").failures()[0].description2
    assert "Invalid session" in calls.query("CLASS").failures()[0].description2
    calls.sign_in()
    assert _good(calls)


def test_results_that_say_little_or_too_much(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("bare_failure")
    answer = calls.query("CLASS")
    assert answer.text("operation/result/status") == "failure"
    assert answer.root.find("operation/result/errormessage") is None
    sandbox.admin.fault("partial_data")
    answer = calls.query("CLASS")
    assert answer.text("operation/result/status") == "failure"
    assert answer.rows
    assert answer.failures()[0].errorno == "BL01001973"
    sandbox.admin.fault("lost_result", where={"object": "CLASS"})
    answer = calls.ask(query("LOCATION"), query("CLASS"))
    assert [each.findtext("controlid") for each in answer.root.findall("operation/result")] == ["f0"]
    sandbox.admin.fault("wrong_control_id")
    assert calls.query("CLASS").text("operation/result/controlid") == "f0-other"


def test_a_fault_hits_only_the_functions_that_are_meant(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("error", where={"object": "CLASS"})
    answer = calls.ask(query("LOCATION"), query("CLASS"))
    assert [each.findtext("status") for each in answer.root.findall("operation/result")] == ["success", "failure"]


@pytest.mark.parametrize(("act", "less"), [("touch", 0), ("delete", 2)])
def test_records_drift_between_pages(sandbox: IntacctSandbox, calls: Calls, act: str, less: int) -> None:
    def page(offset: int) -> tuple[int, list[str]]:
        answer = calls.query("APBILL", order="WHENMODIFIED RECORDNO", size=10, offset=offset)
        return answer.counts[0], [row["RECORDNO"] for row in answer.rows]

    total, first = page(0)
    _, second = page(10)
    sandbox.admin.fault("drift", where={"offset": "10"}, n=2, act=act)
    moved_total, moved = page(10)
    assert moved_total == total - less
    assert moved[:-2] == second[2:]
    left = {row["RECORDNO"] for row in sandbox.admin.rows("APBILL")}
    assert set(first) - left == (set(first[:2]) if act == "delete" else set())


def test_pages_that_are_wrong(sandbox: IntacctSandbox, calls: Calls) -> None:
    fields = "RECORDNO TRX_TOTALENTERED WHENMODIFIED"
    good = calls.query("APBILL", fields, size=5).rows
    wrong: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("null_cursor", {"row": 2}, {"WHENMODIFIED": ""}),
        ("bad_date", {"row": 2}, {"WHENMODIFIED": "13/32/2026 25:00:00"}),
        ("bad_number", {"row": 2}, {"TRX_TOTALENTERED": "twelve"}),
        ("long_number", {"row": 2, "column": "RECORDNO"}, {"RECORDNO": "1" * 30}),
    ]
    for name, options, spoiled in wrong:
        sandbox.admin.fault(name, **options)
        assert calls.query("APBILL", fields, size=5).rows == [*good[:2], good[2] | spoiled, *good[3:]], name
    sandbox.admin.fault("row_without_key")
    assert "RECORDNO" not in calls.query("APBILL", fields, size=5).rows[0]
    sandbox.admin.fault("field_missing", column="WHENMODIFIED")
    assert all("WHENMODIFIED" not in row for row in calls.query("APBILL", fields, size=5).rows)
    sandbox.admin.fault("new_field")
    assert {row["NEWFIELD"] for row in calls.query("APBILL", fields, size=5).rows} == {"new"}
    sandbox.admin.fault("repeat_row", row=1)
    assert calls.query("APBILL", fields, size=5).rows == [*good[:2], *good[1:]]
    sandbox.admin.fault("lose_row", row=1)
    answer = calls.query("APBILL", fields, size=5)
    assert answer.rows == [good[0], *good[2:]]
    assert answer.counts[1] == 5
    sandbox.admin.fault("wrong_counts")
    assert calls.query("APBILL", fields, size=5).counts[2] == 0
    sandbox.admin.fault("lower_case")
    assert list(calls.query("APBILL", fields, size=5).rows[0]) == [field.lower() for field in fields.split()]
    sandbox.admin.fault("iso_dates")
    assert calls.query("APBILL", fields, size=5).rows[0]["WHENMODIFIED"] == "2024-03-31T12:00:00Z"
    assert calls.query("APBILL", fields, size=5).rows == good
