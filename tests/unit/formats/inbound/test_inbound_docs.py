"""The page on inbound files: its templates load and read what it shows, and it names every key."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.formats.inbound.template import InboundField, RowTypes, Statuses, Sums, Template, load
from tests.support.pages import ROOT, blocks, page_text, rows, section
from tests.unit.formats.inbound.reading import read_bytes
from tests.unit.systems.stampli.test_templates import NAMES, template

PAGE = ROOT / "docs" / "inbound.md"


def test_the_example_reads_as_shown() -> None:
    shown = section(page_text("inbound.md"), "An example")
    (declared,) = re.findall(r"```yaml\n(.*?)```", shown, re.DOTALL)
    file, refused = re.findall(r"```text\n(.*?)```", shown, re.DOTALL)
    (expected,) = re.findall(r"```json\n(.*?)```", shown, re.DOTALL)
    done = read_bytes(load(declared), file.encode())
    told = json.loads(json.dumps(done.rows, default=str))
    assert told == json.loads(expected)
    assert [f"{'/'.join(row.key)}: {row.reason}" for row in done.rejected] == refused.splitlines()


def test_typed_rows_and_xml_read_as_shown() -> None:
    typed, xml = (load(block) for block in blocks(PAGE, "yaml") if "typed_rows" in block or "format: xml" in block)
    (file,) = (block for block in blocks(PAGE, "text") if block.startswith("HDR"))
    (row,) = read_bytes(typed, file.encode()).rows
    assert [str(line["amount"]) for line in row["lines"]] == ["10.00", "2.50"]
    (row,) = read_bytes(xml, blocks(PAGE, "xml")[0].encode()).rows
    assert (row["company_id"], row["vendor_id"], row["lines"]) == (
        "C1",
        "0042",
        [{"line_number": 1, "amount": Decimal("10.00")}],
    )


def test_every_template_of_the_page_loads() -> None:
    assert len([load(block) for block in blocks(PAGE, "yaml")]) == 4


@pytest.mark.parametrize(("heading", "model"), [("A template", Template), ("Fields", InboundField)])
def test_every_key_is_in_its_table(heading: str, model: Any) -> None:
    assert set(rows(section(page_text("inbound.md"), heading))) == set(model.model_fields)


def test_every_other_key_is_named() -> None:
    page = page_text("inbound.md")
    names = {name for model in (Sums, Statuses, RowTypes) for name in model.model_fields}
    assert {name for name in names if f"`{name}`" not in page and f"{name}: " not in page} == set()


def test_the_neutral_templates_are_listed_with_their_keys() -> None:
    shown = rows(section(page_text("inbound.md"), "The neutral templates"))
    assert {name: cells[-1] for name, cells in shown.items()} == {name: ", ".join(template(name).key) for name in NAMES}
