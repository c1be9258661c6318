"""A document that cancels another one: what X12 and EDIFACT say of it, by the rules that the docs and examples show."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
import yaml

from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from tests.support.pages import ROOT, page_text
from tests.unit.formats.edi.samples import SAMPLES
from tests.unit.formats.edi.writing import write

EXAMPLES = {"810": "ap_bills.810.mapping.yaml", "INVOIC": "ap_bills.invoic.mapping.yaml"}
FIELDS = {"810": "purpose", "INVOIC": "message_function"}


def said(name: str, *, deleted: bool) -> str:
    """What the example's rule makes of a bill."""
    text = (ROOT / "dags" / "intacct_to_sftp" / EXAMPLES[name]).read_text(encoding="utf-8")
    (rule,) = re.findall(rf"^  # ({FIELDS[name]}: .*)$", text, re.MULTILINE)
    assert f"  {rule}\n" in page_text("streams.md")
    table = pa.table({"_key": ["1"], "_key_hash": pa.array([b"0" * 16], pa.binary(16)), "DELETED": [deleted]})
    chunk = Mapper(load_mapping(f"mapping: m\nfields:\n  {rule}\n")).apply(table)
    return str(chunk.rows[FIELDS[name]][0].as_py())


@pytest.mark.parametrize(
    ("name", "deleted", "expected"),
    [("810", False, "00"), ("810", True, "01"), ("INVOIC", False, "9"), ("INVOIC", True, "1")],
)
def test_a_deleted_bill_cancels_its_document(name: str, deleted: bool, expected: str) -> None:
    sample = SAMPLES[name]
    (changes,) = re.findall(r"`changes: (\[\{segment: BGM.*?\])`", page_text("streams.md"))
    layout = {**sample.layout, **({"changes": yaml.safe_load(changes)} if name == "INVOIC" else {})}
    rows = [{**row, FIELDS[name]: said(name, deleted=deleted)} for row in sample.rows("N1", 1)]
    written = write(layout, sample.profile, rows)
    assert written.refused == {}
    begin = next(segment for segment in written.body if segment.startswith(("BIG", "BGM")))
    assert re.split(r"[*+]", begin)[-1] == expected
