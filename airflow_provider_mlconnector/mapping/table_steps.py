"""Steps that read more than the value itself: cross-references, and what stands in for a blank."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from airflow_provider_mlconnector.mapping.cross_reference import CrossReference
from airflow_provider_mlconnector.mapping.exact import convert, spoken
from airflow_provider_mlconnector.mapping.faults import LOOKUP, Fault, Outcome, Unfit
from airflow_provider_mlconnector.mapping.scope import Scope, Source
from airflow_provider_mlconnector.mapping.step import OnUnknown, StepRule
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.values import Values, blanks_as_null


class Lookup(StepRule, OnUnknown):
    """Replaces a code by what a cross-reference says about it.

    Attributes:
        table: the cross-reference.
        value: the column that is taken; may be left out where the table has only one.
        keys: where the other key columns come from; the one that is not named here is the value itself.
    """

    short: ClassVar[str] = "table"
    table: Text
    value: Text = ""
    keys: dict[Text, Source] = Field(default_factory=dict)

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """See `StepRule.apply`."""
        table = scope.tables[self.table]
        own = self._own_key(table)
        parts = tuple(values if key == own else self.keys[key].read(scope) for key in table.key)
        rows = table.find(parts)
        # A blank code is not an unknown one: it stays blank, and `required` says whether that may be.
        asked = pc.is_valid(values)
        unknown = pc.and_(asked, pc.is_null(rows))
        found = table.values(self._value_column(table), pc.if_else(asked, rows, pa.scalar(None, rows.type)))
        reason = f"is not in the cross-reference {self.table}"
        return self.settle(found, Fault(unknown, parts, reason, LOOKUP, self.table, stop=self.on_unknown == "stop"))

    def _own_key(self, table: CrossReference) -> str:
        own = [key for key in table.key if key not in self.keys]
        if len(own) != 1 or len(self.keys) != len(table.key) - 1:
            raise Unfit(
                f"the key of {self.table} is {', '.join(table.key)}; `keys` has to name all of them but the one that "
                "is looked up"
            )
        return own[0]

    def _value_column(self, table: CrossReference) -> str:
        if self.value in table.value_columns:
            return self.value
        if not self.value and len(table.value_columns) == 1:
            return table.value_columns[0]
        named = f"there is no column '{self.value}'" if self.value else "say which `value` is taken"
        raise Unfit(f"{named}; {self.table} has {', '.join(table.value_columns) or 'no columns but its key'}")


class WhenEmpty(Source, StepRule):
    """Takes another column, a constant or a parameter where the value is blank."""

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """See `StepRule.apply`."""
        kept = blanks_as_null(values)
        other, bad = convert(self.read(scope), values.type)
        needed = pc.and_(bad, pc.is_null(kept))
        return Outcome(pc.coalesce(kept, other), Fault(needed, (self.read(scope),), f"is not {spoken(values.type)}"))
