"""Who may sign in at the sandbox's SFTP server."""

from __future__ import annotations

import asyncio
import hmac
from typing import Protocol

import asyncssh

from airflow_provider_mlconnector.sandbox.sftp.faults import Faults


class Door(Protocol):
    """What the sign-in needs of the server."""

    users: dict[str, str]
    authorized_keys: dict[str, str]
    faults: Faults
    connections: set[asyncssh.SSHServerConnection]

    def note(self, user: str, action: str, path: str = "", detail: str = "") -> None:
        """Write a line into the log."""


class Gatekeeper(asyncssh.SSHServer):
    """One connection's sign-in.

    Args:
        door: the server that it belongs to.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the line, so that it can be cut."""
        self._connection = conn
        self._door.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """Forget the line."""
        if self._connection is not None:
            self._door.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Everybody has to sign in."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are taken."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether the password is the user's."""
        await self._stall()
        known = self._door.users.get(username, "")
        return self._judge(username, "password", bool(known) and hmac.compare_digest(known, password))

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the key is the user's."""
        await self._stall()
        line = self._door.authorized_keys.get(username)
        return self._judge(username, "key", line is not None and asyncssh.import_public_key(line) == key)

    async def _stall(self) -> None:
        if self._door.faults.stall_on == "sign_in":
            await asyncio.Event().wait()

    def _judge(self, user: str, way: str, right: bool) -> bool:  # noqa: FBT001 - private
        if self._door.faults.cut_on_auth and self._connection is not None:
            self._connection.abort()
        let_in = right and not self._door.faults.reject_auth and not self._door.faults.cut_on_auth
        self._door.note(user, "sign_in" if let_in else "sign_in_refused", detail=way)
        return let_in
