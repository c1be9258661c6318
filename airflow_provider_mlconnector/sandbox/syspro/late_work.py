"""Work that is done later than it was asked for: after the caller gave up, or while somebody looks for its result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_mlconnector.sandbox.web import Response

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Held:
    work: Callable[[], Response]
    answer: asyncio.Future[Response]
    requests: int


class LateWork:
    """Pieces of work that wait for their time, in the server's event loop."""

    def __init__(self) -> None:
        self._held: list[_Held] = []

    def hold(self, work: Callable[[], Response], options: Mapping[str, Any]) -> Response:
        """Keep a piece of work.

        Args:
            work: does it and gives its answer.
            options: of the fault `late_work`.

        Returns:
            An answer that comes when the work is done; with `drop` one that closes the connection now.
        """
        loop = asyncio.get_running_loop()
        held = _Held(work, loop.create_future(), int(options.get("requests", 0)))
        self._held.append(held)
        if "value" in options:
            loop.call_later(float(options["value"]), self._do, held)
        return Response(cut=0) if options.get("drop") else Response(held=held.answer)

    def passed(self) -> None:
        """A request has come: do what was held until then."""
        for held in list(self._held):
            held.requests -= 1
            if held.requests == 0:
                self._do(held)

    def release(self, *, later: bool = True) -> int:
        """Do what is held; returns how many pieces of work that was.

        Args:
            later: also what is to be done at a later request.
        """
        waiting = [held for held in self._held if later or held.requests <= 0]
        for held in waiting:
            self._do(held)
        return len(waiting)

    def _do(self, held: _Held) -> None:
        if held not in self._held:
            return
        self._held.remove(held)
        try:
            answer = held.work()
        except Exception:  # noqa: BLE001 - as in the server: whatever it is, the client gets an answer
            _log.exception("the sandbox failed at work that was held")
            answer = Response(500, b"the sandbox failed")
        held.answer.set_result(answer)
