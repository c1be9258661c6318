"""Documents with lines: one row per line, and never half a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.mapping.apply import MappedChunk
from airflow_provider_mlconnector.mapping.lines import with_lines

Batch: TypeAlias = Callable[..., pa.Table]
Mapped: TypeAlias = Callable[..., MappedChunk]

LINE = pa.struct([("Line", pa.int64()), ("Code", pa.string())])
ORDER = {"PurchaseOrder": pa.string(), "lines": pa.list_(LINE)}
EACH = """
each: lines
fields:
  Order: PurchaseOrder
  Line: lines.Line
  Code: {from: lines.Code, required: true}
"""
DOCUMENTS = st.lists(st.lists(st.integers(0, 99), max_size=3) | st.none(), max_size=6)


@given(DOCUMENTS, st.integers(0, 6), st.integers(1, 3))
def test_lines_keep_their_documents_and_their_order(documents: list[Any], start: int, cut: int) -> None:
    lines = [None if document is None else [{"Line": line, "Code": "c"} for line in document] for document in documents]
    table = pa.table({"n": pa.array(range(len(lines)), pa.int64()), "lines": pa.array(lines, pa.list_(LINE))})
    # Slices and chunks are where offsets go wrong.
    table = pa.concat_tables([table.slice(start, cut), table.slice(start + cut)])
    expected = [
        (number, line) for number, document in enumerate(documents) if number >= start for line in (document or [None])
    ]
    rows, childless = with_lines(table)
    assert list(zip(rows["n"].to_pylist(), rows["lines.Line"].to_pylist(), strict=True)) == expected
    assert childless.to_pylist() == [line is None for _, line in expected]


def line(number: int, code: str | None = "c") -> dict[str, Any]:
    return {"Line": number, "Code": code}


def test_each_line_is_a_row_beside_its_header(batch: Batch, mapped: Mapped) -> None:
    rows = mapped(EACH, batch(ORDER, [("P1", [line(1, "a"), line(2, "b")]), ("P2", [line(1)])])).rows
    assert rows.select(["_key", "Order", "Line", "Code"]).to_pylist() == [
        {"_key": "k0", "Order": "P1", "Line": 1, "Code": "a"},
        {"_key": "k0", "Order": "P1", "Line": 2, "Code": "b"},
        {"_key": "k1", "Order": "P2", "Line": 1, "Code": "c"},
    ]


def test_one_bad_line_rejects_the_whole_document_once(batch: Batch, mapped: Mapped) -> None:
    documents = [("P1", [line(1), line(2, " "), line(3, None)]), ("P2", [line(1)])]
    chunk = mapped(EACH, batch(ORDER, documents))
    assert chunk.rows.column("Order").to_pylist() == ["P2"]
    assert [(record.key, record.reason) for record in chunk.rejected] == [("k0", "Code: is blank, and it is required")]


def test_a_document_without_lines_is_not_lost(batch: Batch, mapped: Mapped) -> None:
    table = batch(ORDER, [("P1", []), ("P2", None), ("P3", [line(1)])])
    chunk = mapped(EACH, table)
    assert chunk.rows.column("_key").to_pylist() == ["k2"]
    assert [(record.key, record.field) for record in chunk.rejected] == [("k0", "lines"), ("k1", "lines")]
    kept = mapped(EACH.replace(", required: true", "") + "no_lines: keep\n", table)
    assert kept.rejected == []
    assert kept.rows.select(["Order", "Line"]).to_pylist() == [
        {"Order": "P1", "Line": None},
        {"Order": "P2", "Line": None},
        {"Order": "P3", "Line": 1},
    ]
