"""A web server of one scripted answer."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


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


@contextlib.contextmanager
def running_stub() -> Iterator[Stub]:
    """A stub on a free port of loopback."""
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
