"""How many set numbers a batch asks for: never fewer than it may need, and hardly more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats.chunks import ROWS
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.pipeline.interchange import _most_sets
from airflow_provider_mlconnector.pipeline.mapped import Mapped
from airflow_provider_mlconnector.staging.store import StagedFile


def mapped(records: int, *rows: int) -> Mapped:
    parts = [StagedFile("part", 1, "", count) for count in rows]
    return Mapped("", "", parts, [], records, {}, {}, {})


@given(st.integers(1, 5 * ROWS), st.sampled_from([1, 7, 5000, 40_000]))
def test_many_records_in_a_set(rows: int, most: int) -> None:
    layout = EdiLayout(format="x12", set="838", file_name="f_{sequence}", most_lines=most)
    least = -(-rows // layout.declared().most_lines)
    asked = _most_sets(layout, mapped(rows, rows))
    assert least <= asked <= least + 2 * rows // ROWS + 1


@pytest.mark.parametrize("records", [1, 12])
def test_a_document_in_a_set(records: int) -> None:
    layout = EdiLayout(format="x12", set="810", file_name="f_{sequence}", document="invoice_number")
    assert _most_sets(layout, mapped(records, 100)) == records
