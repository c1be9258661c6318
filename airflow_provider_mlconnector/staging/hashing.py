"""A file whose size and hash are known once it is written."""

from __future__ import annotations

import io
import os
from hashlib import sha256
from typing import Any, BinaryIO


class HashingWriter(io.RawIOBase):
    """A binary file that knows the size and the SHA-256 of what was written to it.

    Args:
        raw: the file below.
        owned: whether closing this one closes the file below.
        durable: whether it is on a local disk, and is to survive a power cut once it is closed.
    """

    def __init__(self, raw: BinaryIO, *, owned: bool = False, durable: bool = False) -> None:
        super().__init__()
        self._raw = raw
        self._owned = owned
        self._durable = durable
        self._hash = sha256()
        self.size = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self.size

    def write(self, data: Any) -> int:
        """Write and hash."""
        view = memoryview(data)
        self._raw.write(view)
        self._hash.update(view)
        self.size += view.nbytes
        return view.nbytes

    def settle(self) -> None:
        """Have everything written out."""
        self._raw.flush()
        if self._durable:
            os.fsync(self._raw.fileno())

    def close(self) -> None:
        """Write out and close the file below, if it is owned."""
        if self._owned and not self.closed:
            self.settle()
            self._raw.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Of everything that was written, as hexadecimal text."""
        return self._hash.hexdigest()
