"""Payments by a site's own business object and template, found again in ApInvoicePay (sheet 2.0 and 6.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.adjustments import Adjustments
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, only
from airflow_provider_mlconnector.systems.syspro.posting.elements import Element, Kind
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
from airflow_provider_mlconnector.systems.syspro.posting.settings import PaymentTemplate, PostingSettings, placed
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row

_PLACES = {"OwnId", "Items", "Lines"}
_MOST_BYTES = 10_000_000


class Payments:
    """Payments of invoices.

    Args:
        settings: the site's decisions, a payment's template among them.
        references: what the payments refer to.
        adjustments: finds payments by our own id.

    Raises:
        ConfigurationError: there is no template, or it is not XML.
    """

    def __init__(self, settings: PostingSettings, references: References, adjustments: Adjustments) -> None:
        if settings.payment is None:
            raise ConfigurationError(
                "SYSPRO publishes no business object that posts payments.",
                "Set `payment`: the business object and the XML of your site; see docs/posting.md.",
            )
        self._settings = settings
        self._template: PaymentTemplate = settings.payment
        self._references = references
        self._adjustments = adjustments
        self._fields = (placed(self._template.item) | placed(self._template.line)) - _PLACES
        self._check_template()

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By the template's `key`; see `DocumentKind`."""
        return "payment", key_of(rows, self._template.key)

    def shown(self, rows: Rows) -> str:
        """Such as `payment 0000001, P-77`."""
        return f"payment {', '.join(key_of(rows, self._template.key))}"

    def unique(self, kind: str) -> bool:  # noqa: ARG002 - see the port
        """Never: SYSPRO takes as many equal payments as it gets."""
        return False

    @property
    def replaces(self) -> bool:
        """A changed payment would be a second one; see `DocumentKind`."""
        return False

    def local(self, rows: Rows) -> None:
        """Whether every place of the template can be filled; see `DocumentKind`."""
        template = self._template
        lacking = sorted((self._fields | {template.supplier, template.invoice, template.amount}) - set(rows[0]))
        if lacking:
            raise ConfigurationError(f"The mapping lacks {', '.join(lacking)}, which the payment template needs.")
        for field in (template.supplier, template.invoice, template.amount, template.date):
            if any(values.blank(row.get(field)) for row in rows):
                raise FieldProblem(field, "is missing")
        if len(rows) > 1 and not template.line:
            raise FieldProblem(template.invoice, "the payment has several lines, and the template has no line")
        for name in placed(template.item) - _PLACES:
            only(rows, name)
        for row in rows:
            for name in sorted(self._fields):
                _placed_text(name, row.get(name))
            _exact(template.amount, row.get(template.amount))

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Suppliers and the invoices that are paid; see `DocumentKind`."""
        paid = [self._paid(each.rows) for each in documents]
        self._references.load({supplier for keys in paid for supplier, _ in keys}, ())
        problems = [
            verdict(self._check_masters, keys, self._bucket(each.rows))
            for keys, each in zip(paid, documents, strict=True)
        ]
        sound = {key for keys, problem in zip(paid, problems, strict=True) if problem is None for key in keys}
        there = self._references.invoices(sound) if sound else {}
        return [
            problem or verdict(self._check_invoices, keys, there) for keys, problem in zip(paid, problems, strict=True)
        ]

    def gone(self, cause: str) -> bool:
        """See `DocumentKind`."""
        return self._references.gone(cause)

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """One bucket for each period, where the template asks for it; see `DocumentKind`."""
        return [
            Parcel(self._bucket(each.document.rows), self._item(each.document.rows, each.own_id)) for each in attempts
        ]

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> Call | None:
        """See `DocumentKind`."""
        template = self._template.parameters
        if validate_only and "ValidateOnly" not in placed(template):
            return None
        letter = self._references.period_letter(Period.of_bucket(bucket)) if bucket else ""
        parameters = template.format(PostingPeriod=letter, ValidateOnly="Y" if validate_only else "N")
        document = self._template.document.format(Items="".join(items))
        return Call(TRANSACTION, self._template.business_object, parameters, document)

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:  # noqa: ARG002 - see the port
        """Journal, year and month, where the site's object answers them; see `DocumentKind`."""
        return keyed(*(answered.get(name, "") for name in ("journal", "trnyear", "trnmonth")))

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """Payments whose reference is our own id; see `DocumentKind`."""
        rows = self._adjustments.rows(attempts)
        return [self._found(each, rows.get(each.own_id)) for each in attempts]

    def _check_template(self) -> None:
        empty = dict.fromkeys(self._fields, "")
        try:
            line = self._template.line.format(**empty, OwnId="")
            item = self._template.item.format(**empty, OwnId="", Lines=line)
            xml.parse(self._template.document.format(Items=item), _MOST_BYTES)
            if self._template.parameters:
                xml.parse(self._template.parameters.format(PostingPeriod="C", ValidateOnly="N"), _MOST_BYTES)
        except (xml.NotXmlError, KeyError, IndexError) as error:
            raise ConfigurationError(f"payment: the template does not become XML: {error}.") from None

    def _bucket(self, rows: Rows) -> str:
        if "PostingPeriod" not in placed(self._template.parameters):
            return ""
        return mapped(rows, self._template.date, self._settings).bucket

    def _item(self, rows: Rows, own_id: str) -> str:
        lines = "".join(self._template.line.format(**self._texts(row, own_id)) for row in rows)
        written = self._template.item.format(**self._texts(rows[0], own_id), Lines=lines)
        return written.encode("ascii", "xmlcharrefreplace").decode("ascii")

    def _texts(self, row: Mapping[str, Any], own_id: str) -> dict[str, str]:
        return {name: escape(_placed_text(name, row.get(name))) for name in self._fields} | {"OwnId": own_id}

    def _paid(self, rows: Rows) -> list[Key]:
        return [key_of([row], (self._template.supplier, self._template.invoice)) for row in rows]

    def _check_masters(self, keys: Sequence[Key], bucket: str) -> None:
        for supplier, _ in keys:
            self._references.check_supplier(supplier)
        if bucket:
            self._references.period_letter(Period.of_bucket(bucket), self._template.date)

    def _check_invoices(self, keys: Sequence[Key], there: Mapping[Key, Row]) -> None:
        for supplier, invoice in keys:
            self._references.check_invoice(self._template.invoice, supplier, invoice, there)

    def _found(self, attempt: Attempt, rows: Sequence[Row] | None) -> Found | None:
        if not rows:
            return None
        template = self._template
        wanted = {key: Decimal(0) for key in self._paid(attempt.document.rows)}
        for key, row in zip(self._paid(attempt.document.rows), attempt.document.rows, strict=True):
            wanted[key] += values.exact(row[template.amount])
        there = dict.fromkeys(((str(row["Supplier"]), str(row["Invoice"])) for row in rows), Decimal(0))
        for row in rows:
            there[str(row["Supplier"]), str(row["Invoice"])] += amount_of(row, "TrnValue")
        day = values.day(attempt.document.rows[0][template.date])
        dated = all(row["JournalDate"] is not None and row["JournalDate"].isoformat() == day for row in rows)
        journal = keyed(*(str(rows[0][name]) for name in ("Journal", "TrnYear", "TrnMonth")))
        detail = f"{len(rows)} invoices paid, {sum(there.values())} in all, journal {journal}"
        return Found(journal, ours=True, equal=dated and wanted == there, detail=detail)


def _placed_text(field: str, value: Any) -> str:
    kind: Kind = "date" if isinstance(value, date) else "amount" if isinstance(value, Decimal | int) else "text"
    try:
        return values.text(value, Element(field, kind))
    except values.ValueProblem as problem:
        raise FieldProblem(field, str(problem)) from None


def _exact(field: str, value: Any) -> Decimal:
    try:
        return values.exact(value)
    except values.ValueProblem as problem:
        raise FieldProblem(field, str(problem)) from None
