"""A Stampli company: its clock and its records, which remember in which order they changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from airflow_provider_mlconnector.sandbox.stampli import masters
from airflow_provider_mlconnector.sandbox.stampli.records import KINDS, Account, Dimension, Record, Vendor

START = datetime(2026, 3, 30, 8, tzinfo=UTC)


class Company:
    """The same arguments and events make the same records.

    Args:
        seed: makes the data.
        code: the Stampli Company ID.
        start: its clock at the beginning, aware.
        vendors: how many there are.

    Attributes:
        now: its clock, which moves by `advance` and by a second with every file.
    """

    def __init__(self, seed: int = 1, code: str = "MLC", start: datetime = START, vendors: int = 24) -> None:
        self.seed, self.code, self.now = seed, code, start
        self._records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self._changed: dict[tuple[str, str], int] = {}
        self._changes = 0
        for account in masters.accounts():
            self.put("gl_accounts", account.account_code, account)
        for center in masters.cost_centers():
            self.put("dimensions", center.code, center)
        for vendor in masters.vendors(vendors, start):
            self.put("vendors", vendor.vendor_id, vendor)

    def advance(self, seconds: float = 0, *, days: float = 0) -> datetime:
        """Move the clock on.

        Raises:
            ValueError: it would go back.
        """
        if (step := timedelta(days=days, seconds=seconds)) < timedelta():
            raise ValueError("the clock doesn't go back")
        self.now += step
        return self.now

    def random(self, what: str) -> Random:
        """Chance that is the same for the same seed and the same matter."""
        return Random(f"{self.seed}/{what}")

    def put(self, kind: str, key: str, record: Record) -> None:
        """Add a record or replace it, which is a change."""
        self._changes += 1
        self._records[kind][key] = record
        self._changed[kind, key] = self._changes

    def touch(self, kind: str, key: str) -> None:
        """Let a record count as changed.

        Raises:
            KeyError: it isn't there.
        """
        self.put(kind, key, self._records[kind][key])

    def listed(self, kind: str, since: int = 0) -> list[Record]:
        """The records of a kind that changed after that many changes, oldest first by their first coming."""
        return [record for key, record in self._records[kind].items() if self._changed[kind, key] > since]

    def find(self, kind: str, key: str) -> Record:
        """One record.

        Raises:
            KeyError: it isn't there.
        """
        if key not in self._records[kind]:
            raise KeyError(f"{kind} has no '{key}'")
        return self._records[kind][key]

    def has(self, kind: str, key: str) -> bool:
        """Whether a record is there."""
        return key in self._records[kind]

    @property
    def changes(self) -> int:
        """How many changes there were."""
        return self._changes

    def vendors(self) -> list[Vendor]:
        """Its vendors."""
        return [record for record in self.listed("vendors") if isinstance(record, Vendor)]

    def accounts(self) -> list[Account]:
        """Its GL accounts."""
        return [record for record in self.listed("gl_accounts") if isinstance(record, Account)]

    def cost_centers(self) -> list[Dimension]:
        """Its cost centers."""
        return [record for record in self.listed("dimensions") if isinstance(record, Dimension)]

    def counts(self) -> dict[str, int]:
        """Records per kind."""
        return {kind: len(records) for kind, records in self._records.items()}
