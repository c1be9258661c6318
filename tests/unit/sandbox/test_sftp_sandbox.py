"""The sandbox's SFTP server, seen through a client that is not ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path / "partner", {"acme": "pw", "keyed": ""}) as server:
        yield server


def use(
    sandbox: SftpSandbox,
    work: Callable[[asyncssh.SFTPClient], Awaitable[Any]],
    *,
    key: asyncssh.SSHKey | None = None,
    user: str = "acme",
    password: str = "pw",
) -> Any:
    """Do something in one session; a line that stays silent ends as TimeoutError."""

    async def session() -> Any:
        pinned = asyncssh.import_known_hosts(f"[{sandbox.host}]:{sandbox.port} {sandbox.host_key}")
        connection = await asyncssh.connect(
            sandbox.host, sandbox.port, username=user, password=None if key else password,
            client_keys=[key] if key else None, known_hosts=pinned, agent_path=None, config=None,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(work(await connection.start_sftp_client()), 2)
        finally:
            connection.abort()

    return asyncio.run(session())


async def put(client: asyncssh.SFTPClient, name: str = "/x", data: bytes = b"data") -> None:
    async with client.open(name, "wb") as file:
        await file.write(data)


async def nothing(client: asyncssh.SFTPClient) -> None:
    pass


def test_files_lie_on_disk_and_every_operation_is_in_the_log(sandbox: SftpSandbox) -> None:
    use(sandbox, put)
    use(sandbox, lambda client: client.rename("/x", "/y"))
    assert (sandbox.root / "y").read_bytes() == b"data"
    log = [(done.user, done.action, done.path, done.detail) for done in sandbox.operations]
    assert ("acme", "open", "/x", "write") in log
    assert ("acme", "rename", "/x", "/y") in log
    assert [action for _, action, _, _ in log].count("sign_in") == 2


def test_users_are_shut_into_the_root(sandbox: SftpSandbox, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        use(sandbox, lambda client: client.stat("/../outside"))


@pytest.mark.parametrize(("user", "password"), [("acme", "wrong"), ("nobody", "pw"), ("keyed", "")])
def test_wrong_passwords_are_refused(sandbox: SftpSandbox, user: str, password: str) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        use(sandbox, nothing, user=user, password=password)
    assert "sign_in" not in {done.action for done in sandbox.operations}


def test_only_the_authorized_key_opens(sandbox: SftpSandbox) -> None:
    key, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    sandbox.authorized_keys["keyed"] = key.export_public_key().decode()
    use(sandbox, nothing, user="keyed", key=key)
    with pytest.raises(asyncssh.PermissionDenied):
        use(sandbox, nothing, user="keyed", key=other)


def test_refusing_connections_and_listening_again_on_the_same_port(sandbox: SftpSandbox) -> None:
    port = sandbox.port
    sandbox.misbehave(refuse_connections=True)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sandbox.host, port), timeout=5)
    sandbox.behave()
    assert sandbox.port == port
    use(sandbox, nothing)


def test_never_answering(sandbox: SftpSandbox) -> None:
    sandbox.misbehave(never_answer=True)
    with socket.create_connection((sandbox.host, sandbox.port), timeout=0.3) as line, pytest.raises(TimeoutError):
        line.recv(1)
    sandbox.behave()
    use(sandbox, nothing)


def test_a_rotated_host_key_is_another_one(sandbox: SftpSandbox) -> None:
    before = (sandbox.host_key, sandbox.fingerprint)
    assert sandbox.rotate_host_key("ecdsa-sha2-nistp256") == sandbox.host_key
    assert sandbox.host_key.startswith("ecdsa-sha2-nistp256 ")
    assert not {sandbox.host_key, sandbox.fingerprint} & set(before)
    use(sandbox, nothing)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"disk_full_after": 3}, asyncssh.SFTPError),
        ({"read_only": True}, asyncssh.SFTPError),
        ({"folder_missing": True}, asyncssh.SFTPNoSuchFile),
        ({"cut_after_bytes": 2}, (asyncssh.SFTPError, asyncssh.ConnectionLost)),
        ({"reject_auth": True}, asyncssh.PermissionDenied),
        ({"cut_on_auth": True}, (asyncssh.Error, OSError)),
        ({"stall_on": "open"}, TimeoutError),
    ],
)
def test_a_fault_stops_a_file_until_it_is_switched_off(sandbox: SftpSandbox, faults: Any, error: Any) -> None:
    sandbox.misbehave(**faults)
    with pytest.raises(error):
        use(sandbox, put)
    sandbox.behave()
    use(sandbox, put)
    assert (sandbox.root / "x").read_bytes() == b"data"


def test_a_disk_takes_what_fits(sandbox: SftpSandbox) -> None:
    sandbox.misbehave(disk_full_after=4)
    use(sandbox, put)
    assert (sandbox.root / "x").read_bytes() == b"data"


def test_the_plain_rename_refuses_a_taken_name_unless_told_otherwise(sandbox: SftpSandbox) -> None:
    (sandbox.root / "x").write_text("new")
    (sandbox.root / "y").write_text("old")
    with pytest.raises(asyncssh.SFTPError):
        use(sandbox, lambda client: client.rename("/x", "/y"))
    sandbox.misbehave(rename_unsupported=True)
    with pytest.raises(asyncssh.SFTPOpUnsupported):
        use(sandbox, lambda client: client.rename("/x", "/z"))
    assert (sandbox.root / "y").read_text() == "old"
    sandbox.misbehave(rename_unsupported=False, rename_overwrites=True)
    use(sandbox, lambda client: client.rename("/x", "/y"))
    assert (sandbox.root / "y").read_text() == "new"


def test_the_line_is_cut_after_a_rename_that_was_done(sandbox: SftpSandbox) -> None:
    (sandbox.root / "x").write_text("new")
    sandbox.misbehave(cut_after_rename=True)
    with pytest.raises((asyncssh.SFTPError, asyncssh.ConnectionLost)):
        use(sandbox, lambda client: client.rename("/x", "/y"))
    assert (sandbox.root / "y").exists()


def test_the_partner_takes_renamed_files(sandbox: SftpSandbox, tmp_path: Path) -> None:
    (sandbox.root / "x").write_text("new")
    sandbox.misbehave(taken_to=tmp_path / "taken")
    use(sandbox, lambda client: client.rename("/x", "/y"))
    assert list(sandbox.root.iterdir()) == []
    assert (tmp_path / "taken" / "y").read_text() == "new"


def test_stored_bytes_are_damaged(sandbox: SftpSandbox) -> None:
    sandbox.misbehave(corrupt=True)
    use(sandbox, put)
    assert (sandbox.root / "x").read_bytes() == b"eata"


def test_an_unknown_fault_is_refused(sandbox: SftpSandbox) -> None:
    with pytest.raises(TypeError, match="explode"):
        sandbox.misbehave(explode=True)


def test_stopping_cuts_sessions_and_frees_the_port(tmp_path: Path) -> None:
    with SftpSandbox(tmp_path / "partner", {"acme": "pw"}) as server:
        line = socket.create_connection((server.host, server.port), timeout=5)
        assert line.recv(4) == b"SSH-"
    with line:
        line.settimeout(5)
        while line.recv(4096):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=5)
