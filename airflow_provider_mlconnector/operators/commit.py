"""Commit: check the numbers end to end, commit the batch, move the watermark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class CommitOperator(LaneOperator):
    """Commits the run's batch and pushes the lane's watermark. It believes the ledger, never a task's state.

    Args:
        batch: what the poll task pushed. (templated)
        delivered: what the deliver or post task pushed. (templated)
    """

    template_fields: Sequence[str] = (*LaneOperator.template_fields, "batch", "delivered")
    ui_color = "#fef3c7"

    def __init__(
        self,
        *,
        batch: Any,
        delivered: Any = None,
        trigger_rule: str = "none_failed",
        **kwargs: Any,
    ) -> None:
        super().__init__(trigger_rule=trigger_rule, **kwargs)
        self.batch = batch
        self.delivered = delivered

    def work(self, context: Context) -> dict[str, Any]:
        """Commit, and return the watermark, counts and files."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine.committing import Retention, commit

        settings = Settings.read()
        named = self.batch or {}
        if (self.delivered or {}).get("rehearsed") is not None:
            self.log.info("nothing was posted, so nothing is committed; the next run reads these records again")
            return dict(self.delivered)
        lane = self.lane_context(context, settings, [named, self.delivered or {}])
        retention = Retention(timedelta(days=settings.remember_days), timedelta(days=settings.staging_retention_days))
        return commit(lane, named.get("batch"), retention).to_json()
