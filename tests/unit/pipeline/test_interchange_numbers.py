"""How many set numbers a batch asks for: never fewer than it may need, and hardly more."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.formats.chunks import ROWS
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.pipeline.interchange import _most_sets
from airflow_provider_mlconnector.pipeline.mapped import Mapped
from airflow_provider_mlconnector.staging.store import StagedFile, Staging
from tests.support.migrated import sqlite_ledger


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> LaneContext:
    home = tmp_path_factory.mktemp("numbers")
    ledger = Ledger(sqlite_ledger(home / "ledger.db"))
    return LaneContext(ledger, Staging(Path(home) / "staging"), LaneName("f", "s", "t"), Actor("run", "task"))


def mapped(*parts: StagedFile) -> Mapped:
    return Mapped("", "folder", parts, [], 1, {}, {}, {})


@given(st.integers(1, 5 * ROWS), st.sampled_from([1, 7, 5000, 40_000]))
def test_many_records_in_a_set(context: LaneContext, rows: int, most: int) -> None:
    layout = EdiLayout(format="x12", set="838", file_name="f_{sequence}", most_lines=most)
    least = -(-rows // layout.declared().most_lines)
    asked = _most_sets(context, layout, mapped(StagedFile("part", 1, "", rows)))
    assert least <= asked <= least + 2 * rows // ROWS + 1


def test_a_document_in_a_set_whatever_a_record_has_of_them(context: LaneContext) -> None:
    layout = EdiLayout(format="x12", set="810", file_name="f_{sequence}", document="invoice_number")
    one = context.staging.write_part("folder", "a.parquet", pa.table({"invoice_number": ["1", "1", "2", "3"]}))
    two = context.staging.write_part("folder", "b.parquet", pa.table({"invoice_number": ["3", "4"]}))
    assert _most_sets(context, layout, mapped(one, two)) == 5, "four, and one that goes on in the next part"
