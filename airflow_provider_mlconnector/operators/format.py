"""Format: render a mapped batch as the partner's files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class FormatOperator(LaneOperator):
    """Renders the run's batch by a layout, with a sequence number from the ledger. Nothing to send: no file.

    Args:
        batch: what the poll task pushed. (templated)
        mapped: what the map task pushed. (templated)
        layout: a YAML file's path, or `variable:NAME` for an Airflow Variable. (templated)
        partner: the trading partner's profile, likewise; for X12 and EDIFACT. (templated)
        company: for file names and control records. (templated)
        period: the accounting period, likewise; by default the month in which the run's data interval begins, or the
            run itself where it has none. (templated)
        time_zone: IANA zone of the date in file names. (templated)
        compress: whether files are compressed with gzip.
        counter: the ledger's counter of file numbers; by default the lane's own. (templated)
    """

    template_fields: Sequence[str] = (
        *LaneOperator.template_fields,
        "batch",
        "mapped",
        "layout",
        "partner",
        "company",
        "period",
        "time_zone",
        "counter",
    )
    ui_color = "#ede9fe"

    def __init__(  # noqa: PLR0913 - each is a field of the form that a DAG author fills in
        self,
        *,
        batch: Any,
        mapped: Any,
        layout: str,
        partner: str = "",
        company: str = "",
        period: str = "",
        time_zone: str = "UTC",
        compress: bool = False,
        counter: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.batch = batch
        self.mapped = mapped
        self.layout = layout
        self.partner = partner
        self.company = company
        self.period = period
        self.time_zone = time_zone
        self.compress = compress
        self.counter = counter

    def work(self, context: Context) -> dict[str, Any]:
        """Format, and return the reference of what was made."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.operators.declared_files import layout_of
        from airflow_provider_mlconnector.pipeline.formatted import FormatSettings, format_batch
        from airflow_provider_mlconnector.pipeline.mapped import read_mapped, standing_batch

        named = self.batch or {}
        lane = self.lane_context(context, Settings.read(), [named])
        batch = standing_batch(lane, named.get("batch"))
        if batch is None:
            self.log.info("this run's batch is past formatting; nothing to do")
            return {"batch": named.get("batch"), "stands": True}
        layout, profile, fingerprint = layout_of(self.layout, self.partner)
        settings = FormatSettings(
            layout=layout,
            layout_fingerprint=fingerprint,
            zone=self.time_zone,
            counter=self.counter or f"file:{lane.name}",
            company=self.company or self.partition,
            period=self.period or self._period(context),
            compress=self.compress,
            profile=profile,
        )
        return format_batch(lane, batch, read_mapped(lane, self.mapped or {}), settings)

    def _period(self, context: Context) -> str:
        from zoneinfo import ZoneInfo

        run = context["dag_run"]
        return f"{(run.data_interval_start or run.run_after).astimezone(ZoneInfo(self.time_zone)):%Y-%m}"
