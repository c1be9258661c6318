from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig, from_fields
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection

OPERATOR_PASSWORD = "op-pass-4711"
COMPANY_PASSWORD = "co-pass-0815"


@dataclass
class Stub:
    """A server of one scripted answer, for what no well-behaved server can do: dribble, hang, lie about lengths."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    answer: Callable[[str, Callable[[bytes], None]], None] = lambda request, send: None
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        def answer(request: str, send: Callable[[bytes], None]) -> None:
            lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
            send(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)

        self.answer = answer


@pytest.fixture
def stub() -> Iterator[Stub]:
    made = Stub()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                while line := self.rfile.readline():
                    while self.rfile.readline() not in (b"\r\n", b""):
                        pass
                    made.requests.append(line.decode().strip())
                    made.answer(line.decode().strip(), self._send)

        def _send(self, data: bytes) -> None:
            self.wfile.write(data)
            self.wfile.flush()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.released.set()
        server.shutdown()


@pytest.fixture
def config_for() -> Callable[..., SysproConfig]:
    def make(url: str, **extra: object) -> SysproConfig:
        given = {"company_password": COMPANY_PASSWORD, "read_attempts": 3, **extra}
        return from_fields(url, "MLCONN", OPERATOR_PASSWORD, "EDU1", None, given)

    return make


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=120) as running:
        yield running


Connect = Callable[..., SysproConnection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[SysproConnection] = []

    def make(sandbox: SysproSandbox, **extra: object) -> SysproConnection:
        given: dict[str, object] = {
            "odata_login": sandbox.odata_user,
            "odata_password": sandbox.odata_password,
            "time_zone": sandbox.zone,
            "page_size": 25,
            "read_attempts": 3,
            **extra,
        }
        password = str(given.pop("password", sandbox.password))
        company = str(given.pop("company", sandbox.company))
        config = from_fields(sandbox.base_url, sandbox.operator, password, company, None, given)
        made.append(SysproConnection(config, sleep=lambda seconds: None))
        return made[-1]

    yield make
    for connection in made:
        connection.close()
