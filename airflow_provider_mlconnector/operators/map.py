"""Map: apply the declared mapping to a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class MapOperator(LaneOperator):
    """Applies a mapping to the run's batch, and sets aside what it refuses.

    Args:
        batch: what the poll task pushed. (templated)
        mapping: a YAML file's path, or `variable:NAME` for an Airflow Variable. (templated)
        mapping_parameters: values that the mapping's rules may name, such as the company. (templated)
    """

    template_fields: Sequence[str] = (*LaneOperator.template_fields, "batch", "mapping", "mapping_parameters")
    ui_color = "#e0e7ff"

    def __init__(
        self, *, batch: Any, mapping: str, mapping_parameters: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.batch = batch
        self.mapping = mapping
        self.mapping_parameters = mapping_parameters

    def work(self, context: Context) -> dict[str, Any]:
        """Map, and return the reference of what was made."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.operators.declared_files import mapper_of
        from airflow_provider_mlconnector.pipeline.mapped import map_batch, standing_batch

        named = self.batch or {}
        lane = self.lane_context(context, Settings.read(), [named])
        batch = standing_batch(lane, named.get("batch"))
        if batch is None:
            self.log.info("this run's batch is past mapping; nothing to do")
            return {"batch": named.get("batch"), "stands": True}
        mapper, fingerprint = mapper_of(self.mapping, self.mapping_parameters or {})
        return map_batch(lane, batch, mapper, fingerprint)
