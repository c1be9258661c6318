"""All steps, by the names that people write: each item of `steps` is one of them."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.mapping.date_steps import Day, FormatDate, ParseDate
from airflow_provider_mlconnector.mapping.number_steps import (
    Absolute,
    Convert,
    DebitCredit,
    Decimals,
    MultiplyBy,
    Negate,
    SignBy,
)
from airflow_provider_mlconnector.mapping.step import StepRule
from airflow_provider_mlconnector.mapping.table_steps import Lookup, WhenEmpty
from airflow_provider_mlconnector.mapping.text_steps import (
    Concat,
    Lower,
    Pad,
    Segment,
    Strip,
    StripLeading,
    Substring,
    Translate,
    Upper,
)


class Step(Declared):
    """One step: its name, and what it is told. A step that needs no telling is its name alone."""

    strip: Strip | None = None
    strip_leading: StripLeading | None = None
    pad: Pad | None = None
    upper: Upper | None = None
    lower: Lower | None = None
    substring: Substring | None = None
    segment: Segment | None = None
    concat: Concat | None = None
    translate: Translate | None = None
    lookup: Lookup | None = None
    when_empty: WhenEmpty | None = None
    parse_date: ParseDate | None = None
    format_date: FormatDate | None = None
    day: Day | None = None
    negate: Negate | None = None
    absolute: Absolute | None = None
    sign_by: SignBy | None = None
    multiply_by: MultiplyBy | None = None
    debit_credit: DebitCredit | None = None
    decimals: Decimals | None = None
    convert: Convert | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_step(cls, raw: Any) -> Any:
        named = {raw: None} if isinstance(raw, str) else raw
        if not isinstance(named, dict) or len(named) != 1:
            raise ValueError("a step is its name, or `name: value`; one step per item of the list")
        name, told = next(iter(named.items()))
        if name not in cls.model_fields:
            raise ValueError(f"there is no step '{name}'; the steps are {', '.join(cls.model_fields)}")
        return {name: {} if told is None else told}

    @property
    def rule(self) -> StepRule:
        """The step itself."""
        rule: StepRule = getattr(self, next(iter(self.model_fields_set)))
        return rule

    @property
    def name(self) -> str:
        """The step's name."""
        return next(iter(self.model_fields_set))
