"""Where a cost center comes from: a part of the GL code, an analysis code, or a site's own table."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from airflow_provider_mlconnector.mapping.scope import Source
from airflow_provider_mlconnector.mapping.step import OnUnknown, StepRule
from airflow_provider_mlconnector.mapping.table_steps import Lookup
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.text_steps import Segment, SegmentIndex, Strip, Substring

_SAID = {
    "segment": {"code", "separator", "index"},
    "substring": {"code", "start", "length"},
    "analysis": {"column"},
    "table": {"code", "table", "value", "keys", "on_unknown", "default"},
}


class CostCenter(OnUnknown):
    """A cost center, taken by one of four ways.

    Attributes:
        by: `segment` of the GL code, `substring` of it, an `analysis` code's column, or a site's `table`.
        code: the column of the GL code.
        separator: by segment: what stands between the segments.
        index: by segment: which one, counted from 1; from the end with a minus.
        start: by substring: the first character taken, counted from 1.
        length: by substring: how many are taken.
        column: by analysis: the column of the analysis code.
        table: by table: the cross-reference from GL codes to cost centers.
        value: by table: the column that holds the cost center.
        keys: by table: where further key columns come from.
    """

    by: Literal["segment", "substring", "analysis", "table"] = "segment"
    code: Text = "GlCode"
    separator: Text = Field("-", min_length=1)
    index: SegmentIndex = 1
    start: int = Field(1, ge=1)
    length: int | None = Field(None, ge=1)
    column: Text = ""
    table: Text = ""
    value: Text = ""
    keys: dict[Text, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_what_its_way_needs(self) -> Self:
        if idle := sorted(self.model_fields_set - _SAID[self.by] - {"by"}):
            raise ValueError(f"{', '.join(idle)}: says nothing about a cost center taken by {self.by}")
        needed = {"substring": "length", "analysis": "column", "table": "table"}.get(self.by, "by")
        if not getattr(self, needed):
            raise ValueError(f"a cost center taken by {self.by} needs: {needed}")
        return self

    @property
    def source(self) -> Source:
        """The column that it is taken from."""
        return Source.model_validate(self.column if self.by == "analysis" else self.code)

    @property
    def rules(self) -> tuple[StepRule, ...]:
        """The steps that lead to it."""
        if self.by == "segment":
            return (Strip(), Segment(index=self.index, separator=self.separator))
        if self.by == "substring":
            return (Strip(), Substring(start=self.start, length=self.length))
        if self.by == "analysis":
            return (Strip(),)
        told = {name: getattr(self, name) for name in self.model_fields_set & (_SAID["table"] - {"code"})}
        return (Lookup.model_validate(told),)
