"""Rows written from templates are the rows themselves."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.rendering import Renderer, Style, number_text

COMPANY = Company(seed=9, scale=2100)
STYLES = [
    Style(),
    Style(quoted=True, zulu=True),
    Style(padding="space"),
    Style(padding="trailing"),
    Style("xml"),
    Style("xml", padding="space"),
]


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("stamped", [True, False])
def test_the_fast_way_writes_what_the_slow_way_writes(style: Style, stamped: bool) -> None:
    for table in COMPANY.tables.values():
        columns = [name for name in table.schema.by_name if stamped or name != "TimeStamp"]
        renderer = Renderer(table, columns, style)
        # The beginning, and the second cycle of the documents.
        hits = [*range(min(30, len(table))), *range(max(0, len(table) - 30), len(table))]
        assert renderer.texts(hits) == [renderer.joined(renderer.cells(hit)) for hit in hits]


def test_json_holds_the_values_exactly() -> None:
    table = COMPANY.tables["ApInvoice"]
    renderer = Renderer(table, [column.name for column in table.schema.columns], Style())
    for hit in range(0, len(table), 97):
        row, shown = table.row(hit), json.loads(renderer.texts([hit])[0], parse_float=Decimal)
        assert list(shown) == list(table.schema.by_name)
        assert shown == dict(row)


def test_xml_is_well_formed_and_padded() -> None:
    table = COMPANY.tables["ApSupplier"]
    renderer = Renderer(table, ["Supplier", "SupplierName", "CurrentBalance", "LastChequeDate"], Style("xml"))
    for hit in range(len(table)):
        row = etree.fromstring(renderer.texts([hit])[0])
        assert row.findtext("SupplierName") == table.row(hit)["SupplierName"]
        assert len(row.findtext("CurrentBalance") or "") == 15
        assert row.findtext("LastChequeDate") == "0000-00-00"


def test_no_float_stands_between_a_number_and_its_text() -> None:
    assert number_text(Decimal("9999999999.99"), 2) == "9999999999.99"
    assert number_text(10**17 + 1, 2) == "100000000000000001.00"
    assert number_text(10**17 + 1, 0) == "100000000000000001"
    assert number_text(0, 6) == "0.000000"
