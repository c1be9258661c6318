"""How many may do something at once, over all workers: so many leases, each held for as long as it is done."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.ledger import leases
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger

_LOG = logging.getLogger(__name__)


class LedgerSlots:
    """A number of slots in the ledger.

    Args:
        ledger: where they lie.
        name: what is limited.
        count: how many slots there are.
        longest: how long a slot is held at most; whoever dies with one holds it for so long.
        patience: seconds after which somebody goes on without a slot: the limited system refuses what is too much, and
            a worker that died must not hold up everything.
        sleep: waits between two looks.
    """

    def __init__(
        self,
        ledger: Ledger,
        name: str,
        count: int,
        longest: timedelta,
        patience: float = 60,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._names = [f"{name} slot {number}" for number in range(1, count + 1)]
        self._longest = longest
        self._patience = patience
        self._sleep = sleep

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot for the time of a `with` block."""
        held = self._wait()
        try:
            yield
        finally:
            if held is not None:
                self._free(*held)

    def _wait(self) -> tuple[str, int] | None:
        waited = 0.0
        while True:
            held = self._take()
            if held is not None:
                return held
            if waited >= self._patience:
                _LOG.info("no slot came free in %.0f s; going on without one", waited)
                return None
            pause = random.uniform(0.1, 0.5)  # noqa: S311 - so that two do not keep looking at the same moment
            waited += pause
            self._sleep(pause)

    def _take(self) -> tuple[str, int] | None:
        with self._ledger.write() as connection:
            for name in self._names:
                if not leases.lock(connection, name).is_held(utc_now()):
                    return name, leases.take(connection, name, "a request", self._longest)
        return None

    def _free(self, name: str, version: int) -> None:
        try:
            with self._ledger.write() as connection:
                leases.free(connection, name, version)
        except MlconnectorError as error:
            # What was done in it is done, and must not be repeated; the slot frees itself in time.
            _LOG.warning("could not free %s: %s", name, error)
