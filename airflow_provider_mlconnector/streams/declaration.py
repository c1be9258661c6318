"""A stream as data: which table, which key, how it changes, which columns."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, Self

import pyarrow as pa
from pydantic import Field, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.streams.columns import ColumnType, arrow_type

DELETED = "DELETED"
"""A column of ours: true in the row that stands for a deleted record, false in every other one."""


class Detect(StrEnum):
    """How a change is found at the source."""

    CURSOR = "cursor"
    ROWVERSION = "rowversion"
    SNAPSHOT = "snapshot"
    OPEN_ITEMS = "open_items"


class OnChange(StrEnum):
    """What becomes of a new version of a record that has reached the target before."""

    SEND = "send"
    EXCEPTION = "exception"
    IGNORE = "ignore"


class OnDeleted(StrEnum):
    """What becomes of a record that has reached the target and is deleted at the source since."""

    PERSON = "person"
    STATUS = "status"
    CANCEL = "cancel"


_SHOWN = (OnDeleted.STATUS, OnDeleted.CANCEL)


class CursorField(Declared):
    """The field that a stream is polled by.

    Attributes:
        column: its name; one of the stream's columns.
        precision: the smallest step of its values; `day` for dates without a time of day.
        lookback: how far a window reaches back below the watermark (ISO 8601 duration, such as `P35D`).
        lookback_versions: the same for a rowversion: how many row changes of the whole database a transaction may last.
        margin: how far a window ends before the source's clock.
    """

    column: str
    precision: Literal["day", "second", "rowversion"] = "day"
    lookback: timedelta = timedelta(days=7)
    lookback_versions: int = Field(1_000_000, ge=1)
    margin: timedelta = timedelta(0)

    @model_validator(mode="after")
    def _covers_the_end_of_daylight_saving(self) -> Self:
        if self.precision == "second" and self.lookback < timedelta(hours=1):
            raise ValueError("a cursor with a time of day needs a lookback of at least PT1H (end of daylight saving)")
        return self


class Condition(Declared):
    """One comparison of a column with constants; several conditions hold together.

    Attributes:
        column: the compared column.
        op: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, or `in` (any of `values`).
        values: the constants, in the source's own form.
    """

    column: str
    op: Literal["eq", "ne", "gt", "ge", "lt", "le", "in"] = "eq"
    values: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if self.op != "in" and len(self.values) != 1:
            raise ValueError(f"'{self.op}' compares with one value; use op: in for several")
        return self


class Related(Declared):
    """A table that belongs to the record: joined one to one, or as its lines.

    Attributes:
        table: its name at the source.
        key: what tells its rows apart within the record (empty for one to one).
        columns: its columns and their types.
        where: conditions that its rows meet.
        joined_by: for lines: which of its columns equal which of the record's; empty: the record's key, by its names.
    """

    table: str
    key: tuple[str, ...] = ()
    joined_by: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, ColumnType] = Field(min_length=1)
    where: tuple[Condition, ...] = ()


class Totals(Declared):
    """Which column is summed as control total, and by which currency column (empty: one total without currency)."""

    amount: str
    currency: str = ""


class StreamDeclaration(Declared):
    """One entity of a flow, as it is read from its source.

    Attributes:
        stream: its name in flows, logs and file names.
        table: the source's table.
        key: the primary key's columns, in their order.
        columns: columns and their types, key and cursor included.
        detect: how changes are found.
        cursor: the field it is polled by; not for `snapshot`.
        open_when: with `open_items`: the rows that may still change, whatever their cursor says.
        version_columns: which columns make a new version; empty: all of them, joined tables and lines included.
        version_lines: whether a change of the lines makes a new version.
        on_change: what a new version of a record that has been sent becomes.
        deleted: what becomes of a record that was sent and is deleted since, where the source tells, however changes
            are treated: it goes to a `person`; out as its `status`, key and a true `DELETED`; or out to `cancel` it, as
            it was sent last and with a true `DELETED`. The column need not be declared for that. Where nothing is said,
            it is a new version if the stream has the column, and else a person's work.
        document: what tells its documents apart for their receiver, such as supplier and invoice number: a record that
            shares it with another one that was sent becomes an exception. Empty: that is not looked at.
        where: conditions that every row meets.
        claim_when: conditions of a row that may go to the target, such as being approved. Any other is passed over,
            unless its record has reached the target before: then it is a change of it.
        missed_when: conditions of a row that shows that its record should have been sent before, such as being paid:
            where it was not, it goes to a person. What a lane's first load finds so is passed over.
        extension: a table with the same key, joined one to one; its columns stand beside the table's own.
        lines: a table of lines, which become the list column `lines`.
        totals: the control total of a batch.
        zone: IANA time zone of naive dates; empty: the connection's.
        via: how it is read.
    """

    stream: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str
    key: tuple[str, ...] = Field(min_length=1)
    columns: dict[str, ColumnType] = Field(min_length=1)
    detect: Detect
    cursor: CursorField | None = None
    open_when: tuple[Condition, ...] = ()
    version_columns: tuple[str, ...] = ()
    version_lines: bool = True
    on_change: OnChange = OnChange.EXCEPTION
    deleted: OnDeleted | None = None
    document: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    claim_when: tuple[Condition, ...] = ()
    missed_when: tuple[Condition, ...] = ()
    extension: Related | None = None
    lines: Related | None = None
    totals: Totals | None = None
    zone: str = ""
    via: Literal["odata", "enet"] = "odata"

    @model_validator(mode="before")
    @classmethod
    def _has_the_column_that_it_asks_for(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("deleted") not in _SHOWN or "columns" not in given:
            return given
        made_of = given.get("version_columns") or ()
        return {
            **given,
            "columns": {**given["columns"], DELETED: "boolean"},
            "version_columns": (*made_of, DELETED) if made_of and DELETED not in made_of else made_of,
        }

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        named = {*self.key, *self.version_columns, *self.document}
        named |= {condition.column for condition in (*self.where, *self.open_when, *self.claim_when, *self.missed_when)}
        named |= {self.cursor.column} if self.cursor else set()
        named |= {self.totals.amount, self.totals.currency} - {""} if self.totals else set()
        named |= set(self.lines.joined_by.values()) if self.lines else set()
        unknown = named - {*self.columns, *(self.extension.columns if self.extension else ())}
        if unknown:
            raise ValueError(f"not among the columns: {', '.join(sorted(unknown))}")
        return self

    @model_validator(mode="after")
    def _detection_is_whole(self) -> Self:
        if (self.detect is Detect.SNAPSHOT) == (self.cursor is not None):
            raise ValueError("detect: snapshot has no cursor, every other way of detecting has one")
        if (self.detect is Detect.OPEN_ITEMS) != bool(self.open_when):
            raise ValueError("open_when belongs to detect: open_items, which needs it")
        if self.lines is not None and not self.lines.key:
            raise ValueError("lines need a key that tells them apart within their record")
        if self.extension is not None and self.extension.joined_by:
            raise ValueError("an extension is joined by the record's key; joined_by belongs to lines")
        return self

    def schema(self) -> pa.Schema:  # type: ignore[override]  # of pydantic's deprecated method
        """The Arrow schema of the records: own columns, then the extension's, then `lines` as a list of structs."""
        declared = dict(self.columns) | (self.extension.columns if self.extension else {})
        fields = [pa.field(name, arrow_type(kind)) for name, kind in declared.items()]
        if self.lines is not None:
            line = pa.struct([pa.field(name, arrow_type(kind)) for name, kind in self.lines.columns.items()])
            fields.append(pa.field("lines", pa.list_(line)))
        return pa.schema(fields)

    def shows_deleted(self) -> bool:
        """Whether a deleted record is a row, rather than a person's work."""
        return DELETED in self.columns and self.deleted is not OnDeleted.PERSON
