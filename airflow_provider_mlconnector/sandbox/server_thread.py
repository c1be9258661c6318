"""A sandbox's web servers, run in a thread of this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from airflow_provider_mlconnector.sandbox.web import WebServer

LOOPBACK = "127.0.0.1"
_PATIENCE = 30


@dataclass(frozen=True)
class Door:
    """Where a web server listens.

    Attributes:
        server: the web server.
        host: the address.
        port: the port; 0 takes a free one.
    """

    server: WebServer
    host: str
    port: int


class ServerThread:
    """Web servers in a thread of their own, which ends with this process at the latest.

    Args:
        name: the thread's.
        doors: the servers.
    """

    def __init__(self, name: str, doors: Sequence[Door]) -> None:
        self._name, self._doors = name, doors
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> list[int]:
        """Listen at every door; returns their ports.

        Raises:
            OSError: a port is taken.
        """
        ready: Future[list[int]] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name=self._name, daemon=True)
        self._thread.start()
        return ready.result(_PATIENCE)

    def stop(self) -> None:
        """Stop every server, also while requests hang in it."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE)

    def is_alive(self) -> bool:
        """Whether the servers are running."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self, ready: Future[list[int]]) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[list[int]]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            ports = [await door.server.start(door.host, door.port) for door in self._doors]
        except OSError as error:
            ready.set_exception(error)
        else:
            ready.set_result(ports)
            await self._stop.wait()
        for door in self._doors:
            await door.server.stop()


def shown(host: str) -> str:
    """The address by which a server that listens at this one is reached from here."""
    return LOOPBACK if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared only
