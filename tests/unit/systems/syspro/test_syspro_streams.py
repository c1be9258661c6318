from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.sandbox.syspro.schema import SCHEMAS
from airflow_provider_mlconnector.streams.declaration import Detect, OnChange
from airflow_provider_mlconnector.systems.syspro.streams import load_streams, shipped

WANTED = {
    "suppliers", "items", "warehouse_quantities", "ap_invoices", "ap_invoice_documents", "ap_invoice_payments",
    "ap_journal_distributions",
    "gl_accounts", "gl_postings", "gl_journal_details", "purchase_orders", "goods_received", "inventory_movements",
    "customers",
}  # fmt: skip


def test_what_the_house_promises_is_shipped_under_its_own_name() -> None:
    assert set(shipped()) == WANTED
    assert all(name == declaration.stream for name, declaration in shipped().items())


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_declaration_fits_the_table(name: str) -> None:
    declaration = shipped()[name]
    assert declaration.key == SCHEMAS[declaration.table].key
    related = [each for each in (declaration.extension, declaration.lines) if each is not None]
    for table, columns in [(declaration.table, declaration.columns), *((each.table, each.columns) for each in related)]:
        for column, kind in columns.items():
            real = SCHEMAS[table].by_name[column]
            size, scale = real.size, real.scale
            number = f"decimal({size},{scale})" if scale else "integer"
            assert kind == {"date": "datetime", "number": number}.get(real.kind, f"string({size})"), column
    if declaration.extension is not None:
        assert not set(declaration.columns) & set(declaration.extension.columns)


def test_payments_and_balances_make_no_new_version_of_a_document() -> None:
    versions = shipped()["ap_invoices"].version_columns
    assert {"OrigInvValue", "DueDate", "Reference"} <= set(versions)
    assert not {"MthInvBal1", "PaymGrossValue", "NextPaymEntry", "InvoiceStatus", "TotalAdjustments"} & set(versions)
    assert "CurrentBalance" not in shipped()["gl_accounts"].version_columns
    assert "DateLastSale" not in shipped()["customers"].version_columns
    assert "MatchedValue" not in shipped()["goods_received"].version_columns


def test_reference_data_is_sent_again_and_documents_are_not() -> None:
    for declaration in shipped().values():
        reference = declaration.detect is Detect.SNAPSHOT
        assert declaration.on_change is (OnChange.SEND if reference else OnChange.EXCEPTION)


SITE = """
streams:
  - stream: suppliers
    columns: {UserField1: string(15), Fax: null}
    extension: {table: ApSupplierAddr, columns: {SupAddr5: null, SupAddGpsLat: "decimal(8,6)"}}
    where: [{column: OnHold, values: [N]}]
  - stream: supplier_limits
    table: ApSupplierExt
    key: [Supplier]
    columns: {Supplier: string(15), CreditLimit: integer}
    detect: snapshot
    on_change: send
"""


def test_a_sites_own_table_is_a_few_lines_and_a_shipped_one_is_changed_by_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "streams.yaml"
    file.write_text(SITE, encoding="utf-8")
    found = load_streams(file)
    assert set(found) == WANTED | {"supplier_limits"}
    assert found["supplier_limits"].schema().names == ["Supplier", "CreditLimit"]
    suppliers = found["suppliers"]
    assert suppliers.on_change is OnChange.SEND
    assert "UserField1" in suppliers.columns
    assert "Fax" not in suppliers.columns
    assert suppliers.extension is not None
    assert "SupAddGpsLat" in suppliers.extension.columns
    assert "SupAddr5" not in suppliers.extension.columns
    assert "SupAddr4" in suppliers.extension.columns
    assert suppliers.where[0].column == "OnHold"
    assert found["items"] is shipped()["items"]
    assert "UserField1" not in shipped()["suppliers"].columns


def test_a_mirror_of_the_table_takes_all_columns_into_its_versions() -> None:
    found = load_streams("streams: [{stream: ap_invoices, version_columns: [], on_change: send}]")
    assert found["ap_invoices"].version_columns == ()
    assert found["ap_invoices"].cursor == shipped()["ap_invoices"].cursor


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("streams:\n  - stream: suppliers\n    columns: {X: text}\n", "line 3"),
        ("streams:\n  - stream: suppliers\n    detekt: cursor\n", "detekt"),
        ("streams:\n  - stream: fresh\n    table: T\n", "key"),
        ("streams:\n  - stream: items\n    columns: {StockCode: null}\n", "StockCode"),
        ("streams: [{stream: items}, {stream: items}]", "twice"),
        ("streams: all", "streams"),
        ("streams: [suppliers]", "streams.0"),
    ],
)
def test_mistakes_are_named(text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_streams(text)
