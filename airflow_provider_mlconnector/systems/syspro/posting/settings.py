"""What a site decides about postings into SYSPRO; what is not known of SYSPRO in public is decided here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.errors import ConfigurationError

# How SYSPRO numbers and words these is not published (sheet 6.8): element and text, until a site knows its numbers.
_DUPLICATE = r"^(?!.*\bnot\b).*(exist|already|on file|duplicate)"
_CLOSED = r"clos|not open|future"


class ErrorRule(Declared):
    """What an error in an answer means. Every given part must fit; the first rule that fits counts.

    Attributes:
        element: the element that carries the error, without regard to case; empty: any.
        number: SYSPRO's number of the error; empty: any.
        pattern: a regular expression found in the error's text; empty: any.
        category: what the error is called in the reason of a refusal. `duplicate` also lets the target look whether
            what is there is the document.
    """

    element: str = ""
    number: str = ""
    pattern: str = ""
    category: str = Field(min_length=1)

    @field_validator("pattern")
    @classmethod
    def _expression(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"'{value}' is not a regular expression: {error}") from None
        return value

    def fits(self, element: str, number: str, text: str) -> bool:
        """Whether an error is of this kind."""
        return (
            self.element.lower() in ("", element.lower())
            and self.number in ("", number)
            and re.search(self.pattern, text, re.IGNORECASE) is not None
        )


ERROR_RULES = (
    ErrorRule(element="invoice", pattern=_DUPLICATE, category="duplicate"),
    ErrorRule(element="supplier", pattern=_DUPLICATE, category="duplicate"),
    ErrorRule(element="postingperiod", category="period"),
    ErrorRule(element="postingyear", category="period"),
    ErrorRule(pattern=rf"period.*({_CLOSED})|({_CLOSED}).*period", category="period"),
    ErrorRule(element="ledgercode", category="account"),
    ErrorRule(element="supplier", category="supplier"),
)


class PaymentTemplate(Declared):
    """A site's own way to post payments: SYSPRO publishes no business object for it (sheet 2.0).

    In the texts, `{Name}` is the mapped field of that name and `{OwnId}` our own id of the attempt; values are escaped,
    and a brace is written twice. `parameters` may hold `{PostingPeriod}`, the letter C, P or B of the period that the
    payment's day lies in, and `{ValidateOnly}`, which is Y in a rehearsal; without it SYSPRO is not asked in one.

    Attributes:
        business_object: its code.
        parameters: the XmlParameters.
        document: the XmlIn of one call; `{Items}` is where the payments stand.
        item: one payment; `{Lines}`, if there, is where its lines stand. Holds `{OwnId}` in the element that SYSPRO
            keeps in ApInvoicePay.PaymentReference.
        line: one line of a payment, such as an invoice that is paid; empty: a payment has one row.
        key: the mapped fields that a payment is known by.
        amount: the mapped field of a line with what is paid of its invoice, compared with ApInvoicePay.TrnValue.
        supplier: the mapped field with the supplier.
        invoice: the mapped field of a line with the invoice that is paid.
        date: the mapped field with the day of the payment.
    """

    business_object: str = Field(min_length=1)
    parameters: str = ""
    document: str
    item: str
    line: str = ""
    key: tuple[str, ...] = Field(("Supplier", "PaymentNumber"), min_length=1)
    amount: str = "PaymentValue"
    supplier: str = "Supplier"
    invoice: str = "Invoice"
    date: str = "PaymentDate"

    @model_validator(mode="after")
    def _places(self) -> PaymentTemplate:
        if placed(self.parameters) - {"PostingPeriod", "ValidateOnly"}:
            raise ValueError("parameters may hold {PostingPeriod} and {ValidateOnly}, and no other place")
        if "Items" not in placed(self.document):
            raise ValueError("document must hold {Items}")
        if "OwnId" not in placed(self.item) | placed(self.line):
            raise ValueError("item must hold {OwnId}: without it a payment can't be found again after a lost answer")
        if self.line and "Lines" not in placed(self.item):
            raise ValueError("item must hold {Lines} where there is a line")
        return self


class PostingSettings(Declared):
    """How records are posted into SYSPRO.

    Attributes:
        lookup: how SYSPRO is asked: `comfnd` (e.net), `odata`, or `apsqry`, which asks for invoices by APSQRY and for
            the rest by COMFND. A general ledger of another company (`gl_company`) is always read over OData.
        ignore_warnings: `N` refuses a document with warnings, `W` posts it and reports them, `Y` posts it in silence.
        parameters: further Parameters of the business object, such as `LedgerDistributionCurrency: F`; those that are
            not given take the defaults of `docs/posting.md`. PostingPeriod, IgnoreWarnings, ApplyIfEntireDocumentValid
            and ValidateOnly are not set here.
        schema_extras: elements beyond SYSPRO's schema of 2014 that this site's release knows, such as `TaxOnlyLine`.
        send_empty: whether optional elements without a value are sent empty instead of being left out.
        key: the mapped fields that a document is known by; empty: Supplier and Invoice (for credit notes, debit notes
            and adjustments also Notation), Notation for a journal, Supplier for a supplier. May name a field that is
            no element of SYSPRO's; it is not sent.
        credit_notes: what becomes of TransactionCode C: `against_invoice` posts it against the existing invoice that
            Invoice names, and refuses one that stands alone; `negative_invoice` posts each as an invoice of its own
            with negative values, which is to be tried with ValidateOnly at the real server first (sheet 6.11).
        adjustment_reference: the column in which SYSPRO keeps the own id of credit notes, debit notes and adjustments.
        first_month: the calendar month in which the fiscal year begins.
        fiscal_year: whether a fiscal year is named by the calendar year in which it `ends` or `begins`.
        check_totals: whether the lines must add up to the document's total before anything is sent.
        held_suppliers: `refuse` or `allow` documents of suppliers on hold.
        control_accounts: `refuse` or `allow` lines to control accounts; SYSPRO itself warns (sheet 2.2).
        max_body_bytes: longest document in bytes where `http_method` is POST.
        session_margin_minutes: a session is renewed before a call when it is as old as `session_minutes` less so much,
            or half of them; longer than a call may take.
        only_when_new: mapped fields of a supplier that are sent when it is added, and left to SYSPRO from then on.
        must_agree: likewise, and a supplier of which SYSPRO has another value in one of them is set aside.
        same_name: `refuse` or `allow` new suppliers whose name another supplier has.
        error_rules: what SYSPRO's errors mean, before the shipped rules.
        payment: the site's own payment posting; needed for payments only.
    """

    lookup: Literal["comfnd", "odata", "apsqry"] = "comfnd"
    ignore_warnings: Literal["N", "Y", "W"] = "N"
    parameters: Mapping[str, str] = Field(default_factory=dict)
    schema_extras: tuple[str, ...] = ()
    send_empty: bool = False
    key: tuple[str, ...] = ()
    credit_notes: Literal["against_invoice", "negative_invoice"] = "against_invoice"
    adjustment_reference: Literal["ApInvoicePay.PaymentReference", "ApJnlDistrib.Reference"] = (
        "ApInvoicePay.PaymentReference"
    )
    first_month: int = Field(1, ge=1, le=12)
    fiscal_year: Literal["ends", "begins"] = "ends"
    check_totals: bool = True
    held_suppliers: Literal["refuse", "allow"] = "refuse"
    control_accounts: Literal["refuse", "allow"] = "refuse"
    max_body_bytes: int = Field(1_000_000, ge=1024)
    session_margin_minutes: int = Field(12, ge=0)
    only_when_new: tuple[str, ...] = ()
    must_agree: tuple[str, ...] = ()
    same_name: Literal["refuse", "allow"] = "refuse"
    error_rules: tuple[ErrorRule, ...] = ()
    payment: PaymentTemplate | None = None

    def category(self, element: str, number: str, text: str) -> str:
        """What an error in an answer is called; empty where no rule fits."""
        every = (*self.error_rules, *ERROR_RULES)
        return next((rule.category for rule in every if rule.fits(element, number, text)), "")


def read(given: Mapping[str, Any]) -> PostingSettings:
    """A site's decisions as they were declared.

    Raises:
        ConfigurationError: one of them is unknown or wrong; the message names it.
    """
    try:
        return PostingSettings.model_validate(given)
    except ValidationError as error:
        said = [
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
    raise ConfigurationError(f"Posting settings: {'; '.join(said)}.", "Correct them; see docs/posting.md.")


def placed(text: str) -> set[str]:
    """The names that stand in a template's places.

    Raises:
        ValueError: a brace stands alone, or a place holds more than a name.
    """
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name or form or conversion:
            raise ValueError(f"'{{{name}}}' is not a place such as {{Supplier}}")
        names.add(name)
    return names
