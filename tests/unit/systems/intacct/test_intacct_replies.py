from __future__ import annotations

from datetime import datetime

import pytest
from lxml import etree

from airflow_provider_mlconnector.errors import CredentialsError, MlconnectorError, RejectedError, TransientError
from airflow_provider_mlconnector.systems.intacct import envelope, replies, xml
from airflow_provider_mlconnector.systems.intacct.replies import (
    Asked,
    Fault,
    Level,
    RateLimitedError,
    UnexplainedError,
    failure,
)
from airflow_provider_mlconnector.systems.intacct.session import SessionLostError
from tests.unit.systems.intacct.conftest import SENDER_PASSWORD, USER_PASSWORD, Configure

GOOD = """<response>
  <control><status>success</status><senderid>S</senderid><controlid>c1</controlid></control>
  <operation>
    <authentication><status>success</status><userid>U</userid><companyid>C</companyid>
      <sessiontimestamp>2026-03-31T08:00:00-07:00</sessiontimestamp>
      <sessiontimeout>2026-03-31T10:10:00-07:00</sessiontimeout></authentication>
    <result><status>success</status><function>query</function><controlid>c1</controlid>
      <data listtype="APBILL" count="0"/></result>
  </operation>
</response>"""


def read(text: str, **asked: object) -> replies.Reply:
    given = {"what": "asking", "control_id": "c1", **asked}
    return replies.read(xml.parse(text.encode()), Asked(**given))  # type: ignore[arg-type]


def fault(number: str = "", description2: str = "", description: str = "") -> Fault:
    return Fault(number, description, description2, "")


def test_a_reply_says_what_time_it_is_and_how_long_the_session_holds() -> None:
    reply = read(GOOD)
    assert reply.at == datetime.fromisoformat("2026-03-31T15:00:00+00:00")
    assert reply.holds == 7800
    assert reply.data is not None


def test_the_case_of_elements_does_not_matter() -> None:
    upper = GOOD.replace("response>", "RESPONSE>").replace("result>", "Result>").replace("controlid>", "ControlID>")
    assert read(upper).holds == 7800


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-03-31T08:00:00"])
def test_a_time_that_is_absent_or_naive_is_not_guessed(stamp: str) -> None:
    reply = read(GOOD.replace("2026-03-31T08:00:00-07:00", stamp))
    assert (reply.at, reply.holds) == (None, None)


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace("<controlid>c1</controlid>\n      <data", "<controlid>c2</controlid><data"),
        GOOD.replace("<controlid>c1</controlid>\n      <data", "<data"),
        GOOD[: GOOD.index("<result>")] + "</operation></response>",
        GOOD.replace("</operation>", GOOD[GOOD.index("<result>") : GOOD.index("</operation>")] + "</operation>"),
        GOOD[: GOOD.index("<operation>")] + "</response>",
        GOOD.replace("<control><status>success</status>", "<control>"),
        GOOD.replace("<result><status>success</status>", "<result>"),
        "<response/>",
    ],
)
def test_a_reply_that_is_not_whole_is_asked_for_again(broken: str) -> None:
    with pytest.raises(TransientError):
        read(broken)


def test_a_failure_on_each_level_says_which() -> None:
    error = "<errormessage><error><errorno>X1</errorno><description2>because</description2></error></errormessage>"
    control = f"<response><control><status>failure</status></control>{error}</response>"
    at_sign_in = "<authentication><status>failure</status></authentication>"
    head = "<response><control><status>success</status></control><operation>"
    operation = f"{head}{at_sign_in}{error}</operation></response>"
    behind = f"{head}<authentication><status>success</status></authentication>{error}</operation></response>"
    function = GOOD.replace("<result><status>success", "<result><status>failure").replace(
        "</result>", error + "</result>"
    )
    aborted = function.replace("<status>failure", "<status>aborted")
    for text, level in [
        (control, "control"), (operation, "operation"), (behind, "operation"), (function, "function"),
        (aborted, "function"),
    ]:  # fmt: skip
        with pytest.raises(RejectedError, match=rf"\({level}\): X1: because"):
            read(text)


def test_a_failure_without_a_word_is_still_one() -> None:
    with pytest.raises(RejectedError, match="without saying why"):
        read(GOOD.replace("<result><status>success", "<result><status>failure"))


