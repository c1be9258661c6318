"""Sessions, retries and secrets, against the sandbox."""

from __future__ import annotations

import logging
import threading
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    MlconnectorError,
    RejectedError,
    TransientError,
)
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.systems.intacct import questions
from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection
from airflow_provider_mlconnector.systems.intacct.replies import RateLimitedError
from airflow_provider_mlconnector.systems.intacct.session import ApiSession, DirectSession, Freshness
from tests.unit.systems.intacct.conftest import Connect, Pauses

LOOKUP = {"function": "lookup"}


def lookup(connection: IntacctConnection, session: Any = None) -> datetime | None:
    held = session or connection._direct
    connection.client.ask(held, lambda: questions.lookup("CLASS"), "looking up")
    return connection.client.last_clock()


def asked(sandbox: IntacctSandbox) -> list[str]:
    return [entry["function"] for entry in sandbox.admin.requests()]


def test_one_session_serves_all_calls(sandbox: IntacctSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    for _ in range(3):
        lookup(connection)
    assert asked(sandbox) == ["getAPISession", "lookup", "lookup", "lookup"]
    assert connection.budget.used == 4


def test_calls_go_to_the_sessions_own_endpoint(connect: Connect) -> None:
    with IntacctSandbox(scale=5, session_endpoint="port") as sandbox:
        lookup(connect(sandbox))
        assert [entry["door"] for entry in sandbox.admin.requests()] == ["main", "port"]


@pytest.mark.parametrize(
    "endpoint", ["https://evil.example/gw", "http://127.0.0.2:1/gw", "https://127.0.0.1.evil.example/x"]
)
def test_a_session_that_leads_elsewhere_gets_no_password(connect: Connect, endpoint: str) -> None:
    with IntacctSandbox(scale=5, session_endpoint=endpoint) as sandbox:
        with pytest.raises(ConfigurationError, match="endpoint"):
            lookup(connect(sandbox))
        assert asked(sandbox) == ["getAPISession"]


def test_an_invalid_session_is_replaced_once(sandbox: IntacctSandbox, connect: Connect, pauses: Pauses) -> None:
    connection = connect(sandbox)
    lookup(connection)
    sandbox.admin.revoke_sessions()
    lookup(connection)
    assert asked(sandbox) == ["getAPISession", "lookup", "lookup", "getAPISession", "lookup"]
    assert pauses == []


def test_a_session_that_stays_invalid_is_not_replaced_for_ever(
    sandbox: IntacctSandbox, connect: Connect, pauses: Pauses
) -> None:
    sandbox.admin.fault("invalid_session", count=None, where=LOOKUP)
    with pytest.raises(TransientError, match="Invalid session") as caught:
        lookup(connect(sandbox))
    assert asked(sandbox) == ["getAPISession", "lookup", "getAPISession", "lookup"]
    assert "***" in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"password": "a-wrong-secret"}, {"sender_password": "a-wrong-secret"}, {"company": "nobodys"}]
)
def test_wrong_credentials_cost_one_try(sandbox: IntacctSandbox, connect: Connect, wrong: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        lookup(connect(sandbox, read_attempts=5, **wrong))
    assert len(sandbox.admin.requests()) == 1
    assert "a-wrong-secret" not in str(caught.value)


def test_a_sender_that_is_not_authorised_is_told_so(connect: Connect) -> None:
    with (
        IntacctSandbox(scale=5, sender_authorized=False) as sandbox,
        pytest.raises(CredentialsError, match="authorized"),
    ):
        lookup(connect(sandbox))


@pytest.mark.parametrize("fault", ["gw_0011", "gw_401", "control_error"])
def test_a_sign_in_that_is_refused_in_any_form_is_bad_credentials(
    sandbox: IntacctSandbox, connect: Connect, fault: str
) -> None:
    options: dict[str, Any] = {
        "errorno": "PL04000055",
        "description2": "This company is a demo company and has expired.",
    }
    sandbox.admin.fault(fault, **(options if fault == "control_error" else {}))
    with pytest.raises(CredentialsError):
        lookup(connect(sandbox))
    assert len(sandbox.admin.requests()) == 1


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("http_status", {"value": 500}),
        ("http_status", {"value": 524}),
        ("html_503", {}),
        ("html_503", {"value": 520}),
        ("html", {}),
        ("drop", {}),
        ("lost_answer", {}),
        ("truncated", {}),
        ("wrong_length", {}),
        ("no_root", {}),
        ("doctype", {}),
        ("error", {}),
        ("lost_result", {}),
        ("wrong_control_id", {}),
        ("operation_error", {"errorno": "X", "description2": "Please try again later"}),
    ],
)
def test_what_may_pass_is_tried_again(
    sandbox: IntacctSandbox, connect: Connect, pauses: Pauses, fault: str, options: dict[str, Any]
) -> None:
    connection = connect(sandbox)
    sandbox.admin.fault(fault, where=LOOKUP, count=2, **options)
    lookup(connection)
    assert asked(sandbox).count("lookup") == 3
    assert len(pauses) == 2
    sandbox.admin.fault(fault, where=LOOKUP, count=None, **options)
    with pytest.raises(TransientError):
        lookup(connection)
    assert asked(sandbox).count("lookup") == 6


