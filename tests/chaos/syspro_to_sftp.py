"""SYSPRO to SFTP as a flow under test: invoices over OData, CSV files over SSH."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from tests.chaos import csv_files
from tests.chaos.flow import Arrival, FlowLane, Held
from tests.chaos.invoices import ACTS, FAR_TOO_LATE, Invoices
from tests.chaos.points import POINTS
from tests.chaos.to_sftp import BROKEN, MENDED, SFTP, ToSftp

ODATA = {
    "odata: line lost in a page": "drop",
    "odata: no answer": "lost_answer",
    "odata: 500": "status",
    "odata: half a page": "truncated",
}
CHANGE = "odata: a record changes between pages"


class SysproToSftp(ToSftp):
    """One stream of invoices to one partner."""

    name = "syspro_to_sftp"
    lanes: Mapping[str, FlowLane] = {"": FlowLane("ap_invoices", "partner_sftp", "ap_invoices", ToSftp.upstream)}
    points: Mapping[str, tuple[str, ...]] = POINTS
    dag = "tests.chaos.syspro_to_sftp_dag:build"
    acts: Sequence[str] = (*ACTS, BROKEN, MENDED)
    unreachable = FAR_TOO_LATE
    faults: Sequence[str] = (*ODATA, CHANGE, *SFTP)

    def __init__(self) -> None:
        super().__init__("syspro_default", ("ap_invoices.mapping.yaml", "      - {Code: B, Target: V7}"))

    def make_source(self) -> Invoices:
        """A company of its own."""
        self._invoices = Invoices()
        return self._invoices

    def arrived(self, name: str, data: bytes) -> Sequence[Arrival]:
        """The invoices in a file."""
        return csv_files.invoices(name, data)

    def held(self, data: bytes) -> Held:
        """What an arrived file holds."""
        return csv_files.held(data)

    def fault(self, name: str, number: int) -> bool:
        """Switch something wrong on."""
        if name in SFTP:
            return self._partner.misbehave(**SFTP[name])
        if name == CHANGE:
            return self._invoices.change_under_poll(number)
        after, count = number % 5, 1 + number % 3
        self._invoices.sandbox.admin.fault(ODATA[name], after=after, count=count, where={"service": "odata"})
        return True

    def ceiling(self) -> str:
        """The end of the company's day, as a cursor."""
        return f"{self._invoices.today().isoformat()}T23:59:59.999999"

    def resting_watermark(self, lane: str) -> Collection[str]:
        """The greatest journal date up to the clock."""
        days = [row["JournalDate"] for row in self._invoices.rows.values() if row["JournalDate"]]
        return {max(f"{day}.000000" for day in days if day <= self.ceiling())}

    def amounts(self) -> Mapping[str, tuple[str, str]]:
        """Amount and currency of each invoice."""
        return {key: (row["OrigInvValue"], row["Currency"]) for key, row in self._invoices.rows.items()}

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
        end = datetime(2026, 3, 31) - timedelta(days=number % 20)  # noqa: DTZ001 - naive, as the source's dates are
        return (end - timedelta(days=5 + number % 60)).date().isoformat(), end.date().isoformat()
