"""One field's rule carried out: its source, its steps, and what the result has to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.declared_faults import Location
from airflow_provider_mlconnector.mapping.exact import convert, none_of, spoken
from airflow_provider_mlconnector.mapping.faults import LOOKUP, TARGET, Fault, Outcome, Unfit
from airflow_provider_mlconnector.mapping.rule import FieldRule
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.step import StepRule
from airflow_provider_mlconnector.mapping.table_steps import Lookup
from airflow_provider_mlconnector.mapping.values import Values, as_text, blanks_as_null
from airflow_provider_mlconnector.streams.columns import arrow_type


@dataclass(frozen=True)
class Finding:
    """Rows that a field's rule could not map.

    Attributes:
        field: the target field.
        fault: which rows, and why.
        by_tables: whether another table than the fault's own had a part in it.
    """

    field: str
    fault: Fault
    by_tables: bool


class Evaluation:
    """One field on its way through its rule.

    Args:
        name: the target field.
        rule: its rule.
        scope: what the rule may read.
    """

    def __init__(self, name: str, rule: FieldRule, scope: Scope) -> None:
        self.findings: list[Finding] = []
        self.at: Location = ("fields", name)
        self._name = name
        self._rule = rule
        self._scope = scope
        self._bad: Values = None
        self._tables_read = 0

    def run(self) -> Values:
        """The field's values; null in rows that a finding names.

        Raises:
            Unfit: the rule can't work on these columns; `at` says which part of it.
        """
        rule = self._rule
        origin = rule.cost_center.source if rule.cost_center else rule
        values = blanks_as_null(origin.read(self._scope))
        self._bad = none_of(values)
        for place, step in self._steps():
            self.at = place
            self._tables_read += isinstance(step, Lookup)
            values = self._note(step.apply(values, self._scope))
        self.at = ("fields", self._name)
        return self._finish(values)

    def _steps(self) -> Iterator[tuple[Location, StepRule]]:
        if self._rule.cost_center:
            for step in self._rule.cost_center.rules:
                yield (*self.at, "cost_center"), step
        for number, named in enumerate(self._rule.steps):
            yield ("fields", self._name, "steps", number, named.name), named.rule

    def _note(self, outcome: Outcome) -> Values:
        """Keep what failed for the first time, and go on with the rest."""
        if outcome.fault is not None and outcome.fault.any():
            fault = outcome.fault.without(self._bad)
            self._bad = pc.or_(self._bad, outcome.fault.mask)
            if fault.any():
                own = 1 if fault.kind == LOOKUP else 0
                self.findings.append(Finding(self._name, fault, self._tables_read > own))
        return blanks_as_null(outcome.values)

    def _finish(self, values: Values) -> Values:
        rule = self._rule
        if rule.default is not None:
            values = self._with_default(values, rule.default)
        if rule.valid:
            values = self._note(self._checked(values, rule.valid))
        if rule.type:
            values = self._note(_typed(values, rule.type))
        if rule.required:
            blank = pc.is_null(values)
            self._note(Outcome(values, Fault(blank, (), "is blank, and it is required")))
        return values

    def _with_default(self, values: Values, default: str) -> Values:
        constant, bad = convert(pa.array([default]), values.type)
        if bad[0].as_py():
            raise Unfit(f"the default '{default}' is not {spoken(values.type)}")
        return pc.if_else(pc.is_null(values), constant[0], values)

    def _checked(self, values: Values, name: str) -> Outcome:
        texts = as_text(values)
        lacking = self._scope.targets[name].lacks(texts)
        return Outcome(values, Fault(lacking, (texts,), f"is not among the valid targets {name}", TARGET, name))


def _typed(values: Values, declared: str) -> Outcome:
    kind = arrow_type(declared)
    converted, bad = convert(values, kind)
    if pa.types.is_string(kind) and "(" in declared:
        longest = int(declared[len("string(") : -1])
        bad = pc.fill_null(pc.greater(pc.utf8_length(converted), longest), fill_value=False)
    return Outcome(converted, Fault(bad, (values,), f"does not fit {declared}"))
