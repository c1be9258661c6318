"""APSTIN: what a post checks, what it writes, and what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.unit.sandbox.syspro.conftest import Poster, bill, errors


def test_an_invoice_is_posted_with_its_journal(poster: Poster) -> None:
    answer = poster.invoice(bill(JournalNotation="by test"))
    assert answer.tag == "postapinvoice"
    assert errors(answer) == {}
    key = answer.find("Item/Key")
    assert [each.tag for each in key] == ["Supplier", "Invoice", "Journal", "TrnYear", "TrnMonth"]
    assert (key.findtext("TrnYear"), key.findtext("TrnMonth")) == ("2026", "03")
    journal = key.findtext("Journal")
    assert len(journal) == 8
    assert answer.findtext("StatusOfItems/ItemsProcessed") == "000001"
    (invoice,) = poster.find("ApInvoice", Supplier="0009001")
    assert (invoice["OrigInvValue"], invoice["MthInvBal1"], invoice["Reference"]) == ("119.00", "119.00", "EXT-INV-1")
    assert (invoice["InvoiceDate"][:10], invoice["DueDate"][:10]) == ("2026-03-15", "2026-04-14")
    at = {"Journal": journal, "GlYear": "2026", "GlPeriod": "3"}
    entries = {row["GlCode"]: (row["EntryType"], row["EntryValue"]) for row in poster.find("GenJournalDetail", **at)}
    assert entries == {"10-5500": ("D", "100.00"), "00-1500": ("D", "19.00"), "00-2100": ("C", "119.00")}
    (control,) = poster.find("GenJournalCtl", GlJournal=journal, GlYear="2026", GlPeriod="3")
    assert (control["Operator"], control["Reference"], control["Notation"]) == ("MLCONN", "EXT-INV-1", "by test")
    (summary,) = poster.find("ApJnlSummary", Supplier="0009001")
    assert (summary["TransactionCode"], summary["InvoiceValue"]) == ("I", "119.00")
    distributed = poster.find("ApJnlDistrib", Journal=journal, TrnYear="2026", TrnMonth="3")
    assert [(row["ExpenseGlCode"], row["DistrValue"]) for row in distributed] == [
        ("10-5500", "100.00"),
        ("00-1500", "19.00"),
    ]
    assert poster.find("ApSupplier", Supplier="0009001")[0]["CurrentBalance"] == "119.00"


def test_the_books_say_what_was_posted_and_how_often(poster: Poster) -> None:
    poster.invoice(bill("A"))
    poster.invoice(bill("B", TransactionReference="EXT-A"))
    poster.invoice(bill("A"))
    poster.invoice(bill("C"), ValidateOnly="Y")
    books = poster.sandbox.admin.books()
    assert books["references"] == {"APSTIN": {"EXT-A": 2}}
    assert [(each["invoice"], each["value"], each["currency"], each["date"]) for each in books["posted"]] == [
        ("A", "119.00", "EUR", "2026-03-15"),
        ("B", "119.00", "EUR", "2026-03-15"),
    ]
    assert books["posted"][0]["lines"] == [
        {"code": "10-5500", "value": "100.00"},
        {"code": "00-1500", "value": "19.00"},
    ]
    assert books["refused"] == 1
    assert books["refusals"][0]["reference"] == "EXT-A"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown supplier": ({"Supplier": "9999999"}, "Item/supplier"),
    "no supplier": ({"Supplier": ""}, "Item/supplier"),
    "no invoice": ({"Invoice": ""}, "Item/invoice"),
    "long invoice": ({"Invoice": "X" * 21}, "Item/invoice"),
    "long reference": ({"TransactionReference": "X" * 31}, "Item/transactionreference"),
    "no value": ({"TransactionValue": ""}, "Item/transactionvalue"),
    "negative value": ({"TransactionValue": "-119.00"}, "Item/transactionvalue"),
    "value without tax": ({"TransactionValue": "100.00"}, "Item/transactionvalue"),
    "a cent off": ({"TransactionValue": "119.01"}, "Item/transactionvalue"),
    "unknown code": ({"TransactionCode": "X"}, "Item/transactioncode"),
    "not registered": ({"TransactionCode": "P"}, "Item/invoice"),
    "credit of nothing": ({"TransactionCode": "C"}, "Item/invoice"),
    "bad date": ({"InvoiceDate": "15.03.2026"}, "Item/invoicedate"),
    "no such day": ({"DueDate": "2026-02-30"}, "Item/duedate"),
    "unknown branch": ({"Branch": "99"}, "Item/branch"),
    "unknown tax code": ({"TaxCode": "Q"}, "Item/taxcode"),
    "unknown bank": ({"Bank": "99"}, "Item/bank"),
    "unknown account": (
        {"LedgerDistribution": {"LedgerCode": "10-9999", "LedgerValue": "100.00"}},
        "Item/LedgerDistribution/ledgercode",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_under_its_element(poster: Poster, name: str) -> None:
    changes, path = WRONG[name]
    answer = poster.invoice(bill(**changes))
    assert path in errors(answer)
    assert answer.find(".//Journal") is None
    assert answer.findtext("StatusOfItems/ItemsInvalid") == "000001"
    assert poster.find("ApInvoice", Supplier="0009001") == []


@pytest.mark.parametrize("value", ["1,190.00", "1.19e2", "119.004", ".5", "119,00", "abc"])
def test_numbers_are_plain_or_refused(poster: Poster, value: str) -> None:
    line = {"LedgerCode": "10-5500", "LedgerValue": value}
    answer = poster.invoice(bill(TransactionValue=value, LedgerDistribution=line))
    assert errors(answer)["Item/transactionvalue"] == "100031"
    assert errors(answer)["Item/LedgerDistribution/ledgervalue"] == "100031"
    assert answer.findtext("Item/transactionvalue/ErrorDescription") == "XML element 'transactionvalue' must be numeric"


def test_an_invoice_is_posted_once(poster: Poster) -> None:
    assert errors(poster.invoice(bill())) == {}
    assert list(errors(poster.invoice(bill()))) == ["Item/invoice"]
    assert list(errors(poster.invoice(bill("TWIN"), bill("TWIN")))) == ["Item[2]/invoice"]
    assert len(poster.find("ApInvoice", Supplier="0009001")) == 1


def test_all_or_nothing(poster: Poster) -> None:
    answer = poster.invoice(bill("A"), bill("B", Branch="99"), bill("C"))
    assert list(errors(answer)) == ["Item[2]/branch"]
    assert answer.find(".//Journal") is None
    assert poster.find("ApInvoice", Supplier="0009001") == []
    answer = poster.invoice(bill("A"), bill("B", Branch="99"), bill("C"), ApplyIfEntireDocumentValid="N")
    assert answer.findtext("StatusOfItems/ItemsProcessed") == "000002"
    assert [row["Invoice"] for row in poster.find("ApInvoice", Supplier="0009001")] == ["A", "C"]


def test_validating_posts_nothing(poster: Poster) -> None:
    answer = poster.invoice(bill(), ValidateOnly="Y")
    assert errors(answer) == {}
    assert answer.find(".//Journal") is None
    assert poster.find("ApInvoice", Supplier="0009001") == []
    assert "Item/branch" in errors(poster.invoice(bill(Branch="99"), ValidateOnly="Y"))


@pytest.mark.parametrize("cause", ["supplier", "account"])
def test_warnings(poster: Poster, cause: str) -> None:
    line = {"LedgerCode": "00-2100" if cause == "account" else "10-5500", "LedgerValue": "100.00"}
    if cause == "supplier":
        poster.sandbox.admin.event("supplier_on_hold", supplier="0009001")
    refused = poster.invoice(bill("N", LedgerDistribution=line))
    path = {"supplier": "Item/supplier", "account": "Item/LedgerDistribution/ledgercode"}[cause]
    assert list(errors(refused)) == [path]
    assert refused.findtext("StatusOfItems/ItemsRejectedWithWarnings") == "000001"
    warned = poster.invoice(bill("W", LedgerDistribution=line), IgnoreWarnings="W")
    assert errors(warned) == {}
    assert warned.findtext("Item/WarningMessages/WarningDescription")
    assert warned.findtext("StatusOfItems/ItemsProcessedWithWarnings") == "000001"
    silent = poster.invoice(bill("Y", LedgerDistribution=line), IgnoreWarnings="Y")
    assert silent.find(".//WarningMessages") is None
    assert [row["Invoice"] for row in poster.find("ApInvoice", Supplier="0009001")] == ["W", "Y"]


def test_an_account_on_hold_is_no_warning(poster: Poster) -> None:
    poster.sandbox.admin.update("GenMaster", ["MLC", "10-5500"], AccOnHldFlag="Y")
    assert list(errors(poster.invoice(bill(), IgnoreWarnings="Y"))) == ["Item/LedgerDistribution/ledgercode"]


def test_periods_are_relative_and_open(poster: Poster) -> None:
    for period, expected in (("C", ("2026", "03")), ("P", ("2026", "02")), ("B", ("2026", "01"))):
        key = poster.invoice(bill(period), PostingPeriod=period).find("Item/Key")
        assert (key.findtext("TrnYear"), key.findtext("TrnMonth")) == expected
    poster.sandbox.admin.update("GenControl", ["MLC"], CurYrPrdStat2="C")
    assert list(errors(poster.invoice(bill("X"), PostingPeriod="P"))) == ["Item/postingperiod"]
    poster.sandbox.admin.update("ApControl", ["CTL"], FinPeriod=1)
    key = poster.invoice(bill("Y"), PostingPeriod="B").find("Item/Key")
    assert (key.findtext("TrnYear"), key.findtext("TrnMonth")) == ("2025", "11")


def test_credit_and_debit_notes_change_the_invoice(poster: Poster) -> None:
    poster.invoice(bill())
    answer = poster.invoice(
        bill(TransactionCode="C", net="10.00", tax="1.90", value="11.90", TransactionReference="CR-1"),
        bill(TransactionCode="D", net="5.00", tax="0.00", value="5.00", TransactionReference="DR-1"),
        bill(TransactionCode="A", net="-2.00", tax="0.00", value="-2.00", TransactionReference="AD-1"),
    )
    assert errors(answer) == {}
    (invoice,) = poster.find("ApInvoice", Supplier="0009001")
    assert (invoice["OrigInvValue"], invoice["MthInvBal1"]) == ("119.00", "110.10")
    notes = poster.find("ApInvoicePay", Supplier="0009001")
    assert [(row["TrnType"], row["TrnValue"], row["PaymentReference"]) for row in notes] == [
        ("C", "11.90", "CR-1"),
        ("D", "-5.00", "DR-1"),
        ("A", "2.00", "AD-1"),
    ]
    assert poster.sandbox.admin.books()["references"]["APSTIN"]["CR-1"] == 1


def test_tax(poster: Poster) -> None:
    assert errors(poster.invoice(bill("AUTO", tax=""), AutomaticTaxCalculation="Y")) == {}
    assert "Item/transactionvalue" in errors(poster.invoice(bill("NONE", tax="")))
    lines = [
        {"LedgerCode": "10-5500", "LedgerValue": "100.00", "TaxOnlyLine": "N"},
        {"LedgerCode": "00-1500", "LedgerValue": "19.00", "TaxOnlyLine": "Y"},
    ]
    assert errors(poster.invoice(bill("GROSS", TaxBasis="I", LedgerDistribution=lines))) == {}
    mixed = [
        {"LedgerCode": "10-5500", "LedgerValue": "50.00", "LedgerTaxCode": "A"},
        {"LedgerCode": "10-5500", "LedgerValue": "50.00", "LedgerTaxCode": "B"},
    ]
    several = bill("MIXED", tax="13.01", value="113.01", LedgerDistribution=mixed)
    assert "Item/taxvalue" in errors(poster.invoice(several))
    assert errors(poster.invoice(several, PermissibleTaxVariance="0.01")) == {}


@pytest.mark.parametrize("currency", ["L", "F"])
def test_the_suppliers_currency_rules(poster: Poster, currency: str) -> None:
    poster.sandbox.admin.update("ApSupplier", ["0009001"], Currency="USD", DefTaxCode="Z")
    wanted = {"L": ["60.26", "31.75"], "F": ["65.50", "34.51"]}[currency]
    lines = [{"LedgerCode": "10-5500", "LedgerValue": value} for value in wanted]
    item = bill(value="100.01", tax="", TaxCode="", LedgerDistribution=lines)
    wrong = "F" if currency == "L" else "L"
    assert "Item/transactionvalue" in errors(poster.invoice(item, LedgerDistributionCurrency=wrong))
    answer = poster.invoice(item, LedgerDistributionCurrency=currency)
    assert errors(answer) == {}
    (invoice,) = poster.find("ApInvoice", Supplier="0009001")
    assert (invoice["Currency"], invoice["OrigInvValue"], invoice["ConvRate"]) == ("USD", "100.01", "0.920000")
    journal = answer.findtext("Item/Key/Journal")
    details = poster.find("GenJournalDetail", Journal=journal, GlYear="2026", GlPeriod="3")
    assert sum(Decimal(row["EntryValue"]) for row in details if row["EntryType"] == "D") == Decimal("92.01")


def test_elements_that_are_not_known(poster: Poster) -> None:
    wrong = bill(InvoiceAmount="119.00")
    assert poster.send("APSTIN", [wrong]).startswith("ERROR")
    assert poster.send("APSTIN", [bill()], Nonsense="Y").startswith("ERROR")
    assert poster.send("APSTIN", [bill()], IgnoreWarnings="X").startswith("ERROR")
    assert poster.find("ApInvoice", Supplier="0009001") == []
    poster.sandbox.admin.settings(unknown_elements="ignored")
    assert errors(poster.invoice(wrong)) == {}


def test_long_texts_can_be_cut_off_in_silence(poster: Poster) -> None:
    poster.sandbox.admin.settings(long_fields="truncated")
    assert errors(poster.invoice(bill("X" * 25))) == {}
    assert poster.find("ApInvoice", Supplier="0009001")[0]["Invoice"] == "X" * 20


@pytest.mark.parametrize("form", ["no_status", "no_key", "bare"])
def test_answers_have_several_forms(poster: Poster, form: str) -> None:
    poster.sandbox.admin.settings(answer_form=form)
    answer = poster.invoice(bill())
    assert (answer.find("StatusOfItems") is None) == (form != "no_key")
    assert (answer.find("Item/Key") is None) == (form != "no_status")
    assert len(answer.findtext(".//Journal")) == 8


def test_posts_can_be_sent_as_a_form(poster: Poster) -> None:
    form = poster.form("APSTIN", [bill()], {})
    assert poster.http.post("/Transaction/Post", data=form).status_code == 405
    poster.sandbox.admin.settings(allow_post=True)
    assert "<Journal>" in poster.http.post("/Transaction/Post", data=form).text


def test_parameters_are_needed_and_licences_too(poster: Poster, sandbox: SysproSandbox) -> None:
    form = poster.form("APSTIN", [bill()], {})
    without = {name: value for name, value in form.items() if name != "XmlParameters"}
    assert poster.http.get("/Transaction/Post", params=without).text.startswith("ERROR")
    sandbox.admin.settings(unlicensed=["APSTIN"])
    assert poster.http.get("/Transaction/Post", params=form).text == "ERROR: e.net exception raised: 100000"
