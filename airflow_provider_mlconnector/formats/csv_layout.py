"""The declared shape of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.formats.cells import Cell, Grouping
from airflow_provider_mlconnector.formats.shared_layout import SharedLayout


class CsvColumn(Cell):
    """One column.

    Attributes:
        title: its title in the header; empty: the field's name, or nothing for a constant text.
    """

    title: str = ""


class CsvRecord(Declared):
    """A header, trailer, section or subtotal record.

    Attributes:
        cells: its values, in their order.
        per_currency: whether it is written once for each currency.
    """

    cells: tuple[Cell, ...] = Field(min_length=1)
    per_currency: bool = False


class CsvGrouping(Grouping):
    """Grouped rows and the records around each group.

    Attributes:
        header_records: written before a group's rows.
        subtotal_records: written after them.
    """

    header_records: tuple[CsvRecord, ...] = ()
    subtotal_records: tuple[CsvRecord, ...] = ()


class CsvLayout(SharedLayout):
    """A CSV file.

    Attributes:
        format: `csv`.
        columns: the columns, in their order.
        delimiter: between two values; one character.
        quote: around a value; within one it is doubled.
        quoting: which values stand between quotes: those that need it, all, all but numbers, or none.
        header: whether a row of titles precedes the data.
        line_breaks: what becomes of line breaks within texts.
        formula_guard: whether a text that a spreadsheet would take for a formula gets an apostrophe in front.
        group: how rows are grouped.
        header_records: records before the titles.
        trailer_records: records at the file's end.
    """

    format: Literal["csv"]
    columns: tuple[CsvColumn, ...] = Field(min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    quoting: Literal["minimal", "all", "nonnumeric", "none"] = "minimal"
    header: bool = True
    line_breaks: Literal["keep", "space", "reject"] = "keep"
    formula_guard: bool = False
    group: CsvGrouping | None = None
    header_records: tuple[CsvRecord, ...] = ()
    trailer_records: tuple[CsvRecord, ...] = ()

    @property
    def grouping(self) -> Grouping | None:
        """How rows are grouped."""
        return self.group

    def body_cells(self) -> Iterator[Cell]:
        """The columns."""
        return iter(self.columns)

    def control_records(self) -> Iterator[tuple[tuple[Cell, ...], bool]]:
        """The cells of each control record, and whether it is written per currency."""
        grouped = (*self.group.header_records, *self.group.subtotal_records) if self.group else ()
        for record in (*self.header_records, *grouped, *self.trailer_records):
            yield record.cells, record.per_currency

    def literals(self) -> Iterator[str]:
        """Titles, delimiter and quote."""
        return iter((*self.titles(), self.delimiter, self.quote))

    def titles(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return tuple(column.title or column.field for column in self.columns)

    def breaking(self) -> str:
        """The characters that a value without quotes can't hold."""
        return f"{self.delimiter}\r\n"

    @model_validator(mode="after")
    def _can_be_read_back(self) -> Self:
        if self.line_end == "none":
            raise ValueError("a CSV file needs line ends")
        if self.delimiter == self.quote or {self.delimiter, self.quote} & {"\r", "\n"}:
            raise ValueError("delimiter and quote are two characters, and neither is a line break")
        if self.quoting == "none":
            written = (*self.titles(), *(cell.text or "" for cell in self.columns), self.true_text, self.false_text)
            marks = self.decimal_mark if any(cell.field for cell in self.columns) else ""
            for text in (*written, self.null_text, marks):
                if any(character in self.breaking() for character in text):
                    raise ValueError(f"quoting: none can't hold '{text}': it has a delimiter or line break")
        elif any(character in self.null_text for character in (*self.breaking(), self.quote)):
            raise ValueError("null_text is written without quotes and can't hold delimiter, quote or line break")
        return self
