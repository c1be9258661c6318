"""The declared shape of a fixed-width file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.formats.cells import Cell, Grouping
from airflow_provider_mlconnector.formats.shared_layout import SharedLayout


class FixedField(Cell):
    """One field at its position.

    Attributes:
        start: its first position, counted from 1.
        width: how many characters it has.
        align: at which end the value stands; not declared: numbers and what is filled with 0
            right, everything else left.
        pad: the character that fills the rest.
        sign: where a number's sign stands; `overpunch` is the COBOL form in the last digit; `none`: a negative number
            is rejected.
        plus: whether a positive number shows a `+`.
        implied_decimals: how many of the last digits are decimals, without a mark.
        truncate: whether a text that is too long is cut.
    """

    start: int = Field(ge=1)
    width: int = Field(ge=1, le=10_000)
    align: Literal["left", "right"] | None = None
    pad: str = Field(default=" ", min_length=1, max_length=1)
    sign: Literal["leading", "trailing", "overpunch", "none"] = "leading"
    plus: bool = False
    implied_decimals: int | None = Field(default=None, ge=0, le=18)
    truncate: bool = False

    def scale(self) -> int | None:
        """How many decimals are written, implied or not."""
        return self.decimals if self.implied_decimals is None else self.implied_decimals

    @model_validator(mode="after")
    def _number_can_be_read_back(self) -> Self:
        if self.decimals is not None and self.implied_decimals is not None:
            raise ValueError("declare either decimals, with a mark, or implied_decimals, without one")
        if self.text is not None and len(self.text) > self.width:
            raise ValueError(f"'{self.text}' is wider than {self.width}")
        if self.sign == "overpunch" and (self.pad != "0" or self.plus):
            raise ValueError("an overpunched number is filled with 0 and shows no other sign")
        if self.plus and self.sign == "none":
            raise ValueError("plus needs a sign: leading or trailing")
        if self.pad == "0" and self.align == "left":
            raise ValueError("zeros behind a value would change it; align it right")
        if self.pad.isdigit() and self.pad != "0":
            raise ValueError(f"'{self.pad}' as pad would change the value")
        return self


class FixedRecord(Declared):
    """A header, trailer, section or subtotal record.

    Attributes:
        fields: its fields.
        per_currency: whether it is written once for each currency.
    """

    fields: tuple[FixedField, ...] = Field(min_length=1)
    per_currency: bool = False


class BodyRecord(Declared):
    """A record that holds data.

    Attributes:
        type: `line`: one for each row; `document`: one before the first row of each document.
        fields: its fields.
    """

    type: Literal["document", "line"]
    fields: tuple[FixedField, ...] = Field(min_length=1)


class FixedGrouping(Grouping):
    """Grouped rows and the records around each group.

    Attributes:
        header_records: written before a group's rows.
        subtotal_records: written after them.
    """

    header_records: tuple[FixedRecord, ...] = ()
    subtotal_records: tuple[FixedRecord, ...] = ()


class FixedWidthLayout(SharedLayout):
    """A fixed-width file.

    Attributes:
        format: `fixed_width`.
        fields: the fields of the one record that there is for each row; or `records`.
        records: the record types `document` and `line`, where a document has both.
        document: the field whose change begins a new document; needed by a `document` record.
        record_length: how long every record is; not declared: as long as its fields reach.
        line_breaks: what becomes of line breaks within texts.
        group: how rows are grouped.
        header_records: records at the file's beginning.
        trailer_records: records at its end.
    """

    format: Literal["fixed_width"]
    fields: tuple[FixedField, ...] = ()
    records: tuple[BodyRecord, ...] = ()
    document: str = ""
    record_length: int | None = Field(default=None, ge=1)
    line_breaks: Literal["space", "reject"] = "reject"
    group: FixedGrouping | None = None
    header_records: tuple[FixedRecord, ...] = ()
    trailer_records: tuple[FixedRecord, ...] = ()

    @property
    def grouping(self) -> Grouping | None:
        """How rows are grouped."""
        return self.group

    def line_fields(self) -> tuple[FixedField, ...]:
        """The fields of the record that there is for each row."""
        return self.fields or next(record.fields for record in self.records if record.type == "line")

    def document_fields(self) -> tuple[FixedField, ...]:
        """The fields of the record before each document; none where there is no such record."""
        return next((record.fields for record in self.records if record.type == "document"), ())

    def body_cells(self) -> Iterator[Cell]:
        """The fields of every record that holds data."""
        return iter((*self.fields, *(cell for record in self.records for cell in record.fields)))

    def control_records(self) -> Iterator[tuple[tuple[Cell, ...], bool]]:
        """The fields of each control record, and whether it is written per currency."""
        grouped = (*self.group.header_records, *self.group.subtotal_records) if self.group else ()
        for record in (*self.header_records, *grouped, *self.trailer_records):
            yield record.fields, record.per_currency

    def literals(self) -> Iterator[str]:
        """The characters that fill fields."""
        cells = [*self.body_cells(), *(cell for record, _ in self.control_records() for cell in record)]
        return (cell.pad for cell in cells if isinstance(cell, FixedField))

    @model_validator(mode="after")
    def _records_are_whole(self) -> Self:
        kinds = [record.type for record in self.records]
        if bool(self.fields) == bool(kinds):
            raise ValueError("declare either fields or records")
        if kinds and (kinds.count("line") != 1 or kinds.count("document") > 1):
            raise ValueError("records are one of type line and at most one of type document")
        if "document" in kinds and not self.document:
            raise ValueError("a document record needs document: the field whose change begins a new document")
        if self.line_end == "none" and self.record_length is None:
            raise ValueError("records without line ends need a record_length")
        return self

    @model_validator(mode="after")
    def _positions_are_whole(self) -> Self:
        bodies = [self.fields] if self.fields else [record.fields for record in self.records]
        controls = [tuple(c for c in cells if isinstance(c, FixedField)) for cells, _ in self.control_records()]
        for fields in (*bodies, *controls):
            _check_positions(fields, self.record_length)
        if narrow := [cell.field for cell in self.body_cells() if _narrower(cell, self.null_text)]:
            raise ValueError(f"null_text '{self.null_text}' is wider than {narrow[0]}")
        return self


def _narrower(cell: Cell, text: str) -> bool:
    return isinstance(cell, FixedField) and cell.width < len(text)


def _check_positions(fields: tuple[FixedField, ...], length: int | None) -> None:
    following = 1
    for cell in sorted(fields, key=lambda cell: cell.start):
        named = cell.field or f"text '{cell.text}'"
        if cell.start < following:
            raise ValueError(f"{named} at {cell.start} overlaps the field before it, which ends at {following - 1}")
        if cell.start > following:
            raise ValueError(f"positions {following} to {cell.start - 1} are not declared; fill them with text: ''")
        following = cell.start + cell.width
    if length is not None and following - 1 != length:
        raise ValueError(f"the fields end at {following - 1}, record_length is {length}")
