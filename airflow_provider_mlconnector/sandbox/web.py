"""A small HTTP/1.1 server whose answers can go wrong on purpose: late, never, cut off, of the wrong length."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

_READ_LIMIT = 1 << 20
_MAX_BODY = 64 << 20


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: in upper case.
        path: decoded, without the query.
        query: the query string as it came.
        headers: names in lower case.
        body: the whole body.
        line_length: bytes of the request line.
        peer: the client's address.
        encrypted: whether it came over TLS.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    line_length: int = 0
    peer: str = ""
    encrypted: bool = False

    @property
    def params(self) -> dict[str, str]:
        """Query parameters as text; bytes that aren't UTF-8 are taken as Windows-1252."""
        return form_values(self.query)


@dataclass
class Response:
    """One answer, and how it is sent.

    Attributes:
        status: HTTP status.
        body: bytes, or pieces that are sent chunked as they come.
        headers: besides the length.
        delay: seconds to wait before answering.
        hang: never answer.
        cut: close the connection after so many bytes of the body; 0 sends nothing at all, not even the head.
        declared: another Content-Length than the true one.
        held: the answer that is sent instead, when it comes.
    """

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    hang: bool = False
    cut: int | None = None
    declared: int | None = None
    held: asyncio.Future[Response] | None = None


_ENDINGS = (
    asyncio.CancelledError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    ConnectionError,
    ValueError,
)
_log = logging.getLogger(__name__)
Handler = Callable[[Request], Response]


def form_values(text: str) -> dict[str, str]:
    """URL-encoded fields, blank ones included."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        pairs = parse_qsl(text, keep_blank_values=True, encoding="cp1252", errors="replace")
    return dict(pairs)


class WebServer:
    """Serves a handler; requests of one connection come one after the other.

    Args:
        handler: answers a request; runs in the server's event loop.
        tls: serves HTTPS with it.
    """

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler, self._tls = handler, tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which 0 leaves to the system."""
        self._server = await asyncio.start_server(self._connection, host, port, ssl=self._tls, limit=_READ_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close every connection, also those that wait for an answer."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A stopping server ends its connections by cancelling them; asyncio would report that as an error.
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        with contextlib.suppress(*_ENDINGS):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    def _answer(self, request: Request) -> Response:
        try:
            return self._handler(request)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer
            # A mistake in the sandbox shows in its own log, and as a server's error to the client.
            _log.exception("the sandbox failed at %s %s", request.method, request.path)
            return Response(500, b"the sandbox failed")

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        request, keep = parse(head, str(writer.get_extra_info("peername", ("",))[0]), encrypted=self._tls is not None)
        length = int(request.headers.get("content-length", "0"))
        if length > _MAX_BODY:
            return False
        if length:
            request = Request(**{**request.__dict__, "body": await reader.readexactly(length)})
        response = self._answer(request)
        if response.held is not None:
            # Shielded: the work that it waits for goes on when the caller is gone.
            response = await asyncio.shield(response.held)
        if response.hang:
            await reader.read()
            return False
        if response.delay:
            await asyncio.sleep(response.delay)
        sound = await send(writer, response, keep=keep)
        return keep and sound


def parse(head: bytes, peer: str, *, encrypted: bool = False) -> tuple[Request, bool]:
    """The request of a head, and whether its connection stays open.

    Raises:
        ValueError: it isn't HTTP.
    """
    line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, version = line.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in fields)}
    path, _, query = target.partition("?")
    keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    request = Request(
        method=method.upper(),
        path=unquote(path),
        query=query,
        headers=headers,
        line_length=len(line),
        peer=peer,
        encrypted=encrypted,
    )
    return request, keep


async def send(writer: asyncio.StreamWriter, response: Response, *, keep: bool) -> bool:
    """Send an answer; returns whether the connection can be used again."""
    if response.cut == 0:
        return False
    chunked = not isinstance(response.body, bytes)
    headers = dict(response.headers)
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(len(response.body) if response.declared is None else response.declared)  # type: ignore[arg-type]
    if not keep:
        headers["Connection"] = "close"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {response.status} {_phrase(response.status)}\r\n{head}\r\n".encode("latin-1"))
    if isinstance(response.body, bytes):
        writer.write(response.body if response.cut is None else response.body[: response.cut])
    else:
        for piece in response.body:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return response.cut is None and response.declared is None


def _phrase(status: int) -> str:
    """A status such as Cloudflare's 520 has no name in the standard library."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "<none>"
