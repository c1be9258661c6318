"""Steps on dates and times, which stay naive: as the source's own calendar shows them."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator

from airflow_provider_mlconnector.mapping.exact import parse_moment, spoken
from airflow_provider_mlconnector.mapping.faults import Fault, Outcome, Unfit
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.step import StepRule
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.values import Values, strftime

_PARTS = {"%Y", "%m", "%d", "%H", "%M", "%S", "%%"}
_TIME = {"%H", "%M", "%S"}


def _only_numbers(form: str) -> str:
    if unknown := [part for part in re.findall(r"%.?", form) if part not in _PARTS]:
        raise ValueError(f"{', '.join(unknown)} can't be used in a date's form; use %Y %m %d %H %M %S")
    return form


def _whole_date(form: str) -> str:
    if missing := [part for part in ("%Y", "%m", "%d") if part not in form]:
        raise ValueError(f"a date can't be read without {', '.join(missing)}")
    return form


Form = Annotated[Text, AfterValidator(_only_numbers)]


class FormatDate(StepRule):
    """Writes dates and times as text.

    Attributes:
        format: in strftime's letters, such as `%Y%m%d`; in YAML also the plain value of the step.
    """

    short: ClassVar[str] = "format"
    format: Form

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(strftime(_temporal(values), self.format))


class ParseDate(StepRule):
    """Reads dates from text, exactly: what does not read back the same (31 February) fails.

    Attributes:
        format: in strptime's letters; with %H, %M or %S the result is a date and time.
    """

    short: ClassVar[str] = "format"
    format: Annotated[Form, AfterValidator(_whole_date)]

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        if not pa.types.is_string(values.type):
            raise Unfit(f"reads dates from text, and this is {spoken(values.type)}")
        moments, bad = parse_moment(pc.utf8_trim_whitespace(values), self.format)
        dates = moments if any(part in self.format for part in _TIME) else moments.cast(pa.date32())
        return Outcome(dates, Fault(bad, (values,), f"is not a date of the form {self.format}"))


class Day(StepRule):
    """Drops the time of day."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(_temporal(values).cast(pa.date32(), safe=False))


def _temporal(values: Values) -> Values:
    if not pa.types.is_temporal(values.type):
        raise Unfit(f'needs dates, and this is {spoken(values.type)}; a step `parse_date: "%Y%m%d"` may come first')
    return values
