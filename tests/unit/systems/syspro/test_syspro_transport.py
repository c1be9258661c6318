from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    InDoubtError,
    MlconnectorError,
    TransientError,
)
from airflow_provider_mlconnector.http.line import Call
from airflow_provider_mlconnector.systems.syspro import redaction
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.transport import Transport
from tests.support.stub_server import Stub
from tests.unit.systems.syspro.conftest import COMPANY_PASSWORD, OPERATOR_PASSWORD

Configure = Callable[..., SysproConfig]


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.getMessage()} {record.args}")

    handler = Keep()
    logging.getLogger().addHandler(handler)
    # Airflow, where it has been loaded, keeps the HTTP libraries quiet.
    loggers = [logging.getLogger(name) for name in ("", "httpx", "httpcore")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield lines
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, TransientError),
        (500, TransientError),
        (503, TransientError),
        (401, CredentialsError),
        (403, CredentialsError),
        (404, ConfigurationError),
        (400, ConfigurationError),
        (302, ConfigurationError),
        (414, ConfigurationError),
    ],
)
def test_every_status_has_its_error(
    stub: Stub, config_for: Configure, pauses: Pauses, status: int, kind: type[Exception]
) -> None:
    stub.says(status, b"because", {"Location": "http://127.0.0.1:1/"})
    with pytest.raises(MlconnectorError) as caught:
        Transport(config_for(stub.url), pauses).read(Call("asking", stub.url))
    assert type(caught.value) is kind
    assert str(status) in str(caught.value)
    assert "because" in str(caught.value)
    assert len(stub.requests) == (3 if kind is TransientError else 1)


def test_retry_after_is_waited_for(stub: Stub, config_for: Configure, pauses: Pauses) -> None:
    stub.says(503, headers={"Retry-After": "77"})
    with pytest.raises(TransientError) as caught:
        Transport(config_for(stub.url), pauses).read(Call("asking", stub.url))
    assert caught.value.retry_after == 77
    assert len(pauses) == 2
    assert min(pauses) >= 77


def test_a_read_that_comes_right_in_the_end_succeeds(stub: Stub, config_for: Configure, pauses: Pauses) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        status = b"503 X" if len(stub.requests) < 3 else b"200 OK"
        send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")

    stub.answer = answer
    assert Transport(config_for(stub.url), pauses).read(Call("asking", stub.url)) == b"ok"
    assert len(stub.requests) == 3


def test_nobody_there_is_transient_also_for_calls_with_an_effect(config_for: Configure, pauses: Pauses) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(TransientError):
        Transport(config_for(url), pauses).once(Call("posting", url, effect=True))


@pytest.mark.parametrize("how", ["cut", "500", "hang", "long"])
def test_a_call_with_an_effect_is_in_doubt_without_an_answer_and_never_repeated(
    stub: Stub, config_for: Configure, pauses: Pauses, how: str
) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        if how == "500":
            send(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
        elif how == "hang":
            stub.released.wait(5)
        elif how == "long":
            send(b"HTTP/1.1 200 X\r\nContent-Length: 3000000\r\n\r\n" + b" " * 3_000_000)
        else:
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            raise OSError

    stub.answer = answer
    config = config_for(stub.url, read_timeout=0.3, max_response_mb=1)
    with pytest.raises(InDoubtError):
        Transport(config, pauses).once(Call("posting", stub.url, effect=True))
    assert len(stub.requests) == 1


def test_the_servers_date_is_remembered(stub: Stub, config_for: Configure, pauses: Pauses) -> None:
    transport = Transport(config_for(stub.url), pauses)
    assert transport.server_date is None
    stub.says(200, b"", {"Date": "Tue, 31 Mar 2026 22:00:01 GMT"})
    transport.read(Call("asking", stub.url))
    assert transport.server_date is not None
    assert transport.server_date.isoformat() == "2026-03-31T22:00:01+00:00"


def test_an_unreadable_ca_bundle_is_named(config_for: Configure) -> None:
    with pytest.raises(ConfigurationError, match="ca_bundle"):
        Transport(config_for("https://127.0.0.1:1", ca_bundle="/nowhere/ca.pem"))


def everything_shown(error: BaseException) -> str:
    seen, text = set(), ""
    waiting_for: list[BaseException | None] = [error]
    while waiting_for:
        each = waiting_for.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        text += repr(each) + str(each) + repr(vars(each)) + "".join(traceback.format_exception(each))
        waiting_for += [each.__cause__, each.__context__]
    return text


@pytest.mark.parametrize("how", ["works", "echo", "refuses", "cut", "hang", "nobody"])
def test_no_secret_shows_in_logs_or_errors(
    stub: Stub, config_for: Configure, pauses: Pauses, log_lines: list[str], how: str
) -> None:
    # Not in one piece, so that a traceback's source lines don't hold them.
    token, document = "3EA613166FE4BF47925DF1CEA14E9101" + "00  ", "document" + "-text"

    def answer(request: str, send: Callable[[bytes], None]) -> None:
        if "/Logon?" in request:
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n" + token.encode())
        elif how == "hang":
            stub.released.wait(5)
        elif how == "cut":
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            raise OSError
        elif how == "works":
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>")
        else:
            body = request.encode() + f" {token} {OPERATOR_PASSWORD}".encode()
            body = b"ERROR: " + body if how == "echo" else body
            status = b"200" if how == "echo" else b"404"
            send(b"HTTP/1.1 " + status + b" OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    stub.answer = answer
    transport = Transport(config_for(stub.url, read_timeout=0.3, read_attempts=1), pauses)
    signer = EnetClient(config_for(stub.url), transport)

    class Held:
        def token(self) -> str:
            return signer.logon()

        def renew(self, stale: str) -> str:
            return stale

    url = stub.url if how != "nobody" else "http://127.0.0.1:1"
    held: Held = Held()
    shown = ""
    try:
        client = EnetClient(config_for(url), transport, held)
        client.query("COMFND", f"<Query><Secret>{document}</Secret></Query>")
    except MlconnectorError as error:
        shown = everything_shown(error)
    assert (how == "works") == (shown == "")
    logged = "\n".join(log_lines)
    assert "HTTP Request" in logged
    for secret in (OPERATOR_PASSWORD, COMPANY_PASSWORD, token.strip(), document):
        assert secret not in logged
        assert secret not in shown


def test_without_the_filter_the_secrets_would_be_logged(
    stub: Stub, config_for: Configure, pauses: Pauses, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("httpx")
    before = list(logger.filters)
    logger.filters.clear()
    monkeypatch.setattr(redaction, "install", lambda: None)
    stub.says(200, b"0" * 36)
    try:
        EnetClient(config_for(stub.url), Transport(config_for(stub.url), pauses)).logon()
    finally:
        logger.filters[:] = before
    assert OPERATOR_PASSWORD in "\n".join(log_lines)
