"""A time limit that holds where paramiko has none.

paramiko waits without end for a channel's or a subsystem's confirmation, and for room in the TCP buffer of a peer that
no longer reads. The watchdog closes the line when nothing has happened for too long; whoever waits then gets an error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """Calls `on_silence` when a guarded piece of work shows no sign of life for `limit` seconds.

    Args:
        limit: seconds.
        on_silence: called once, from another thread; afterwards `bitten` is true.
    """

    def __init__(self, limit: float, on_silence: Callable[[], None]) -> None:
        self.bitten = False
        self._limit = limit
        self._on_silence = on_silence
        self._deadline: float | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._watch, name="sftp-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Watch over the work of a `with` block."""
        self.beat()
        try:
            yield
        finally:
            self._deadline = None

    def beat(self) -> None:
        """A sign of life: the time limit starts anew."""
        resting = self._deadline is None
        self._deadline = time.monotonic() + self._limit
        if resting:
            with self._changed:
                self._changed.notify()

    def stop(self) -> None:
        """End the watch."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                deadline = self._deadline
                left = None if deadline is None else deadline - time.monotonic()
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                self.bitten = True
                break
        if self.bitten:
            self._on_silence()
