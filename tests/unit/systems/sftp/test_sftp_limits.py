"""How large a request may be: what the server says, within what ours makes use of."""

from __future__ import annotations

import struct
from unittest import mock

import pytest
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED_REPLY, CMD_STATUS

from airflow_provider_mlconnector.systems.sftp.failures import StatusError
from airflow_provider_mlconnector.systems.sftp.protocol import CHUNK, LARGEST_CHUNK, PartnerClient


def asked(*, offered: bool = True, answer: object = None, refused: Exception | None = None) -> int:
    client = mock.create_autospec(PartnerClient, instance=True)
    client.extensions = {"limits@openssh.com": b"1"} if offered else {}
    client._request.side_effect = refused
    client._request.return_value = answer
    return PartnerClient._largest_request(client)


def limits(read: int, write: int) -> tuple[int, Message]:
    return CMD_EXTENDED_REPLY, Message(struct.pack(">4Q", 262_144, read, write, 1019))


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


def test_a_server_that_tells_no_limits() -> None:
    assert asked(offered=False) == CHUNK
    assert asked(refused=StatusError(8, "unsupported")) == CHUNK
    assert asked(answer=(CMD_STATUS, Message())) == CHUNK
