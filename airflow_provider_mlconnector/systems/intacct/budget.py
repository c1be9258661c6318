"""What reading costs: Intacct bills each request, and a budget stops before the request that would break it."""

from __future__ import annotations

import calendar
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from airflow_provider_mlconnector.errors import ConfigurationError


class Spending(Protocol):
    """Counts the transactions of a calendar month (UTC), for all who read the same company."""

    def spend(self, count: int) -> int:
        """Add to this month's transactions (or take back, where negative), at once; returns their number."""

    def spent(self) -> int:
        """This month's transactions so far."""


class OwnSpending:
    """Counts what this process spends, where nothing remembers more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def spend(self, count: int) -> int:
        """Add to the count."""
        with self._lock:
            self._count += count
            return self._count

    def spent(self) -> int:
        """The count."""
        return self._count


class Budget:
    """Counts every request before it is sent.

    Args:
        limit: transactions a month; 0: no limit.
        spending: what counts them for all who read the company; None: only what is spent here is known.
        clock: our own clock, by which the month goes.
    """

    def __init__(
        self, limit: int, spending: Spending | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.limit = limit
        self.used = 0
        self.counted = spending is not None
        self._spending = spending or OwnSpending()
        self._clock = clock

    def charge(self, what: str) -> None:
        """One request is about to be sent.

        Raises:
            ConfigurationError: it would break the budget; nothing may be sent.
        """
        total = self._spending.spend(1)
        if self.limit and total > self.limit:
            self._spending.spend(-1)
            raise ConfigurationError(
                f"{what}: this month's budget of {self.limit:,} Intacct transactions is spent.",
                "Nothing more is asked of Intacct before the next month (UTC), unless monthly_budget is raised.",
            )
        self.used += 1

    def report(self) -> str:
        """What was spent here and this month, and what the month will come to at this rate, where that is known."""
        if not self.counted:
            return (
                f"{self.used:,} Intacct transactions here, which Intacct bills and no count of the month holds, "
                "because there is no ledger yet"
            )
        spent = self._spending.spent()
        limit = f" of {self.limit:,}" if self.limit else ""
        return (
            f"{self.used:,} Intacct transactions here, {spent:,}{limit} this month; "
            f"at this rate {forecast(spent, self._clock()):,} by its end"
        )

    def warning(self) -> str:
        """That the month will end beyond its budget, where it looks like that; else empty.

        Without the figures, which change with every request: it is one alert until it is over.
        """
        if not self.limit or not self.counted or forecast(self._spending.spent(), self._clock()) <= self.limit:
            return ""
        return f"At this rate Intacct will have cost more by the end of the month than its budget of {self.limit:,}."


def forecast(spent: int, now: datetime) -> int:
    """What a month comes to if the rest of it costs as much a day as what has passed of it, at least a day.

    Args:
        spent: transactions so far.
        now: the moment, in UTC.
    """
    days = calendar.monthrange(now.year, now.month)[1]
    passed = now.day - 1 + (now.hour * 60 + now.minute) / 1440
    return max(spent, round(spent * days / max(passed, 1.0)))
