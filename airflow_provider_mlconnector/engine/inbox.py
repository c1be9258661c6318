"""The folder that a partner's files come into: what lies there whole, its bytes, and where it goes once read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from airflow_provider_mlconnector.engine.delivering import suffixed
from airflow_provider_mlconnector.ledger.received import Look

log = logging.getLogger(__name__)

# What upload programs add to the names of files that are still being written.
_UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload")


class IncomingFile(Protocol):
    """A file in the folder."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def modified(self) -> datetime:
        """When it was last changed, with its offset."""


class Inbox(Protocol):
    """The folder, as far as reading needs it."""

    def list(self) -> Sequence[IncomingFile]:
        """Its files."""

    def stat(self, name: str) -> IncomingFile | None:
        """The file of this name; None if it is not there."""

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece."""

    def rename_new(self, old: str, new: str) -> None:
        """Rename without overwriting."""

    def make_folder(self, name: str) -> None:
        """Make a folder below it, unless it is there."""


class Emptied(Inbox, Protocol):
    """A folder out of which files may be removed once they are done with."""

    def remove(self, name: str) -> bool:
        """Remove a file; returns whether there was one."""


def looks(inbox: Inbox) -> list[Look]:
    """The files of the folder, by name; those whose names say that they are being written are left out."""
    found = [_look(file) for file in inbox.list()]
    return [look for look in found if not look.name.startswith(".") and not look.name.endswith(_UNFINISHED)]


def settled(inbox: Inbox, first: Sequence[Look], seconds: float, sleep: Callable[[float], None]) -> list[Look]:
    """Those of these files that look the same a while later."""
    sleep(seconds)
    again = set(looks(inbox))
    changing = [look.name for look in first if look not in again]
    if changing:
        log.info("still being written, or taken away; left for the next run: %s", ", ".join(changing))
    return [look for look in first if look in again]


def still(inbox: Inbox, look: Look) -> bool:
    """Whether a file is as it was seen."""
    there = inbox.stat(look.name)
    return there is not None and replace(_look(there), name=look.name) == look


def find(inbox: Inbox, look: Look, moved_to: str) -> Look | None:
    """Where a file that was read lies now: where it was moved to, or in the folder; None where it is not there."""
    for name in filter(None, (moved_to, look.name)):
        there = inbox.stat(name)
        if there is not None and there.size == look.size:
            return replace(_look(there), name=name)
    return None


def whole(inbox: Inbox, look: Look) -> bytes | None:
    """A file's bytes; None where it has become another one meanwhile."""
    pieces: list[bytes] = []
    return b"".join(pieces) if pour(inbox, look, pieces.append) else None


def pour(inbox: Inbox, look: Look, write: Callable[[bytes], object]) -> bool:
    """Hand a file's bytes on, piece by piece; False where it has become another one meanwhile."""
    size = 0
    for piece in inbox.read(look.name):
        size += len(piece)
        if size > look.size:
            return False
        write(piece)
    return size == look.size and still(inbox, look)


def move(inbox: Inbox, look: Look, folder: str) -> str:
    """Put a file that was read into a folder below; returns its new name.

    Raises:
        RejectedError: another program has taken the name just now; trying again takes the next one.
    """
    inbox.make_folder(folder)
    name = look.name
    while inbox.stat(f"{folder}/{name}") is not None:
        name = suffixed(name)
    inbox.rename_new(look.name, f"{folder}/{name}")
    return f"{folder}/{name}"


def _look(file: IncomingFile) -> Look:
    return Look(file.name, file.size, file.modified.astimezone(UTC).replace(tzinfo=None))
