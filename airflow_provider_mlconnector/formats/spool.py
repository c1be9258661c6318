"""The rows of groups, kept on disk until all of them have been seen."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

_IN_MEMORY = 8 * 1024 * 1024
_AT_ONCE = 1024 * 1024


class Spool:
    """One temporary file with the pieces of every group, in the order in which they came.

    A single file, whatever the number of groups: no open file for each of them, and nothing but places in memory.
    """

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - __exit__
        self._pieces: dict[str, list[tuple[int, int]]] = {}
        self._end = 0

    def __enter__(self) -> Self:
        """Nothing is opened before the first piece."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the temporary file."""
        self._file.close()

    def append(self, group: str, piece: bytes | memoryview) -> None:
        """Keep a piece of a group."""
        pieces = self._pieces.setdefault(group, [])
        self._file.write(piece)
        at, self._end = self._end, self._end + len(piece)
        if pieces and sum(pieces[-1]) == at:
            at, length = pieces.pop()
            pieces.append((at, length + len(piece)))
        else:
            pieces.append((at, len(piece)))

    def read(self, group: str) -> Iterator[bytes]:
        """A group's pieces, in portions of at most 1 MiB."""
        for at, length in self._pieces.get(group, ()):
            self._file.seek(at)
            left = length
            while left:
                portion = self._file.read(min(left, _AT_ONCE))
                if not portion:
                    raise OSError("the temporary file that holds the grouped rows has been cut short")
                left -= len(portion)
                yield portion
