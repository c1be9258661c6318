"""What documents refer to: suppliers, GL accounts, existing invoices and periods, asked for once and remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_values
from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem
from airflow_provider_mlconnector.systems.syspro.posting.periods import Period, PeriodProblem, letter
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row, Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

_PREFIX = "syspro"
# A period that is closed in the middle of a run must not be posted to.
_PERIOD_HOLDS = 60.0
_SUPPLIER = TableRead(
    "ApSupplier",
    ("Supplier",),
    {"Supplier": "string(15)", "OnHold": "string(1)", "Currency": "string(3)", "GrnMatchReqd": "string(1)"},
)
_ACCOUNT = TableRead(
    "GenMaster",
    ("Company", "GlCode"),
    {
        "Company": "string(4)",
        "GlCode": "string(35)",
        "AccOnHldFlag": "string(1)",
        "ControlAccFlag": "string(1)",
    },
)
INVOICE = TableRead(
    "ApInvoice",
    ("Supplier", "Invoice"),
    {
        "Supplier": "string(15)",
        "Invoice": "string(20)",
        "Reference": "string(30)",
        "OrigInvValue": "decimal(14,2)",
        "InvoiceDate": "date",
        "Journal": "integer",
        "InvoiceYear": "integer",
        "InvoiceMonth": "integer",
    },
)
_AP_CONTROL = TableRead(
    "ApControl", ("CtlFlag",), {"CtlFlag": "string(3)", "FinYear": "integer", "FinPeriod": "integer"}
)
_GL_CONTROL = TableRead(
    "GenControl", ("Company",), {"Company": "string(4)", "GlYear": "integer", "GlPeriod": "integer"}
)
Invoices = Callable[[Iterable[Key]], Mapping[Key, Row]]


class CauseProblem(FieldProblem):
    """A field is wrong because of something at SYSPRO that may change.

    Args:
        field: the mapped field.
        reason: what is wrong, for a person.
        what: the kind of cause, such as `account`.
        key: the values that name it.
    """

    def __init__(self, field: str, reason: str, what: str, *key: str) -> None:
        super().__init__(field, reason)
        self.cause = f"{_PREFIX}:{what}:{key_text(key)}"


class References:
    """Answers what is there; suppliers and accounts are remembered for as long as it lives.

    Args:
        tables: looks rows up.
        invoices: looks invoices up, by supplier and invoice.
        settings: the site's decisions.
        clock: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        tables: Tables,
        invoices: Invoices,
        settings: PostingSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tables = tables
        self.invoices = invoices
        self._settings = settings
        self._clock = clock
        self._suppliers: dict[str, Row | None] = {}
        self._accounts: dict[str, Row | None] = {}
        self._current: tuple[float, Period] | None = None

    def load(self, suppliers: Iterable[str], accounts: Iterable[str]) -> None:
        """Ask for those that are not known yet, all in as few questions as fit."""
        self._load(_SUPPLIER, "Supplier", suppliers, self._suppliers)
        self._load(_ACCOUNT, "GlCode", accounts, self._accounts)

    def check_supplier(self, code: str, currency: str = "") -> None:
        """Refuse a supplier that is not there, on hold, or of another currency than the document.

        Raises:
            CauseProblem: it can't be posted to.
        """
        row = self._one(self._suppliers, code, "suppliers")
        if row is None:
            raise CauseProblem("Supplier", f"supplier {code} is not in SYSPRO", "supplier", code)
        if row["OnHold"] == "Y" and self._settings.held_suppliers == "refuse":
            raise CauseProblem("Supplier", f"supplier {code} is on hold in SYSPRO", "supplier", code)
        if currency and currency != row["Currency"]:
            reason = f"the document is in {currency}, supplier {code} in {row['Currency']}; SYSPRO takes the supplier's"
            raise CauseProblem("Currency", reason, "supplier-currency", code, currency)

    def currency_of(self, supplier: str) -> str:
        """A supplier's currency; empty where the supplier is not there."""
        row = self._one(self._suppliers, supplier, "suppliers")
        return "" if row is None else str(row["Currency"])

    def check_matching(self, code: str) -> None:
        """Refuse a document without goods received notes of a supplier who requires them.

        Raises:
            CauseProblem: the supplier requires them.
        """
        row = self._one(self._suppliers, code, "suppliers")
        if row is not None and row["GrnMatchReqd"] == "Y":
            reason = f"supplier {code} requires goods received notes to be matched, and the document names none"
            raise CauseProblem("GrnDetails.GrnMatchType", reason, "supplier-matching", code)

    def check_account(self, field: str, code: str) -> None:
        """Refuse a GL account that is not there, on hold or a control account.

        Raises:
            CauseProblem: it can't be posted to.
        """
        row = self._one(self._accounts, code, "accounts")
        if row is None:
            raise CauseProblem(field, f"GL account {code} is not in SYSPRO", "account", code)
        if row["AccOnHldFlag"] == "Y":
            raise CauseProblem(field, f"GL account {code} is on hold in SYSPRO", "account", code)
        if row["ControlAccFlag"] == "Y" and self._settings.control_accounts == "refuse":
            raise CauseProblem(field, f"GL account {code} is a control account", "account", code)

    def check_invoice(self, field: str, supplier: str, invoice: str, found: Mapping[Key, Row]) -> None:
        """Refuse a document against an invoice that is not there.

        Raises:
            CauseProblem: it is not among the found ones.
        """
        if (supplier, invoice) not in found:
            reason = f"invoice {invoice} of supplier {supplier} is not in SYSPRO's accounts payable"
            raise CauseProblem(field, reason, "invoice", supplier, invoice)

    def period_letter(self, wanted: Period, field: str = "PostingDate") -> str:
        """What APSTIN calls a period; the current one is looked up anew after a minute.

        Args:
            wanted: the period.
            field: the mapped field that it comes from.

        Raises:
            CauseProblem: it can't be posted in.
        """
        try:
            return letter(wanted, self._payables_period())
        except PeriodProblem as problem:
            reason = str(problem)
        raise CauseProblem(field, reason, "period", str(wanted.year), str(wanted.number))

    def check_journal_period(self, wanted: Period) -> None:
        """Refuse a journal in the future, or before the previous year (sheet 2.2).

        Raises:
            CauseProblem: it can't be posted in.
        """
        rows = self._tables.every(_GL_CONTROL)
        currents = [Period(row["GlYear"], row["GlPeriod"]) for row in rows]
        if not any(wanted <= current and current.year - 1 <= wanted.year for current in currents):
            listed = ", ".join(map(str, currents)) or "no period"
            reason = f"period {wanted} is not open: the general ledger stands in {listed}"
            raise CauseProblem("PostingPeriod", reason, "gl-period", str(wanted.year), str(wanted.number))

    def gone(self, cause: str) -> bool:
        """Whether a cause that a `CauseProblem` named is gone; one that nobody knows is not."""
        prefix, _, rest = cause.partition(":")
        what, _, shown = rest.partition(":")
        check = self._checks().get(what)
        if prefix != _PREFIX or check is None:
            return False
        try:
            check(*key_values(shown))
        except CauseProblem:
            return False
        return True

    def _checks(self) -> dict[str, Callable[..., object]]:
        return {
            "supplier": self.check_supplier,
            "supplier-currency": self.check_supplier,
            "supplier-matching": self.check_matching,
            "account": lambda code: self.check_account("", code),
            "invoice": lambda *key: self.check_invoice("", key[0], key[1], self.invoices([key])),
            "period": lambda *period: self.period_letter(Period(*map(int, period))),
            "gl-period": lambda *period: self.check_journal_period(Period(*map(int, period))),
        }

    def _payables_period(self) -> Period:
        now = self._clock()
        if self._current is None or now - self._current[0] > _PERIOD_HOLDS:
            row = next((row for row in self._tables.every(_AP_CONTROL) if row["CtlFlag"] == "CTL"), None)
            if row is None:
                raise IntegrityError("ApControl has no row CTL, which holds the current period.", "Look in SYSPRO.")
            self._current = now, Period(row["FinYear"], row["FinPeriod"])
        return self._current[1]

    def _load(self, read: TableRead, column: str, codes: Iterable[str], known: dict[str, Row | None]) -> None:
        wanted = sorted({code for code in codes if code and code not in known})
        rows = self._tables.with_keys(read, (column,), [(code,) for code in wanted]) if wanted else []
        known.update(dict.fromkeys(wanted))
        known.update({row[column]: row for row in rows})

    def _one(self, known: dict[str, Row | None], code: str, which: str) -> Row | None:
        if code not in known:
            self.load(**{"suppliers": (), "accounts": (), which: (code,)})
        return known.get(code)


def by_table(tables: Tables) -> Invoices:
    """Invoices as the table ApInvoice holds them."""

    def look(keys: Iterable[Key]) -> Mapping[Key, Row]:
        rows = tables.with_keys(INVOICE, INVOICE.key, list(keys))
        return {(row["Supplier"], row["Invoice"]): row for row in rows}

    return look


def amount_of(row: Row, column: str) -> Decimal:
    """An amount of a row; zero where it is blank."""
    return Decimal(row[column] or 0)
