"""What a rule may read: a batch's columns, the mapping's parameters and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa
from pydantic import Field, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.mapping.cross_reference import CodeList, CrossReference
from airflow_provider_mlconnector.mapping.faults import Unfit
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.values import Values, blanks_as_null, one_array


@dataclass(frozen=True)
class Scope:
    """One batch's rows, with everything else that rules read.

    Attributes:
        rows: the batch's columns; with `each: lines` one row per line, its columns named `lines.X`.
        parameters: values that the task hands in, such as the company.
        tables: the cross-references, by name.
        targets: the lists of valid targets, by name.
    """

    rows: pa.Table
    parameters: Mapping[str, str]
    tables: Mapping[str, CrossReference]
    targets: Mapping[str, CodeList]

    def column(self, name: str) -> Values:
        """A column, blanks as null.

        Raises:
            Unfit: there is no such column.
        """
        if name not in self.rows.column_names:
            raise Unfit(f"there is no column '{name}'; the columns are {', '.join(self._shown_columns())}")
        return blanks_as_null(one_array(self.rows.column(name)))

    def constant(self, text: str) -> Values:
        """The same text in every row."""
        return pa.repeat(pa.scalar(text, pa.string()), self.rows.num_rows)

    def parameter(self, name: str) -> Values:
        """A parameter's value in every row.

        Raises:
            Unfit: it was not handed in.
        """
        if name not in self.parameters:
            handed_in = ", ".join(sorted(self.parameters)) or "none"
            raise Unfit(f"the parameter '{name}' was not handed in (handed in: {handed_in})")
        return self.constant(self.parameters[name])

    def _shown_columns(self) -> list[str]:
        return [name for name in self.rows.column_names if not name.startswith("_")]


class Source(Declared):
    """Where a value comes from; written as a plain text it names a column.

    Attributes:
        column: a column of the stream, in YAML `from`; a line's column is `lines.X`.
        constant: the same text for every row.
        parameter: the name of a value that the task hands in.
    """

    column: Text | None = Field(None, alias="from")
    constant: Text | None = None
    parameter: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"from": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if len(self.origins()) != 1:
            raise ValueError(f"say where the value comes from: exactly one of {', '.join(self.allowed_origins())}")
        return self

    def allowed_origins(self) -> tuple[str, ...]:
        """How people may say where the value comes from."""
        return ("from", "constant", "parameter")

    def origins(self) -> list[object]:
        """What is said of where the value comes from; one thing, once checked."""
        return [origin for origin in (self.column, self.constant, self.parameter) if origin is not None]

    def read(self, scope: Scope) -> Values:
        """The values.

        Raises:
            Unfit: there is no such column or parameter.
        """
        if self.column is not None:
            return scope.column(self.column)
        if self.parameter is not None:
            return scope.parameter(self.parameter)
        return scope.constant(self.constant or "")
