"""CSV cut into cells, strictly by RFC 4180, in blocks of columns.

Quotes decide where a row ends, and a wrong one may swallow the rows after it: the last record of a file would be lost
without a trace. So a block goes to Arrow's parser only where every quote stands as RFC 4180 has it; from the first
other block on, Python's strict parser reads the rest row by row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError

_LONGEST_ROW = 4 * 1024 * 1024
_ROWS_AT_ONCE = 8192
_SHOWN = 200


@dataclass(frozen=True)
class Grid:
    """Some rows of a file, by columns.

    Attributes:
        columns: as many as were asked for; a row that has fewer cells holds nulls in the others.
        lines: the number of the line on which each row begins, from 1.
        cells: how many cells each row has, blank ones beyond the columns not counted; 0: it could not be cut.
        bad: why a row could not be cut, null for all others.
    """

    columns: list[pa.StringArray]
    lines: pa.Int64Array
    cells: pa.Int64Array
    bad: pa.StringArray

    def filter(self, mask: pa.BooleanArray) -> Grid:
        """Some of the rows."""
        columns = [column.filter(mask) for column in self.columns]
        return Grid(columns, *(each.filter(mask) for each in (self.lines, self.cells, self.bad)))

    def slice(self, start: int, rows: int) -> Grid:
        """So many rows from one on."""
        columns = [column.slice(start, rows) for column in self.columns]
        return Grid(columns, *(each.slice(start, rows) for each in (self.lines, self.cells, self.bad)))


@dataclass
class Lexer:
    """Cuts what follows the titles.

    Attributes:
        chunks: the text in UTF-8.
        delimiter: between two cells.
        width: cells of a row.
        line: the number of the first line.
    """

    chunks: Iterator[bytes]
    delimiter: str
    width: int
    line: int

    def grids(self) -> Iterator[Grid]:
        """All rows, in their order.

        Raises:
            FileRefusedError: a quote is never closed, or a row has no end.
        """
        carry = b""
        for chunk in self.chunks:
            carry += chunk
            whole = _last_row_end(carry)
            if whole and self._is_plain(carry[:whole]):
                yield self._plain_block(carry[:whole])
                carry = carry[whole:]
            elif whole or len(carry) > _LONGEST_ROW:
                yield from self._row_by_row(_Remaining(carry, self.chunks))
                return
        if carry and self._is_plain(carry):
            yield self._plain_block(carry if carry.endswith(b"\n") else carry + b"\n")
        elif carry:
            yield from self._row_by_row(_Remaining(carry, iter(())))

    def _is_plain(self, block: bytes) -> bool:
        """Whether quotes enclose whole cells, and are doubled within them."""
        quotes = block.count(b'"')
        if not quotes or quotes % 2:
            return not quotes
        pieces = pc.split_pattern(pa.array([block], pa.binary()), pattern=b'"')
        outside = pc.list_slice(pieces, 0, quotes + 1, 2).flatten()
        # What stands outside of quotes ends where a cell begins, and begins where one ends.
        ends = pc.binary_slice(outside.slice(0, len(outside) - 1), -1, None)
        begins = pc.binary_slice(outside.slice(1), 0, 1)
        touching = {*pc.unique(ends).to_pylist(), *pc.unique(begins).to_pylist()}
        return touching <= {b"", b"\r", b"\n", self.delimiter.encode()}

    def _plain_block(self, block: bytes) -> Grid:
        """Columns by Arrow; row by row where a row has another number of cells, or a cell a line break."""
        ends = block.count(b"\n")
        if block.count(b"\r") == block.count(b"\r\n"):
            names = [str(place) for place in range(self.width)]
            try:
                table = pacsv.read_csv(
                    pa.BufferReader(block),
                    pacsv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
                    pacsv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True, ignore_empty_lines=False),
                    pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
                )
            except pa.ArrowInvalid:
                table = None
            if table is not None and table.num_rows == ends:
                return self._of_table(table, ends)
        (grid,) = self._row_by_row(_Remaining(block, iter(())), rows_at_once=ends + block.count(b"\r") + 1)
        return grid

    def _of_table(self, table: pa.Table, rows: int) -> Grid:
        columns = [column.combine_chunks() for column in table.columns]
        lines = pa.array(range(self.line, self.line + rows), pa.int64())
        self.line += rows
        return Grid(columns, lines, pa.repeat(pa.scalar(self.width), rows), pa.nulls(rows, pa.string()))

    def _row_by_row(self, rest: _Remaining, rows_at_once: int = _ROWS_AT_ONCE) -> Iterator[Grid]:
        feed = _Feed(rest, self.line)
        reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
        rows = _Rows(self.width)
        while True:
            begun = feed.begin_row()
            try:
                rows.add(next(reader), begun)
            except StopIteration:
                break
            except csv.Error as error:
                if "expected after" not in str(error):
                    raise FileRefusedError(
                        f"line {begun}: a quote that is opened there is never closed ({error}).",
                        "Ask the sender for a file whose quotes are doubled within values.",
                    ) from None
                rows.add_bad(f"a quote within a value is not doubled: {feed.take_back()[:_SHOWN]}", begun)
            if len(rows.lines) >= rows_at_once:
                yield rows.grid()
                rows = _Rows(self.width)
        self.line = begun
        yield rows.grid()


class _Rows:
    """Rows on their way to becoming columns."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[list[str | None]] = []
        self._cells: list[int] = []
        self._bad: list[str | None] = []
        self.lines: list[int] = []

    def add(self, row: list[str], line: int) -> None:
        cells = len(row)
        while cells > self._width and not row[cells - 1].strip():
            cells -= 1
        self._take([*row[: self._width], *[None] * (self._width - cells)], cells, None, line)

    def add_bad(self, reason: str, line: int) -> None:
        self._take([None] * self._width, 0, reason, line)

    def _take(self, row: list[str | None], cells: int, bad: str | None, line: int) -> None:
        self._rows.append(row)
        self._cells.append(cells)
        self._bad.append(bad)
        self.lines.append(line)

    def grid(self) -> Grid:
        by_column = list(zip(*self._rows, strict=True)) if self._rows else [()] * self._width
        columns = [pa.array(column, pa.string()) for column in by_column]
        whole = pa.array(self.lines, pa.int64()), pa.array(self._cells, pa.int64())
        return Grid(columns, *whole, pa.array(self._bad, pa.string()))


