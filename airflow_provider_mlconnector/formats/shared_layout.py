"""What every layout of rows declares, whatever its format."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from airflow_provider_mlconnector.declared import Declared, Places
from airflow_provider_mlconnector.declared_faults import Location
from airflow_provider_mlconnector.formats.cells import Cell, ControlTotal, Grouping, MomentFormat, check_control
from airflow_provider_mlconnector.formats.encodings import DEFAULT, Encoding, holds
from airflow_provider_mlconnector.formats.faults import Policy
from airflow_provider_mlconnector.formats.file_names import FileNamePattern, has_group

# What holds the name of a field of the data.
_NAMING = ("field", "amount", "currency", "by", "document")
_LINE_ENDS = {"crlf": "\r\n", "lf": "\n", "cr": "\r", "none": ""}


class SharedLayout(Declared):
    """Base of the layouts that are rendered row by row.

    Attributes:
        file_name: pattern of the files' names.
        encoding: how characters become bytes.
        replacements: text by character that the encoding can't hold; `default` for all others.
        unencodable: what becomes of a record with such a character and no replacement.
        unrenderable: what becomes of a record with a value that doesn't fit the layout.
        line_end: what ends each record.
        decimal_mark: between the digits and the decimals of a number.
        date_format: format of dates.
        datetime_format: format of times.
        true_text: what true is written as.
        false_text: what false is written as.
        null_text: what is written for a missing value.
        totals: the control total.
        empty: whether a file is written when there are no rows.
    """

    file_name: FileNamePattern
    encoding: Encoding = "utf-8"
    replacements: dict[str, str] = Field(default_factory=dict)
    unencodable: Policy = "exception"
    unrenderable: Policy = "exception"
    line_end: Literal["crlf", "lf", "cr", "none"] = "crlf"
    decimal_mark: Literal[".", ","] = "."
    date_format: MomentFormat = "%Y-%m-%d"
    datetime_format: MomentFormat = "%Y-%m-%dT%H:%M:%S"
    true_text: str = "true"
    false_text: str = "false"
    null_text: str = ""
    totals: ControlTotal | None = None
    empty: Literal["skip", "write"] = "skip"
    _places: Places = PrivateAttr(default_factory=Places)

    def placed(self, places: Places) -> Self:
        """The same layout, with the places of its parts."""
        placed = self.model_copy()
        placed._places = places  # noqa: SLF001 - its own copy
        return placed

    def say(self, name: str, problem: str) -> str:
        """A problem with a field of the data: with file and line, where the layout was read from a text."""
        named = (path for path in self._places.lines if path[-1:] and path[-1] in _NAMING and self._at(path) == name)
        return self._places.say(next(named, ()), problem) if self._places.shown else problem

    def _at(self, path: Location) -> Any:
        found: Any = self
        for part in path:
            found = found[part] if isinstance(part, int) else getattr(found, part, None)
        return found

    @property
    def end(self) -> str:
        """The characters that end a record."""
        return _LINE_ENDS[self.line_end]

    @property
    @abstractmethod
    def grouping(self) -> Grouping | None:
        """How rows are grouped."""

    @abstractmethod
    def body_cells(self) -> Iterator[Cell]:
        """The cells of the records that hold data."""

    @abstractmethod
    def control_records(self) -> Iterator[tuple[tuple[Cell, ...], bool]]:
        """The cells of each header, trailer, section and subtotal record, and whether it is written per currency."""

    @abstractmethod
    def literals(self) -> Iterator[str]:
        """The texts of the format itself that the encoding has to hold."""

    @model_validator(mode="after")
    def _control_records_have_values(self) -> Self:
        for cells, per_currency in self.control_records():
            check_control(cells, self.totals, per_currency=per_currency)
        if self.totals and any(cell.field == self.totals.amount and cell.rounding for cell in self.body_cells()):
            raise ValueError(f"{self.totals.amount} is the control total; rounded, it would differ from its source")
        return self

    @model_validator(mode="after")
    def _encoding_holds_the_layout(self) -> Self:
        for character, text in self.replacements.items():
            if character != DEFAULT and len(character) != 1:
                raise ValueError(f"replacements: '{character}' is neither one character nor 'default'")
            if character != DEFAULT and holds(self.encoding, character):
                raise ValueError(f"replacements: {self.encoding} holds '{character}', which is never replaced")
            if not holds(self.encoding, text):
                raise ValueError(f"replacements: {self.encoding} can't hold '{text}' either")
        cells = [*self.body_cells(), *(cell for record, _ in self.control_records() for cell in record)]
        texts = [cell.text for cell in cells if cell.text is not None]
        for text in (*texts, self.true_text, self.false_text, self.null_text, *self.literals()):
            if not holds(self.encoding, text):
                raise ValueError(f"{self.encoding} can't hold '{text}'")
        return self

    @model_validator(mode="after")
    def _groups_have_names(self) -> Self:
        into_files = self.grouping is not None and self.grouping.into == "files"
        if into_files != has_group(self.file_name):
            raise ValueError("{group} belongs in the file_name of one file per group, and only there")
        if into_files and self.empty == "write":
            raise ValueError("empty: write can't be had with files per group: without rows there is no group")
        if self.grouping and self.totals and self.totals.per == "record":
            raise ValueError("a record's amount can't be told apart by group; declare totals per row")
        return self
