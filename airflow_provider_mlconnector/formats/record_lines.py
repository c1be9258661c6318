"""Rows as the lines of a file, whatever its format: the records of data, and the control records around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.cells import CONTROL_COUNTS, CONTROL_TOTALS, Cell
from airflow_provider_mlconnector.formats.control import Tally, control_row
from airflow_provider_mlconnector.formats.csv_layout import CsvRecord
from airflow_provider_mlconnector.formats.csv_lines import csv_lines, title_line
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.fixed_layout import FixedRecord
from airflow_provider_mlconnector.formats.fixed_lines import fixed_lines
from airflow_provider_mlconnector.formats.layout import Layout

Record = CsvRecord | FixedRecord


def body_lines(layout: Layout, rows: pa.RecordBatch, faults: Faults) -> tuple[pa.StringArray, pa.StringArray | None]:
    """Each row's line, and the document record that precedes it where it is the first of its document.

    The second is None where the layout has no document record.
    """
    if layout.format == "csv":
        return csv_lines(layout, layout.columns, rows, faults), None
    lines = fixed_lines(layout, layout.line_fields(), rows, faults)
    if layout.document:
        faults.add(pc.is_null(rows.column(layout.document)), layout.document, "is missing; it tells documents apart")
    fields = layout.document_fields()
    return lines, fixed_lines(layout, fields, rows, faults) if fields else None


def titles(layout: Layout) -> str:
    """The line of titles; empty where the layout has none."""
    return title_line(layout) if layout.format == "csv" and layout.header else ""


def control_lines(
    layout: Layout, records: Sequence[Record], naming: FileNaming, group: str, counted: Tally, lines: int
) -> str:
    """Header, trailer, section or subtotal records.

    Args:
        layout: the file's layout.
        records: the declared records.
        naming: the rendering's names, date and number.
        group: the group that they belong to; empty where rows aren't grouped.
        counted: what the file or group holds.
        lines: records of every kind in the file.

    Raises:
        RejectedError: a value doesn't fit its place.
    """
    text = ""
    for record in records:
        for currency in sorted(counted.totals) if record.per_currency else [None]:
            row = control_row(naming, group, counted, lines, currency)
            text += _control_line(layout, record, row)
    return text


def header_needs_counts(layout: Layout) -> bool:
    """Whether a record at the file's beginning tells what comes after it."""
    later = {*CONTROL_COUNTS, *CONTROL_TOTALS}
    return any(
        record.per_currency or any(cell.field in later for cell in _cells(record)) for record in layout.header_records
    )


def count_lines(layout: Layout, counted: Tally, groups: Sequence[Tally]) -> int:
    """Records of every kind in a file: header, titles, data, sections, subtotals and trailer.

    Args:
        layout: the file's layout.
        counted: what the file holds.
        groups: what each of its groups holds; none where rows aren't grouped.
    """
    count = counted.rows + counted.documents + bool(titles(layout))
    count += _repeats(layout.header_records, counted) + _repeats(layout.trailer_records, counted)
    if layout.group:
        around = (*layout.group.header_records, *layout.group.subtotal_records)
        count += sum(_repeats(around, group) for group in groups)
    return count


def _control_line(layout: Layout, record: Record, row: pa.RecordBatch) -> str:
    faults = Faults(called=_called, values="error", characters="error")
    if layout.format == "csv" and isinstance(record, CsvRecord):
        return str(csv_lines(layout, record.cells, row, faults)[0])
    if layout.format == "fixed_width" and isinstance(record, FixedRecord):
        return str(fixed_lines(layout, record.fields, row, faults)[0])
    raise TypeError(f"a {layout.format} file has no {type(record).__name__}")


def _called(_: int) -> str:
    return "Control record (header, trailer, section or subtotal)"


def _cells(record: Record) -> Iterator[Cell]:
    return iter(record.cells if isinstance(record, CsvRecord) else record.fields)


def _repeats(records: Sequence[Record], counted: Tally) -> int:
    return sum(len(counted.totals) if record.per_currency else 1 for record in records)
