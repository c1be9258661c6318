from __future__ import annotations

import pytest

from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.enet import PostAnswer
from airflow_provider_mlconnector.systems.syspro.posting import outcomes
from airflow_provider_mlconnector.systems.syspro.posting.settings import ErrorRule, PostingSettings

# Sheet 2.1: the paths are known, numbers and texts are invented.
SUCCESS = """<?xml version="1.0" encoding="Windows-1252"?>
<postapinvoice Language='05' Version='8.0.010' OperatorPrimaryRole='   '>
<Item><Key><Supplier>0000001</Supplier><Invoice>INV-4711</Invoice>
<Journal>00000123</Journal><TrnYear>2026</TrnYear><TrnMonth>03</TrnMonth></Key><ItemNumber>000001</ItemNumber></Item>
<StatusOfItems><ItemsProcessed>000001</ItemsProcessed><ItemsInvalid>000000</ItemsInvalid>
<ItemsRejectedWithWarnings>000000</ItemsRejectedWithWarnings></StatusOfItems>
</postapinvoice>
 """
ERRORS = """<postapinvoice Language='05'>
<Item><invoice><Value>INV-4711</Value><ErrorNumber>999999</ErrorNumber>
<ErrorDescription>Invoice 'INV-4711' already exists</ErrorDescription></invoice>
<LedgerDistribution><ledgercode><Value>10-9999</Value><ErrorNumber>999999</ErrorNumber>
<ErrorDescription>Ledger code '10-9999' not found</ErrorDescription></ledgercode></LedgerDistribution></Item>
<StatusOfItems><ItemsProcessed>000000</ItemsProcessed><ItemsInvalid>000001</ItemsInvalid></StatusOfItems>
</postapinvoice>"""


def answer(text: str) -> PostAnswer:
    root = xml.parse(text, 100_000)
    return PostAnswer(text, root, tuple(xml.find_errors(root)))


def test_a_success_is_clean_and_names_its_journal() -> None:
    good = answer(SUCCESS)
    assert outcomes.clean(good)
    (part,) = outcomes.parts(good, 1)
    assert (part["journal"], part["trnyear"], part["trnmonth"]) == ("00000123", "2026", "03")


def test_every_error_is_told_with_its_category() -> None:
    bad = answer(ERRORS)
    assert not outcomes.clean(bad)
    assert outcomes.is_duplicate(bad, PostingSettings())
    assert outcomes.reason(bad, PostingSettings()) == (
        "[duplicate] invoice 'INV-4711': 999999 Invoice 'INV-4711' already exists; "
        "[account] ledgercode '10-9999': 999999 Ledger code '10-9999' not found"
    )


@pytest.mark.parametrize(
    ("element", "text", "category"),
    [
        ("invoice", "Rechnung INV-1 on file", "duplicate"),
        ("invoice", "Invoice does not exist", ""),
        ("supplier", "Supplier '9' not found", "supplier"),
        ("supplier", "Supplier '9' already exists", "duplicate"),
        ("POSTINGPERIOD", "whatever", "period"),
        ("item", "The period is closed", "period"),
        ("item", "Something else", ""),
    ],
)
def test_shipped_rules(element: str, text: str, category: str) -> None:
    assert PostingSettings().category(element, "1", text) == category


def test_a_sites_rule_comes_first() -> None:
    rule = ErrorRule(element="invoice", number="4711", category="held")
    assert PostingSettings(error_rules=(rule,)).category("Invoice", "4711", "already exists") == "held"
    assert PostingSettings(error_rules=(rule,)).category("Invoice", "4712", "already exists") == "duplicate"


@pytest.mark.parametrize("counter", ["ItemsInvalid", "PostingsInvalid", "RecordsInvalid", "ItemsRejectedWithWarnings"])
def test_a_counter_of_refused_items_is_no_success(counter: str) -> None:
    bad = answer(
        f"<a><StatusOfItems><ItemsProcessed>1</ItemsProcessed><{counter}> 000001</{counter}></StatusOfItems></a>"
    )
    assert not outcomes.clean(bad)
    assert outcomes.reason(bad, PostingSettings()) == f"SYSPRO counts refused items: {counter} 1"


def test_warnings_that_reject_are_the_reason() -> None:
    bad = answer(
        "<a><Item><WarningMessages><WarningNumber>7</WarningNumber><WarningDescription>Supplier on hold"
        "</WarningDescription></WarningMessages></Item>"
        "<StatusOfItems><ItemsRejectedWithWarnings>000001</ItemsRejectedWithWarnings></StatusOfItems></a>"
    )
    assert outcomes.reason(bad, PostingSettings()) == "warning 7 Supplier on hold"
    assert outcomes.summary(bad, bad.raw).startswith("warning 7 Supplier on hold; <a>")


def test_items_are_told_apart_or_not_at_all() -> None:
    two = "<a><Item><Journal>1</Journal></Item><item><Journal>2</Journal></item></a>"
    assert [part["journal"] for part in outcomes.parts(answer(two), 2)] == ["1", "2"]
    assert outcomes.parts(answer(two), 3) == [{}, {}, {}]
    assert outcomes.parts(answer("<a><Journal>7</Journal></a>"), 1) == [{"journal": "7"}]
