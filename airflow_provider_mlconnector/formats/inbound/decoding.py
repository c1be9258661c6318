"""The bytes of a file as UTF-8, whatever it was written in."""

from __future__ import annotations

import codecs
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError

_AT_ONCE = 1024 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_UTF8 = ("utf-8", "utf-8-sig")


@dataclass(frozen=True)
class SeekableFile:
    """A file that can be read more than once.

    Attributes:
        file: it can be sought.
        size: its bytes.
    """

    file: BinaryIO
    size: int


def seekable(file: BinaryIO) -> SeekableFile:
    """A file that can be sought; another is copied to a temporary file without a name.

    Raises:
        FileRefusedError: it is empty.
    """
    known = file if file.seekable() else _copied(file)
    size = known.seek(0, io.SEEK_END)
    if not size:
        raise FileRefusedError("The file is empty.", "Ask the sender for it once more.")
    known.seek(0)
    return SeekableFile(known, size)


@dataclass(frozen=True)
class DecodedFile:
    """A file whose encoding is known.

    Attributes:
        file: it can be sought.
        encoding: the first of those allowed that holds for the whole file.
        size: its bytes.
    """

    file: BinaryIO
    encoding: str
    size: int

    def chunks(self) -> Iterator[bytes]:
        """The whole file in UTF-8, without byte order mark; a character may be divided between two chunks."""
        decode = codecs.getincrementaldecoder(self.encoding)().decode
        marked = self.encoding == "utf-8-sig" and self._begins_with_a_mark()
        self.file.seek(len(codecs.BOM_UTF8) if marked else 0)
        while chunk := self.file.read(_AT_ONCE):
            yield chunk if self.encoding in _UTF8 else decode(chunk).encode()

    def head(self, size: int) -> bytes:
        """The beginning of the text in UTF-8; its last character may be cut."""
        head = b""
        for chunk in self.chunks():
            head += chunk
            if len(head) >= size:
                break
        return head[:size]

    def _begins_with_a_mark(self) -> bool:
        self.file.seek(0)
        begin = b""
        while len(begin) < len(codecs.BOM_UTF8) and (byte := self.file.read(1)):
            begin += byte
        return begin == codecs.BOM_UTF8


def decoded(file: BinaryIO, encodings: Sequence[str]) -> DecodedFile:
    """Find out what a file is written in.

    Args:
        file: the opened file.
        encodings: tried in turn.

    Raises:
        FileRefusedError: it is empty, or in none of the encodings.
    """
    known = seekable(file)
    for encoding in encodings:
        if _holds(known.file, encoding):
            return DecodedFile(known.file, encoding, known.size)
    tried = ", ".join(encodings)
    raise FileRefusedError(f"The file is in none of the encodings {tried}.", "Name its own in the template.")


def _copied(file: BinaryIO) -> BinaryIO:
    copy = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - removed with the last reference to it
    shutil.copyfileobj(file, copy, _AT_ONCE)
    return cast("BinaryIO", copy)


def _holds(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_AT_ONCE):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
