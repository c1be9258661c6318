from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from airflow_provider_mlconnector.formats.inbound import parts, xml_rows
from airflow_provider_mlconnector.formats.inbound.read import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import load
from tests.unit.formats.inbound.reading import read_bytes

INVOICES = load("""
entity: invoices
format: xml
record: Invoice
line: Lines/Line
key: [company, number]
line_key: [line]
fields:
  company: {xpath: /Export/@company}
  number: {xpath: "@number", required: true}
  vendor: {xpath: Vendor/Name}
  total: {xpath: Total, type: "decimal(18,2)", required: true}
line_fields:
  line: {xpath: "@no", type: integer, required: true}
  amount: {xpath: ., type: "decimal(18,2)", required: true}
  of: {xpath: ../../@number}
sums: {total: total, line: amount}
""")


def invoice(number: str, total: str, *amounts: str, inside: str = "") -> str:
    lines = "".join(f'<Line no="{place}">{amount}</Line>' for place, amount in enumerate(amounts, 1))
    return f'<Invoice number="{number}">{inside}<Total>{total}</Total><Lines>{lines}</Lines></Invoice>'


def export(*invoices: str, top: str = "", space: str = "") -> bytes:
    return f'{top}<Export {space} company="C1"><Invoices>{"".join(invoices)}</Invoices></Export>'.encode()


@pytest.mark.parametrize("space", ["", 'xmlns="urn:x"'])
def test_records_and_lines_whatever_the_namespace(space: str) -> None:
    inside = "<Vendor><Name> Müller <!-- & --> Söhne</Name></Vendor>"
    done = read_bytes(INVOICES, export(invoice("7", "10", "4", "6", inside=inside), space=space))
    assert done.rejected == []
    assert done.rows == [
        {
            "company": "C1",
            "number": "7",
            "vendor": "Müller  Söhne",
            "total": Decimal("10.00"),
            "lines": [
                {"line": 1, "amount": Decimal("4.00"), "of": "7"},
                {"line": 2, "amount": Decimal("6.00"), "of": "7"},
            ],
        }
    ]


def test_a_bad_record_sets_itself_aside() -> None:
    twice = "<Total>4</Total>"
    done = read_bytes(
        INVOICES, export(invoice("1", "x", "4"), "\n", invoice("2", "4", "4", inside=twice), invoice("3", "4", "4"))
    )
    assert [row["number"] for row in done.rows] == ["3"]
    assert done.reasons[0].startswith("line 1: total 'x' is not a number")
    assert done.reasons[1].startswith("line 2: it has more than one Total")


def test_the_same_record_twice_is_one_and_two_versions_are_none() -> None:
    same, one, other = invoice("1", "4", "4"), invoice("2", "4", "4"), invoice("2", "5", "5")
    done = read_bytes(INVOICES, export(same, one, same, other))
    assert [row["number"] for row in done.rows] == ["1"]
    assert done.reasons == ["its key stands 2 times with different content, on lines 1, 1"]


def test_an_export_without_records_is_empty() -> None:
    assert read_bytes(INVOICES, export()).rows == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (export(invoice("1", "4", "4"))[:-12], "not well-formed"),
        (b"vendor,number\r\n", "not well-formed"),
        (b"", "empty"),
        (export("<Bill/>"), "no element Invoice; it holds"),
        (export(invoice("1", "4", "4"), top='<!DOCTYPE Export [<!ENTITY a "b">]>'), "DOCTYPE"),
        (export(top='<!DOCTYPE Export SYSTEM "file:///etc/passwd">'), "DOCTYPE"),
    ],
)
def test_files_that_are_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said):
        read_bytes(INVOICES, content)


def test_a_record_without_an_end_does_not_fill_the_memory() -> None:
    with (
        patch.object(xml_rows, "_LARGEST_RECORD", 200_000),
        pytest.raises(FileRefusedError, match="hold no end of an element Invoice"),
    ):
        read_bytes(INVOICES, export(*["<Bill>text</Bill>"] * 40_000))


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("<>&\"'\n"), max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.lists(_TEXT, max_size=8), st.integers(1, 3), st.integers(20, 500))
def test_hostile_text_arrives_whatever_the_sizes(names: list[str], at_once: int, part_bytes: int) -> None:
    root = etree.Element("Export", company="C1")
    for number, name in enumerate(names):
        record = etree.SubElement(root, "Invoice", number=str(number))
        etree.SubElement(etree.SubElement(record, "Vendor"), "Name").text = name
        etree.SubElement(record, "Total").text = "0"
    with patch.object(xml_rows, "_AT_ONCE", at_once), patch.object(parts, "PART_BYTES", part_bytes):
        done = read_bytes(INVOICES, etree.tostring(root, encoding="utf-8"))
    assert done.rejected == []
    found = {row["number"]: row["vendor"] for row in done.rows}
    assert found == {str(number): name.strip() or None for number, name in enumerate(names)}
