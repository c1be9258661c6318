"""Records taken apart into their lines: one row per line, the record's own columns beside it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.mapping.faults import Unfit
from airflow_provider_mlconnector.mapping.values import Values, one_array

COLUMN = "lines"


def with_lines(rows: pa.Table) -> tuple[pa.Table, Values]:
    """One row per line, in the order of records and lines; a record without lines keeps one row.

    Args:
        rows: records with the list column `lines`.

    Returns:
        The rows, a line's column named `lines.X`; and a mask of the rows of records without lines.

    Raises:
        Unfit: there is no such column.
    """
    index = rows.schema.get_field_index(COLUMN)
    if index < 0 or not pa.types.is_list(rows.schema.field(index).type):
        raise Unfit("`each: lines` needs a stream with lines, and this one has none")
    lists = one_array(rows.column(COLUMN))
    line = pc.list_flatten(lists)
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    childless = pc.indices_nonzero(pc.equal(lengths, 0)).cast(pa.int64())
    numbers = pc.indices_nonzero(pa.repeat(pa.scalar(value=True), len(line))).cast(pa.int64())
    order = pa.table(
        {
            "record": pa.concat_arrays([pc.list_parent_indices(lists), childless]),
            "line": pa.concat_arrays([numbers, pa.nulls(len(childless), pa.int64())]),
        }
    ).sort_by([("record", "ascending"), ("line", "ascending")])
    records, numbers = one_array(order.column("record")), one_array(order.column("line"))
    exploded = rows.drop_columns([COLUMN]).take(records)
    taken = line.take(numbers)
    for position in range(line.type.num_fields):
        name = line.type.field(position).name
        exploded = exploded.append_column(f"{COLUMN}.{name}", pc.struct_field(taken, position))
    return exploded, pc.is_null(numbers)
