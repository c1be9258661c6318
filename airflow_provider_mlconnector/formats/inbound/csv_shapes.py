"""The shapes of CSV files: flat ones, and rows of which the first cell says what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.decoding import DecodedFile
from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.rows import (
    BAD,
    DETAIL,
    GROUP,
    HEADER,
    LINE,
    NO_KEY,
    RUN,
    Rows,
    with_groups,
)
from airflow_provider_mlconnector.formats.inbound.sheet import Sheet, columns_of
from airflow_provider_mlconnector.formats.inbound.template import InboundField, Template
from airflow_provider_mlconnector.formats.inbound.titles import known_titles, places


def flat_rows(file: DecodedFile, template: Template) -> Iterator[Rows]:
    """One row for each line of a record, with the record's own fields repeated; or one for each record.

    Raises:
        FileRefusedError: see `read`.
    """
    groups = (template.fields, template.line_fields)
    sheet = Sheet.opened(file, template, known_titles(*groups))
    of_record, of_line = places(sheet.titles.cells, *groups)
    runs = _Runs()
    for grid in sheet.grids(template.totals_rows, required_places(template.fields, of_record)):
        columns = columns_of(grid, of_record, HEADER, sheet.width) | columns_of(grid, of_line, DETAIL, sheet.width)
        columns = with_groups(columns, template)
        run = runs.of(columns[GROUP], columns[LINE]) if template.line_fields else columns[LINE]
        yield Rows(pa.table({**columns, RUN: run}))


def typed_rows(file: DecodedFile, template: Template) -> Iterator[Rows]:
    """Rows of records and of lines in one file; a line belongs to the record before it.

    Raises:
        FileRefusedError: see `read`.
    """
    types = template.row_types
    sheet = Sheet.opened(file, template, known_titles(template.fields, template.line_fields))
    titles = {kind: _titles_of(sheet, kind) for kind in (types.header, types.line)}
    (of_record,) = places(titles[types.header][1], template.fields)
    (of_line,) = places(titles[types.line][1], template.line_fields)
    sheet.width = max(len(cells) for _, cells in titles.values())
    above = pa.array([line for line, _ in titles.values()])
    last = (f"{NO_KEY}lost", 0)
    for whole in sheet.grids(template.totals_rows, required_places(template.fields, of_record)):
        grid = whole.filter(pc.invert(pc.is_in(whole.lines, value_set=above)))
        kind = pc.fill_null(pc.utf8_trim_whitespace(grid.columns[0]), "")
        is_line = pc.equal(kind, types.line)
        heads = grid.filter(pc.invert(is_line))
        unknown = pc.not_equal(kind.filter(pc.invert(is_line)), types.header)
        columns = columns_of(heads, of_record, HEADER, len(titles[types.header][1]))
        columns[BAD] = pc.coalesce(heads.bad, pc.if_else(unknown, "its first cell is no known type", columns[BAD]))
        columns = with_groups(columns, template)
        records = pa.table({**columns, RUN: columns[LINE]})
        lines = columns_of(grid.filter(is_line), of_line, DETAIL, len(titles[types.line][1]))
        owner = pc.cumulative_sum(pc.invert(is_line).cast(pa.int64())).filter(is_line)
        group, run = (
            pa.concat_arrays([pa.array([before], column.type), column])
            for before, column in zip(last, (columns[GROUP], columns[LINE]), strict=True)
        )
        yield Rows(records, pa.table({**lines, GROUP: group.take(owner), RUN: run.take(owner)}))
        last = (group[-1].as_py(), run[-1].as_py())


def required_places(fields: Mapping[str, InboundField], found: Mapping[str, int]) -> list[int]:
    """The columns without which there is no record."""
    return [place for name, place in found.items() if fields[name].required]


def _titles_of(sheet: Sheet, kind: str) -> tuple[int, tuple[str, ...]]:
    for row in sheet.first_rows():
        if row.cells[0].strip() == kind:
            return row.line, row.cells
    raise FileRefusedError(
        f"No row near the beginning has '{kind}' in its first cell, where the titles of such rows stand.",
        "Declare in row_types what the rows of records and of lines begin with.",
    )


class _Runs:
    """Numbers rows of one group that follow one another by the line of the first of them."""

    def __init__(self) -> None:
        self._last: tuple[str, int] = ("", 0)

    def of(self, group: pa.StringArray, line: pa.Int64Array) -> pa.Int64Array:
        if not len(group):
            return line
        before = pa.concat_arrays([pa.array([self._last[0]]), group.slice(0, len(group) - 1)])
        begins = pc.not_equal(group, before)
        first = pa.array([self._last[1]], pa.int64())
        firsts = pa.concat_arrays([first, pc.if_else(begins, line, pa.scalar(None, pa.int64()))])
        run = pc.fill_null_forward(firsts).slice(1)
        self._last = (group[-1].as_py(), run[-1].as_py())
        return run