@pytest.mark.parametrize("body", ["xml", "empty", "html"])
def test_too_many_requests_are_waited_out_longer(
    sandbox: IntacctSandbox, connect: Connect, pauses: Pauses, body: str
) -> None:
    connection = connect(sandbox)
    sandbox.admin.fault("gw_0010", where=LOOKUP, body=body, count=2)
    lookup(connection)
    assert len(pauses) == 2
    assert min(pauses) >= 5
    sandbox.admin.fault("gw_0010", where=LOOKUP, body=body, count=None, retry_after=77)
    with pytest.raises(RateLimitedError) as caught:
        lookup(connection)
    assert caught.value.retry_after == 77
    assert min(pauses[2:]) >= 77


def test_an_error_without_explanation_is_tried_three_times_at_most(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.fault("error", where=LOOKUP, count=None)
    with pytest.raises(TransientError, match="DL02000001"):
        lookup(connect(sandbox, read_attempts=9))
    assert asked(sandbox).count("lookup") == 3


@pytest.mark.parametrize("fault", ["bare_failure", "partial_data", "gw_0011"])
def test_what_is_refused_is_not_tried_again(sandbox: IntacctSandbox, connect: Connect, fault: str) -> None:
    no: dict[str, Any] = {"errorno": "BL01001973", "description2": "no"}
    options = no if fault == "partial_data" else {}
    sandbox.admin.fault(fault, where=LOOKUP, count=None, **options)
    with pytest.raises(RejectedError):
        lookup(connect(sandbox, read_attempts=9))
    assert asked(sandbox).count("lookup") == 1


def test_a_sites_own_pattern_makes_an_error_pass(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.fault("error", where=LOOKUP, errorno="BL99", description2="the moon is full")
    lookup(connect(sandbox, transient_patterns=["moon is f.ll"]))
    assert asked(sandbox).count("lookup") == 2


def test_an_answer_beyond_the_cap_names_the_setting(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.fault("big_page", where=LOOKUP, value=1_500_000)
    with pytest.raises(ConfigurationError, match="max_response_mb"):
        lookup(connect(sandbox, max_response_mb=1))


def test_an_answer_that_never_comes_is_given_up(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.fault("hang", where=LOOKUP, count=None)
    with pytest.raises(TransientError, match="read_timeout"):
        lookup(connect(sandbox, read_timeout=0.2, read_attempts=1))


def test_the_clock_is_intacts_own(connect: Connect) -> None:
    with IntacctSandbox(scale=5, timestamp_zone="America/Los_Angeles") as sandbox:
        connection = connect(sandbox)
        assert connection.client.last_clock() is None
        sandbox.admin.advance(days=3)
        clock = lookup(connection)
        assert clock is not None
        assert clock.astimezone(UTC).isoformat() == sandbox.admin.state()["utc"].replace("Z", "+00:00")


def test_a_session_that_is_about_to_end_is_renewed_before_it_does(sandbox: IntacctSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    now = datetime.now(UTC)
    connection.client._freshness._clock = lambda: now
    for minutes in (0, 100, 200, 300):
        # Every reply counts the 130 minutes anew.
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        lookup(connection)
    assert asked(sandbox).count("getAPISession") == 1
    now += timedelta(minutes=129)
    lookup(connection)
    assert asked(sandbox)[-2:] == ["getAPISession", "lookup"]


def test_a_session_that_does_not_say_how_long_is_renewed_after_fifty_minutes(connect: Connect) -> None:
    with IntacctSandbox(scale=5, shows_timeout=False) as sandbox:
        connection = connect(sandbox)
        began = now = datetime.now(UTC)
        connection.client._freshness._clock = lambda: now
        for minutes, sign_ins in ((0, 1), (30, 1), (47, 1), (49, 2)):
            now = began + timedelta(minutes=minutes)
            lookup(connection)
            assert asked(sandbox).count("getAPISession") == sign_ins, minutes


def test_freshness_counts_from_the_last_reply() -> None:
    now = datetime(2026, 3, 31, tzinfo=UTC)
    fresh = Freshness(3000, margin=100, clock=lambda: now)
    session = ApiSession("s", "e", now, 1000)
    assert not fresh.is_over(session)
    now += timedelta(seconds=899)
    assert not fresh.is_over(session)
    fresh.used(session, 1000)
    now += timedelta(seconds=899)
    assert not fresh.is_over(session)
    fresh.used(session, None)
    now += timedelta(seconds=1)
    assert fresh.is_over(session)


def test_a_session_keeps_its_form_and_shows_no_id() -> None:
    session = ApiSession("sid-4711", "https://x", datetime(2026, 3, 31, tzinfo=UTC), None)
    assert ApiSession.from_text(session.to_text()) == session
    assert "4711" not in repr(session)


def test_threads_share_one_sign_in() -> None:
    made: list[str] = []
    session = DirectSession(lambda: made.append("x") or f"token-{len(made)}")  # type: ignore[func-returns-value]
    threads = [threading.Thread(target=session.token) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["x"]
    assert session.renew("another") == "token-1"
    assert session.renew("token-1") == "token-2"


def everything_shown(error: BaseException) -> str:
    seen, text = set(), ""
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        text += repr(each) + str(each) + repr(vars(each)) + "".join(traceback.format_exception(each))
        waiting += [each.__cause__, each.__context__]
    return text


@pytest.mark.parametrize(
    "fault",
    ["http_status", "html", "truncated", "drop", "gw_0010", "gw_401", "invalid_session", "error", "bare_failure"],
)
def test_no_secret_is_in_an_error_or_a_log(
    sandbox: IntacctSandbox, connect: Connect, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    connection = connect(sandbox, read_attempts=1)
    session = ApiSession.from_text(connection._direct.token())
    sandbox.admin.fault(fault, where=LOOKUP, count=None)
    with pytest.raises(MlconnectorError) as caught:
        lookup(connection)
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    for secret in (sandbox.password, sandbox.sender_password, session.id):
        assert secret not in everything_shown(caught.value)
        assert secret not in logged
    assert logged


def test_no_more_requests_are_under_way_at_once_than_allowed(connect: Connect) -> None:
    with IntacctSandbox(scale=5, work_seconds=0.05, concurrency=2) as sandbox:
        connection = connect(sandbox, concurrency=2)
        lookup(connection)
        threads = [threading.Thread(target=lookup, args=(connection,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = sandbox.admin.requests(function="lookup")
        assert len(entries) == 9
        assert max(entry["at_once"] for entry in entries) == 2
