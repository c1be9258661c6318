"""The ways in which the sandbox's SFTP server can be told to misbehave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong at the moment; all off by default.

    Args:
        refuse_connections: nobody listens on the port.
        never_answer: connections are taken, and nothing is ever sent.
        stall_on: the operation that is never answered: a name from the log, as "rename", or "write", "read",
            "sign_in", "session" (the opening of SFTP).
        reject_auth: every sign-in is refused.
        cut_on_auth: the line is cut at every sign-in.
        cut_after_bytes: the line is cut once a file has taken so many bytes.
        cut_reading_after: the line is cut when more bytes of a file are asked for than these.
        cut_after_rename: a rename is done, and the line is cut before the answer.
        disk_full_after: bytes that a file takes before the disk is full; -1 for no fault.
        read_only: everything that writes is refused as on a read-only file system.
        folder_missing: no path exists.
        delay: seconds before every operation.
        rename_overwrites: the plain rename replaces its target.
        rename_unsupported: the plain rename is answered with "operation unsupported".
        corrupt: the first byte of every write is stored wrong.
        taken_to: the partner moves each file there as soon as it has been renamed; None where they leave it.
    """

    refuse_connections: bool = False
    never_answer: bool = False
    stall_on: str = ""
    reject_auth: bool = False
    cut_on_auth: bool = False
    cut_after_bytes: int = -1
    cut_reading_after: int = -1
    cut_after_rename: bool = False
    disk_full_after: int = -1
    read_only: bool = False
    folder_missing: bool = False
    delay: float = 0.0
    rename_overwrites: bool = False
    rename_unsupported: bool = False
    corrupt: bool = False
    taken_to: Path | None = None
