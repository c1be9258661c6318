"""The SFTP requests that paramiko's client lacks, or loses errors in.

paramiko turns every status into a bare OSError, ignores the extensions that a server offers, and drops the answers to
the last hundred pipelined writes when a file is closed, so that a disk that fills up at the end goes unseen. Here each
request's answer is waited for, with a fixed number of them under way. (Checked against paramiko 5.1; the few of its
internals that this needs are the same since 2.0, and only this module touches them.)
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_HANDLE,
    CMD_INIT,
    CMD_OPEN,
    CMD_READ,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTP_OK,
    int64,
)

from airflow_provider_mlconnector.systems.sftp.failures import Space, StatusError
from airflow_provider_mlconnector.systems.sftp.limits import CHUNK, IN_FLIGHT, OVERHEAD, UNDER_WAY, largest_request

_AHEAD = 1_048_576
_PACKET = 32_768
# A server that gives fewer bytes than asked for is asked for as few from then on, but never for less than this.
_LEAST = 4096

_EOF = 1
_READ_ONLY_FLAG = 1


class Source(Protocol):
    """Where the bytes of a file come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class _Answers:
    """Keeps the answers to pipelined requests until they are asked for, in whatever order they come."""

    def __init__(self) -> None:
        self.arrived: dict[int, tuple[int, Any]] = {}

    def _async_response(self, kind: int, message: Any, number: int) -> None:
        self.arrived[number] = (kind, message)


