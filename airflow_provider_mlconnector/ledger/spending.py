"""What a metered system costs: transactions of each calendar month, counted for all who read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.schema import counter


class LedgerSpending:
    """A counter of the ledger for each month (UTC).

    Args:
        ledger: where it counts.
        name: what is counted, such as a company's transactions.
        clock: our own clock.
    """

    def __init__(self, ledger: Ledger, name: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._ledger = ledger
        self._name = name
        self._clock = clock

    def spend(self, count: int) -> int:
        """Add to this month's (or take back, where negative); returns their number. Safe across workers."""
        with self._ledger.write() as connection:
            bulk.insert_once(connection, counter, name=self._month(), next=0)
            mine = counter.c.name == self._month()
            connection.execute(update(counter).where(mine).values(next=counter.c.next + count))
            return int(connection.execute(select(counter.c.next).where(mine)).scalar_one())

    def spent(self) -> int:
        """This month's so far."""
        with self._ledger.read() as connection:
            found = connection.execute(select(counter.c.next).where(counter.c.name == self._month())).scalar()
        return int(found or 0)

    def _month(self) -> str:
        return f"{self._name}:{self._clock():%Y-%m}"
