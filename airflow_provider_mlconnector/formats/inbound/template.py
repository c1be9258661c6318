"""The declared shape of a file that others send: where each field stands, what it holds, what makes a record."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

import pyarrow as pa
from pydantic import AfterValidator, Field, model_validator

from airflow_provider_mlconnector import declared
from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.formats.encodings import Encoding
from airflow_provider_mlconnector.formats.inbound.moments import DateForm
from airflow_provider_mlconnector.formats.inbound.paths import XmlPath
from airflow_provider_mlconnector.streams.columns import ColumnType, arrow_type

LINES = "lines"
VOIDED = "voided"


def loose(text: str) -> str:
    """A title or code as it is compared: lower case, letters and digits only."""
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is not an IANA time zone")
    return name


class InboundField(Declared):
    """One field of a record or of a line.

    Attributes:
        type: its type, as streams declare it.
        aliases: titles of its column beside its own name; compared in lower case and without anything but letters
            and digits.
        xpath: where it stands in XML, from the element of the record or line.
        constant: its value, whatever the file holds.
        default: its value where the file holds none.
        first_of: other text fields, the first of which that is not blank gives the value.
        required: whether a file without its column, or a record without its value, is set aside.
        normalise: what is done to a text, in this order: `upper` (upper case), `spaces` (white space within it becomes
            one blank), `leading_zeros` (stripped).
        values: the spellings of a value, by the value; compared as titles are. Others pass as they are.
    """

    type: ColumnType = "string"
    aliases: tuple[str, ...] = ()
    xpath: XmlPath | None = None
    constant: str = ""
    default: str = ""
    first_of: tuple[str, ...] = ()
    required: bool = False
    normalise: tuple[Literal["upper", "spaces", "leading_zeros"], ...] = ()
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def in_file(self) -> bool:
        """Whether it is read from the file at all."""
        return not self.constant and not self.first_of

    def titles(self, name: str) -> set[str]:
        """How the title of its column may read, loosely.

        Args:
            name: the field's own name.
        """
        return {loose(title) for title in (name, *self.aliases)} - {""}

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(map(bool, (self.constant, self.first_of, self.aliases or self.xpath))) > 1:
            raise ValueError("a field has a constant, is the first_of others, or stands in the file: one of these")
        if not self.type.startswith("string") and (self.first_of or self.normalise or self.values):
            raise ValueError("first_of, normalise and values belong to texts")
        return self


class Sums(Declared):
    """How a record and its lines add up: lines + tax = total.

    Attributes:
        total: the record's total.
        line: the lines' amount, net of tax.
        tax: the record's tax.
        line_tax: the lines' tax, which counts where the record has none of its own.
        line_type: the column that says what a line is.
        tax_types: lines of these types are the tax: where a record has one, no other tax is added.
        line_tolerance: how far off the sum may be for each line.
        tolerance: how far off it may be at most.
    """

    total: str
    line: str
    tax: str = ""
    line_tax: str = ""
    line_type: str = ""
    tax_types: tuple[str, ...] = ("TAX",)
    line_tolerance: Decimal = Field(Decimal("0.01"), ge=0)
    tolerance: Decimal = Field(Decimal("0.05"), ge=0)


class Statuses(Declared):
    """What the statuses of records mean; those that are void have `true` in the column `voided`.

    Attributes:
        field: the field that holds the status.
        void: its values that mean that the record is void.
        past: its values that follow approval, such as `PAID`: an invoice that has one of them and was never posted goes
            to a person.
    """

    field: str = "status"
    void: tuple[str, ...] = ("VOID",)
    past: tuple[str, ...] = ()


class RowTypes(Declared):
    """What the first column of typed rows says; the first row of each type holds its titles.

    Attributes:
        header: of a record's row.
        line: of the row of a line, which belongs to the record before it.
    """

    header: str = "H"
    line: str = "L"


class Template(Declared):
    """One kind of file.

    Attributes:
        entity: what its records are.
        format: `csv` or `xml`.
        shape: of a CSV file: `flat` (one row a line, or a record without lines), `header_line` (two files), or
            `typed_rows` (the first column says what a row is).
        encodings: tried in turn; XML says its own.
        delimiter: between the values of a CSV file; empty: the one of `,` `;` `|` and tab that finds most columns.
        decimal_mark: of amounts; the other one, blanks and apostrophes may separate thousands.
        date_formats: tried in turn, in the letters of strptime. Empty: `%Y-%m-%d`, `%m/%d/%Y` and
            `%Y-%m-%dT%H:%M:%S%z`, and a date is refused whose day and month could stand the other way round.
        zone: IANA time zone that times with an offset are converted to.
        fields: the record's fields.
        line_fields: its lines' fields.
        key: the fields that tell records apart; texts.
        document: the fields by which the sender knows a document whose key may be corrected, such as its own id: a
            record that shares them with another one that was sent becomes an exception. Blank: that is not looked at.
        line_key: the fields that tell a record's lines apart, and order them.
        join: the fields that header and line files share.
        row_types: of typed rows.
        record: the name of a record's XML element.
        line: where its lines stand in XML, from there.
        totals_rows: a last row without what is required that begins with one of these is no record.
        sums: how records and lines add up.
        statuses: which records are void.
        export: whether a file holds what changed, everything, or which of them is found out.
    """

    entity: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    format: Literal["csv", "xml"]
    shape: Literal["flat", "header_line", "typed_rows"] = "flat"
    encodings: tuple[Encoding, ...] = Field(("utf-8-sig", "utf-8", "windows-1252"), min_length=1)
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    decimal_mark: Literal[".", ","] = "."
    date_formats: tuple[DateForm, ...] = ()
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    fields: dict[str, InboundField] = Field(min_length=1)
    line_fields: dict[str, InboundField] = Field(default_factory=dict)
    key: tuple[str, ...] = Field(min_length=1)
    document: tuple[str, ...] = ()
    line_key: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    row_types: RowTypes = RowTypes()
    record: str = ""
    line: XmlPath | None = None
    totals_rows: tuple[str, ...] = ("total", "grand total", "sum", "record count", "end of file")
    sums: Sums | None = None
    statuses: Statuses | None = None
    export: Literal["delta", "snapshot", "auto"] = "delta"

    def schema(self) -> pa.Schema:  # type: ignore[override]  # of pydantic's deprecated method
        """The Arrow schema of the records: the fields, `voided` where statuses are declared, then `lines`."""
        made = [pa.field(name, arrow_type(field.type)) for name, field in self.fields.items()]
        if self.statuses is not None:
            made.append(pa.field(VOIDED, pa.bool_()))
        if self.line_fields:
            made.append(pa.field(LINES, pa.list_(self.line_type())))
        return pa.schema(made)

    def line_type(self) -> pa.StructType:
        """The Arrow type of one line."""
        return pa.struct([pa.field(name, arrow_type(field.type)) for name, field in self.line_fields.items()])

    def merges_rows(self) -> bool:
        """Whether all rows of a key are one record, wherever in the file they stand: flat lines with a key."""
        return self.format == "csv" and self.shape == "flat" and bool(self.line_key)

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        sums = self.sums
        of_records = {*self.key, *self.document, *self.join} | ({self.statuses.field} if self.statuses else set())
        of_records |= {sums.total, sums.tax} - {""} if sums else set()
        of_lines = {*self.line_key, *self.join} | ({sums.line, sums.line_tax, sums.line_type} - {""} if sums else set())
        for kind, named, there in (("", of_records, self.fields), ("line_", of_lines, self.line_fields)):
            if unknown := sorted(named - set(there)):
                raise ValueError(f"not among the {kind}fields: {', '.join(unknown)}")
            sources = {source for field in there.values() for source in field.first_of}
            if odd := sorted(s for s in sources if s not in there or there[s].first_of or not _text(there[s])):
                raise ValueError(f"first_of names no text field that stands in the file: {', '.join(odd)}")
        if taken := {VOIDED, LINES} & set(self.fields):
            raise ValueError(f"{', '.join(sorted(taken))}: a column of the reader's own")
        if not all(_text(self.fields[name]) for name in (*self.key, *self.join)):
            raise ValueError("key and join are texts, so that no code loses its leading zeros")
        if len(set(self.key)) != len(self.key):
            raise ValueError("key names a field twice")
        return self

    @model_validator(mode="after")
    def _titles_name_one_field(self) -> Self:
        both = {f"fields.{name}": field.titles(name) for name, field in self.fields.items() if field.in_file}
        lines = {f"line_fields.{name}": field.titles(name) for name, field in self.line_fields.items() if field.in_file}
        for group in ([both | lines] if self.shape == "flat" else [both, lines]) if self.format == "csv" else []:
            first: dict[str, str] = {}
            for name, titles in group.items():
                if taken := next((title for title in sorted(titles) if first.setdefault(title, name) != name), None):
                    raise ValueError(f"the title '{taken}' could be {first[taken]} or {name}")
        return self

    @model_validator(mode="after")
    def _amounts_are_amounts(self) -> Self:
        if self.sums is None:
            return self
        found = [(self.fields, self.sums.total), (self.fields, self.sums.tax)]
        found += [(self.line_fields, self.sums.line), (self.line_fields, self.sums.line_tax)]
        if odd := [name for there, name in found if name and not there[name].type.startswith("decimal")]:
            raise ValueError(f"sums need decimals: {', '.join(odd)}")
        return self

    @model_validator(mode="after")
    def _shape_is_whole(self) -> Self:
        if self.format == "xml":
            if not self.record or self.shape != "flat":
                raise ValueError("XML needs the name of its record element, and has no other shape")
            if bool(self.line_fields) != (self.line is not None):
                raise ValueError("line and line_fields belong together")
            return self
        if self.record or self.line:
            raise ValueError("record and line belong to format: xml")
        if self.shape != "flat" and not self.line_fields:
            raise ValueError(f"shape: {self.shape} needs line_fields")
        if (self.shape == "header_line") != bool(self.join):
            raise ValueError("join belongs to shape: header_line, which needs it")
        return self


def _text(field: InboundField) -> bool:
    return field.type.startswith("string")


def load(source: Path | str, name: str = "") -> Template:
    """Read a template from YAML and check it.

    Args:
        source: a file, or the text itself.
        name: how messages call a text that has no file.

    Raises:
        ConfigurationError: what is wrong, with file, line and field.
    """
    return declared.load(source, Template, name)
