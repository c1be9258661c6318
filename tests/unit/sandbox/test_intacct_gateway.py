"""The gateway's envelope over real HTTP: signing in, sessions, and the three levels of failure."""

from __future__ import annotations

import contextlib
import gzip
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from tests.support.intacct_calls import Calls, Failure, query

SUPPORT = re.compile(r" \[Support ID: \S+%7E\S+\]$")


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=40, console="mlconsole") as running:
        yield running


@pytest.fixture
def calls(sandbox: IntacctSandbox) -> Iterator[Calls]:
    with Calls(sandbox) as made:
        yield made


def _bare(failure: Failure) -> tuple[str, str]:
    assert SUPPORT.search(failure.description2)
    return failure.errorno, SUPPORT.sub("", failure.description2)


def test_a_session_and_a_query_in_it(calls: Calls) -> None:
    answer = calls.sign_in()
    assert answer.http.status_code == 200
    assert answer.http.headers["Content-Type"] == 'text/xml; encoding="UTF-8"'
    assert [each.tag for each in answer.root.find("control")] == [
        "status",
        "senderid",
        "controlid",
        "uniqueid",
        "dtdversion",
    ]
    authentication = answer.root.find("operation/authentication")
    assert {each.tag: each.text for each in authentication} == {
        "status": "success",
        "userid": "xml_gateway",
        "companyid": "mlcompany",
        "locationid": None,
        "sessiontimestamp": "2026-03-31T12:00:00+00:00",
        "sessiontimeout": "2026-03-31T14:10:00+00:00",
    }
    assert answer.text("operation/result/function") == "getAPISession"
    assert calls.endpoint == calls.sandbox.endpoint
    page = calls.query("GLACCOUNT", "ACCOUNTNO TITLE", size=2)
    assert page.data.attrib == {
        "listtype": "GLACCOUNT",
        "totalcount": "14",
        "offset": "0",
        "count": "2",
        "numremaining": "12",
    }
    assert page.rows[0] == {"ACCOUNTNO": "1100", "TITLE": "Bank current account"}


def test_a_request_may_hold_several_functions_and_some_may_fail(calls: Calls) -> None:
    answer = calls.ask(query("CLASS"), query("NOSUCH"), query("DEPARTMENT"))
    results = answer.root.findall("operation/result")
    assert [(each.findtext("status"), each.findtext("controlid")) for each in results] == [
        ("success", "f0"),
        ("failure", "f1"),
        ("success", "f2"),
    ]
    assert results[1].find("data") is None
    assert _bare(answer.failures("operation/result/errormessage")[0]) == (
        "Query Failed",
        "Object definition NOSUCH not found",
    )


def test_a_transaction_stands_or_falls_as_a_whole(calls: Calls) -> None:
    answer = calls.ask(query("CLASS"), query("NOSUCH"), transaction=True)
    assert [each.findtext("status") for each in answer.root.findall("operation/result")] == ["aborted", "failure"]
    assert answer.failures()[0].errorno == "XL03000009"
    assert "rolled back" in answer.failures()[0].description2
    assert answer.data is None


def test_a_wrong_sender_fails_at_the_control_level(calls: Calls) -> None:
    answer = calls.ask(query("CLASS"), sender_password="wrong")
    assert answer.http.status_code == 200
    assert answer.text("control/status") == "failure"
    assert answer.text("control/controlid") == "c-1"
    assert answer.root.find("operation") is None
    assert _bare(answer.failures("errormessage")[0]) == (
        "XL03000006",
        "Incorrect Intacct XML Partner ID or password.",
    )


def test_xml_that_is_broken_is_told_line_by_line(calls: Calls) -> None:
    text = calls.envelope(["<query><object>CLASS</objekt></query>"], calls.login())
    answer = httpx.post(calls.endpoint, content=text, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 200
    assert "<errorno>XL03000003</errorno>" in answer.text
    assert re.search(
        r"Fatal Error 76: Opening and ending tag mismatch: object line 1 and objekt\. Line: 1, col", answer.text
    )
    assert "<controlid>c-1</controlid>" in answer.text
    for text in ("not XML at all", "<other/>", "<request><control/></request>"):
        assert "XL03000003" in calls.post(text).text


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"company": "other"}, {"company": "mlconsole"}, {"company": "x|mlcompany"}]
)
def test_a_wrong_user_or_company_fails_at_the_operation_level(calls: Calls, wrong: dict[str, str]) -> None:
    answer = calls.ask("<getAPISession/>", authentication=calls.login(**wrong))
    assert answer.http.status_code == 200
    assert answer.text("control/status") == "success"
    assert answer.text("operation/authentication/status") == "failure"
    assert answer.text("operation/authentication/userid") == "xml_gateway"
    assert answer.root.find("operation/result") is None
    assert _bare(answer.failures("operation/errormessage")[0]) == ("XL03000006", "Sign-in information is incorrect")


