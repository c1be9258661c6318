"""How large a request may be: what the server says, within what ours makes use of."""

from __future__ import annotations

import hashlib
import io
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import asyncssh
import paramiko
import pytest
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED_REPLY, CMD_STATUS

from airflow_provider_mlconnector.sandbox.sftp.files import PartnerFiles
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.failures import StatusError
from airflow_provider_mlconnector.systems.sftp.limits import CHUNK, LARGEST_CHUNK
from airflow_provider_mlconnector.systems.sftp.protocol import PartnerClient
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.servers.openssh import OpenSshServer

Configured = Callable[..., PartnerConfig]


@pytest.fixture
def inbound(sandbox: Any) -> Path:
    folder: Path = sandbox.root / "inbound"
    return folder


def asked(*, offered: bool = True, answer: object = None, refused: Exception | None = None) -> int:
    client = mock.create_autospec(PartnerClient, instance=True)
    client.extensions = {"limits@openssh.com": b"1"} if offered else {}
    client._request.side_effect = refused
    client._request.return_value = answer
    return PartnerClient._largest_request(client)


def limits(read: int, write: int, packet: int = 262_144) -> tuple[int, Message]:
    return CMD_EXTENDED_REPLY, Message(struct.pack(">4Q", packet, read, write, 1019))


@pytest.mark.parametrize(
    ("read", "write", "expected"),
    [
        (261_120, 261_120, 261_120),
        (4_194_304, 4_194_304, LARGEST_CHUNK),
        (65_536, 261_120, 65_536),
        (261_120, 65_536, 65_536),
        (0, 261_120, CHUNK),
        (0, 0, CHUNK),
        (1024, 1024, CHUNK),
    ],
)
def test_the_smaller_of_what_the_server_tells_and_never_less_than_each_must_take(
    read: int, write: int, expected: int
) -> None:
    assert asked(answer=limits(read, write)) == expected


def test_a_request_fits_into_the_server_s_packet() -> None:
    assert asked(answer=limits(0, 0, 34_000)) == CHUNK
    assert asked(answer=limits(261_120, 261_120, 66_560)) == 65_536
    assert asked(answer=limits(261_120, 261_120, 0)) == 261_120


def test_a_server_that_tells_no_limits() -> None:
    assert asked(offered=False) == CHUNK
    assert asked(refused=StatusError(8, "unsupported")) == CHUNK
    assert asked(refused=EOFError("nothing")) == CHUNK
    assert asked(answer=(CMD_STATUS, Message())) == CHUNK


def test_openssh_tells_its_limit() -> None:
    with OpenSshServer() as openssh:
        assert_largest(openssh)


def assert_largest(openssh: OpenSshServer) -> None:
    config = PartnerConfig.from_fields(
        openssh.host,
        openssh.port,
        openssh.user,
        None,
        {"private_key": openssh.client_key, "host_key": openssh.host_key()},
    )
    with PartnerSite(config) as site:
        assert site.session.client.chunk == LARGEST_CHUNK


@pytest.mark.parametrize("cap", [20_000, 32_768, 65_536])
def test_a_server_that_gives_less_than_asked_for(
    configured: Configured, inbound: Path, monkeypatch: pytest.MonkeyPatch, cap: int
) -> None:
    data = random.Random(1).randbytes(2_000_000)
    (inbound / "x").write_bytes(data)
    whole = PartnerFiles.read

    async def short(self: PartnerFiles, file: Any, offset: int, size: int) -> Any:
        return await whole(self, file, offset, min(size, cap))

    monkeypatch.setattr(PartnerFiles, "read", short)
    with PartnerSite(configured(), "/inbound") as site:
        assert site.sha256("x") == hashlib.sha256(data).hexdigest()
        assert site.session.client.chunk == cap, "asked for as much as it gives"


def test_a_server_that_refuses_the_size_it_has_told(
    configured: Configured, inbound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = random.Random(1).randbytes(2_000_000)
    whole = PartnerFiles.write

    async def refusing(self: PartnerFiles, file: Any, offset: int, part: bytes) -> Any:
        if len(part) > CHUNK:
            raise asyncssh.SFTPFailure("too much")
        return await whole(self, file, offset, part)

    monkeypatch.setattr(PartnerFiles, "write", refusing)
    with PartnerSite(configured(), "/inbound") as site:
        site.upload("x.part", io.BytesIO(data), len(data))
    assert (inbound / "x.part").read_bytes() == data


def test_a_part_of_a_large_request_is_a_sign_of_life() -> None:
    client = mock.create_autospec(PartnerClient, instance=True)
    client.alive = mock.Mock()
    client.sock = mock.create_autospec(paramiko.Channel, instance=True)
    client.sock.send.side_effect = len
    PartnerClient._write_all(client, bytes(LARGEST_CHUNK))
    assert client.alive.call_count == -(-LARGEST_CHUNK // 32_768)
    client.alive.reset_mock()
    PartnerClient._write_all(client, bytes(100))
    assert not client.alive.called, "an unasked small packet keeps no silent server alive"
