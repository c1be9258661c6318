"""Evaluating a stream's declared conditions on rows that have been read."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.declaration import Condition

_COMPARE = {
    "eq": pc.equal,
    "ne": pc.not_equal,
    "gt": pc.greater,
    "ge": pc.greater_equal,
    "lt": pc.less,
    "le": pc.less_equal,
}


def matches(rows: pa.Table, conditions: Sequence[Condition]) -> list[bool]:
    """Which rows meet all conditions; a null meets none."""
    mask = pa.array([True] * rows.num_rows, pa.bool_())
    for condition in conditions:
        mask = pc.and_(mask, pc.fill_null(_met(rows, condition), pa.scalar(value=False)))
    return list(mask.to_pylist())


def _met(rows: pa.Table, condition: Condition) -> pa.ChunkedArray:
    column = rows[condition.column]
    values = pa.array(condition.values, pa.string()).cast(column.type)
    if condition.op == "in":
        return pc.is_in(column, value_set=values)
    return _COMPARE[condition.op](column, values[0])
