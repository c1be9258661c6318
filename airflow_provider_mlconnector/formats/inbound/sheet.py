"""One CSV file as columns of texts: delimiter and titles found, blank and totals rows left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.decoding import DecodedFile
from airflow_provider_mlconnector.formats.inbound.lexing import Grid, Lexer, is_blank
from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.rows import BAD, LINE
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.formats.inbound.texts import clean
from airflow_provider_mlconnector.formats.inbound.titles import TitleRow, first_rows, sniffed
from airflow_provider_mlconnector.formats.strings import content

_HEAD = 256 * 1024
# More rows than that at the end of a file are no totals.
_MOST_TOTALS = 50


@dataclass
class Sheet:
    """A CSV file whose titles have been read.

    Attributes:
        file: the file.
        delimiter: between two cells.
        titles: its first row.
        width: cells of its widest row.
    """

    file: DecodedFile
    delimiter: str
    titles: TitleRow
    width: int

    @classmethod
    def opened(cls, file: DecodedFile, template: Template, known: set[str]) -> Sheet:
        """Find delimiter and titles.

        Args:
            file: the file.
            template: may name the delimiter.
            known: spellings of titles, loosely.

        Raises:
            FileRefusedError: there is no row at all.
        """
        head = file.head(_HEAD)
        delimiter = template.delimiter or sniffed(head, known)
        titles = next(first_rows(head, delimiter), None)
        if titles is None:
            raise FileRefusedError("The file has no row of titles.", "Ask the sender for it once more.")
        return cls(file, delimiter, titles, len(titles.cells))

    def first_rows(self) -> Iterator[TitleRow]:
        """The rows at the beginning of the file, titles included."""
        return first_rows(self.file.head(_HEAD), self.delimiter)

    def grids(self, totals_rows: Sequence[str] = (), required: Sequence[int] = ()) -> Iterator[Grid]:
        """The rows below the titles, but for blank ones and for totals at the end.

        Args:
            totals_rows: what a totals row begins with.
            required: columns, of which a totals row lacks half.
        """
        marks = re.compile("|".join(_mark(text) for text in totals_rows), re.IGNORECASE) if totals_rows else None
        lexer = Lexer(self._below_titles(), self.delimiter, self.width, self.titles.end_line)
        held: list[Grid] = []
        for grid in map(_without_blanks, lexer.grids()):
            rows = len(grid.lines)
            totals = _totals_at_the_end(grid, marks, required) if marks and required else 0
            if totals < rows:
                yield from held
                held = []
                yield grid.slice(0, rows - totals)
            if totals:
                held.append(grid.slice(rows - totals, totals))
            if sum(len(each.lines) for each in held) > _MOST_TOTALS:
                yield from held
                held = []

    def _below_titles(self) -> Iterator[bytes]:
        above = self.titles.end
        for chunk in self.file.chunks():
            if len(chunk) > above:
                yield chunk[above:]
            above = max(0, above - len(chunk))


def columns_of(grid: Grid, places: Mapping[str, int], prefix: str, width: int) -> dict[str, pa.Array]:
    """The fields' columns, the lines' numbers, and what is wrong with whole rows.

    Args:
        grid: some rows.
        places: where each field stands.
        prefix: of the columns' names.
        width: the number of cells that each row should have.
    """
    made = {prefix + name: clean(grid.columns[place]) for name, place in places.items()}
    odd = pc.and_(pc.not_equal(grid.cells, width), pc.is_null(grid.bad))
    bad = grid.bad
    if pc.any(odd, min_count=0).as_py():
        said = pc.binary_join_element_wise("it has", grid.cells.cast(pa.string()), f"cells instead of {width}", " ")
        bad = pc.if_else(odd, said, bad)
    return {**made, LINE: grid.lines, BAD: bad}


def _without_blanks(grid: Grid) -> Grid:
    blank = pc.is_null(grid.bad)
    for column in grid.columns:
        if len(content(column)):
            blank = pc.and_(blank, is_blank(column))
        if not pc.any(blank, min_count=0).as_py():
            return grid
    return grid.filter(pc.invert(blank))


def _mark(text: str) -> str:
    """A pattern of what begins with these words, and not with longer ones: `Sum` is no supplier `Sumitomo`."""
    return r"[\W_]*" + r"[\W_]*".join(map(re.escape, text.split())) + r"s?(?![^\W\d_])"


def _totals_at_the_end(grid: Grid, marks: re.Pattern[str], required: Sequence[int]) -> int:
    rows = len(grid.lines)
    for found in range(min(rows, _MOST_TOTALS + 1)):
        place = rows - found - 1
        cells = [(column[place].as_py() or "").strip() for column in grid.columns]
        begin = next((number for number, cell in enumerate(cells) if cell), 0)
        # Of a record that lacks something somebody must be told, whatever its first cell begins with.
        there = sum(bool(cells[each]) for each in required if each != begin)
        lacks = not all(cells[each] for each in required) and there * 2 <= len(required)
        if not marks.match(cells[begin]) or not lacks:
            return found
    return min(rows, _MOST_TOTALS + 1)
