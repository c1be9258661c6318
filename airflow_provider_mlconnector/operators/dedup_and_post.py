"""Dedup and post: bring a batch's records into a system, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.engine.posting import Posted
    from airflow_provider_mlconnector.ledger.batches import Batch
    from airflow_provider_mlconnector.streams.target import Target


class DedupAndPostOperator(LaneOperator):
    """Posts the run's records into a system, and none of them twice, whatever was lost or killed before.

    Before the first call the batch is frozen. Each call's intents stand in the ledger before it is made; what became of
    a call without a clear answer is looked up in the system, and only what is not there is posted again, by itself.
    What a record refers to is checked before anything is sent; what the system refuses becomes an exception with its
    reason.

    Args:
        batch: what the poll task pushed. (templated)
        mapped: what the map task pushed. (templated)
        target_conn_id: connection of the system that is posted into. (templated)
        kind: of document, as that system's hook names it, such as `ap_invoices`. (templated)
        posting: the site's decisions about it, such as `{"ignore_warnings": "W"}`. (templated)
        per_call: at most so many records in one call.
        post_again: how often later runs post a record again that the system has refused, before it waits for a person.
        look_first: whether the system is asked, before a first attempt, whether it has the record from elsewhere.
        rehearse: nothing is posted: the log shows what would be sent, and what the system says of it. (templated)
    """

    template_fields: Sequence[str] = (
        *LaneOperator.template_fields,
        "batch",
        "mapped",
        "target_conn_id",
        "kind",
        "posting",
        "rehearse",
    )
    ui_color = "#dcfce7"

    def __init__(  # noqa: PLR0913 - one argument for each thing that sites differ in
        self,
        *,
        batch: Any,
        mapped: Any,
        target_conn_id: str,
        kind: str,
        posting: Mapping[str, Any] | None = None,
        per_call: int = 20,
        post_again: int = 3,
        look_first: bool = True,
        rehearse: bool | str = "{{ params.get('dry_run') or '' }}",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("target", target_conn_id)
        super().__init__(**kwargs)
        self.batch = batch
        self.mapped = mapped
        self.target_conn_id = target_conn_id
        self.kind = kind
        self.posting = posting
        self.per_call = per_call
        self.post_again = post_again
        self.look_first = look_first
        self.rehearse = rehearse

    def work(self, context: Context) -> dict[str, Any]:
        """Post, and return what became of the records."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.operators.posting_target import open_target
        from airflow_provider_mlconnector.pipeline.mapped import standing_batch

        settings, ti = Settings.read(), context["ti"]
        named = self.batch or {}
        lane = self.lane_context(context, settings, [named])
        scope = alerting.of_lane(lane, self.target_conn_id)
        hook: Any = BaseHook.get_hook(self.target_conn_id)
        batch = standing_batch(lane, named.get("batch"))
        with (
            self.accounted(context, scope),
            open_target(hook, self.kind, self.posting or {}, ti, settings, lane.ledger) as target,
        ):
            if str(self.rehearse).lower() in ("true", "1", "yes"):
                return self._rehearsed(lane, batch, target)
            done = self._posted(lane, batch, target, settings)
            warnings = hook.rotation_warnings()
        self.tell(context, scope, warnings)
        return pushed(lane, done)

    def _posted(self, lane: LaneContext, batch: Batch | None, target: Target, settings: Settings) -> Posted:
        from airflow_provider_mlconnector.engine.posting import PostingSettings, post
        from airflow_provider_mlconnector.pipeline.mapped import read_mapped
        from airflow_provider_mlconnector.pipeline.postable import lay_down

        how = PostingSettings(
            per_call=self.per_call,
            post_again=self.post_again,
            look_first=self.look_first,
            log_every=settings.log_every_seconds,
        )
        output = lay_down(lane, batch, read_mapped(lane, self.mapped or {})) if batch else None
        named = self.batch or {}
        return post(lane, (named.get("batch"), output), self.target_conn_id, target, how)

    def _rehearsed(self, lane: LaneContext, batch: Batch | None, target: Target) -> dict[str, Any]:
        from airflow_provider_mlconnector.engine import documents
        from airflow_provider_mlconnector.pipeline.mapped import read_mapped, tables

        shown = 0
        for rows in tables(lane, read_mapped(lane, self.mapped or {})) if batch else ():
            for said in target.rehearse(documents.plain(rows, target)):
                shown += 1
                self.log.info("dry run, nothing is posted: %s", said)
        self.log.info("dry run: %d records; the next run reads them again", shown)
        return {"rehearsed": shown}


def pushed(lane: LaneContext, done: Posted) -> dict[str, Any]:
    """For XCom."""
    return {
        "lane": str(lane.name),
        "ledger": lane.ledger.id,
        "seq": done.seq,
        "batch": done.batch.id if done.batch else None,
        "posted": done.posted,
        "adopted": done.adopted,
        "aside": done.aside,
        "calls": done.calls,
    }
