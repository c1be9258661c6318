"""The files behind the sandbox's SFTP server, with what can go wrong with each operation."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from airflow_provider_mlconnector.sandbox.sftp.faults import Faults

WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC | asyncssh.FXF_APPEND
ST_RDONLY = 1


class Disk(Protocol):
    """What the files need of the server."""

    root: Any
    faults: Faults

    def note(self, user: str, action: str, path: str = "", detail: str = "") -> None:
        """Write a line into the log."""


class PartnerFiles(asyncssh.SFTPServer):
    """One SFTP session, shut into the server's root folder.

    Args:
        channel: the session's channel.
        disk: the server that it belongs to.
    """

    def __init__(self, channel: Any, disk: Disk) -> None:
        super().__init__(channel, chroot=os.fsencode(disk.root))
        self._disk = disk
        self._turn = asyncio.Lock()
        self._user: str = channel.get_extra_info("username")

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file."""
        writes = bool(pflags & WRITES)
        await self._begin("open", path, "write" if writes else "read", writes=writes)
        return super().open(path, pflags, attrs)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a piece of a file."""
        await self._wait("write")
        faults, end = self._disk.faults, offset + len(data)
        if 0 <= faults.disk_full_after < end:
            raise OSError(errno.ENOSPC, "No space left on device")
        if 0 <= faults.cut_after_bytes < end:
            super().write(file_obj, offset, data[: max(0, faults.cut_after_bytes - offset)])
            self._cut()
        if faults.corrupt and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        super().write(file_obj, offset, data)
        return len(data)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a piece of a file."""
        await self._wait("read")
        if 0 <= self._disk.faults.cut_reading_after < offset + size:
            self._cut()
        piece = super().read(file_obj, offset, size)
        return bytes(piece)  # type: ignore[arg-type]

    async def close(self, file_obj: object) -> None:
        """Close a file."""
        await self._begin("close", b"")
        super().close(file_obj)

    async def stat(self, path: bytes) -> Any:
        """Attributes of a file, or of what a link leads to."""
        await self._begin("stat", path)
        return super().stat(path)

    async def lstat(self, path: bytes) -> Any:
        """Attributes of a file or link."""
        await self._begin("stat", path)
        return super().lstat(path)

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change a file's attributes."""
        await self._begin("setstat", path, writes=True)
        super().setstat(path, attrs)

    async def scandir(self, path: bytes) -> Any:
        """List a folder."""
        await self._begin("list", path)
        async for entry in super().scandir(path):
            yield entry

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._begin("remove", path, writes=True)
        super().remove(path)

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder."""
        await self._begin("mkdir", path, writes=True)
        super().mkdir(path, attrs)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The plain rename of SFTP version 3, which refuses where the new name is taken."""
        await self._begin("rename", oldpath, os.fsdecode(newpath), writes=True)
        faults = self._disk.faults
        if faults.rename_unsupported:
            raise asyncssh.SFTPOpUnsupported("rename")
        if faults.rename_overwrites:
            super().posix_rename(oldpath, newpath)
        else:
            super().rename(oldpath, newpath)
        self._after_rename(newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """OpenSSH's rename, which overwrites."""
        await self._begin("posix_rename", oldpath, os.fsdecode(newpath), writes=True)
        super().posix_rename(oldpath, newpath)
        self._after_rename(newpath)

    async def statvfs(self, path: bytes) -> Any:
        """The state of the file system."""
        await self._begin("statvfs", path)
        faults = self._disk.faults
        available = 0 if faults.disk_full_after >= 0 else 1_000_000
        return asyncssh.SFTPVFSAttrs(
            bsize=4096, frsize=4096, blocks=1_000_000, bfree=available, bavail=available, files=1000, ffree=1000,
            favail=1000, fsid=1, flags=ST_RDONLY if faults.read_only else 0, namemax=255,
        )  # fmt: skip

    def _after_rename(self, path: bytes) -> None:
        taken_to = self._disk.faults.taken_to
        if taken_to is not None:
            taken_to.mkdir(parents=True, exist_ok=True)
            local = Path(os.fsdecode(self.map_path(path)))
            shutil.move(local, taken_to / local.name)
        if self._disk.faults.cut_after_rename:
            self._cut()

    async def _begin(self, action: str, path: bytes, detail: str = "", *, writes: bool = False) -> None:
        self._disk.note(self._user, action, os.fsdecode(path), detail)
        await self._wait(action)
        faults = self._disk.faults
        if faults.folder_missing and path:
            raise asyncssh.SFTPNoSuchFile("No such file")
        if faults.read_only and writes:
            raise OSError(errno.EROFS, "Read-only file system")

    async def _wait(self, action: str) -> None:
        faults = self._disk.faults
        if faults.stall_on == action:
            await asyncio.Event().wait()
        if faults.delay:
            # one after the other, as a real server works off what a client has sent ahead
            async with self._turn:
                await asyncio.sleep(faults.delay)

    def _cut(self) -> None:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")
