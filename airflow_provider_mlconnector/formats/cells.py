"""What layouts of every format are declared with: cells, control records, totals, grouping."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from airflow_provider_mlconnector.declared import Declared

# What a header, trailer, section or subtotal record can show.
CONTROL_TOTALS = ("total", "hash_total")
CONTROL_COUNTS = ("rows", "records", "documents", "lines")
CONTROL_NAMES = ("flow", "stream", "company", "period", "run", "group", "currency", "date", "datetime", "sequence")
CONTROL_VALUES = (*CONTROL_COUNTS, *CONTROL_TOTALS, *CONTROL_NAMES)

_DIRECTIVES = re.compile(r"([^%]|%[YymdHMSfj%])+")


def _check_moment(form: str) -> str:
    if not _DIRECTIVES.fullmatch(form):
        raise ValueError(f"'{form}' is not a date format; use %Y %y %m %d %j %H %M %S %f and other characters")
    return form


MomentFormat = Annotated[str, AfterValidator(_check_moment)]


class Cell(Declared):
    """One value of a record: a field of the data, or a text that is always the same.

    Attributes:
        field: the field's name; in a header, trailer, section or subtotal record one of the control values.
        text: the constant text; exactly one of `field` and `text` is declared.
        decimals: how many decimals a number has; not declared: those of the field's own type.
        rounding: how a value with more decimals is rounded; not declared: its record is rejected.
        date_format: format of this date or time, instead of the layout's.
    """

    field: str = ""
    text: str | None = None
    decimals: int | None = Field(default=None, ge=0, le=18)
    rounding: Literal["half_up", "half_even"] | None = None
    date_format: MomentFormat | None = None

    @model_validator(mode="after")
    def _field_or_text(self) -> Self:
        if bool(self.field) == (self.text is not None):
            raise ValueError("declare either a field or a text")
        if self.field.startswith("_"):
            raise ValueError(f"'{self.field}' is bookkeeping and is never written")
        if self.text is not None and (self.decimals is not None or self.rounding or self.date_format):
            raise ValueError("a text is written as it is: no decimals, rounding or date_format")
        return self

    def scale(self) -> int | None:
        """How many decimals are written; None for those of the field's own type."""
        return self.decimals


class ControlTotal(Declared):
    """The amount that is summed as control total.

    Attributes:
        amount: the field that is summed; written to the file or not.
        currency: the field that tells its currency; empty: one total without currency.
        per: whether every row counts, or only the first of each record (an amount of the document, repeated in its
            lines).
    """

    amount: str = Field(min_length=1)
    currency: str = ""
    per: Literal["row", "record"] = "row"


class Grouping(Declared):
    """Rows that belong together.

    Attributes:
        by: the field whose value they share.
        into: one file per group, or one file with a section per group, in the order of their values.
        max_groups: more groups than that are a mistake in `by`.
    """

    by: str = Field(min_length=1)
    into: Literal["files", "sections"] = "files"
    max_groups: int = Field(default=500, ge=1, le=500)


def check_control(cells: tuple[Cell, ...], totals: ControlTotal | None, *, per_currency: bool) -> None:
    """Check a header, trailer, section or subtotal record.

    Raises:
        ValueError: it shows something that isn't known or has no single value.
    """
    shown = {cell.field for cell in cells if cell.field}
    if unknown := shown - set(CONTROL_VALUES):
        raise ValueError(f"'{min(unknown)}' is not a control value; use {', '.join(CONTROL_VALUES)}")
    if unscaled := [cell.field for cell in cells if cell.field in CONTROL_TOTALS and cell.scale() is None]:
        raise ValueError(f"{unscaled[0]} needs decimals, so that it looks the same in every file")
    if totals is None and (per_currency or shown & {*CONTROL_TOTALS, "currency"}):
        raise ValueError("a control record with totals needs the layout's totals: which field is summed")
    currency = totals.currency if totals else ""
    if per_currency and not currency:
        raise ValueError("per_currency needs a currency in the layout's totals")
    if "currency" in shown and not per_currency:
        raise ValueError("a control record that shows a currency is written per_currency")
    if "total" in shown and currency and not per_currency:
        raise ValueError("several currencies have no total: use per_currency, or hash_total for the plain sum")
    if per_currency and shown & {"hash_total", "records", "documents", "lines"}:
        raise ValueError("per currency there are rows and total; hash_total and other counts belong to the whole")
