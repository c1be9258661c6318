"""What every step of a rule is: one small change of a column."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pyarrow.compute as pc
from pydantic import model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.mapping.exact import spoken
from airflow_provider_mlconnector.mapping.faults import Fault, Outcome, Unfit
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.values import Values, is_number


class StepRule(Declared):
    """One step; what is blank stays blank in every step but `concat` and `when_empty`.

    `short` names the field that a plain value stands for: `- decimals: 2` is `- decimals: {places: 2}`.
    """

    short: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        if raw is None:
            return {}
        return {cls.short: raw} if cls.short and not isinstance(raw, dict) else raw

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """Change a column.

        Args:
            values: the column so far.
            scope: what else the step may read.

        Raises:
            Unfit: the column has a type that this step can't work on.
        """
        raise NotImplementedError


class OnUnknown(Declared):
    """What becomes of values that a step does not know.

    Attributes:
        on_unknown: `exception` sets the record aside, `stop` stops the run, `default` takes `default`.
        default: what an unknown value becomes; giving it means `on_unknown: default`.
    """

    on_unknown: Text = "exception"
    default: Text | None = None

    @model_validator(mode="after")
    def _unknown_is_settled(self) -> Self:
        if self.on_unknown not in {"exception", "stop", "default"}:
            raise ValueError(f"on_unknown is exception, stop or default, not '{self.on_unknown}'")
        if self.on_unknown == "default" and self.default is None:
            raise ValueError("on_unknown: default needs a default")
        if self.default is not None and self.on_unknown != "default" and "on_unknown" in self.model_fields_set:
            raise ValueError(f"on_unknown: {self.on_unknown} leaves nothing for the default to do")
        return self

    def settle(self, found: Values, fault: Fault) -> Outcome:
        """What becomes of the values found, and of the rows whose value is not known."""
        if self.default is not None:
            return Outcome(pc.if_else(fault.mask, self.default, found))
        return Outcome(found, fault)


def numbers(values: Values) -> Values:
    """The column, if it counts.

    Raises:
        Unfit: it does not hold numbers.
    """
    if not is_number(values.type):
        raise Unfit(f"needs numbers, and this is {spoken(values.type)}; a step `convert: decimal(p,s)` may come first")
    return values