class _Remaining(io.RawIOBase):
    """What is left of a file, as a stream."""

    def __init__(self, held: bytes, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._held: bytes | None = held
        self._chunks = chunks

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any writable buffer
        while self._held == b"":
            self._held = next(self._chunks, None)
        if self._held is None:
            return 0
        taken = self._held[: len(buffer)]
        buffer[: len(taken)] = taken
        self._held = self._held[len(taken) :]
        return len(taken)


class _Feed:
    """The lines of a file, of which those after a broken row's first one can be had again.

    The line after a broken quote may be a row of its own, and must not be lost with it.
    """

    def __init__(self, rest: _Remaining, line: int) -> None:
        self._text = io.TextIOWrapper(io.BufferedReader(rest), encoding="utf-8", newline="")  # type: ignore[type-var]  # it is one
        self._again: list[str] = []
        self._given: list[str] = []
        self._next = line

    def begin_row(self) -> int:
        """Forget the lines of the last row; the number of the next one."""
        self._given.clear()
        return self._next

    def take_back(self) -> str:
        """All lines of this row but the first, which is returned, will be given once more."""
        first, *others = self._given
        self._again = others + self._again
        self._next -= len(others)
        return first.rstrip("\r\n")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop(0) if self._again else self._text.readline(_LONGEST_ROW)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_ROW:
            raise FileRefusedError(f"line {self._next}: it has {_LONGEST_ROW:,} characters or more; this is no CSV.")
        self._next += 1
        self._given.append(line)
        return line


def _last_row_end(text: bytes) -> int:
    """The place behind the last line end that stands outside of quotes; 0 where there is none."""
    outside = text.count(b'"') % 2 == 0
    end = len(text)
    while end:
        quote = text.rfind(b'"', 0, end)
        if outside and (found := text.rfind(b"\n", quote + 1, end)) >= 0:
            return found + 1
        outside, end = not outside, max(quote, 0)
    return 0


def is_blank(column: pa.StringArray) -> pa.BooleanArray:
    """Which texts are missing or hold only white space."""
    return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), fill_value=True)
