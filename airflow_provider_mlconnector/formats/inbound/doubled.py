"""What stands twice in a file: once too often where it is the same, refused where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.chunks import changes
from airflow_provider_mlconnector.formats.inbound.complaints import Complaints
from airflow_provider_mlconnector.formats.inbound.rows import GROUP, LINE


def differing_heads(rows: Mapping[str, pa.Array], records: pa.Array, lines: pa.Array, complaints: Complaints) -> None:
    """Complain of rows of one record that say different things about it.

    Args:
        rows: the records' texts in every row, by field; the rows of a record follow one another.
        records: the record of each row.
        lines: the line of each row.
        complaints: takes what differs.
    """
    same_record = pc.invert(changes(records))
    for name, column in rows.items():
        if column.null_count == len(column):
            continue
        filled = pc.fill_null(column, "\x00")
        differs = pc.and_(same_record, changes(filled))
        if pc.any(differs, min_count=0).as_py():
            told = (f"{name} is ", column.slice(1), ", and on the line before ", column.slice(0, len(column) - 1))
            complaints.add_rows(differs, records.slice(1), lines.slice(1), told)


def repeated_records(
    heads: pa.Table, lines: pa.Table | None, owners: pa.Array | None
) -> tuple[set[int], dict[int, str]]:
    """Records whose key another record of the file has.

    Args:
        heads: one row of texts for each record.
        lines: the rows of texts of their lines.
        owners: the record of each line.

    Returns:
        Those that are the same as an earlier one, and why the others are refused.
    """
    groups = heads[GROUP].to_pylist() if pc.count_distinct(heads[GROUP]).as_py() < heads.num_rows else []
    found: dict[str, list[int]] = {}
    for record, group in enumerate(groups):
        found.setdefault(group, []).append(record)
    several = [each for each in found.values() if len(each) > 1]
    contents = _contents([record for each in several for record in each], heads, lines, owners)
    same: set[int] = set()
    refused: dict[int, str] = {}
    for each in several:
        if all(contents[record] == contents[each[0]] for record in each):
            same.update(each[1:])
            continue
        at = ", ".join(str(line) for line in heads[LINE].take(each).to_pylist())
        refused.update(dict.fromkeys(each, f"its key stands {len(each)} times with different content, on lines {at}"))
    return same, refused


def _contents(
    records: Sequence[int], heads: pa.Table, lines: pa.Table | None, owners: pa.Array | None
) -> dict[int, tuple[Any, list[Any]]]:
    wanted = pa.array(records, pa.int64())
    told = _texts(heads.take(wanted))
    of_lines: dict[int, list[Any]] = {record: [] for record in records}
    if lines is not None and owners is not None and records:
        mask = pc.is_in(owners, value_set=wanted.cast(owners.type))
        for owner, row in zip(owners.filter(mask).to_pylist(), _texts(lines.filter(mask)), strict=True):
            of_lines[owner].append(row)
    return {record: (head, of_lines[record]) for record, head in zip(records, told, strict=True)}


def _texts(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows without what belongs to the reader itself."""
    columns = [table[name].to_pylist() for name in table.column_names if not name.startswith("_")]
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows
