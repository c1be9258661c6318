from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Writer
from airflow_provider_mlconnector.systems.syspro.posting.elements import AP_INVOICE, GL_JOURNAL, SUPPLIER, Element
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from tests.unit.systems.syspro.posting.rows import Row, invoice

AMOUNT, NAME = Element("LedgerValue", "amount"), Element("Notation", length=30)
OURS = ("PostingDate", "Currency")


def writer(**settings: object) -> Writer:
    return Writer(AP_INVOICE, PostingSettings.model_validate(settings), OURS, ("TransactionReference",))


def test_an_invoice_is_written_in_the_order_of_the_schema() -> None:
    item = writer().item([invoice()], {"TransactionReference": "EXT-000123"})
    assert item == (
        "<Item><Supplier>0000001</Supplier><TransactionCode>I</TransactionCode><Invoice>INV-4711</Invoice>"
        "<TransactionValue>119.00</TransactionValue><TransactionReference>EXT-000123</TransactionReference>"
        "<InvoiceDate>2026-03-15</InvoiceDate><TaxBasis>E</TaxBasis><TaxCode>A</TaxCode><TaxValue>19.00</TaxValue>"
        "<LedgerDistribution><LedgerCode>10-5500</LedgerCode><LedgerNotation>Line 1</LedgerNotation>"
        "<LedgerValue>100.00</LedgerValue></LedgerDistribution></Item>"
    )


def test_every_element_stands_in_the_order_of_the_sheet() -> None:
    sheet = """Supplier TransactionCode Branch Invoice TransactionValue FreightCharge MiscellaneousCharge Notation
        TransactionReference JournalNotation DiscountBasis DiscountableValue DiscountPercentageValue DiscountAdjustment
        InvoiceDate DueDate DiscountDate ExchRateAtEntry FixedExchRate TaxBasis CalculateQstOnTax TaxCode TaxValue
        SecondTaxCode SecondTaxValue EcAcquisition Nationality ReestablishInvoice AnalysisEntry"""
    item = xml.parse(writer(send_empty=True).item([invoice()], {}), 100_000)
    assert [child.tag for child in item if not len(child)] == sheet.split()


def test_the_envelope_is_the_sheets() -> None:
    document = writer().document(["<Item/>"])
    assert document == (
        '<?xml version="1.0" encoding="Windows-1252"?><PostApInvoice '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="APSTINDOC.XSD">'
        "<Item/></PostApInvoice>"
    )
    parameters = xml.parse(writer(ignore_warnings="W").parameters(PostingPeriod="P"), 100_000)[0]
    assert [(each.tag, each.text or "") for each in parameters] == [
        ("PostingPeriod", "P"),
        ("IgnoreWarnings", "W"),
        ("ApplyIfEntireDocumentValid", "Y"),
        ("ValidateOnly", "N"),
        ("PostZeroAdjustments", "N"),
        ("DefaultDiscountDate", ""),
        ("DefaultDueDate", ""),
        ("LedgerDistributionCurrency", "L"),
        ("AutomaticTaxCalculation", "N"),
        ("PermissibleTaxVariance", "0.00"),
        ("ApArContraTrx", "N"),
        ("IgnoreAnalysis", "Y"),
    ]
    chosen = writer(parameters={"LedgerDistributionCurrency": "F"}).parameters(validate_only=True)
    assert "<LedgerDistributionCurrency>F<" in chosen
    assert "<ValidateOnly>Y<" in chosen


@pytest.mark.parametrize("name", ["ApplyIfEntireDocumentValid", "ValidateOnly", "PostingPeriod", "Typo"])
def test_parameters_that_are_ours_cannot_be_set(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"APSTIN does not have {name}"):
        writer(parameters={name: "N"})


def test_other_characters_become_references_and_markup_is_escaped() -> None:
    item = writer().item([invoice(Notation="Söhne & <Co> €")], {})
    assert "<Notation>S&#246;hne &amp; &lt;Co&gt; &#8364;</Notation>" in item
    assert xml.ascii_document(item, 100_000) == xml.PROLOG + item


def test_a_supplier_keeps_its_key_apart() -> None:
    rows: list[Row] = [{"Supplier": "0000010", "SupplierName": "Acme Ltd", "Currency": "ZAR"}]
    assert Writer(SUPPLIER, PostingSettings()).item(rows, {}) == (
        "<Item><Key><Supplier>0000010</Supplier></Key><SupplierName>Acme Ltd</SupplierName>"
        "<Currency>ZAR</Currency></Item>"
    )


def test_rows_that_disagree_on_the_header_are_no_document() -> None:
    with pytest.raises(FieldProblem, match="INV-1, INV-2") as caught:
        writer().item([invoice(Invoice="INV-1"), invoice(Invoice="INV-2")], {})
    assert caught.value.field == "Invoice"


def test_fields_are_known_or_refused() -> None:
    extra = "LedgerDistribution.TaxOnlyLine"
    writer(schema_extras=["TaxOnlyLine"]).expect({extra, "PostingDate", "_key"})
    for fields, said in (
        ({"Invoiec"}, "no element Invoiec"),
        ({extra}, "schema_extras"),
        ({"TransactionReference"}, "own id"),
        ({"JournalDetails.LedgerCode"}, "no element"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            writer().expect(fields)
    with pytest.raises(ConfigurationError, match="does not have Nonsense"):
        writer(schema_extras=["Nonsense"])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("Invoice", "x" * 21, "longer than 20 characters"),
        ("Notation", "x" * 31, "longer than 30 characters"),
        ("LedgerDistribution.LedgerCode", "x" * 36, "longer than 35 characters"),
        ("TransactionValue", 119.0, "not a decimal number"),
        ("TransactionValue", "1,19", "not a number"),
        ("TransactionValue", Decimal("1.001"), "more than 2 decimals"),
        ("TransactionValue", Decimal("1E+400"), "too many digits"),
        ("TransactionValue", Decimal(10) ** 12, "more than 12 digits"),
        ("TransactionValue", "NaN", "not a number"),
        ("InvoiceDate", "31.03.2026", "not a date"),
        ("InvoiceDate", "2026-03-31T10:00:00", "not a date"),
        ("Notation", "a\x00b", "control character"),
        ("Notation", "a\ud800b", "control character"),
    ],
)
def test_what_cannot_be_sent_names_its_field(field: str, value: object, said: str) -> None:
    with pytest.raises(FieldProblem, match=said) as caught:
        writer().item([invoice(**{field: value})], {})
    assert caught.value.field == field


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_amounts_are_exact_and_plain(value: Decimal) -> None:
    written = values.text(value, AMOUNT)
    assert Decimal(written) == value
    assert written.rpartition(".")[2].isdigit()
    assert len(written.rpartition(".")[2]) == 2
    assert not {"E", "e", ",", "+"} & set(written)
    assert values.text(str(value), AMOUNT) == written


@given(st.text(max_size=30))
def test_every_text_is_sent_as_it_is_or_refused(value: str) -> None:
    try:
        written = Writer(AP_INVOICE, PostingSettings()).item([{"Notation": value}], {})
    except FieldProblem:
        return
    assert written.isascii()
    root = xml.parse(written, 100_000)
    assert xml.child_text(root, "Notation") == value.strip()


def test_a_journal_has_its_own_elements() -> None:
    assert "JournalDetails.EntryAmount" in GL_JOURNAL.by_name
    assert "EntryAmount" not in GL_JOURNAL.by_name
