"""How many requests may be under way at once: Intacct takes two of a company, and refuses more (sheet 1.9)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Slots(Protocol):
    """A number of slots, one of which is held while a request is under way."""

    def one(self) -> AbstractContextManager[None]:
        """Wait for a slot, and hold it for the time of a `with` block."""


class OwnSlots:
    """The slots of this process, where nothing limits more.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a slot, and hold it for the time of a `with` block."""
        with self._free:
            yield