def test_a_console_user_slides_into_its_client(calls: Calls) -> None:
    calls.sign_in(company="mlconsole|mlcompany")
    assert calls.query("CLASS").text("operation/authentication/companyid") == "mlconsole|mlcompany"
    calls.sign_in(company="mlconsole|mlcompany|300")
    assert calls.query("CLASS").text("operation/authentication/locationid") == "300"


def test_a_sender_that_the_company_has_not_authorised(calls: Calls) -> None:
    calls.sandbox.admin.settings(sender_authorized=False)
    failure = calls.ask("<getAPISession/>").failures("operation/errormessage")[0]
    assert failure.errorno == "XL03000006"
    assert failure.description == "Invalid Web Services Authorization"
    assert "'mlconnector' is not authorized" in failure.description2
    assert failure.correction.startswith("Contact the company administrator")


def test_a_session_slides_and_ends(calls: Calls) -> None:
    admin = calls.sandbox.admin
    calls.sign_in()
    for _ in range(3):
        admin.advance(129 * 60)
        answer = calls.query("CLASS")
        assert answer.data is not None
    assert answer.text("operation/authentication/sessiontimestamp") == "2026-03-31T18:27:00+00:00"
    assert answer.text("operation/authentication/sessiontimeout") == "2026-03-31T20:37:00+00:00"
    admin.advance(130 * 60)
    answer = calls.query("CLASS")
    assert answer.http.status_code == 200
    assert answer.text("operation/authentication/status") == "failure"
    assert not answer.text("operation/authentication/userid")
    assert not answer.text("operation/authentication/companyid")
    assert _bare(answer.failures()[0]) == ("XL03000006", f"Invalid session {calls.session}")


def test_a_session_that_is_revoked(calls: Calls) -> None:
    calls.sign_in()
    assert calls.sandbox.admin.state()["sessions"] == 1
    assert calls.sandbox.admin.revoke_sessions() == 1
    assert "Invalid session" in calls.query("CLASS").failures()[0].description2
    calls.sign_in()
    assert calls.query("CLASS").rows


def test_the_timeout_may_be_missing_and_times_in_another_zone(calls: Calls) -> None:
    calls.sandbox.admin.settings(shows_timeout=False, timestamp_zone="America/Los_Angeles")
    answer = calls.sign_in()
    assert answer.text("operation/authentication/sessiontimestamp") == "2026-03-31T05:00:00-07:00"
    assert answer.root.find("operation/authentication/sessiontimeout") is None


