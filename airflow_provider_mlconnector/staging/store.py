"""The staging area: folders of batches, below one path.

The path is handed in: a local `pathlib.Path`, or Airflow's `ObjectStoragePath`, which behaves like one.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.staging.hashing import HashingWriter

_STAMP = "%Y%m%dT%H%M%SZ"


class Location(Protocol):
    """What is used of a path, local or in an object store."""

    @property
    def name(self) -> str:
        """The last part of the path."""

    def __truediv__(self, name: str) -> Location:
        """A path below this one."""

    def open(self, mode: str) -> BinaryIO:
        """Open for reading or writing bytes."""

    def exists(self) -> bool:
        """Whether something is there."""

    def iterdir(self) -> Iterator[Location]:
        """What lies in this folder."""

    def mkdir(self, *, parents: bool, exist_ok: bool) -> None:
        """Make the folder."""

    def unlink(self) -> None:
        """Remove the file."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""


@dataclass(frozen=True)
class StagedFile:
    """One file of a batch, as its manifest lists it.

    Attributes:
        name: its name within the batch's folder.
        size: in bytes.
        sha256: of its bytes.
        rows: how many rows it holds.
    """

    name: str
    size: int
    sha256: str
    rows: int


class Staging:
    """Reads and writes the folders of batches.

    Args:
        root: where everything lies.
    """

    def __init__(self, root: Location | Path) -> None:
        self._root = cast("Location", root)

    def new_folder(self, lane: str, kind: str) -> str:
        """A name for a folder that nobody else has, with the time in it; nothing is made yet."""
        return f"{lane_folder(lane)}/{kind}-{datetime.now(UTC):{_STAMP}}-{uuid.uuid4().hex}"

    def folders_before(self, lane: str, moment: datetime) -> list[str]:
        """A lane's folders that were named before a moment (UTC, naive)."""
        top, stamp = lane_folder(lane), f"{moment:{_STAMP}}"
        parts = [(name, name.split("-")) for name in self.names(top)]
        return [f"{top}/{name}" for name, words in parts if len(words) == 3 and words[1] < stamp]

    @contextmanager
    def create(self, folder: str, name: str) -> Iterator[HashingWriter]:
        """Write a file; on leaving, it is complete and its hash known.

        Raises:
            TransientError: the staging area refused it (disk full, permission).
        """
        path = self._path(folder, name)
        with _understandable(folder):
            self._make(folder)
            with self._open_private(path) as raw:
                writer = HashingWriter(raw, durable=isinstance(path, Path))
                yield writer
                writer.settle()

    def writer(self, folder: str, name: str) -> HashingWriter:
        """Open a file for writing; whoever opened it closes it, and asks it for its size and hash then.

        Raises:
            TransientError: the staging area refused it.
        """
        with _understandable(folder):
            self._make(folder)
            path = self._path(folder, name)
            return HashingWriter(self._open_private(path), owned=True, durable=isinstance(path, Path))

    def write_part(self, folder: str, name: str, table: pa.Table) -> StagedFile:
        """Write rows as one Parquet part, with their exact types."""
        with self.create(folder, name) as writer:
            # Neighbouring rows are alike, which zstd sees by itself: dictionaries only take time.
            pq.write_table(
                table, writer, compression="zstd", compression_level=1, use_dictionary=False, write_statistics=False
            )
        return StagedFile(name, writer.size, writer.sha256, table.num_rows)

    def read_part(self, folder: str, part: StagedFile) -> pa.Table:
        """The rows of a part.

        Raises:
            IntegrityError: it is missing or damaged; the message names the batch's folder.
        """
        data = self.read_bytes(folder, part.name)
        if sha256(data).hexdigest() != part.sha256:
            raise _damaged(folder, f"{part.name} has another SHA-256 than its manifest says")
        return pq.read_table(pa.BufferReader(data))

    def read_bytes(self, folder: str, name: str) -> bytes:
        """A file's bytes.

        Raises:
            IntegrityError: it is missing.
        """
        with self.open(folder, name) as file:
            return file.read()

    @contextmanager
    def open(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """Open a file for reading.

        Raises:
            IntegrityError: it is missing.
        """
        try:
            file = self._path(folder, name).open("rb")
        except FileNotFoundError:
            raise _damaged(folder, f"{name} is missing") from None
        with file:
            yield file

    def write_json(self, folder: str, name: str, content: Mapping[str, Any]) -> str:
        """Write a small document; returns its SHA-256."""
        with self.create(folder, name) as writer:
            writer.write(json.dumps(content, sort_keys=True, indent=1).encode())
        return writer.sha256

    def read_json(self, folder: str, name: str, expected_sha256: str = "") -> dict[str, Any]:
        """Read a small document, and hold it against its hash where that is known.

        Raises:
            IntegrityError: it is missing or damaged.
        """
        data = self.read_bytes(folder, name)
        if expected_sha256 and sha256(data).hexdigest() != expected_sha256:
            raise _damaged(folder, f"{name} has another SHA-256 than the ledger says")
        return cast("dict[str, Any]", json.loads(data))

    def remove(self, folder: str) -> None:
        """Remove a folder and what lies in it; one that is not there is no error."""
        place = self._folder(folder)
        if not place.exists():
            return
        for child in list(place.iterdir()):
            self.discard(folder, child.name)
        rmdir = getattr(place, "rmdir", None)
        if rmdir is not None and place.exists():
            with suppress(FileNotFoundError):
                rmdir()

    def discard(self, folder: str, name: str) -> None:
        """Remove a file that another process may have removed already."""
        try:
            self._path(folder, name).unlink()
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """What lies in a folder; empty where it is not there."""
        place = self._folder(folder)
        return sorted(child.name for child in place.iterdir()) if place.exists() else []

    def _folder(self, folder: str) -> Location:
        place = self._root
        for part in folder.split("/"):
            place = place / part
        return place

    def _path(self, folder: str, name: str) -> Location:
        return self._folder(folder) / name

    def _make(self, folder: str) -> None:
        place = self._folder(folder)
        if isinstance(place, Path):
            root = cast("Path", self._root)
            missing = [p for p in (place, *place.parents) if p.is_relative_to(root) and not p.exists()]
            for path in reversed(missing):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            place.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def _open_private(path: Location) -> BinaryIO:
        if isinstance(path, Path):
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        return path.open("wb")


def lane_folder(lane: str) -> str:
    """A lane's name as a folder's name: readable, and distinct for distinct lanes."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", lane).strip(".-")[:80]
    return f"{readable}-{sha256(lane.encode()).hexdigest()[:10]}"


def as_json(file: StagedFile) -> dict[str, Any]:
    """A staged file as a manifest holds it."""
    return asdict(file)


@contextmanager
def _understandable(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransientError(
            f"staging can't be written at {folder}: {error.strerror or type(error).__name__}.",
            "Is there room, and may the worker write there ([mlconnector] staging_path)?",
        ) from None


def _damaged(folder: str, what: str) -> IntegrityError:
    return IntegrityError(
        f"staged batch {folder} is damaged: {what}.",
        "Clear the run's poll task to stage it anew; once it is being sent, see 'airflow mlconnector batches show'.",
    )
