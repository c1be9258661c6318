"""Cost centers, by each of the four ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.mapping.apply import MappedChunk

Batch: TypeAlias = Callable[..., pa.Table]
Mapped: TypeAlias = Callable[..., MappedChunk]

TYPES = {"GlCode": pa.string(), "AnalysisCode1": pa.string()}
TABLE = """
cross_references:
  centers:
    key: GlCode
    rows: [{GlCode: 10-5500-01, Center: K7}]
valid_targets:
  known: ["10", K7, A1, "01"]
"""


def text(way: str) -> str:
    return f"fields: {{Center: {{cost_center: {{{way}}}, valid: known, required: true}}}}\n{TABLE}"


@pytest.mark.parametrize(
    ("way", "center"),
    [
        ("", "10"),
        ("by: segment, index: -1", "01"),
        ("by: segment, separator: '-5'", "10"),
        ("by: substring, length: 2", "10"),
        ("by: substring, start: 9, length: 2", "01"),
        ("by: analysis, column: AnalysisCode1", "A1"),
        ("by: table, table: centers", "K7"),
        ("by: table, table: centers, value: Center", "K7"),
    ],
)
def test_a_cost_center_is_derived_by_setting(way: str, center: str, batch: Batch, mapped: Mapped) -> None:
    chunk = mapped(text(way), batch(TYPES, [("10-5500-01 ", " A1 ")]))
    assert chunk.rows.column("Center").to_pylist() == [center]


@pytest.mark.parametrize(
    ("way", "reason", "cause"),
    [
        ("", "Center: '20' is not among the valid targets known", "target:known:20"),
        ("index: 4", "Center: '20-5500' has no segment 4 between '-'", "rule:Center"),
        ("by: substring, start: 9, length: 2", "Center: is blank, and it is required", "rule:Center"),
        ("by: analysis, column: AnalysisCode1", "Center: is blank, and it is required", "rule:Center"),
        (
            "by: table, table: centers",
            "Center: '20-5500' is not in the cross-reference centers",
            "lookup:centers:20-5500",
        ),
    ],
)
def test_a_cost_center_that_is_not_valid_is_an_exception(
    way: str, reason: str, cause: str, batch: Batch, mapped: Mapped
) -> None:
    (record,) = mapped(text(way), batch(TYPES, [("20-5500", "")])).rejected
    assert record.reason == reason
    assert record.cause.partition("#")[0] == cause


def test_a_sites_table_may_have_a_default(batch: Batch, mapped: Mapped) -> None:
    chunk = mapped(text("by: table, table: centers, default: '10'"), batch(TYPES, [("20-5500", "")]))
    assert chunk.rows.column("Center").to_pylist() == ["10"]