def test_a_session_belongs_to_the_endpoint_that_was_told(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.settings(session_endpoint="port")
    calls.sign_in()
    assert calls.endpoint == sandbox.second_endpoint != sandbox.endpoint
    assert calls.query("CLASS").rows
    calls.endpoint = sandbox.endpoint
    assert "Invalid session" in calls.query("CLASS").failures()[0].description2
    sandbox.admin.settings(session_endpoint="/ia/xml/na12/xmlgw.phtml")
    calls.session = ""
    calls.sign_in()
    assert calls.endpoint == sandbox.endpoint.replace("/ia/xml/xmlgw", "/ia/xml/na12/xmlgw")
    assert calls.query("CLASS").rows
    assert [entry["door"] for entry in sandbox.admin.requests()] == ["main", "port", "main", "main", "main"]
    sandbox.admin.settings(session_endpoint="https://evil.example/xmlgw.phtml")
    calls.endpoint = sandbox.endpoint
    assert calls.sign_in().text("operation/result/data/api/endpoint") == "https://evil.example/xmlgw.phtml"


def test_a_session_is_bound_to_an_entity(calls: Calls) -> None:
    assert calls.sign_in("200").text("operation/result/data/api/locationid") == "200"
    assert calls.query("CLASS").text("operation/authentication/locationid") == "200"
    assert calls.sign_in(entity="300").text("operation/result/data/api/locationid") == "300"
    calls.sign_in("300")
    away = calls.ask("<getAPISession><locationid/></getAPISession>")
    assert away.text("operation/authentication/locationid") == "300"
    assert away.text("operation/result/data/api/locationid") == ""
    failure = calls.ask("<getAPISession><locationid>999</locationid></getAPISession>").failures()[0]
    assert failure.errorno == "Get API Session Failed"
    login = calls.login(entity="999")
    assert calls.ask("<getAPISession/>", authentication=login).text("operation/authentication/status") == "failure"


def test_function_control_ids_are_unique_unless_told_otherwise(calls: Calls) -> None:
    calls.sign_in()
    assert calls.ask(query("CLASS")).rows
    assert calls.ask(query("CLASS")).rows
    assert "controlid" in calls.ask(query("CLASS"), unique=True).failures()[0].errorno


def test_what_is_no_request_never_reaches_the_gateway(sandbox: IntacctSandbox) -> None:
    assert httpx.get(sandbox.endpoint).status_code == 405
    assert httpx.post(f"{sandbox.endpoint}.bak", content=b"<request/>").status_code == 404
    answer = httpx.post(sandbox.endpoint, content=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert answer.text.endswith(
        "<response><control><status>failure</status></control><errormessage><error><errorno>GW-0011</errorno>"
        "<description>Invalid Request [Request ID: AC47C2BE:D9EE_63EBC07F.59]</description></error></errormessage>"
        "</response>"
    )


def test_more_requests_at_once_than_allowed(sandbox: IntacctSandbox, calls: Calls) -> None:
    sandbox.admin.fault("hang", count=2)
    text = calls.envelope([query("CLASS")], calls.login())
    head = f"POST {sandbox.settings.path} HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: {len(text)}\r\n\r\n"
    address = urlsplit(sandbox.endpoint)
    with contextlib.ExitStack() as hanging:
        for _ in range(2):
            line = hanging.enter_context(socket.create_connection((address.hostname, address.port)))
            line.sendall((head + text).encode())
        while sandbox.admin.faults()[0]["hits"] < 2:
            continue
        refused = calls.post(text)
        assert refused.status_code == 429
        assert "<errorno>GW-0010</errorno>" in refused.text
        assert "Retry-After" not in refused.headers
        sandbox.admin.settings(concurrency=3)
        assert calls.post(text).status_code == 200
        assert [entry["at_once"] for entry in sandbox.admin.requests()] == [1, 2, 3, 3]
        sandbox.admin.settings(concurrency=1)
    # Those who have gone stop to count, as soon as the server sees it; open connections that ask nothing never did.
    while calls.post(text).status_code == 429:
        continue


def test_answers_are_compressed_for_those_who_take_it(sandbox: IntacctSandbox, calls: Calls) -> None:
    text = calls.envelope([query("GLACCOUNT", "ACCOUNTNO TITLE STATUS")], calls.login())
    headers = {"Content-Type": "text/xml"}
    with httpx.Client() as client, client.stream("POST", sandbox.endpoint, content=text, headers=headers) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
    plain = httpx.post(sandbox.endpoint, content=text, headers=headers | {"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content


def test_the_log_says_what_was_asked_and_holds_no_secret(sandbox: IntacctSandbox, calls: Calls) -> None:
    calls.sign_in()
    calls.query("APBILL", "RECORDNO", size=7, offset=14)
    calls.ask(query("NOSUCH"), query("CLASS"))
    first, second, third = log = sandbox.admin.requests()
    assert (first["function"], first["user"], first["session"], first["transactions"]) == (
        "getAPISession",
        "xml_gateway",
        "",
        0,
    )
    names = ("function", "object", "offset", "page_size", "rows", "total", "transactions", "outcome")
    assert [second[name] for name in names] == ["query", "APBILL", 14, 7, 7, second["total"], 1, "ok"]
    assert second["session"] == third["session"] != ""
    assert [(each["object"], each["status"], each["rows"]) for each in third["functions"]] == [
        ("NOSUCH", "failure", 0),
        ("CLASS", "success", 4),
    ]
    assert (third["outcome"], third["errornos"], third["transactions"]) == ("error", ["Query Failed"], 2)
    assert len(sandbox.admin.requests(function="query", object="APBILL")) == 1
    assert len(sandbox.admin.requests(since=first["number"])) == 2
    for secret in (sandbox.password, sandbox.sender_password, calls.session):
        assert secret not in str(log)
    sandbox.admin.clear_requests()
    assert sandbox.admin.requests() == []
