"""docs/edi.md: its layouts give the files that it shows, and its tables say what declarations and models say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
import yaml
from pydantic import BaseModel

from airflow_provider_mlconnector.formats.edi import declaration, layout, profile, syntax
from airflow_provider_mlconnector.formats.edi.dictionary import dictionary
from airflow_provider_mlconnector.formats.edi.profile import load_profile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers
from airflow_provider_mlconnector.ledger.exchanged import interchange, interchange_set, received_file
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.systems.intacct.streams import shipped as of_intacct
from airflow_provider_mlconnector.systems.syspro.streams import shipped as of_syspro
from tests.support.pages import page_text, rows, section
from tests.unit.formats.edi.field_tables import field_table
from tests.unit.formats.edi.samples import DAY, invoic, invoice, order, schedule, vendor, without
from tests.unit.formats.edi.writing import NAMING, Row, hashed, write

PAGE = page_text("edi.md")
SETS = {**declaration.shipped("x12"), **declaration.shipped("edifact")}
_FILE = re.compile(r"gives `([^`\n]+)`:\n\n```text\n(.*?)```", re.DOTALL)
_TERMS = ("terms_basis", "discount_percent", "discount_days", "discount_date", "discount_amount", "net_days")
_PARTIES = ("buyer_name", "buyer_qualifier", "buyer_agency", "buyer_id", "supplier_street_2", "supplier_tax_id")
_SCHEDULE = ("line_order_qualifier", "line_order", "forecast_number", "contract", *_PARTIES)


def _records(stream: Any, given: list[dict[str, Any]]) -> pa.Table:
    """Rows of a stream as a mapping takes them."""
    table = pa.Table.from_pylist(given, schema=stream.schema())
    keys = ["/".join(str(row[name]) for name in stream.key) for row in given]
    table = table.append_column("_key", pa.array(keys, pa.string()))
    return table.append_column("_key_hash", pa.array([hashed(key) for key in keys], pa.binary(16)))


def _shipments() -> pa.Table:
    bolts = {"LINE_NO": 1, "ITEMID": "BOLT-8", "ITEMDESC": "Bolts, 8 mm", "QUANTITY": Decimal(400), "UNIT": "Each"}
    plate = {"LINE_NO": 2, "ITEMID": "PLATE-1", "ITEMDESC": "Plate", "QUANTITY": Decimal(2), "UNIT": "Each"}
    head = {"RECORDNO": 77, "DOCNO": "SHP0077", "CUSTOMERPONUMBER": "4500012345", "SHIPPEDDATE": date(2026, 3, 30)}
    to = {"SHIPTO.CONTACTNAME": "Globex Plant 2", "SHIPTO.MAILADDRESS.CITY": "Boston"}
    return _records(of_intacct()["shipments"], [{**head, **to, "lines": [bolts, plate]}])


def _purchase_orders() -> pa.Table:
    steel = {"Line": 1, "MStockCode": "A100", "MOrderQty": Decimal(500), "MOrderUom": "KG", "MPrice": Decimal("2.50")}
    bolts = {"Line": 2, "MStockCode": "B200", "MOrderQty": Decimal(1), "MOrderUom": "EA", "MPrice": Decimal("9.50")}
    head = {"PurchaseOrder": "00001789", "Supplier": "0000100", "OrderEntryDate": datetime(2026, 3, 30)}  # noqa: DTZ001
    return _records(of_syspro()["purchase_orders"], [{**head, "Currency": "EUR", "lines": [steel, bolts]}])


def _credit() -> list[Row]:
    [row] = without(invoice("CM-9"), "line_tax_amount", "line_tax_code", "tax_amount", "tax_code", *_TERMS, *_PARTIES)
    row = {name: value for name, value in row.items() if not name.startswith(("charge", "order", "vendor", "buyer"))}
    less = {"price": Decimal("-40.05"), "line_amount": Decimal("-40.05"), "quantity": Decimal(1)}
    return [{**row, **less, "kind": "CR", "total": Decimal("-40.05"), "supplier_name": "Müller* & Söhne ~"}]


GIVEN: dict[str, Callable[[], Any]] = {
    "INVOICE": lambda: without(invoice("INV-1", 2), "purpose", "release_number", "order_date", *_TERMS, *_PARTIES),
    "CREDIT": _credit,
    "PO850": lambda: without(order("PO1", 2), "release_number", "contract", "terms_basis", *_PARTIES),
    "PO830": lambda: without(schedule("PO1", 2), *_SCHEDULE),
    "SHIP": _shipments,
    "VENDORS": lambda: without(vendor("V", 2), "supplier_name_2", "street_2", "contact", "email_qualifier", "email"),
    "INVOIC": lambda: without(invoic("INV-1", 2), "text", "order_date", "ship_date", *_PARTIES),
    "ORDERS": _purchase_orders,
    "CHANGES": lambda: [{**row, "department": "PURCHASING"} for row in without(invoice("INV-2"), *_TERMS, *_PARTIES)],
    "ORDCHG": lambda: [
        {"_key": "PO1", "order_number": "PO1", "change_date": DAY, "buyer_part": "A100", "quantity": Decimal(400)}
    ],
}


def _examples() -> list[tuple[str, str, str, str]]:
    """Name of the file, layout, mapping where the page has one, and what it shows."""
    examples = []
    for found in _FILE.finditer(PAGE):
        before = PAGE[: found.start()].rpartition("\n## ")[2]
        whole = re.findall(r"^```yaml\n(.*?)^```", before.rpartition("```text")[2], re.DOTALL | re.MULTILINE)
        mapping = next((block for block in whole if block.startswith("mapping:")), "")
        shape = next(block for block in whole if block.startswith("format:"))
        examples.append((found[1], shape, mapping, found[2]))
    return examples


def _profiles() -> dict[str, str]:
    found = re.findall(r"^```yaml\n(partner: .*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return {load_profile(text).standard: text for text in found}


@pytest.mark.parametrize(("name", "shape", "mapping", "shown"), _examples(), ids=lambda each: each.partition("\n")[0])
def test_an_example_gives_the_file_that_is_shown(name: str, shape: str, mapping: str, shown: str) -> None:
    declared = yaml.safe_load(shape)
    given: Any = GIVEN[name.partition("_")[0]]()
    if mapping:
        chunk = Mapper(load_mapping(mapping, "mapping"), {}).apply(given)
        assert chunk.rejected == []
        given = [chunk.rows]
    naming = replace(NAMING, sequence=42)
    partner = yaml.safe_load(_profiles()[declared["format"]])
    done = write(declared, partner, given, naming, ControlNumbers(7, 7, 31))
    assert done.refused == {}
    assert (list(done.streams), done.text) == ([name], shown)


def test_every_set_has_an_example() -> None:
    shown = {str(yaml.safe_load(shape).get("set", "")) for _, shape, _, _ in _examples()}
    assert shown == {*SETS, ""}
    assert {name.partition("_")[0] for name, *_ in _examples()} == set(GIVEN)


@pytest.mark.parametrize("name", SETS)
def test_a_sets_table_says_what_its_declaration_says(name: str) -> None:
    headings = [line for line in PAGE.splitlines() if re.match(rf"## {name}\b", line)]
    below = section(PAGE, headings[0].removeprefix("## "))
    assert re.findall(r"^\| `\w+` \|.*\|$", below, re.MULTILINE) == field_table(SETS[name])


@pytest.mark.parametrize(
    ("heading", "models"),
    [
        ("The partner profile", (profile.PartnerProfile, profile.Party, profile.Delimiters, profile.ControlRange)),
        ("The partner profile", (profile.Controls, profile.Expected)),
        ("The layout", (layout.EdiLayout,)),
        ("What a partner wants otherwise", (layout.Change, layout.Addition, declaration.Use, declaration.Value)),
        ("A set of your own", (declaration.SetDeclaration, declaration.Sum, declaration.Credit)),
    ],
)
def test_every_field_is_documented(heading: str, models: tuple[type[BaseModel], ...]) -> None:
    named = {name for model in models for name in model.model_fields}
    assert {name for name in named if f"`{name}`" not in section(PAGE, heading)} == set()


def test_tables_of_the_profile_name_nothing_else_and_tell_defaults() -> None:
    models = (profile.PartnerProfile, profile.Party, profile.ControlRange, profile.Controls, profile.Expected)
    documented = rows(section(PAGE, "The partner profile"))
    fields = {name: field for model in (*models, profile.Delimiters) for name, field in model.model_fields.items()}
    assert set(documented) <= set(fields)
    for model in models:
        for name, field in model.model_fields.items():
            if field.default is True or field.default is False or isinstance(field.default, int):
                assert documented[name][-1].strip("`") == str(field.default).lower(), name


@pytest.mark.parametrize("name", ["basic", "unoa"])
def test_signs_of_character_sets_are_documented(name: str) -> None:
    cell = rows(section(PAGE, "Characters"))[name][-1]
    signs = re.findall(r"`(.*)`", cell)[0].replace("\\|", "|")
    assert {*signs, " "} == {sign for sign in syntax._CHARACTERS[name] if not sign.isalnum()}
    more = re.findall(r"`(.*)`", rows(section(PAGE, "Characters"))["extended"][-1])[0].replace("\\|", "|")
    extended = {sign for sign in syntax._CHARACTERS["extended"] if not sign.isalnum()}
    assert extended == {sign for sign in syntax._CHARACTERS["basic"] if not sign.isalnum()} | set(more)


def test_every_unit_is_documented() -> None:
    below = section(PAGE, "Units")
    for standard, place in (("x12", ("IT1", 3, 1)), ("edifact", ("QTY", 1, 3))):
        tag, position, component = place
        codes = dictionary(standard)[tag].elements[position - 1][component - 1].codes
        line = next(line for line in below.splitlines() if line.startswith(f"| `{standard}` |"))
        assert tuple(re.findall(r"`(\w+)`", line)[1:]) == codes


def test_every_segment_is_named() -> None:
    below = section(PAGE, "A set of your own")
    for standard in get_args(profile.Standard):
        line = next(line for line in below.splitlines() if line.startswith(f"| `{standard}` |"))
        assert set(re.findall(r"`(\w+)`", line)[1:]) == set(dictionary(standard))


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("States", interchange.c.state),
        ("States", interchange_set.c.state),
        ("What is read", received_file.c.outcome),
    ],
    ids=str,
)
def test_every_state_is_explained(heading: str, column: Any) -> None:
    below = PAGE.split(f"\n### {heading}\n")[1].partition("\n##")[0]
    explained = set(re.findall(r"^\| `([\w ]+)` \|", below, re.MULTILINE))
    assert set(column.comment.replace(" or ", ", ").split(", ")) <= explained


def test_profiles_beside_the_dags_load() -> None:
    found = sorted((Path(__file__).parents[4] / "dags").glob("*/*partner.yaml"))
    assert len(found) >= 3
    assert all(load_profile(file).partner for file in found)
