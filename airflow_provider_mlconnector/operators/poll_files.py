"""Poll files: take in what Stampli has exported, and stage what is new of it as a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.poll import PollOperator

if TYPE_CHECKING:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.formats.inbound.template import Template
    from airflow_provider_mlconnector.hooks.stampli import StampliHook
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource


class PollFilesOperator(PollOperator):
    """Takes in a connection's new files of one kind, and stages their new, late and changed records.

    Each file is taken in once, whole, and numbered; the watermark is the number of the last one that is committed. What
    is not to be read as a whole is set aside and told of, and holds nothing up. Of a record that comes in several files
    the newest version counts.

    Args:
        stream: what the files hold: `invoices`, `vendors`, `payments`, `gl_accounts` or `purchase_orders`. (templated)
        source_conn_id: connection of the type `stampli`. (templated)
        template: what the files look like: a YAML file's path, `variable:NAME` for an Airflow Variable, or the name of
            a shipped one; by default the shipped one of the stream's name. (templated)
    """

    template_fields: Sequence[str] = (*PollOperator.template_fields, "template")

    def __init__(self, *, stream: str, source_conn_id: str, template: str = "", **kwargs: Any) -> None:
        super().__init__(stream=stream, source_conn_id=source_conn_id, **kwargs)
        self.template = template
        self._received: Mapping[str, int] = {}

    def offered(self, hook: Any) -> Mapping[str, StreamDeclaration]:
        """The one stream that the template describes."""
        from airflow_provider_mlconnector.pipeline.received_stream import stream_of

        return {self.stream: stream_of(self._template(), hook.config().time_zone)}

    def also_told(self, hook: StampliHook) -> Sequence[str]:
        """Also the alerts about files of this kind."""
        from airflow_provider_mlconnector.engine.receiving import alert_prefix
        from airflow_provider_mlconnector.pipeline.stampli_files import intake_of

        return (alert_prefix(intake_of(self.source_conn_id, hook.config(), self.stream).place),)

    @contextmanager
    def source(
        self,
        hook: StampliHook,
        declaration: StreamDeclaration,
        lane: LaneContext,
        settings: Settings,
        ti: Any,  # noqa: ARG002 - files need no session that tasks share
    ) -> Iterator[StreamSource]:
        """The kept files, after new ones have been taken in and old ones cleared away."""
        from airflow_provider_mlconnector.engine import kept_files, receiving
        from airflow_provider_mlconnector.pipeline.parsed_copy import ParsedCopies
        from airflow_provider_mlconnector.pipeline.received_source import ReceivedSource
        from airflow_provider_mlconnector.pipeline.stampli_files import intake_of

        intake = intake_of(self.source_conn_id, hook.config(), self.stream)

        def refused(unit: Sequence[Any], why: str) -> None:
            kept_files.refuse(lane.ledger, lane.actor, unit[0].number, why)
            counts["refused"] = counts.get("refused", 0) + 1

        with hook.outbound(self.stream) as box:
            counts = dict(receiving.receive(lane, intake, box).counts)
            kept_files.clear_away(lane, intake, box)
        copies = ParsedCopies(lane.staging, self._template(), refused)
        source = ReceivedSource(lane.ledger, intake.place, copies, declaration)
        retention = timedelta(days=settings.staging_retention_days)
        kept_files.expire(lane, intake.place, retention, source.newest_with)
        yield source
        self._received = counts

    def pushed(self, reference: Mapping[str, Any]) -> dict[str, Any]:
        """The batch's reference, and how many files became what."""
        from airflow_provider_mlconnector.engine.context import fitting

        push = {**reference, "totals": {}, "files": dict(self._received)}
        return {**push, "totals": dict(fitting(push, list(reference["totals"].items())))}

    def _template(self) -> Template:
        from airflow_provider_mlconnector.operators.declared_files import template_of

        return template_of(self.template or self.stream)
