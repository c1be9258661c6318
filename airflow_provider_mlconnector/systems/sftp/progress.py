"""How far a transfer has come, said in the log every so often: bytes, share and rate."""

from __future__ import annotations

import logging
import time

EVERY = 10.0
"""Seconds between two lines."""

MEGABYTE = 1_000_000


class Progress:
    """Follows one transfer.

    Args:
        log: where to write.
        name: the file.
        size: bytes expected.
    """

    def __init__(self, log: logging.Logger, name: str, size: int) -> None:
        self._log = log
        self._name = name
        self._size = size
        self._began = self._said = time.monotonic()

    def at(self, done: int) -> None:
        """So many bytes are through."""
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            share = 100 * done // self._size if self._size else 100
            self._log.info("%s: %d of %d bytes (%d %%), %s", self._name, done, self._size, share, self._rate(done, now))

    def end(self, done: int) -> None:
        """The transfer is over."""
        now = time.monotonic()
        self._log.info("%s: %d bytes in %.1f s, %s", self._name, done, now - self._began, self._rate(done, now))

    def _rate(self, done: int, now: float) -> str:
        return f"{done / MEGABYTE / max(now - self._began, 0.001):.1f} MB/s"
