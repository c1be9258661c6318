"""The SFTP server of the sandbox: real SSH on loopback, its own host key, a folder on disk, faults on request."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import asyncssh

from airflow_provider_mlconnector.sandbox.sftp.access import Gatekeeper
from airflow_provider_mlconnector.sandbox.sftp.faults import Faults
from airflow_provider_mlconnector.sandbox.sftp.files import PartnerFiles

HOST = "127.0.0.1"
KEPT = 100_000
Result = TypeVar("Result")


@dataclass(frozen=True)
class Operation:
    """One line of the server's log.

    Args:
        when: aware, UTC.
        user: who; empty before the sign-in.
        action: `connect`, `sign_in`, `sign_in_refused`, or an SFTP operation (`open`, `close`, `rename`, ...).
        path: what it was about.
        detail: the new name of a rename, the mode of an open, the way of a sign-in.
    """

    when: datetime
    user: str
    action: str
    path: str = ""
    detail: str = ""


class SftpSandbox:
    """An SFTP server in a thread of its own.

    Args:
        root: the folder on disk that users see as "/"; made where it is missing.
        users: password of each user; an empty one means that no password opens the door.
        port: to listen on; 0 for any free one.
        authorized_keys: public key line of each user who may sign in by key.
    """

    def __init__(
        self,
        root: Path,
        users: Mapping[str, str],
        port: int = 0,
        authorized_keys: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self.host = HOST
        self.port = port
        self.users = dict(users)
        self.authorized_keys = dict(authorized_keys or {})
        self.faults = Faults()
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._log: deque[Operation] = deque(maxlen=KEPT)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp-sandbox", daemon=True)
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._silent: list[socket.socket] = []
        self._sessions: set[asyncio.Task[None]] = set()
        self.connections: set[asyncssh.SSHServerConnection] = set()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Listen; `port` then holds the port."""
        self.root.mkdir(parents=True, exist_ok=True)
        # Its own chatter about every cut line would drown that of whoever uses the sandbox.
        logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        """Cut all lines and end."""
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def host_key(self) -> str:
        """The server's public key as a line `type base64`."""
        kind, encoded, *_ = self._key.export_public_key("openssh").decode("ascii").split()
        return f"{kind} {encoded}"

    @property
    def fingerprint(self) -> str:
        """The server's public key as `SHA256:...`."""
        digest = hashlib.sha256(base64.b64decode(self.host_key.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")

    @property
    def operations(self) -> list[Operation]:
        """What has been asked of the server, oldest first."""
        return list(self._log)

    def rotate_host_key(self, algorithm: str = "ssh-ed25519") -> str:
        """Take a new host key, for connections from now on.

        Args:
            algorithm: as ssh-keygen calls it, for example "ssh-rsa" or "ecdsa-sha2-nistp256".

        Returns:
            The new key's public line.
        """
        self._key = asyncssh.generate_private_key(algorithm)
        return self.host_key

    def misbehave(self, **faults: Any) -> None:
        """Switch faults on (or to other values), by their names in `Faults`; the others stay as they are."""
        self.faults = dataclasses.replace(self.faults, **faults)
        self._run(self._shut_door() if self.faults.refuse_connections else self._listen())

    def behave(self) -> None:
        """Switch all faults off. Lines that are stalled stay so until they are cut."""
        self.faults = Faults()
        self._run(self._listen())

    def cut(self) -> None:
        """Cut every line that is open."""
        self._run(self._cut())

    def note(self, user: str, action: str, path: str = "", detail: str = "") -> None:
        """Write a line into the log."""
        self._log.append(Operation(datetime.now(UTC), user, action, path, detail))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _listen(self) -> None:
        if self._listener is not None:
            return
        listener = socket.create_server((HOST, self.port), backlog=64)
        listener.settimeout(0)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._accepting = asyncio.create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            line, _ = await self._loop.sock_accept(listener)
            self.note("", "connect")
            if self.faults.never_answer:
                self._silent.append(line)
                continue
            session = asyncio.create_task(self._serve(line))
            self._sessions.add(session)
            session.add_done_callback(self._sessions.discard)

    async def _serve(self, line: socket.socket) -> None:
        try:
            await asyncssh.run_server(
                line,
                server_factory=lambda: Gatekeeper(self),
                server_host_keys=[self._key],
                sftp_factory=self._session,
                allow_scp=False,
                login_timeout=600,
            )
        except (OSError, asyncssh.Error):
            line.close()

    async def _session(self, channel: Any) -> PartnerFiles:
        if self.faults.stall_on == "session":
            await asyncio.Event().wait()
        return PartnerFiles(channel, self)

    async def _shut_door(self) -> None:
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
        self._accepting = self._listener = None

    async def _cut(self) -> None:
        for connection in list(self.connections):
            connection.abort()
        for line in self._silent:
            line.close()
        self._silent.clear()

    async def _shut(self) -> None:
        await self._shut_door()
        await self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
