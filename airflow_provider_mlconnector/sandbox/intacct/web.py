"""The gateway's HTTP server, which counts the requests that are open at once."""

from __future__ import annotations

import asyncio
import ssl

from airflow_provider_mlconnector.sandbox.web import Handler, Request, Response, WebServer


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
        return super()._answer(request)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            return await super()._exchange(reader, writer)
        finally:
            self._gate.leave()
