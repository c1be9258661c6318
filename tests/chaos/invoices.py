"""The source of the flow: a sandbox of SYSPRO with a few invoices, and what can happen to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

FAR = "2099-12-31"
FAR_TOO_LATE = "far too late"
ACTS = ("new", "late", "ahead", "changed", "changed back", "paid", "clock")
FEW_DAYS = 12
"""How far the clock goes at most, so that what was recent stays within the stream's lookback."""


class Invoices:
    """A company's invoices, and every version that they have had."""

    def __init__(self) -> None:
        self.sandbox = SysproSandbox(scale=5, odata_cap=5)
        self.history: dict[str, list[str]] = {}
        self._looks: dict[str, list[tuple[str, Any]]] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._versions = 0
        self._begin = date(2026, 3, 31)
        self._acts: dict[str, Callable[[int], bool]] = {
            "new": lambda number: self._event("new_invoices", n=1 + number % 3),
            "late": lambda number: self._event("late_invoices", days_back=36 + number % 40),
            "ahead": self._ahead,
            "changed": lambda number: self._change(self._changeable(), number),
            "changed back": self._change_back,
            "paid": self._pay,
            "clock": self._advance,
            FAR_TOO_LATE: self._far_too_late,
        }

    def connection(self) -> dict[str, Any]:
        """The Airflow connection."""
        server = self.sandbox
        extra = {
            "rest_path": server.rest_path,
            "odata_base_url": server.odata_base_url,
            "odata_url_template": "{base}/{company}/{table}",
            "odata_login": server.odata_user,
            "odata_password": server.odata_password,
            "time_zone": server.zone,
            "read_attempts": 2,
        }
        who = {"login": server.operator, "password": server.password, "schema": server.company}
        return {"conn_type": "syspro", "host": server.base_url, **who, "extra": extra}

    @property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        """The invoices as they were at the last look."""
        return self._rows

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks to what."""
        self.look()
        done = self._acts[name](number)
        self.look()
        return done

    def look(self) -> None:
        """Note new versions."""
        self._rows = {f"{row['Supplier']}/{row['Invoice']}": row for row in self.sandbox.admin.rows("ApInvoice")}
        for key, row in self._rows.items():
            seen = (row["Reference"] or "", row["DueDate"])
            looks = self._looks.setdefault(key, [])
            if not looks or looks[-1] != seen:
                looks.append(seen)
                self.history.setdefault(key, []).append(seen[0])

    def change_under_poll(self, number: int) -> bool:
        """One of the next requests finds an invoice changed that it, or an earlier page, may have read before."""
        keys = self._recent()
        if not keys:
            return False
        supplier, invoice = self._key(keys[number % len(keys)])
        params = {"supplier": supplier, "invoice": invoice, "columns": self._next_version()}
        what = {"kind": "changed_invoices", "params": params}
        self.sandbox.admin.fault("event", after=number % 5, count=1, where={"service": "odata"}, **what)
        return True

    def today(self) -> date:
        """The company's day."""
        return datetime.fromisoformat(self.sandbox.admin.state()["local"]).date()

    def _event(self, kind: str, **params: Any) -> bool:
        self.sandbox.admin.event(kind, **params)
        return True

    def _ahead(self, number: int) -> bool:
        day = FAR if number % 3 == 0 else (self.today() + timedelta(days=number % 3)).isoformat()
        return self._event("post_dated_invoice", day=day)

    def _advance(self, number: int) -> bool:
        if (self.today() - self._begin).days >= FEW_DAYS:
            return False
        self.sandbox.admin.advance(days=1 + number % 2)
        return True

    def _change(self, keys: list[str], number: int) -> bool:
        if keys:
            self.sandbox.admin.update("ApInvoice", self._key(keys[number % len(keys)]), **self._next_version())
        return bool(keys)

    def _next_version(self) -> dict[str, Any]:
        self._versions += 1
        due = self._begin + timedelta(days=30 + self._versions)
        return {"Reference": f"v{self._versions}", "DueDate": f"{due.isoformat()}T00:00:00"}

    def _change_back(self, number: int) -> bool:
        keys = [key for key in self._changeable() if len(self._looks[key]) > 1]
        if not keys:
            return False
        key = keys[number % len(keys)]
        reference, due = self._looks[key][-2]
        self.sandbox.admin.update("ApInvoice", self._key(key), Reference=reference, DueDate=due)
        return True

    def _pay(self, number: int) -> bool:
        """Only what stays within the lookback: an old invoice is found for being open, and this one no longer is."""
        keys = [key for key in self._recent() if self._is_open(key)]
        if not keys:
            return False
        supplier, invoice = self._key(keys[number % len(keys)])
        return self._event("payment", supplier=supplier, invoice=invoice)

    def _far_too_late(self, number: int) -> bool:
        """Paid already and older than any lookback: only a rewind finds it."""
        [touched] = self.sandbox.admin.event("late_invoices", n=1, days_back=200 + number % 10)
        self.sandbox.admin.update("ApInvoice", touched["key"], MthInvBal1="0")
        return True

    def _changeable(self) -> list[str]:
        """Invoices of which the stream sees a change: still open, or recent."""
        recent = set(self._recent())
        return sorted(key for key in self._rows if key in recent or self._is_open(key))

    def _recent(self) -> list[str]:
        oldest = (self._begin - timedelta(days=10)).isoformat()
        return sorted(key for key, row in self._rows.items() if (row["JournalDate"] or FAR) >= oldest)

    def _is_open(self, key: str) -> bool:
        return float(self._rows[key]["MthInvBal1"]) != 0

    def _key(self, key: str) -> list[Any]:
        return [self._rows[key]["Supplier"], self._rows[key]["Invoice"]]
