"""Tries of tasks that go one step at a time: each in a thread of its own, of which one runs at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class KilledError(BaseException):
    """The worker is gone: nothing that follows in this try happens."""


class Try:
    """One try of one task.

    Args:
        work: what it does; it ends by returning or raising.
        stepper: where its steps report.
    """

    def __init__(self, work: Callable[[], None], stepper: Stepper) -> None:
        self.at = "start"
        self.detail: Any = None
        self.error: BaseException | None = None
        self.done = False
        self._killed = False
        self._work = work
        self._stepper = stepper
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Go on to the next point, or to the end."""
        self._go.release()
        self._back.acquire()
        if self.done:
            self._thread.join()

    def kill(self) -> None:
        """Let it end here, as a killed process does."""
        self._killed = True
        while not self.done:
            self.step()

    def pause(self, at: str, detail: Any) -> None:
        """Called by the try itself, at a point."""
        if self._killed:
            return
        self.at, self.detail = at, detail
        self._back.release()
        self._go.acquire()
        if self._killed:
            raise KilledError

    def _run(self) -> None:
        self._go.acquire()
        self._stepper.local.current = self
        try:
            if not self._killed:
                self._work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the one who steps looks at it
            self.error = error
        self.done = True
        self._back.release()


class Stepper:
    """Knows which try runs in which thread."""

    def __init__(self) -> None:
        self.local = threading.local()

    def reach(self, at: str, detail: Any = None) -> None:
        """A point: the try of this thread, if it is one, stops here until it is told to go on."""
        current: Try | None = getattr(self.local, "current", None)
        if current is not None:
            current.pause(at, detail)
