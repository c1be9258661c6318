"""Steps on amounts: signs, debit and credit, decimal places. Exact, always."""

from __future__ import annotations

from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from airflow_provider_mlconnector.mapping.exact import convert, rescale, spoken
from airflow_provider_mlconnector.mapping.faults import Fault, Outcome
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.step import StepRule, numbers
from airflow_provider_mlconnector.mapping.text import Names, Text
from airflow_provider_mlconnector.mapping.values import Values, trimmed
from airflow_provider_mlconnector.streams.columns import ColumnType, arrow_type


class Negate(StepRule):
    """Turns the sign around."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(pc.negate_checked(numbers(values)))


class Absolute(StepRule):
    """Takes the sign off."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(pc.abs_checked(numbers(values)))


class SignBy(StepRule):
    """Gives an amount its sign by a column of letters, as SYSPRO's journals hold them (D and C, amounts positive).

    Attributes:
        column: the column of letters.
        plus: where it holds one of these, the amount stays as it is.
        minus: where it holds one of these, its sign is turned around.
    """

    short: ClassVar[str] = "column"
    column: Text
    plus: Names = ("D",)
    minus: Names = ("C",)

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """See `StepRule.apply`."""
        letters = scope.column(self.column)
        turned = pc.is_in(trimmed(letters), value_set=pa.array(self.minus, pa.string()))
        kept = pc.is_in(trimmed(letters), value_set=pa.array(self.plus, pa.string()))
        signed = pc.if_else(turned, pc.negate_checked(numbers(values)), values)
        neither = pc.and_(pc.is_valid(values), pc.invert(pc.or_(turned, kept)))
        known = ", ".join((*self.plus, *self.minus))
        return Outcome(
            pc.if_else(neither, pa.scalar(None, values.type), signed),
            Fault(neither, (letters,), f"in {self.column} gives the amount no sign; it should be one of {known}"),
        )


class MultiplyBy(StepRule):
    """Multiplies an amount by another column, such as an exchange rate: exactly, with the decimals of both.

    Attributes:
        column: the other column.
    """

    short: ClassVar[str] = "column"
    column: Text

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """See `StepRule.apply`."""
        product = pc.multiply_checked(_decimals(numbers(values)), _decimals(numbers(scope.column(self.column))))
        missing = pc.and_(pc.is_valid(values), pc.is_null(product))
        return Outcome(product, Fault(missing, (values,), f"can't be multiplied: {self.column} is blank"))


def _decimals(column: Values) -> Values:
    return pc.cast(column, pa.decimal128(19, 0)) if pa.types.is_integer(column.type) else column


class DebitCredit(StepRule):
    """Makes a letter of an amount's sign; zero is a debit.

    Attributes:
        debit: the letter of amounts of zero and more.
        credit: the letter of amounts below zero.
    """

    debit: Text = "D"
    credit: Text = "C"

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        below = pc.less(pc.sign(numbers(values)), 0)
        return Outcome(pc.if_else(below, pa.scalar(self.credit), pa.scalar(self.debit)))


class Decimals(StepRule):
    """Gives numbers a number of decimal places.

    Attributes:
        places: how many.
        rounding: `exact` fails a number that would lose digits; `half_up` (away from zero) and `half_even` round.
    """

    short: ClassVar[str] = "places"
    places: int = Field(ge=0, le=18)
    rounding: Literal["exact", "half_up", "half_even"] = "exact"

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        scaled, bad = rescale(numbers(values), self.places, self.rounding)
        return Outcome(scaled, Fault(bad, (values,), f"has more than {self.places} decimal places"))


class Convert(StepRule):
    """Carries values over into another type before further steps; exactly, or the row fails.

    Attributes:
        to: the type, as streams declare them.
    """

    short: ClassVar[str] = "to"
    to: ColumnType

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        kind = arrow_type(self.to)
        converted, bad = convert(values, kind)
        return Outcome(converted, Fault(bad, (values,), f"is not {spoken(kind)}"))
