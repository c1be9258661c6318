"""The target of the flow: SYSPRO's books, what stands in them, and what goes wrong with SYSPRO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.chaos.exports import CREDIT, INVOICE, INVOICES, PAYABLE, PAYMENTS, SUPPLIERS, Exports, Record
from tests.chaos.flow import Arrival, lane_key

LOGON = "syspro: another sign-in of the operator"
POSTS = {"operation": "transaction/post"}
FAULTS = (
    "syspro: the answer is lost", "syspro: a gateway gives up", "syspro: at work when the line drops",
    "syspro: at work until asked again", "syspro: half is refused", "syspro: half is refused, half is posted",
    "syspro: evicted in mid-document", "syspro: evicted before a call", "syspro: supplier on hold",
    "syspro: out of order", "syspro: answers without keys",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One document in the books."""

    key: str
    kind: str
    own_id: str
    supplier: str
    invoice: str
    amount: str
    currency: str


class Books:
    """One company.

    Args:
        exports: what is to be posted into it, by what it is.

    Attributes:
        sandbox: the server.
        entries: what was posted, in its order.
        arrivals: the same, as the judge looks at it.
    """

    def __init__(self, exports: Mapping[str, Exports]) -> None:
        self._exports = exports
        self.sandbox = SysproSandbox(scale=5, hard=False)
        self.entries: list[Entry] = []
        self.arrivals: list[Arrival] = []
        self._faults: dict[str, Callable[[int], bool]] = {
            "syspro: the answer is lost": lambda number: self._post_fault("lost_answer", number),
            "syspro: a gateway gives up": lambda number: self._post_fault("bad_gateway", number),
            "syspro: at work when the line drops": lambda number: self._post_fault("late_work", number, drop=True),
            "syspro: at work until asked again": lambda number: self._post_fault(
                "late_work", number, drop=True, fenced=True, requests=1 + number % 5
            ),
            "syspro: half is refused": lambda number: self._post_fault("refuse_half", number),
            "syspro: half is refused, half is posted": lambda number: self._post_fault(
                "refuse_half", number, partly=True
            ),
            "syspro: evicted in mid-document": lambda number: self._post_fault(
                "evict_mid_post", number, value=number % 3
            ),
            "syspro: evicted before a call": lambda number: self._fault("evict_session", number % 6),
            "syspro: supplier on hold": lambda number: self._hold(SUPPLIERS[number % 2], on_hold=True),
            "syspro: out of order": lambda number: self._fault("status", number % 8, value=500),
            "syspro: answers without keys": self._bare,
            LOGON: self._logon,
        }

    def start(self) -> None:
        """Bring it up, with suppliers, and invoices that can be paid."""
        self.sandbox.__enter__()
        for supplier in SUPPLIERS:
            self.sandbox.admin.event("new_supplier", supplier=supplier)
            for invoice in PAYABLE:
                self.sandbox.admin.event("new_invoices", supplier=supplier, invoice=invoice, value="100000.00")

    def stop(self) -> None:
        """Take it down."""
        self.sandbox.__exit__(None, None, None)

    def connection(self) -> dict[str, Any]:
        """The Airflow connection; by COMFND, as OData needs another sign-in."""
        server = self.sandbox
        # A run's session is taken over soon after the run has left it.
        extra = {
            "rest_path": server.rest_path,
            "odata_base_url": server.odata_base_url,
            "odata_url_template": "{base}/{company}/{table}",
            "odata_login": server.odata_user,
            "odata_password": server.odata_password,
            "time_zone": server.zone,
            "read_attempts": 2,
            "session_minutes": 2,
            "total_timeout": 60,
        }
        who = {"login": server.operator, "password": server.password, "schema": server.company}
        return {"conn_type": "syspro", "host": server.base_url, **who, "extra": extra}

    def fault(self, name: str, number: int) -> bool:
        """Let something go wrong; `number` says when."""
        return self._faults[name](number)

    def heal(self) -> None:
        """Everything is put right, and what is held back is done."""
        self.sandbox.admin.clear_faults()
        self.sandbox.admin.release()
        self.sandbox.admin.settings(answer_form="full")
        for supplier in SUPPLIERS:
            self._hold(supplier, on_hold=False)

    def look(self) -> None:
        """Read what was posted."""
        posted = self.sandbox.admin.books()["posted"]
        self.entries = [self._entry(one) for one in posted]
        for exported in self._exports.values():
            exported.there = {one.key for one in self.entries}
        self.arrivals = [
            Arrival(one.key, one.amount, one.amount, one.currency, str(place)) for place, one in enumerate(self.entries)
        ]

    def has(self, own_ids: set[str]) -> bool:
        """Whether a document with one of these references stands there."""
        self.look()
        return any(entry.own_id in own_ids for entry in self.entries)

    def held(self) -> Decimal:
        """What the tables hold of what was posted."""
        of_us = " or ".join(f"Supplier eq '{supplier}'" for supplier in SUPPLIERS)
        invoices = self.sandbox.admin.rows("ApInvoice", of_us)
        total = sum((Decimal(row["OrigInvValue"]) for row in invoices if row["Invoice"] not in PAYABLE), Decimal(0))
        paid = self.sandbox.admin.rows("ApInvoicePay", of_us)
        return total + sum((abs(Decimal(row["TrnValue"])) for row in paid if row["PaymentReference"]), Decimal(0))

    def _entry(self, posted: dict[str, Any]) -> Entry:
        supplier, invoice, note = posted["supplier"], posted["invoice"], posted["notation"]
        kind = {"P": "", "C": CREDIT}.get(posted["kind"], INVOICE)
        amount = str(abs(Decimal(posted["value"])))
        record = Record(note, kind, supplier, invoice, Decimal(amount), "")
        exported = self._exports.get(INVOICES if kind else PAYMENTS)
        key = lane_key(exported.lane if exported else "", record.key)
        known = exported.records.get(key) if exported else None
        shown = key if known and known.own_number == note else f"{key} noted as '{note}'"
        return Entry(shown, kind, posted["reference"], supplier, invoice, amount, posted["currency"])

    def _post_fault(self, name: str, number: int, **options: Any) -> bool:
        return self._fault(name, number // 7 % 3, 1 + number % 2, where=POSTS, **options)

    def _fault(self, name: str, after: int, count: int = 1, **options: Any) -> bool:
        self.sandbox.admin.fault(name, after=after, count=count, **options)
        return True

    def _bare(self, number: int) -> bool:
        self.sandbox.admin.settings(answer_form=("no_status", "no_key", "bare")[number % 3])
        return True

    def _hold(self, supplier: str, *, on_hold: bool) -> bool:
        self.sandbox.admin.event("supplier_on_hold", supplier=supplier, on_hold=on_hold)
        return True

    def _logon(self, _number: int) -> bool:
        """Which ends whatever session the operator has; also while the server answers nobody else."""
        server = self.sandbox
        who = (server.operator, server.password, server.company, server.company_password)
        return not server.server.sessions.logon(*who).startswith("ERROR")
