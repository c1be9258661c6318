"""How one target field comes to its value: a source, steps in their order, and what the result has to be."""

from __future__ import annotations

from airflow_provider_mlconnector.mapping.cost_centers import CostCenter
from airflow_provider_mlconnector.mapping.scope import Source
from airflow_provider_mlconnector.mapping.steps import Step
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.streams.columns import ColumnType


class FieldRule(Source):
    """The rule of one target field.

    Attributes:
        cost_center: takes the cost center as the value, instead of a column, constant or parameter.
        steps: what is done with the value, in this order.
        default: what a value that is still blank becomes.
        valid: the list of valid targets that the value has to be on.
        type: the target's type; the one that the steps lead to where nothing is said. Nothing is cut off or rounded.
        required: whether a blank value sets the record aside.
    """

    cost_center: CostCenter | None = None
    steps: tuple[Step, ...] = ()
    default: Text | None = None
    valid: Text = ""
    type: ColumnType | None = None
    required: bool = False

    def allowed_origins(self) -> tuple[str, ...]:
        """See `Source.allowed_origins`."""
        return (*super().allowed_origins(), "cost_center")

    def origins(self) -> list[object]:
        """See `Source.origins`."""
        return [*super().origins(), *([self.cost_center] if self.cost_center else [])]
