"""The partner site against a real OpenSSH server."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, RejectedError, TransientError
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.failures import MissingFileError, NameTakenError
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.servers.openssh import OpenSshServer

Configured = Callable[..., PartnerConfig]
SIZE = 200_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[OpenSshServer]:
    with OpenSshServer(host_key_types=("ed25519", "ecdsa", "rsa")) as started:
        yield started


@pytest.fixture
def configured(server: OpenSshServer) -> Configured:
    def make(**extra: Any) -> PartnerConfig:
        return config_of(server, **extra)

    return make


def config_of(server: OpenSshServer, password: str | None = None, **extra: Any) -> PartnerConfig:
    extras = {"private_key": server.client_key, "host_key": server.host_key(), "operation_timeout": 10, **extra}
    return PartnerConfig.from_fields(server.host, server.port, server.user, password, extras)


@pytest.fixture
def site(configured: Configured, tmp_path: Path) -> Iterator[PartnerSite]:
    with PartnerSite(configured(), str(tmp_path), subfolders=("archive",)) as entered:
        yield entered


def put(site: PartnerSite, name: str, data: bytes) -> None:
    site.upload(name, io.BytesIO(data), len(data))


def test_a_delivery_step_by_step(site: PartnerSite, tmp_path: Path) -> None:
    data = os.urandom(5_000_001)
    put(site, "x.part", data)
    assert site.sha256("x.part") == hashlib.sha256(data).hexdigest()
    site.set_mode("x.part", 0o640)
    site.rename_new("x.part", "x")
    site.put_small("x.done", b"")
    site.make_folder("archive")
    assert site.stat("x.part") is None
    assert [file.name for file in site.list()] == ["x", "x.done"]
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    site.rename_new("x", "archive/x")
    assert (tmp_path / "archive" / "x").read_bytes() == data
    assert site.remove("archive/x") is True
    assert site.remove("archive/x") is False


def test_a_taken_name_is_never_overwritten(site: PartnerSite, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"last year's")
    with pytest.raises(NameTakenError):
        put(site, "x", b"this year's")
    put(site, "x.part", b"this year's")
    with pytest.raises(NameTakenError):
        site.rename_new("x.part", "x")
    assert (tmp_path / "x").read_bytes() == b"last year's"
    assert (tmp_path / "x.part").exists()


def test_the_server_itself_refuses_a_name_taken_after_the_look(
    site: PartnerSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "x.part", b"ours")
    rename = site.session.client.rename

    def somebody_is_faster(old: str, new: str) -> None:
        (tmp_path / "x").write_bytes(b"theirs")
        rename(old, new)

    monkeypatch.setattr(site.session.client, "rename", somebody_is_faster)
    with pytest.raises(NameTakenError):
        site.rename_new("x.part", "x")
    assert (tmp_path / "x").read_bytes() == b"theirs"
    assert (tmp_path / "x.part").read_bytes() == b"ours"


def test_missing_things(site: PartnerSite, configured: Configured, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        site.rename_new("x.part", "x")
    with pytest.raises(MissingFileError):
        site.sha256("x")
    with pytest.raises(ConfigurationError, match="archive"):
        put(site, "archive/x", b"1")
    with pytest.raises(ConfigurationError, match="none"), PartnerSite(configured(), str(tmp_path / "none")):
        pass


def test_a_full_device(site: PartnerSite, tmp_path: Path) -> None:
    # /dev/full refuses every write with ENOSPC, which OpenSSH tells as a bare "Failure"
    (tmp_path / ".x.part").symlink_to("/dev/full")
    with pytest.raises(TransientError, match="full disk"):
        site.put_small("x", b"1")


def test_permission_denied() -> None:
    # root may do anything, so that there somebody else signs in
    user = pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else ""
    with tempfile.TemporaryDirectory() as name, OpenSshServer(user=user) as other:
        folder = Path(name)
        (folder / "secret").mkdir(mode=0o000)
        folder.chmod(0o555)
        with PartnerSite(config_of(other), name, subfolders=("secret",)) as site:
            steps: list[Callable[[], Any]] = [
                lambda: put(site, "x", b"1"),
                lambda: site.make_folder("y"),
                lambda: site.stat("secret/x"),
                lambda: site.put_small("x.done", b"1"),
            ]
            for step in steps:
                with pytest.raises(RejectedError, match="denied permission"):
                    step()
        folder.chmod(0o755)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_any_one_of_the_servers_keys_may_be_pinned(server: OpenSshServer, configured: Configured, kind: str) -> None:
    key = server.host_key(kind)
    fingerprint = asyncssh.import_public_key(key).get_fingerprint("sha256")
    for pinned in (key, fingerprint):
        with PartnerSite(configured(host_key=pinned)) as site:
            assert site.session.host_key.fingerprint == fingerprint


def test_a_pinned_key_is_found_behind_one_that_is_not(server: OpenSshServer, configured: Configured) -> None:
    following = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with PartnerSite(configured(host_key=[following, server.host_key("rsa")])) as site:
        assert site.session.host_key.key_type == "ssh-rsa"


def test_another_server_under_the_same_address(server: OpenSshServer, configured: Configured) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    with (
        pytest.raises(CredentialsError) as caught,
        PartnerSite(configured(host_key=other.export_public_key().decode())),
    ):
        pass
    assert other.get_fingerprint("sha256") in str(caught.value)
    assert asyncssh.import_public_key(server.host_key()).get_fingerprint("sha256") in str(caught.value)


def test_a_wrong_key_is_tried_twice(configured: Configured) -> None:
    wrong = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    pauses: list[float] = []
    with (
        pytest.raises(CredentialsError, match="by key"),
        PartnerSite(configured(private_key=wrong), sleep=pauses.append),
    ):
        pass
    assert pauses == [60.0]


def test_a_wrong_password_is_tried_twice(configured: Configured) -> None:
    pauses: list[float] = []
    config = configured(private_key="", password="not the password")
    with pytest.raises(CredentialsError, match="by password"), PartnerSite(config, sleep=pauses.append):
        pass
    assert pauses == [60.0]


class Zeros(io.RawIOBase):
    """So many bytes, and something that happens after so many of them."""

    def __init__(self, size: int, after: int, event: Callable[[], None]) -> None:
        self.left = size
        self.after = size - after
        self.event: Callable[[], None] | None = event

    def read(self, size: int = -1, /) -> bytes:
        if self.event is not None and self.left <= self.after:
            event, self.event = self.event, None
            event()
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)


def test_a_session_killed_in_mid_file(tmp_path: Path) -> None:
    with OpenSshServer() as own, PartnerSite(config_of(own), str(tmp_path)) as site:
        source = Zeros(50_000_000, 5_000_000, own.kill_sessions)
        with pytest.raises(TransientError, match="cut while writing x"):
            site.upload("x", source, 50_000_000)  # type: ignore[arg-type]
    assert (tmp_path / "x").stat().st_size < 50_000_000


def test_a_server_that_stops_reading_in_mid_file(tmp_path: Path) -> None:
    with OpenSshServer() as own, PartnerSite(config_of(own, operation_timeout=0.5), str(tmp_path)) as site:
        source = Zeros(50_000_000, 5_000_000, own.pause_sessions)
        with pytest.raises(TransientError, match="did not answer in time"):
            site.upload("x", source, 50_000_000)  # type: ignore[arg-type]


def test_a_server_that_stops_taking_bytes_off_the_line(tmp_path: Path) -> None:
    with OpenSshServer() as own, PartnerSite(config_of(own, operation_timeout=0.5), str(tmp_path)) as site:
        # less room on the line than the server's SSH window: it is TCP that blocks, where paramiko has no time limit
        line: Any = site.session.transport.sock
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        source = Zeros(50_000_000, 0, own.pause_sessions)
        with pytest.raises(TransientError, match="did not answer in time"):
            site.upload("x", source, 50_000_000)  # type: ignore[arg-type]


PROGRAM = """
import json, resource, sys
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

class Pattern:
    def __init__(self, size):
        self.left, self.block = size, bytes(range(256)) * 1024
    def read(self, size):
        taken = min(size, self.left)
        self.left -= taken
        return self.block[:taken]

given = json.load(sys.stdin)
config = PartnerConfig.from_fields(*given["fields"])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with PartnerSite(config, given["folder"]) as site:
    site.upload("small", Pattern(8_000_000), 8_000_000)
    site.sha256("small")
    before = peak()
    site.upload("large", Pattern(given["size"]), given["size"])
    print(json.dumps({"hash": site.sha256("large"), "grown_kib": peak() - before}))
"""


def test_a_large_file_streams(server: OpenSshServer, tmp_path: Path) -> None:
    extras = {"private_key": server.client_key, "host_key": server.host_key()}
    given = {"fields": [server.host, server.port, server.user, None, extras], "folder": str(tmp_path), "size": SIZE}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    told = json.loads(ended.stdout)
    with (tmp_path / "large").open("rb") as file:
        assert told["hash"] == hashlib.file_digest(file, "sha256").hexdigest()
    assert (tmp_path / "large").stat().st_size == SIZE
    assert told["grown_kib"] < 32 * 1024
    (tmp_path / "large").unlink()
