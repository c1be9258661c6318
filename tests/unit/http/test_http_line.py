"""A line to a server that does what no well-behaved one does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError, TransientError
from airflow_provider_mlconnector.http.line import Call, HttpLine
from tests.support.stub_server import Stub


@dataclass(frozen=True)
class Settings:
    verify_tls: bool = True
    ca_bundle: str = ""
    connect_timeout: float = 5
    read_timeout: float = 5
    total_timeout: float = 10
    max_response_mb: int = 1


def line(settings: Settings | None = None) -> HttpLine:
    return HttpLine("Acme", settings or Settings(), connections=4)


@pytest.mark.parametrize("dribbles", [False, True])
@pytest.mark.parametrize("after_headers", [False, True])
def test_a_server_that_never_comes_to_an_end_is_given_up(stub: Stub, dribbles: bool, after_headers: bool) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        if after_headers:
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        else:
            send(b"HTTP/1.1 200 OK\r\n")
        while not stub.released.wait(0.02):
            if dribbles:
                send(b"x" if after_headers else b"X-A: 1\r\n")

    stub.answer = answer
    began = time.monotonic()
    with pytest.raises(TransientError, match="total_timeout if Acme is only slow"):
        line(Settings(read_timeout=0.3, total_timeout=0.6)).send(Call("asking", stub.url))
    assert time.monotonic() - began < 3


def test_the_deadline_also_ends_a_single_long_silence(stub: Stub) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        stub.released.wait(20)

    stub.answer = answer
    began = time.monotonic()
    with pytest.raises(TransientError):
        line(Settings(read_timeout=10, total_timeout=0.3)).send(Call("asking", stub.url))
    assert time.monotonic() - began < 5


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TransientError):
            line(Settings(read_timeout=0.2)).send(Call("asking", url))


@pytest.mark.parametrize("effect", [False, True])
def test_where_nobody_is_nothing_was_done(effect: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(TransientError, match="Check that Acme is up"):
        line().send(Call("posting", url, effect=effect))


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "no address", "http://[::"])
def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    with pytest.raises(ConfigurationError, match="Check the Acme connection's addresses"):
        line().send(Call("asking", address))


@pytest.mark.parametrize(("effect", "kind"), [(False, TransientError), (True, InDoubtError)])
def test_an_answer_that_breaks_off_leaves_an_effect_in_doubt(stub: Stub, effect: bool, kind: type[Exception]) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        raise OSError

    stub.answer = answer
    with pytest.raises(kind):
        line().send(Call("posting", stub.url, effect=effect))
    assert len(stub.requests) == 1


@pytest.mark.parametrize(("effect", "kind"), [(False, ConfigurationError), (True, InDoubtError)])
def test_an_answer_beyond_the_cap_names_the_setting(stub: Stub, effect: bool, kind: type[Exception]) -> None:
    stub.says(200, b" " * 1_000_001)
    with pytest.raises(kind, match="max_response_mb"):
        line().send(Call("asking", stub.url, effect=effect))
    stub.says(200, b" " * 1_000_000)
    assert len(line().send(Call("asking", stub.url)).body) == 1_000_000


def test_a_redirect_is_an_answer_and_not_followed(stub: Stub) -> None:
    stub.says(302, b"", {"Location": f"{stub.url}/elsewhere", "Retry-After": "7"})
    answer = line().send(Call("asking", stub.url))
    assert (answer.status, answer.retry_after, len(stub.requests)) == (302, "7", 1)


def test_an_unreadable_ca_bundle_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Acme connection: field 'ca_bundle'"):
        line(Settings(ca_bundle="/nowhere/ca.pem"))


def test_requests_from_several_threads_each_get_their_own_answer(stub: Stub) -> None:
    def answer(request: str, send: Callable[[bytes], None]) -> None:
        body = request.split()[1].encode()
        send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    stub.answer = answer
    shared = line()
    got: dict[int, bytes] = {}

    def ask(number: int) -> None:
        got[number] = shared.send(Call("asking", f"{stub.url}/{number}")).body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: f"/{number}".encode() for number in range(8)}
