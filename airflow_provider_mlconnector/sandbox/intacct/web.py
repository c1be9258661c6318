"""The gateway's HTTP server: counts the requests that are open at once, and knows Cloudflare's statuses."""

from __future__ import annotations

import asyncio
import ssl
from http import HTTPStatus

from airflow_provider_mlconnector.sandbox.syspro.web import Handler, Request, Response, WebServer

_NAMED = {status.value for status in HTTPStatus}


class Gate:
    """The requests that are being answered now, at any of the gateway's ports."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[None] | None] = set()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self) -> None:
        """The current task begins an answer."""
        self._open.add(asyncio.current_task())

    def leave(self) -> None:
        """The current task has sent its answer, or never will."""
        self._open.discard(asyncio.current_task())


class _UnnamedStatusError(Exception):
    """An answer whose status, such as 520, has no name in the standard library."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class GatewayServer(WebServer):
    """Serves a handler; a request counts until its answer is sent, or its client has gone.

    Args:
        handler: answers a request; runs in the server's event loop.
        gate: counts.
        tls: serves HTTPS with it.
    """

    def __init__(self, handler: Handler, gate: Gate, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(handler, tls)
        self._gate = gate

    def _answer(self, request: Request) -> Response:
        self._gate.enter()
        response = super()._answer(request)
        if response.status not in _NAMED:
            raise _UnnamedStatusError(response)
        return response

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            return await super()._exchange(reader, writer)
        except _UnnamedStatusError as error:
            response = error.response
            body = response.body if isinstance(response.body, bytes) else b""
            headers = response.headers | {"Content-Length": str(len(body)), "Connection": "close"}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"HTTP/1.1 {response.status} <none>\r\n{head}\r\n".encode("latin-1") + body)
            await writer.drain()
            return False
        finally:
            self._gate.leave()