@pytest.mark.parametrize(
    ("given", "level", "kind"),
    [
        ([fault("GW-0010", description="Too many")], Level.CONTROL, RateLimitedError),
        ([fault("X", "API rate limit exceeded")], Level.FUNCTION, RateLimitedError),
        ([fault("X", "The system is Temporarily Off-line")], Level.OPERATION, TransientError),
        ([fault("X", "please try again later.")], Level.FUNCTION, TransientError),
        ([fault("BL99", "busy")], Level.FUNCTION, TransientError),
        ([fault("DL02000001", "There was an error processing the request.")], Level.FUNCTION, UnexplainedError),
        ([fault("DL02000001"), fault("XL03000009")], Level.FUNCTION, UnexplainedError),
        ([fault("DL02000001"), fault("BL01001973", "no such vendor")], Level.FUNCTION, RejectedError),
        ([fault("XL03000009", "rolled back")], Level.FUNCTION, RejectedError),
        ([fault("XL03000006", "Invalid session abc")], Level.OPERATION, SessionLostError),
        ([fault("XL03000006", "Sign-in information is incorrect")], Level.OPERATION, CredentialsError),
        ([fault("XL03000006", "Incorrect Intacct XML Partner ID or password.")], Level.CONTROL, CredentialsError),
        ([fault("XL03000006", "Invalid session abc")], Level.CONTROL, CredentialsError),
        ([fault("XMLGW_JPP0002", description="Sign-in information")], Level.CONTROL, CredentialsError),
        ([fault("X", "You do not have permission for APBILL")], Level.FUNCTION, CredentialsError),
        ([fault("X", "sender 'x' is not authorized to make requests")], Level.OPERATION, CredentialsError),
        ([fault("GW-0011", description="Invalid Request")], Level.CONTROL, RejectedError),
        ([fault("XL03000003", "XML Parse schema error")], Level.CONTROL, RejectedError),
        ([fault("Query Failed", "Object definition X not found")], Level.FUNCTION, RejectedError),
        ([], Level.FUNCTION, RejectedError),
    ],
)
def test_every_fault_has_its_error(given: list[Fault], level: Level, kind: type[MlconnectorError]) -> None:
    error = failure(given, level, Asked("asking", patterns=("BL99",), with_session=True))
    assert type(error) is kind


def test_an_invalid_session_is_bad_credentials_where_no_session_was_used() -> None:
    error = failure([fault("XL03000006", "Invalid session abc")], Level.OPERATION, Asked("asking", with_session=False))
    assert type(error) is CredentialsError


def test_the_support_id_is_shown_as_support_wants_it_and_secrets_are_not() -> None:
    given = [fault("XL03000006", "Invalid session s3cr3t [Support ID: p5%7EYx%3D]")]
    asked = Asked("asking", with_session=True, scrub=lambda text: text.replace("s3cr3t", "***"))
    said = str(failure(given, Level.OPERATION, asked))
    assert "[Support ID: p5~Yx=]" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>cf-error-details",
        b"<response/><response/>",
        b"<response><control>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response>&x;</response>',
        b"<!DOCTYPE response><response/>",
        b"\xff\xfe",
    ],
)
def test_what_is_not_a_document_of_its_own_is_refused(body: bytes) -> None:
    with pytest.raises(xml.NotXmlError):
        xml.parse(body)


def test_an_entity_is_never_filled_in() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><response>&b;</response>'
    with pytest.raises(xml.NotXmlError, match="DOCTYPE"):
        xml.parse(bomb)


def test_a_request_is_the_gateways_envelope(configure: Configure) -> None:
    config = configure(schema="console|acme", entity="100", sender_password="a<b>&c")
    sent = etree.fromstring(envelope.request(config, envelope.login(config), envelope.element("getAPISession"), "c1"))
    assert [part.tag for part in sent[0]] == [
        "senderid", "password", "controlid", "uniqueid", "dtdversion", "includewhitespace",
    ]  # fmt: skip
    assert sent.findtext("control/password") == "a<b>&c"
    login = sent.find("operation/authentication/login")
    assert login is not None
    assert [(part.tag, part.text) for part in login] == [
        ("userid", "xml_gateway"), ("companyid", "console|acme"), ("password", USER_PASSWORD), ("locationid", "100"),
    ]  # fmt: skip
    assert sent.find("operation/content/function[@controlid='c1']/getAPISession") is not None
    assert sent.findtext("control/dtdversion") == "3.0"


def test_a_session_takes_the_place_of_the_users_password_and_the_sender_still_signs(configure: Configure) -> None:
    body = envelope.request(configure(), envelope.session("sid"), envelope.element("x"), "c1").decode()
    assert "<sessionid>sid</sessionid>" in body
    assert SENDER_PASSWORD in body
    assert USER_PASSWORD not in body
