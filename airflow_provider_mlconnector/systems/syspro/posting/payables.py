"""AP invoices, credit notes, debit notes and adjustments, by APSTIN (sheet 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.adjustments import Adjustments
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, Writer, only
from airflow_provider_mlconnector.systems.syspro.posting.elements import AP_INVOICE
from airflow_provider_mlconnector.systems.syspro.posting.kind import (
    TRANSACTION,
    Call,
    Parcel,
    key_of,
    keyed,
    verdict,
)
from airflow_provider_mlconnector.systems.syspro.posting.periods import Period, mapped
from airflow_provider_mlconnector.systems.syspro.posting.references import References, amount_of
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.sums import Sums
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row

_KINDS = {"I": "ap invoice", "C": "ap credit note", "D": "ap debit note", "A": "ap adjustment"}
_REQUIRED = ("Supplier", "Invoice", "TransactionValue", "InvoiceDate")
_NEGATED = ("TransactionValue", "TaxValue", "SecondTaxValue", "FreightCharge", "MiscellaneousCharge", "LedgerValue")
_OURS = ("PostingDate", "Currency")


class ApInvoices:
    """Documents of accounts payable.

    Args:
        settings: the site's decisions.
        references: what the documents refer to.
        adjustments: finds documents other than invoices by our own id.
        sums: whether lines and total agree.
    """

    def __init__(self, settings: PostingSettings, references: References, adjustments: Adjustments, sums: Sums) -> None:
        self._settings = settings
        self._references = references
        self._adjustments = adjustments
        self._sums = sums
        self._writer = Writer(AP_INVOICE, settings, (*_OURS, *settings.key), ("TransactionReference",))

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By supplier and invoice, others than invoices also by their notation; see `DocumentKind`."""
        code = _code(rows)
        fields = self._settings.key or (("Supplier", "Invoice") if code == "I" else ("Supplier", "Invoice", "Notation"))
        return _KINDS.get(code, f"ap transaction {code}"), key_of(rows, fields)

    def shown(self, rows: Rows) -> str:
        """Such as `supplier 0000001, invoice INV-4711`."""
        supplier, invoice = key_of(rows, ("Supplier", "Invoice"))
        note = "" if _code(rows) == "I" else f", {_KINDS.get(_code(rows), 'document').removeprefix('ap ')}"
        return f"supplier {supplier}, invoice {invoice}{note}"

    def unique(self, kind: str) -> bool:
        """Invoices: SYSPRO refuses a number that the supplier has already used."""
        return kind == _KINDS["I"]

    @property
    def replaces(self) -> bool:
        """A changed document would be a second one; see `DocumentKind`."""
        return False

    def local(self, rows: Rows) -> None:
        """Fields, lengths, dates and signs; see `DocumentKind`."""
        self._writer.expect({field for row in rows for field in row})
        for field in _REQUIRED:
            if all(values.blank(row.get(field)) for row in rows):
                raise FieldProblem(field, "is missing")
        header = self._writer.header(rows)
        if _code(rows) not in _KINDS:
            raise FieldProblem("TransactionCode", f"'{_code(rows)}' is none of {', '.join(_KINDS)}")
        if _code(rows) != "A" and Decimal(header["TransactionValue"]) < 0:
            raise FieldProblem(
                "TransactionValue", "is negative; a credit note is mapped as TransactionCode C with a positive value"
            )
        matched = self._writer.entries(rows, "GrnDetails", ("GrnMatchType",))
        if not self._writer.entries(rows, "LedgerDistribution", ("LedgerCode", "LedgerValue")) and not matched:
            raise FieldProblem("LedgerDistribution.LedgerCode", "the document has no line")
        self._period(rows)

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Supplier, sums in its currency, accounts, period, and the invoice that a note is against.

        Whether an invoice is there already is left to the look-up, which compares it.
        """
        codes = {line["LedgerCode"] for each in documents for line in self._lines(each)}
        self._references.load({self._key(each)[0] for each in documents}, codes)
        notes = [self._key(each) for each in documents if self._sent_code(each.rows) != "I"]
        # APSQRY refuses to answer for a supplier that is not there.
        asked = [key for key in notes if self._references.currency_of(key[0])]
        there = self._references.invoices(asked) if asked else {}
        return [verdict(self._check, each, there) for each in documents]

    def gone(self, cause: str) -> bool:
        """See `DocumentKind`."""
        return self._references.gone(cause)

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """One bucket for each period; see `DocumentKind`."""
        return [self._parcel(each) for each in attempts]

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> Call:
        """The period's letter is looked up at the last moment; see `DocumentKind`."""
        letter = self._references.period_letter(Period.of_bucket(bucket))
        parameters = self._writer.parameters(validate_only=validate_only, PostingPeriod=letter)
        return Call(TRANSACTION, AP_INVOICE.schema, parameters, self._writer.document(items))

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:  # noqa: ARG002 - see the port
        """Journal, year and month; see `DocumentKind`."""
        return keyed(*(answered.get(name, "") for name in ("journal", "trnyear", "trnmonth")))

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """Invoices in ApInvoice, others by our own id; see `DocumentKind`."""
        alone = [self._sent_code(each.document.rows) == "I" for each in attempts]
        keys = [self._key(each.document) for each, is_alone in zip(attempts, alone, strict=True) if is_alone]
        there = self._references.invoices(keys) if keys else {}
        others = self._adjustments.find([each for each, is_alone in zip(attempts, alone, strict=True) if not is_alone])
        return [
            _found(each, there.get(self._key(each.document)), self._negated(each.document.rows))
            if is_alone
            else others.get(each.own_id)
            for each, is_alone in zip(attempts, alone, strict=True)
        ]

    def _check(self, document: Document, there: Mapping[Key, Row]) -> None:
        supplier, invoice = self._key(document)
        code, rows = self._sent_code(document.rows), document.rows
        self._references.check_supplier(supplier, str(only(rows, "Currency") or "").strip())
        if code != "I":
            self._references.check_invoice("Invoice", supplier, invoice, there)
        matched = self._writer.lines(rows, "GrnDetails")
        if code == "I" and not self._negated(rows) and not matched:
            self._references.check_matching(supplier)
        if not matched:
            currency = self._references.currency_of(supplier)
            self._sums.check(self._writer.header(rows), self._lines(document), currency)
        for line in self._lines(document):
            self._references.check_account("LedgerDistribution.LedgerCode", line["LedgerCode"])
        self._references.period_letter(self._period(rows))

    def _lines(self, document: Document) -> list[dict[str, str]]:
        return self._writer.lines(document.rows, "LedgerDistribution")

    def _key(self, document: Document) -> Key:
        return key_of(document.rows, ("Supplier", "Invoice"))

    def _period(self, rows: Rows) -> Period:
        return mapped(rows, "PostingDate", self._settings)

    def _parcel(self, attempt: Attempt) -> Parcel:
        rows = attempt.document.rows
        if self._negated(rows):
            rows = [_turned(row) for row in rows]
        given = {"TransactionReference": attempt.own_id, "TransactionCode": self._sent_code(rows)}
        return Parcel(self._period(rows).bucket, self._writer.item(rows, given))

    def _negated(self, rows: Rows) -> bool:
        return _code(rows) == "C" and self._settings.credit_notes == "negative_invoice"

    def _sent_code(self, rows: Rows) -> str:
        return "I" if self._negated(rows) else _code(rows)


def _code(rows: Rows) -> str:
    given = rows[0].get("TransactionCode") if rows else None
    return "I" if values.blank(given) else str(given).strip()


def _turned(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: -values.exact(value) if name.rpartition(".")[2] in _NEGATED and not values.blank(value) else value
        for name, value in row.items()
    }


def _found(attempt: Attempt, row: Row | None, negated: bool) -> Found | None:  # noqa: FBT001
    if row is None:
        return None
    first = attempt.document.rows[0]
    wanted = values.exact(first["TransactionValue"]) * (-1 if negated else 1)
    value, day = amount_of(row, "OrigInvValue"), row["InvoiceDate"]
    equal = value == wanted and day is not None and day.isoformat() == values.day(first["InvoiceDate"])
    key = keyed(*(str(row[name]) for name in ("Journal", "InvoiceYear", "InvoiceMonth")))
    reference = str(row["Reference"]).strip()
    detail = f"value {value}, dated {day}, reference '{reference}', journal {key}"
    return Found(key, bool(attempt.own_id) and reference == attempt.own_id, equal, detail)
