from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro import xml

# The recorded answer of the fact sheet, 1.5.
RECORDED = """<?xml version="1.0" encoding="Windows-1252"?>
<setupinvwarehouse Language='05' Language2='EN' CssStyle='' DecFormat='1' DateFormat='01' Role='01' Version='7.0.026' OperatorPrimaryRole='   '>
<item>
<key>
<stockcode>1004</stockcode>
<warehouse>P0</warehouse>
</key>
<stockcode>
<Value>1004</Value>
<ErrorNumber>240004</ErrorNumber>
<ErrorDescription>Stock code '1004' not found</ErrorDescription>
</stockcode>
</item>
<StatusOfItems>
<RecordsRead>1</RecordsRead>
<RecordsInvalid>1</RecordsInvalid>
</StatusOfItems>
</setupinvwarehouse>
 """  # noqa: E501
BIG = 1_000_000


def test_errors_are_found_wherever_they_hang() -> None:
    root = xml.parse(RECORDED, BIG)
    assert xml.find_errors(root) == [xml.EnetError("stockcode", "240004", "Stock code '1004' not found", "1004")]
    nested = xml.parse(
        "<a><B><ledgercode><value>x</value><errordescription> no </errordescription></ledgercode></B></a>", BIG
    )
    assert xml.find_errors(nested) == [xml.EnetError("ledgercode", "", "no", "x")]
    assert xml.find_errors(xml.parse("<a><b><ErrorDescription> </ErrorDescription></b></a>", BIG)) == []


def test_elements_are_found_in_any_case() -> None:
    root = xml.parse("<r><Key><JOURNAL> </JOURNAL><journal>00012</journal></Key></r>", BIG)
    assert xml.first_text(root, "Journal") == "00012"
    assert xml.first_text(root, "Absent") == ""


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        "<r>&undefined;</r>",
        "<r>",
        "",
        "not xml",
    ],
)
def test_entities_doctypes_and_broken_documents_are_refused(text: str) -> None:
    with pytest.raises(xml.NotXmlError):
        xml.parse(text, BIG)


def test_a_document_beyond_the_cap_is_refused() -> None:
    with pytest.raises(xml.NotXmlError, match="100"):
        xml.parse(f"<r>{'x' * 200}</r>", 100)


@pytest.mark.parametrize(
    ("shown", "plain"),
    [("       1", "1"), ("         0.00000", "0.00000"), ("38,400.000", "38400.000"), ("-1,5 ", "-15")],
)
def test_numbers_lose_their_padding_and_separators(shown: str, plain: str) -> None:
    assert xml.number(shown) == plain


@pytest.mark.parametrize("blank", ["", "  ", "0000-00-00", "0000-00-00 00:00:00"])
def test_blank_dates_are_null(blank: str) -> None:
    assert xml.date(blank) is None
    assert xml.date(" 2005-08-26") == "2005-08-26"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=50))
def test_any_text_survives_the_way_through_ascii(text: str) -> None:
    element = etree.Element("Comment")
    element.text = text
    document = xml.ascii_document(etree.tostring(element, encoding="unicode"), BIG)
    assert document.isascii()
    assert (xml.parse(document, BIG).text or "").strip() == text.strip()


def items(count: int, size: int = 10) -> str:
    made = "".join(f"<Item>\n  <Invoice>ü{number}{'x' * size}</Invoice>\n</Item>\n" for number in range(count))
    namespace = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="A.XSD"'
    return f"<Post {namespace}>{made}</Post>"


def encoded(document: str) -> int:
    return len(quote(document, safe=""))


@given(st.integers(1, 30), st.integers(500, 3000))
def test_a_split_document_keeps_every_item_once_in_order_and_fits(count: int, limit: int) -> None:
    parts = xml.split_items(items(count), limit, encoded, BIG)
    assert all(encoded(part) <= limit for part in parts)
    texts = [each.text for part in parts for each in xml.find_all(xml.parse(part, BIG), "Invoice")]
    assert texts == [f"ü{number}{'x' * 10}" for number in range(count)]
    assert all("noNamespaceSchemaLocation" in part for part in parts)
    assert all(part.count("xmlns:") == 1 for part in parts)


def test_a_document_that_fits_stays_whole_and_other_children_are_repeated() -> None:
    assert len(xml.split_items(items(5), 100_000, encoded, BIG)) == 1
    document = "<P><Parameters><A>1</A></Parameters><Item>1</Item><Item>2</Item></P>"
    parts = xml.split_items(
        document, encoded(xml.PROLOG + "<P><Parameters><A>1</A></Parameters><Item>1</Item></P>"), encoded, BIG
    )
    assert [part.count("<A>1</A>") for part in parts] == [1, 1]


def test_an_item_too_big_for_a_url_says_how_big_and_which_setting() -> None:
    with pytest.raises(ConfigurationError, match="max_url_bytes") as caught:
        xml.split_items(items(2, 2000), 1000, encoded, BIG)
    assert "1000" in str(caught.value)
