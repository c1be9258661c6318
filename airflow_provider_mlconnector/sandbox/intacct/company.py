"""The sandbox's company: its clock and its records, of any size, made from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow_provider_mlconnector.sandbox.intacct import masters
from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.payables import Payables
from airflow_provider_mlconnector.sandbox.intacct.schema import SCHEMAS
from airflow_provider_mlconnector.sandbox.intacct.shipping import Shipping
from airflow_provider_mlconnector.sandbox.intacct.table import Base, Table, listed
from airflow_provider_mlconnector.sandbox.intacct.vendors import Vendors

START = datetime(2026, 3, 31, 12, tzinfo=UTC)
_BILLS_PER_VENDOR, _BILLS_PER_DOCUMENT = 8, 10
_LEAST_VENDORS, _LEAST_DOCUMENTS = 16, 12


class Company:
    """A company's data set; the same arguments make the same records.

    Args:
        seed: makes the data.
        scale: how many AP bills there are; the other objects follow.
        start: the clock at the beginning, aware.
        zone: IANA name of the zone that WHENMODIFIED is in; a real company's is not documented (sheet 1.10).
    """

    def __init__(self, seed: int = 1, scale: int = 200, start: datetime = START, zone: str = "UTC") -> None:
        self.seed, self.zone = seed, ZoneInfo(zone)
        self._now = start.astimezone(UTC)
        vendors = max(_LEAST_VENDORS, scale // _BILLS_PER_VENDOR)
        documents = max(_LEAST_DOCUMENTS, scale // _BILLS_PER_DOCUMENT)
        local = self.local
        payables = Payables(seed, scale, vendors, local)
        shipping = Shipping(seed, documents, local)
        bases: dict[str, Base] = {
            "VENDOR": Vendors(seed, vendors, local).base(),
            "APBILL": payables.bills(),
            "APBILLITEM": payables.lines(),
            "GLACCOUNT": masters.accounts(local),
            "DEPARTMENT": masters.departments(local),
            "LOCATION": masters.locations(local),
            "CLASS": masters.classes(local),
            "SODOCUMENT": shipping.documents(),
            "SODOCUMENTENTRY": shipping.entries(),
            "AUDITHISTORY": listed([], "ID"),
        }
        self.tables = {name: Table(SCHEMAS[name], base) for name, base in bases.items()}

    @property
    def now(self) -> datetime:
        """The clock, aware, in UTC; it stands still unless it is advanced."""
        return self._now

    @property
    def local(self) -> datetime:
        """The clock as WHENMODIFIED has it: naive, in the company's zone, whole seconds."""
        return self._now.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def advance(self, seconds: float = 0, *, days: float = 0) -> datetime:
        """Move the clock on.

        Raises:
            ValueError: the clock would go back.
        """
        later = self._now + timedelta(days=days, seconds=seconds)
        if later < self._now:
            raise ValueError("the clock doesn't go back")
        self._now = later
        return later

    def table(self, name: str) -> Table:
        """An object's records.

        Raises:
            ValueError: there is no such object.
        """
        if name not in self.tables:
            raise ValueError(f"there is no object '{name}'")
        return self.tables[name]

    def counts(self) -> dict[str, int]:
        """Records per object."""
        return {name: len(table) for name, table in sorted(self.tables.items())}

    def audit(self, table: Table, row: Mapping[str, Any], mode: str, *, source: str = "ui", work: str = "") -> None:
        """Write a line of AUDITHISTORY; its times are GMT (sheet 1.12).

        Args:
            table: whose record it is about.
            row: the record.
            mode: `C`, `M`, `D` or `W`.
            source: `ui`, `api`, `csv` or `system`.
            work: WORKFLOWACTION.
        """
        history = self.tables["AUDITHISTORY"]
        number = history.new_key()
        line: Row = {
            "RECORDNO": number,
            "ID": f"{number:08d}",
            "USERID": "admin",
            "ACCESSTIME": self._now.replace(tzinfo=None, microsecond=0),
            "ACCESSMODE": mode,
            "SOURCE": source,
            "OBJECTTYPE": table.schema.name.lower(),
            "OBJECTKEY": str(row[table.schema.audited_by]),
            "WORKFLOWACTION": work or None,
            "IPADDRESS": "192.0.2.7",
        }
        history.put(line)

    def related(self, name: str, row: Mapping[str, Value], path: str) -> Row | None:
        """The record that a relation of an object's record leads to, if any."""
        relation = SCHEMAS[name].relations[path]
        table, value = self.tables[relation.object], row.get(relation.by)
        if value is None:
            return None
        if relation.key == "RECORDNO":
            return table.get(int(str(value)))
        found = table.find(relation.key, value)
        return table.get(found[0]) if found else None
