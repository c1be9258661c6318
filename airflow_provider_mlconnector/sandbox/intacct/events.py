"""What can happen in the company while the sandbox runs: each kind of event changes its records as Intacct would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.bookkeeping import Bookkeeper, Touched, native
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.events_bills import BillEvents
from airflow_provider_mlconnector.sandbox.intacct.masters import API_USER, blank
from airflow_provider_mlconnector.sandbox.intacct.shipping import SHIPPER, document_id, document_row, entry_row
from airflow_provider_mlconnector.sandbox.intacct.table import Table

_MASTERS = ("GLACCOUNT", "DEPARTMENT", "LOCATION", "CLASS")


class Events:
    """Things that happen; the same ones in the same order give the same records.

    Args:
        company: where they happen.
    """

    def __init__(self, company: Company) -> None:
        self.company, self.keeper = company, Bookkeeper(company)
        self._bills, self._happened = BillEvents(self.keeper), 0
        names = (
            "new_vendors change_vendor vendor_inactive delete_vendor change_master new_master master_inactive "
            "new_shipments change_shipment audit_access"
        )
        self._kinds: dict[str, Callable[..., list[Touched]]] = {
            **self._bills.kinds(),
            **{name: getattr(self, name) for name in names.split()},
        }

    def kinds(self) -> list[str]:
        """The names of what can happen."""
        return sorted(self._kinds)

    def happen(self, kind: str, params: Mapping[str, Any]) -> list[Touched]:
        """Let something happen; returns the records that it was about.

        Raises:
            ValueError: the kind is unknown, or its parameters don't fit.
            KeyError: there is no such record.
        """
        if kind not in self._kinds:
            raise ValueError(f"there is no event '{kind}'; there are {', '.join(self.kinds())}")
        self._happened += 1
        self._bills.happened = self._happened
        rng = Random(f"{self.company.seed}:{self._happened}:{kind}")
        try:
            return self._kinds[kind](rng, **dict(params))
        except TypeError as error:
            raise ValueError(f"event '{kind}': {error}") from error

    def new_vendors(self, rng: Random, n: int = 1, vendor: str = "", name: str = "", **columns: Any) -> list[Touched]:
        """`n` vendors; `vendor` is the VENDORID of the only one."""
        table, now, touched = self.company.tables["VENDOR"], self.company.local, []
        for place in range(n):
            key = table.new_key()
            shown = name or f"Neue & S\u00f6hne ~ {self._happened}.{place}"
            given = {
                "RECORDNO": key,
                "VENDORID": vendor or f"N{self._happened:04d}-{place:03d}",
                "NAME": shown,
                "TERMNAME": "N30",
                "CREDITLIMIT": Decimal(rng.randrange(1, 500)) * 100,
                "CURRENCY": "USD",
                "STATUS": "active",
                "ONHOLD": False,
                "DISPLAYCONTACT.CONTACTNAME": shown,
                "DISPLAYCONTACT.PRINTAS": shown,
                "WHENCREATED": now,
                "WHENMODIFIED": now,
                "CREATEDBY": API_USER,
                "MODIFIEDBY": API_USER,
            }
            table.put(blank(table.schema, given) | native(table, columns))
            touched.append(self._written(table, key, "C"))
        return touched

    def change_vendor(self, rng: Random, n: int = 1, vendor: str = "", **columns: Any) -> list[Touched]:
        """Other `columns` (by default the credit limit) on `n` vendors, or on the one named."""
        table = self.company.tables["VENDOR"]
        default = {"CREDITLIMIT": Decimal(rng.randrange(10**6))}
        changes = native(table, columns) or default
        return [self._changed(table, self._vendor(rng, vendor), changes) for _ in range(n)]

    def vendor_inactive(self, rng: Random, vendor: str = "", *, inactive: bool = True) -> list[Touched]:
        """A vendor becomes inactive, or active again."""
        table = self.company.tables["VENDOR"]
        was, becomes = ("active", "inactive") if inactive else ("inactive", "active")
        key = self._vendor(rng, vendor) if vendor else self.keeper.pick(rng, table, STATUS=was)
        return [self._changed(table, key, {"STATUS": becomes})]

    def delete_vendor(self, rng: Random, vendor: str = "", *, audited: bool = True) -> list[Touched]:
        """A vendor is deleted."""
        table = self.company.tables["VENDOR"]
        key = self._vendor(rng, vendor)
        row = table.delete(key)
        if audited:
            self.company.audit(table, row, "D")
        return [self.keeper.touched(table, key, row)]

    def change_master(self, rng: Random, object: str, key: str = "", **columns: Any) -> list[Touched]:  # noqa: A002 - as elsewhere
        """`columns` of a GLACCOUNT, DEPARTMENT, LOCATION or CLASS change; `key` is its natural key."""
        table = self._master(object)
        found = self._by_key(table, key) if key else self.keeper.pick(rng, table)
        title = "NAME" if "NAME" in table.schema.by_name else "TITLE"
        return [self._changed(table, found, native(table, columns) or {title: f"Renamed {self._happened}"})]

    def new_master(self, rng: Random, object: str, key: str = "", **columns: Any) -> list[Touched]:  # noqa: A002 - as elsewhere
        """A GLACCOUNT, DEPARTMENT, LOCATION or CLASS more."""
        table, now = self._master(object), self.company.local
        title = "NAME" if "NAME" in table.schema.by_name else "TITLE"
        name = key or f"N{rng.randrange(10**5)}"
        given = {table.schema.key: name, title: f"New {name}", "STATUS": "active"}
        number = table.put(
            blank(table.schema, given | {"WHENCREATED": now, "WHENMODIFIED": now}) | native(table, columns)
        )
        return [self._written(table, number, "C")]

    def master_inactive(self, rng: Random, object: str, key: str = "") -> list[Touched]:  # noqa: A002 - as elsewhere
        """A GLACCOUNT, DEPARTMENT, LOCATION or CLASS becomes inactive."""
        table = self._master(object)
        found = self._by_key(table, key) if key else self.keeper.pick(rng, table, STATUS="active")
        return [self._changed(table, found, {"STATUS": "inactive"})]

    def new_shipments(self, rng: Random, n: int = 1, lines: int = 3, document_type: str = SHIPPER) -> list[Touched]:
        """`n` shipping documents (or other ones, by DOCPARID) of `lines` lines."""
        documents, entries = self.company.tables["SODOCUMENT"], self.company.tables["SODOCUMENTENTRY"]
        now, touched = self.company.local, []
        for _ in range(n):
            key, total = documents.new_key(), Decimal(0)
            for within in range(lines):
                quantity = Decimal(rng.randrange(1, 400))
                value = quantity * Decimal(rng.randrange(10, 9_999)) / 100
                total += value
                name = document_id(document_type, key)
                entries.put(entry_row(entries.new_key(), key, name, within, quantity, value, now))
            documents.put(document_row(key, document_type, key, now, total))
            touched.append(self._written(documents, key, "C"))
        return touched

    def change_shipment(self, rng: Random, recordno: int = 0, **columns: Any) -> list[Touched]:
        """A shipping document's `columns` (by default TRACKINGNUMBER) change."""
        table = self.company.tables["SODOCUMENT"]
        key = recordno or self.keeper.pick(rng, table, DOCPARID=SHIPPER)
        changes = native(table, columns) or {"TRACKINGNUMBER": f"1Z{rng.randrange(10**12):012d}"}
        return [self._changed(table, key, changes)]

    def audit_access(self, rng: Random, n: int = 1) -> list[Touched]:
        """`n` lines of AUDITHISTORY that are no deletes: bills were looked at."""
        table, touched = self.keeper.bills, []
        for _ in range(n):
            key = self.keeper.pick(rng, table)
            self.company.audit(table, table.row(key), "A")
            touched.append(self.keeper.touched(table, key))
        return touched

    def _master(self, name: str) -> Table:
        if name not in _MASTERS:
            raise ValueError(f"'{name}' is none of {', '.join(_MASTERS)}")
        return self.company.tables[name]

    def _vendor(self, rng: Random, vendor: str) -> int:
        table = self.company.tables["VENDOR"]
        return self._by_key(table, vendor) if vendor else self.keeper.pick(rng, table)

    @staticmethod
    def _by_key(table: Table, key: str) -> int:
        found = table.find(table.schema.key, key)
        if not found:
            raise KeyError(f"there is no {table.schema.name} {key}")
        return found[0]

    def _changed(self, table: Table, key: int, changes: Mapping[str, Any]) -> Touched:
        table.update(key, {**changes, "WHENMODIFIED": self.company.local})
        return self._written(table, key, "M")

    def _written(self, table: Table, key: int, mode: str) -> Touched:
        self.company.audit(table, table.row(key), mode)
        return self.keeper.touched(table, key)
