"""Other ways to put a file at an SFTP server: OpenSSH's own client, and the two Python libraries at their best."""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import paramiko

from tests.servers.openssh import OpenSshServer

# The fastest cipher of both libraries on processors with AES instructions; neither prefers it by itself.
_CIPHER = "aes128-gcm@openssh.com"


@dataclass(frozen=True)
class Put:
    """One file to be brought to a server, where `target` must be free."""

    server: OpenSshServer
    folder: Path
    """Local, for keys and for what is read back."""
    source: Path
    target: Path


def openssh(put: Put) -> None:
    """`sftp` as it comes."""
    _sftp(put, f"put {put.source} {put.target}")


def openssh_aes_gcm(put: Put) -> None:
    """`sftp -c aes128-gcm@openssh.com`."""
    _sftp(put, f"put {put.source} {put.target}", "-c", _CIPHER)


def openssh_and_back(put: Put) -> None:
    """`sftp` to the server and back again, and the SHA-256 of what came back."""
    returned = put.folder / "returned"
    _sftp(put, f"put {put.source} {put.target}\nget {put.target} {returned}")
    with returned.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    returned.unlink()


def with_paramiko(put: Put) -> None:
    """`putfo`, which asks for the size afterwards."""
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(put.server.client_key))
    line = socket.create_connection((put.server.host, put.server.port))
    with paramiko.Transport(line) as transport:
        options = transport.get_security_options()
        options.ciphers = [_CIPHER, *(name for name in options.ciphers if name != _CIPHER)]
        transport.connect(username=put.server.user, pkey=key)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        with put.source.open("rb") as file:
            client.putfo(file, str(put.target), put.source.stat().st_size)


def with_asyncssh(put: Put) -> None:
    """`put` in its own block size, which is the greatest that the server takes: the fastest of those tried."""
    asyncio.run(_with_asyncssh(put))


async def _with_asyncssh(put: Put) -> None:
    connecting = asyncssh.connect(
        put.server.host,
        put.server.port,
        username=put.server.user,
        client_keys=[asyncssh.import_private_key(put.server.client_key)],
        known_hosts=str(_known_hosts(put)),
        encryption_algs=[_CIPHER],
        config=None,
        agent_path=None,
    )
    async with connecting as connection, connection.start_sftp_client() as client:
        await client.put(str(put.source), str(put.target))


def _sftp(put: Put, commands: str, *options: str) -> None:
    batch, key = put.folder / "batch", put.folder / "key"
    batch.write_text(f"{commands}\n", encoding="utf-8")
    key.touch(mode=0o600)
    key.write_text(put.server.client_key, encoding="utf-8")
    command = ["sftp", "-q", "-F", "none", "-b", str(batch), "-P", str(put.server.port), "-i", str(key)]
    pinned = ["-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={_known_hosts(put)}"]
    address = f"{put.server.user}@{put.server.host}"
    subprocess.run([*command, *pinned, *options, address], check=True, stdout=subprocess.DEVNULL)


def _known_hosts(put: Put) -> Path:
    file = put.folder / "known_hosts"
    file.write_text(f"[{put.server.host}]:{put.server.port} {put.server.host_key()}\n", encoding="utf-8")
    return file
