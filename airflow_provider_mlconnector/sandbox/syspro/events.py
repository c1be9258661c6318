"""What can happen in the company while the sandbox runs: each kind of event changes its rows as SYSPRO would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Bookkeeper, number
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.events_purchasing import PurchasingEvents
from airflow_provider_mlconnector.sandbox.syspro.payables_posting import NewInvoice, Payables
from airflow_provider_mlconnector.sandbox.syspro.predicates import Compare, Node, both

Touched = tuple[str, Key]
_CHOICES = 500
_FAR_FUTURE = "2099-12-31"


class Events:
    """Things that happen; the same ones in the same order give the same rows.

    Args:
        company: where they happen.
    """

    def __init__(self, company: Company) -> None:
        self.company, self.tables = company, company.tables
        self.keeper = Bookkeeper(company)
        self.payables = Payables(self.keeper)
        self._happened = 0
        purchasing = PurchasingEvents(self.keeper)
        self._kinds: dict[str, Callable[..., list[Touched]]] = {
            "new_invoices": self.new_invoices,
            "late_invoices": self.late_invoices,
            "post_dated_invoice": self.post_dated_invoice,
            "changed_invoices": self.changed_invoices,
            "payment": self.payment,
            "new_supplier": self.new_supplier,
            "supplier_renamed": self.supplier_renamed,
            "supplier_on_hold": self.supplier_on_hold,
            "customer_changed": self.customer_changed,
            "gl_postings": self.gl_postings,
            "new_purchase_order": purchasing.new_order,
            "po_received": purchasing.received,
            "po_changed": purchasing.changed,
            "new_item": purchasing.new_item,
            "item_changed": purchasing.item_changed,
        }

    def happen(self, kind: str, params: Mapping[str, Any]) -> list[Touched]:
        """Let something happen.

        Args:
            kind: what; the methods of this class and of `PurchasingEvents` say which parameters each has.
            params: its parameters.

        Returns:
            Table and key of the records that it was about.

        Raises:
            ValueError: there is no such kind, or a parameter is wrong.
            KeyError: a row that it names isn't there.
        """
        if kind not in self._kinds:
            raise ValueError(f"there is no event '{kind}'; there are {', '.join(sorted(self._kinds))}")
        self._happened += 1
        rng = Random(f"{self.company.seed}/event/{self._happened}")
        try:
            return self._kinds[kind](rng, **params)
        except TypeError as error:
            raise ValueError(f"event '{kind}': {error}") from None

    @property
    def _today(self) -> date:
        return self.company.today.date()

    def _pick(self, rng: Random, table: str, node: Node | None = None) -> Row:
        found = list(islice(self.tables[table].hits(node), _CHOICES))
        if not found:
            raise KeyError(f"{table} has no row for this event")
        return self.tables[table].row(rng.choice(found))

    def _invoice(self, rng: Random, day: date, supplier: str = "", value: str = "", **others: Any) -> Touched:
        of = supplier or str(self._pick(rng, "ApSupplier", Compare("OnHold", "eq", "N"))["Supplier"])
        row = self.tables["ApSupplier"].get((of,))
        cents = 100 if row is not None and row["Currency"] == "EUR" else 1
        net = Decimal(value) if value else Decimal(rng.randrange(100, 99_999)) / cents
        code = f"{rng.choice(d.COST_CENTERS)}-{rng.choice(d.EXPENSES)}"
        invoice = str(others.pop("invoice", "")) or f"N{self._happened:05d}-{rng.randrange(10**6):06d}"
        new = NewInvoice(of, invoice, [(code, net)], day, day + timedelta(days=30), "new & unread", others)
        return "ApInvoice", self.payables.invoice(new)

    def new_invoices(self, rng: Random, n: int = 1, **named: Any) -> list[Touched]:
        """`n` invoices of today; `supplier`, `invoice`, net `value` and columns of ApInvoice may be given."""
        return [self._invoice(rng, self._today, **named) for _ in range(n)]

    def late_invoices(self, rng: Random, n: int = 1, days_back: int = 40, **named: Any) -> list[Touched]:
        """`n` invoices that come now and are dated `days_back` days ago."""
        day = self._today - timedelta(days=days_back)
        return [self._invoice(rng, day, **named) for _ in range(n)]

    def post_dated_invoice(self, rng: Random, day: str = _FAR_FUTURE, **named: Any) -> list[Touched]:
        """An invoice whose invoice and journal date lie far ahead, posted in the current period."""
        return [self._invoice(rng, date.fromisoformat(day), **named)]

    def changed_invoices(
        self, rng: Random, n: int = 1, supplier: str = "", invoice: str = "", columns: Mapping[str, Any] | None = None
    ) -> list[Touched]:
        """Other `columns` (by default due date and reference) on `n` invoices, or on the one named."""
        touched: list[Touched] = []
        for place in range(n):
            row = self.tables["ApInvoice"].get((supplier, invoice)) if supplier else self._pick(rng, "ApInvoice")
            if row is None:
                raise KeyError(f"invoice {supplier}/{invoice} is not on file")
            due = iso(self._today + timedelta(days=10 + place))
            changes = columns or {"DueDate": due, "Reference": f"changed {self._happened}.{place}"}
            key: Key = (row["Supplier"], row["Invoice"])
            self.tables["ApInvoice"].update(key, changes)
            touched.append(("ApInvoice", key))
        return touched

    def payment(
        self, rng: Random, n: int = 1, supplier: str = "", invoice: str = "", min_age_days: int = 0, value: str = ""
    ) -> list[Touched]:
        """`n` payments of open invoices at least so many days old, or of the one named; by default of all they owe."""
        before = iso(self._today - timedelta(days=min_age_days))
        node = both(Compare("MthInvBal1", "ne", 0), Compare("InvoiceDate", "le", before))
        touched: list[Touched] = []
        for _ in range(n):
            row = self.tables["ApInvoice"].get((supplier, invoice)) if supplier else self._pick(rng, "ApInvoice", node)
            if row is None:
                raise KeyError(f"invoice {supplier}/{invoice} is not on file")
            paid = Decimal(value) if value else number(row, "MthInvBal1")
            key = self.payables.pay((row["Supplier"], row["Invoice"]), paid, self._today)
            touched.append(("ApInvoicePay", key))
        return touched

    def new_supplier(
        self, rng: Random, n: int = 1, supplier: str = "", name: str = "", **columns: Any
    ) -> list[Touched]:
        """`n` suppliers with addresses; numbers go on after the last one unless `supplier` names one."""
        touched: list[Touched] = []
        for _ in range(n):
            key = supplier or self._next_supplier()
            shown = name or f"Neue & Söhne ~ {rng.randrange(1000)}"
            row = {
                "Supplier": key,
                "SupplierName": shown,
                "SupShortName": shown[:20],
                "Currency": "EUR",
                "OnHold": "N",
                "Branch": "10",
                "TermsCode": "30",
                "DefTaxCode": "A",
                "DateSuppAdded": iso(self._today),
            }
            self.tables["ApSupplier"].put(row | columns)
            self.tables["ApSupplierAddr"].put({"Supplier": key, "SupAddr1": "Neue Straße 1", "RemitName": shown})
            touched.append(("ApSupplier", (key,)))
        return touched

    def _next_supplier(self) -> str:
        highest = max(
            (key for key in self.tables["ApSupplier"].changed_keys() if str(key[0]).isdigit()), default=("0",)
        )
        return f"{max(int(str(highest[0])), self.company.books.suppliers) + 1:07d}"

    def supplier_renamed(self, rng: Random, supplier: str = "", name: str = "") -> list[Touched]:
        """A supplier gets another name."""
        key = (supplier or self._pick(rng, "ApSupplier")["Supplier"],)
        shown = name or f"Renamed & Co {self._happened}"
        self.tables["ApSupplier"].update(key, {"SupplierName": shown})
        return [("ApSupplier", key)]

    def supplier_on_hold(self, rng: Random, *, supplier: str = "", on_hold: bool = True) -> list[Touched]:
        """A supplier is put on hold, or off it again."""
        flag = "Y" if on_hold else "N"
        key = (supplier or self._pick(rng, "ApSupplier", Compare("OnHold", "ne", flag))["Supplier"],)
        self.tables["ApSupplier"].update(key, {"OnHold": flag})
        return [("ApSupplier", key)]

    def customer_changed(self, rng: Random, customer: str = "", **columns: Any) -> list[Touched]:
        """A customer's `columns` (by default the credit limit) change."""
        key = (customer or self._pick(rng, "ArCustomer")["Customer"],)
        self.tables["ArCustomer"].update(key, columns or {"CreditLimit": rng.randrange(10**6)})
        return [("ArCustomer", key)]

    def gl_postings(self, rng: Random, n: int = 1, days_back: int = 0) -> list[Touched]:
        """`n` general journals of two lines, between a cost center and the bank."""
        day = self._today - timedelta(days=days_back)
        touched: list[Touched] = []
        for place in range(n):
            value = Decimal(rng.randrange(1, 10**6)) / 100
            code = f"{rng.choice(d.COST_CENTERS)}-{rng.choice(d.EXPENSES)}"
            reference = f"JE {self._happened}.{place}"
            key = self.keeper.post(day, "JE", [(code, value), (d.BANK, -value)], Decimal(1), reference=reference)
            touched.append(("GenJournalCtl", key))
        return touched