class PartnerClient(paramiko.SFTPClient):
    """An SFTP session whose refusals keep their status code."""

    extensions: dict[str, bytes]

    def __init__(self, sock: paramiko.Channel) -> None:
        self._received = bytearray()
        self._taken = 0
        # Called whenever a part of a large request has gone through, which by itself may take long.
        self.alive: Callable[[], None] = lambda: None
        super().__init__(sock)
        self.chunk = self._largest_request()

    @property
    def under_way(self) -> int:
        """How many requests may wait for their answer."""
        return min(UNDER_WAY, IN_FLIGHT // self.chunk)

    if TYPE_CHECKING:
        # paramiko's own, which its published types leave out
        def _send_packet(self, kind: int, packet: Message) -> None: ...
        def _read_packet(self) -> tuple[int, bytes]: ...
        def _read_response(self) -> object: ...
        def _async_request(self, waiting: object, *request: Any) -> int: ...
        def _request(self, *request: Any) -> tuple[int, Any]: ...

    def _send_version(self) -> int:
        hello = Message()
        hello.add_int(3)
        self._send_packet(CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise paramiko.SFTPError("no SFTP version in the server's answer")
        answer = Message(data)
        version = answer.get_int()
        self.extensions = {}
        while len(answer.get_remainder()) > 0:
            name = answer.get_string()
            self.extensions[name.decode("utf-8", "replace")] = answer.get_string()
        return int(version)

    def _convert_status(self, message: Message) -> None:
        code = message.get_int()
        if code == SFTP_OK:
            return
        text = message.get_string().decode("utf-8", "replace")
        if code == _EOF:
            raise EOFError(text)
        raise StatusError(code, text)

    def _largest_request(self) -> int:
        """Bytes of one read or write request (limits@openssh.com: OpenSSH PROTOCOL, 4.8)."""
        if "limits@openssh.com" not in self.extensions:
            return CHUNK
        try:
            kind, message = self._request(CMD_EXTENDED, "limits@openssh.com")
        except (StatusError, EOFError):
            return CHUNK
        if kind != CMD_EXTENDED_REPLY:
            return CHUNK
        packet, read, write, _ = struct.unpack(">4Q", message.get_bytes(32))
        return largest_request(packet, read, write)

    def _read_all(self, size: int) -> bytes:
        # paramiko's own asks its channel for exactly so many bytes, each time moving all that wait there.
        while len(self._received) - self._taken < size:
            del self._received[: self._taken]
            self._taken = 0
            more = self.sock.recv(_AHEAD)
            if not more:
                raise EOFError
            self._received += more
            if size > CHUNK:
                self.alive()
        start, self._taken = self._taken, self._taken + size
        return bytes(memoryview(self._received)[start : self._taken])

    def _write_all(self, out: bytes) -> None:
        # A channel takes at most a packet at a time; paramiko's own copies all that is left for each.
        view = memoryview(out)
        while view:
            sent = self.sock.send(bytes(view[:_PACKET]))
            if sent <= 0:
                raise EOFError
            view = view[sent:]
            if len(out) > _PACKET + OVERHEAD:
                self.alive()

    def open_to_write(self, path: str, *, exclusive: bool) -> bytes:
        """Open a file for `write_stream`.

        Args:
            path: the file.
            exclusive: refuse where the path exists; otherwise what is there is emptied.

        Raises:
            StatusError: the server refused.
        """
        return self._open(path, SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | (SFTP_FLAG_EXCL if exclusive else SFTP_FLAG_TRUNC))

    def write_stream(self, handle: bytes, source: Source, progress: Callable[[int], None]) -> int:
        """Write a stream to its end, have it on the server's disk where the server can do that, and close the file.

        Args:
            handle: from `open_to_write`.
            source: where the bytes come from.
            progress: called with the number of bytes that the server has acknowledged so far.

        Returns:
            The number of bytes written.

        Raises:
            StatusError: the server refused one of the writes, the sync or the closing.
        """
        try:
            total = self._write_all_of(handle, source, progress)
            if "fsync@openssh.com" in self.extensions:
                self._request(CMD_EXTENDED, "fsync@openssh.com", handle)
        except StatusError:
            self._send(None, CMD_CLOSE, handle)
            raise
        self._request(CMD_CLOSE, handle)
        return total

    def read_stream(self, path: str, size: int) -> Iterator[bytes]:
        """Read the first bytes of a file in order.

        Args:
            path: the file.
            size: how many bytes to read; fewer come where the file is shorter.

        Raises:
            StatusError: the server refused the opening or one of the reads.
        """
        handle = self._open(path, SFTP_FLAG_READ)
        answers, waiting = _Answers(), deque[tuple[int, int, int]]()

        def ask(begin: int, end: int) -> list[tuple[int, int, int]]:
            asked = [(start, min(self.chunk, end - start)) for start in range(begin, end, self.chunk)]
            return [(self._send(answers, CMD_READ, handle, int64(at), length), at, length) for at, length in asked]

        offset = 0
        while offset < size or waiting:
            while offset < size and len(waiting) < self.under_way:
                waiting += ask(offset, min(offset + self.chunk, size))
                offset = min(offset + self.chunk, size)
            number, start, length = waiting.popleft()
            piece = self._piece(answers, number)
            if piece:
                yield piece
            if piece and len(piece) < length:
                # A server may send less than asked for (section 6.4): the rest comes before what follows.
                self.chunk = max(_LEAST, min(self.chunk, len(piece)))
                waiting.extendleft(reversed(ask(start + len(piece), start + length)))
        self._request(CMD_CLOSE, handle)

    def space(self, path: str) -> Space | None:
        """The state of the file system behind a path; None where the server does not tell."""
        if "statvfs@openssh.com" not in self.extensions:
            return None
        try:
            kind, message = self._request(CMD_EXTENDED, "statvfs@openssh.com", path)
        except StatusError:
            return None
        if kind != CMD_EXTENDED_REPLY:
            return None
        # OpenSSH PROTOCOL, 4.4: bsize frsize blocks bfree bavail files ffree favail fsid flag namemax
        values = struct.unpack(">11Q", message.get_bytes(88))
        blocks, available, files, free_files, flags = values[2], values[4], values[5], values[7], values[9]
        full = (blocks > 0 and available == 0) or (files > 0 and free_files == 0)
        return Space(full=full, read_only=bool(flags & _READ_ONLY_FLAG))

    def _write_all_of(self, handle: bytes, source: Source, progress: Callable[[int], None]) -> int:
        answers, waiting = _Answers(), deque[tuple[int, int]]()
        first = source.read(self.chunk)
        sent = done = self._first_write(answers, handle, first)
        progress(done)
        while first:
            chunk = source.read(self.chunk)
            if chunk:
                waiting.append((self._send(answers, CMD_WRITE, handle, int64(sent), chunk), len(chunk)))
                sent += len(chunk)
            while waiting and (len(waiting) >= self.under_way or not chunk):
                number, length = waiting.popleft()
                self._answer(answers, number)
                done += length
                progress(done)
            if not chunk:
                break
        return sent

    def _first_write(self, answers: _Answers, handle: bytes, data: bytes) -> int:
        """Alone, because a server may refuse the size that it has told; then smaller ones may do."""
        try:
            self._answer(answers, self._send(answers, CMD_WRITE, handle, int64(0), data))
        except StatusError:
            if len(data) <= CHUNK:
                raise
            self.chunk = CHUNK
            for at in range(0, len(data), CHUNK):
                piece = data[at : at + CHUNK]
                self._answer(answers, self._send(answers, CMD_WRITE, handle, int64(at), piece))
        return len(data)

    def _open(self, path: str, flags: int) -> bytes:
        kind, message = self._request(CMD_OPEN, path, flags, paramiko.SFTPAttributes())
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("no handle in the server's answer")
        handle: bytes = message.get_string()
        return handle

    def _piece(self, answers: _Answers, number: int) -> bytes:
        try:
            kind, message = self._answer(answers, number)
        except EOFError:
            return b""
        if kind != CMD_DATA:
            raise paramiko.SFTPError("no data in the server's answer")
        data: bytes = message.get_string()
        return data

    def _answer(self, answers: _Answers, number: int) -> tuple[int, Any]:
        while number not in answers.arrived:
            self._read_response()
        kind, message = answers.arrived.pop(number)
        if kind == CMD_STATUS:
            self._convert_status(message)
        return kind, message

    def _send(self, answers: _Answers | None, *request: Any) -> int:
        return self._async_request(type(None) if answers is None else answers, *request)
