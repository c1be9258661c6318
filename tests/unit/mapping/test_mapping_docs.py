"""The examples of docs/mappings.md do what the page says, and its tables name what there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.mapping.apply import MappedChunk, Mapper
from airflow_provider_mlconnector.mapping.cost_centers import CostCenter
from airflow_provider_mlconnector.mapping.declaration import MappingDeclaration
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.mapping.rule import FieldRule
from airflow_provider_mlconnector.mapping.steps import Step

Batch: TypeAlias = Callable[..., pa.Table]

PAGE = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL))
TEXT = pa.string()


def example(name: str, folder: Path, table: pa.Table) -> MappedChunk:
    path = folder / f"{name}.yaml"
    path.write_text(EXAMPLES[name], encoding="utf-8")
    return Mapper(load_mapping(path), {"company": "EDU1"}).apply(table)


def targets(chunk: MappedChunk) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = chunk.rows.drop_columns(["_key", "_key_hash"]).to_pylist()
    return rows


def test_suppliers(tmp_path: Path, batch: Batch) -> None:
    names = ("Supplier", "SupplierName", "SupShortName", "Currency", "Contact", "Telephone", "Email", "OnHold")
    types = dict.fromkeys(names, TEXT) | {"LastPurchDate": pa.timestamp("us")}
    bought = datetime(2026, 3, 31)  # noqa: DTZ001
    rows = [
        ("000000000000042", "Müller & Co ", "mueller", "EUR", "Ann", "", "a@example.org", "N", bought),
        ("7", "Bolts", " ", "", "", "", " ", "Y", None),
    ]
    chunk = example("suppliers", tmp_path, batch(types, rows))
    assert chunk.rejected == []
    assert [list(row.values()) for row in targets(chunk)] == [
        ["42", "Müller & Co", "MUELLER", "EUR", "Ann, a@example.org", "active", "2026-03-31", "SYSPRO"],
        ["7", "Bolts", "Bolts", "USD", None, "blocked", None, "SYSPRO"],
    ]


def test_ap_invoices(tmp_path: Path, batch: Batch) -> None:
    (tmp_path / "suppliers.csv").write_text("Supplier,Vendor\n42,V-42\n", encoding="utf-8")
    line = pa.struct([("ExpenseGlCode", TEXT), ("DistrValue", pa.decimal128(14, 2))])
    types = {"Supplier": TEXT, "Invoice": TEXT, "InvoiceDate": pa.date32(), "Currency": TEXT, "lines": pa.list_(line)}

    def lines(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
        return [{"ExpenseGlCode": code, "DistrValue": Decimal(value)} for code, value in pairs]

    rows = [
        ("42", "INV1 ", date(2026, 3, 31), "", lines(("10-5500 ", "100.10"), ("00-8052", "-0.10"))),
        ("42", "INV2", date(2026, 3, 31), "EUR", lines(("10-5500", "1.00"), ("77-5500", "2.00"))),
        ("43", "INV3", None, "EUR", lines(("10-5500", "1.00"))),
    ]
    chunk = example("ap_invoices", tmp_path, batch(types, rows))
    assert [list(row.values()) for row in targets(chunk)] == [
        ["EDU1", "V-42", "INV1", "03/31/2026", "655001", "110", Decimal("100.10"), "USD"],
        ["EDU1", "V-42", "INV1", "03/31/2026", "805200", None, Decimal("-0.10"), "USD"],
    ]
    assert [(record.key, record.cause.partition("#")[0]) for record in chunk.rejected] == [
        ("k1", "lookup:gl_accounts:EDU1/77-5500"),
        ("k2", "lookup:suppliers:43"),
    ]


def test_gl_postings(tmp_path: Path, batch: Batch) -> None:
    types = {
        "GlCode": TEXT,
        "GlPeriod": pa.int64(),
        "GlYear": pa.int64(),
        "EntryDate": pa.timestamp("us"),
        "EntryType": TEXT,
        "EntryValue": pa.decimal128(14, 2),
        "Reference": TEXT,
    }
    day = datetime(2026, 3, 31)  # noqa: DTZ001
    rows = [
        ("10-5500", 3, 2026, day, "D", Decimal("12.50"), "r "),
        ("20-1200", 3, 2026, day, "C", Decimal("12.50"), ""),
        ("99-1200", 3, 2026, day, "C", Decimal(1), ""),
        ("10-1200", 3, 2026, day, "", Decimal(1), ""),
    ]
    chunk = example("gl_postings", tmp_path, batch(types, rows))
    assert [list(row.values()) for row in targets(chunk)] == [
        ["10", "655000", "03/2026", "20260331", Decimal("12.50"), "S", "r"],
        ["20", "112000", "03/2026", "20260331", Decimal("-12.50"), "H", None],
    ]
    assert [record.field for record in chunk.rejected] == ["CostCenter", "Amount"]


def test_every_example_is_tested() -> None:
    assert set(EXAMPLES) == {"suppliers", "ap_invoices", "gl_postings"}


def documented(heading: str) -> set[str]:
    section = re.split(rf"^##+ {heading}\n", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("The parts of a mapping", set(MappingDeclaration.model_fields)),
        ("The rule of a field", {field.alias or name for name, field in FieldRule.model_fields.items()}),
        ("Steps", set(Step.model_fields)),
        ("Cost centers", {"by", "segment", "substring", "analysis", "table"}),
    ],
)
def test_the_tables_name_all_that_there_is(heading: str, names: set[str]) -> None:
    assert documented(heading) == names


def test_every_setting_of_a_step_is_explained() -> None:
    for name, field in Step.model_fields.items():
        rule = next(part for part in field.annotation.__args__ if part is not type(None))  # type: ignore[union-attr]
        row = next(line for line in PAGE.splitlines() if re.match(rf"\| (`\w+`, )*`{name}`", line))
        settings = {setting.alias or key for key, setting in rule.model_fields.items()}
        shown = set(re.findall(r"`(\w+)`", row.split("|")[2] + row.split("|")[3]))
        assert settings - {"constant", "parameter"} <= shown, name


def test_every_setting_of_a_cost_center_is_explained() -> None:
    section = PAGE.split("## Cost centers")[1]
    assert all(f"`{name}`" in section for name in CostCenter.model_fields)
