"""The elements of the documents that SYSPRO takes, in the order of its schemas (sheet 2.1 to 2.3).

Passwords of GL accounts are left out: a secret has no place in mapped rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["text", "amount", "rate", "date", "whole"]


@dataclass(frozen=True)
class Element:
    """One element.

    Attributes:
        name: as SYSPRO writes it.
        kind: what its text is.
        length: most characters, from the column that it ends up in.
        extra: whether only newer releases know it, so that it is sent only where a site says so.
    """

    name: str
    kind: Kind = "text"
    length: int = 0
    extra: bool = False


@dataclass(frozen=True)
class Layout:
    """One document: `Item` elements with a header and groups of lines.

    Attributes:
        root: the root's name.
        schema: the schemas' name without their ending: `<schema>.XSD` of parameters, `<schema>DOC.XSD` of documents.
        header: the header's elements.
        groups: the lines' elements, by the element that holds each line.
        parameters: the Parameters that are a site's to choose, and their defaults.
        inner: elements of the header that lie in an element of their own, such as a supplier's `Key`.
    """

    root: str
    schema: str
    header: tuple[Element, ...]
    groups: dict[str, tuple[Element, ...]]
    parameters: dict[str, str]
    inner: dict[str, str]

    @cached_property
    def by_name(self) -> dict[str, Element]:
        """Elements by the mapped field: the header's name, or `Group.Name`."""
        return dict(self._named())

    @property
    def extras(self) -> set[str]:
        """Names of the elements that only newer releases know."""
        return {element.name for element in self.by_name.values() if element.extra}

    def _named(self) -> Iterator[tuple[str, Element]]:
        yield from ((element.name, element) for element in self.header)
        for group, elements in self.groups.items():
            yield from ((f"{group}.{element.name}", element) for element in elements)


def _texts(names: str) -> tuple[Element, ...]:
    """Text elements, each with its length behind a colon, such as `Invoice:20`."""
    pairs = (each.partition(":") for each in names.split())
    return tuple(Element(name, length=int(length or 0)) for name, _, length in pairs)


def _extra(*names: str) -> tuple[Element, ...]:
    return tuple(Element(name, extra=True) for name in names)


def _amounts(*names: str) -> tuple[Element, ...]:
    return tuple(Element(name, "amount") for name in names)


AP_INVOICE = Layout(
    "PostApInvoice",
    "APSTIN",
    (
        *_texts("Supplier:15 TransactionCode:1 Branch:10 Invoice:20"),
        *_extra("EntryNumber"),
        *_amounts("TransactionValue", "FreightCharge", "MiscellaneousCharge"),
        *_texts("Notation:30 TransactionReference:30 JournalNotation:30 DiscountBasis:1"),
        *_amounts("DiscountableValue", "DiscountPercentageValue", "DiscountAdjustment"),
        *(Element(name, "date") for name in ("InvoiceDate", "DueDate", "DiscountDate")),
        Element("ExchRateAtEntry", "rate"),
        *_texts("FixedExchRate:1 TaxBasis:1 CalculateQstOnTax:1 TaxCode:3"),
        *_amounts("TaxValue"),
        *_texts("SecondTaxCode:3"),
        *_amounts("SecondTaxValue"),
        *_extra("WithholdingTaxCode"),
        Element("WithholdingTaxValue", "amount", extra=True),
        *_texts("EcAcquisition:1 Nationality:3"),
        *_extra("AutoVoucherCreated", "POGLCode", "Bank"),
        *_texts("ReestablishInvoice:1 AnalysisEntry:10"),
    ),
    {
        "GrnDetails": (
            *_texts("GrnMatchType:1 GrnSupplier:15 GrnGrn:20 GrnFlag:1"),
            Element("GrnJournal", "whole"),
            Element("GrnEntry", "whole"),
            *_texts("GrnDetailKey:80"),
            *_amounts("GrnMatchValue"),
            Element("GrnPartialMatchQuantity", "rate"),
            *_amounts("GrnPartialMatchValue"),
        ),
        "LedgerDistribution": (
            *_texts("LedgerCode:35 LedgerTaxCode:3 LedgerSecondTaxCode:3"),
            *_extra("LedgerWithholdingTaxCode", "LedgerWithholdingTaxExpenseType"),
            *_texts("LedgerNotation:50"),
            *_amounts("LedgerValue"),
            *_extra("TaxOnlyLine"),
            *_texts("AnalysisEntry:10"),
        ),
    },
    {
        "PostZeroAdjustments": "N",
        "DefaultDiscountDate": "",
        "DefaultDueDate": "",
        "LedgerDistributionCurrency": "L",
        "AutomaticTaxCalculation": "N",
        "PermissibleTaxVariance": "0.00",
        "ApArContraTrx": "N",
        "IgnoreAnalysis": "Y",
    },
    {},
)

GL_JOURNAL = Layout(
    "PostGlJournal",
    "GENTJL",
    (
        *_texts("JournalType:1 AuthorizeJournal:1 PostJournal:1 CancelJournal:1 HoldJournal:1"),
        Element("JournalDate", "date"),
        *_texts("JournalReference:30 Notation:100"),
        Element("PostingPeriod", "whole", 2),
        Element("PostingYear", "whole", 4),
        *_texts("SourceCode:2 Currency:3"),
    ),
    {
        "JournalDetails": (
            *_texts("LedgerCode:35"),
            Element("Date", "date"),
            *_texts("Reference:50"),
            *_amounts("EntryAmount"),
            *_texts("Comment:250 AnalysisEntry:10 InterCompanyDetail:1 InterCompanyId:4"),
            *_texts("InterCompanyDebit:35 InterCompanyCredit:35"),
            *_extra("SourceJournal", "AdditionalReference", "CommitmentFlag", "CurrencyInfo"),
            Element("TransactionDate", "date", extra=True),
            *_extra("ModifiedFlag"),
        )
    },
    {
        "ActionType": "A",
        "ValidatePasswords": "Y",
        "DeleteEntriesonMaint": "N",
        "IgnoreAnalysis": "Y",
    },
    {},
)

SUPPLIER = Layout(
    "SetupApSupplier",
    "APSSSP",
    _texts(
        "Supplier:15 SupplierName:50 SupShortName:20 Telephone:20 Fax:20 Contact:50 Branch:10 TermsCode:2 Bank:15 "
        "Currency:3 SupAddr1:40 SupAddr2:40 SupAddr3:40 SupAddr4:40 SupAddr5:40 SupPostalCode:10 RemitName:50 "
        "RemitAddr1:40 RemitAddr2:40 RemitAddr3:40 RemitAddr4:40 RemitAddr5:40 RemitPostalCode:10 SupplierClass:10 "
        "Area:10 DefTaxCode:3 TaxRegnNum:30 OnHold:1 SupplierType:1 MerchGlCode:35 FreightGlCode:35 PayByEft:1 "
        "BankBranch:50 BankAccount:50 GrnMatchReqd:1 Email:255 Nationality:3 LineDiscCode:10 InvDiscCode:10 "
        "UserField1:15 UserField2:1 PurchOrdAllowed:1 LctRequired:1 DeliveryTerms:3"
    ),
    {},
    {},
    {"Supplier": "Key"},
)
