"""Which rows of a chunk make which document, and which order within it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.chunks import begins


@dataclass(frozen=True)
class Structure:
    """Numbers of rows, documents and orders of one chunk; documents and orders count from 0, lines from 1.

    Attributes:
        begins_document: true where a document's first row is.
        begins_order: true where an order's first row is.
        document_of_row: each row's document.
        order_of_row: each row's order, counted over the chunk.
        line_in_document: each row's number within its document.
        order_in_document: its order's number within the document, from 1.
        lines: rows of each document.
        orders: orders of each document.
    """

    begins_document: pa.BooleanArray
    begins_order: pa.BooleanArray
    document_of_row: pa.Array
    order_of_row: pa.Array
    line_in_document: pa.Array
    order_in_document: pa.Array
    lines: pa.Array
    orders: pa.Array


def structure_of(rows: pa.RecordBatch, document: str, order: str, most: int) -> Structure:
    """Find documents and orders.

    Args:
        rows: whole documents, one after the other.
        document: the field whose change begins a document; empty: every `most` rows.
        order: the field whose change begins an order; empty: each document is one.
        most: rows of a document where no field tells it.
    """
    number = pa.array(range(rows.num_rows), pa.int64())
    if document:
        first = begins(rows.column(document))
    else:
        first = pa.array([place % most == 0 for place in range(rows.num_rows)], pa.bool_())
    ordered = pc.or_(first, begins(rows.column(order))) if order and order in rows.schema.names else first
    of_row = _counted(first)
    order_of_row = _counted(ordered)
    starts = number.filter(first)
    start_of_row = starts.take(of_row)
    lines = _differences(starts, rows.num_rows)
    first_order = order_of_row.take(start_of_row)
    return Structure(
        begins_document=first,
        begins_order=ordered,
        document_of_row=of_row,
        order_of_row=order_of_row,
        line_in_document=pc.add(pc.subtract(number, start_of_row), 1),
        order_in_document=pc.add(pc.subtract(order_of_row, first_order), 1),
        lines=lines,
        orders=_differences(order_of_row.take(starts), (order_of_row[-1].as_py() + 1) if rows.num_rows else 0),
    )


def _counted(starts: pa.BooleanArray) -> pa.Array:
    return pc.subtract(pc.cumulative_sum(pc.cast(starts, pa.int64())), 1)


def _differences(starts: pa.Array, end: int) -> pa.Array:
    following = pa.concat_arrays([starts.slice(1), pa.array([end], pa.int64())]) if len(starts) else starts
    return pc.subtract(following, starts)
