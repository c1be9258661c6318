"""Poll compared: what Stampli's files say, beside what another system holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_mlconnector.operators.poll import PollOperator, overridden
from airflow_provider_mlconnector.operators.poll_files import PollFilesOperator

if TYPE_CHECKING:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.hooks.stampli import StampliHook
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource


class PollComparedOperator(PollFilesOperator):
    """Takes in a connection's new files of one kind, and compares all that they say with another system's records.

    Each record gets a column `difference`, which alone makes its version: so a change at either side is staged, and an
    exception about a difference closes once both agree. Post it with the kind `comparison`, which changes nothing.

    Args:
        compared_conn_id: connection of the other system. (templated)
        compared_stream: its stream. (templated)
        compared_overrides: as `overrides`, of that stream. (templated)
        compared_mapping: the mapping that makes the files' columns of its records. (templated)
        compared_parameters: values that this mapping's rules may name. (templated)
        compared_segment: as for `PollSegmentsOperator`, where the files' codes are a part of the other system's;
            the mapping is that of the parts. (templated)
        columns: the columns that must be equal. A blank one of the files is not compared. (templated)
    """

    template_fields: Sequence[str] = (
        *PollFilesOperator.template_fields,
        "compared_conn_id",
        "compared_stream",
        "compared_overrides",
        "compared_mapping",
        "compared_parameters",
        "compared_segment",
        "columns",
    )

    def __init__(
        self,
        *,
        compared_conn_id: str,
        compared_stream: str,
        compared_mapping: str,
        columns: Sequence[str],
        compared_overrides: Mapping[str, Any] | None = None,
        compared_parameters: Mapping[str, str] | None = None,
        compared_segment: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.compared_conn_id = compared_conn_id
        self.compared_stream = compared_stream
        self.compared_overrides = compared_overrides
        self.compared_mapping = compared_mapping
        self.compared_parameters = compared_parameters
        self.compared_segment = compared_segment
        self.columns = columns

    def declaration(self, hook: Any) -> StreamDeclaration:
        """The files' stream, with the column that says what differs."""
        from airflow_provider_mlconnector.pipeline.compared_source import compared

        return compared(super().declaration(hook))

    @contextmanager
    def source(
        self, hook: StampliHook, declaration: StreamDeclaration, lane: LaneContext, settings: Settings, ti: Any
    ) -> Iterator[StreamSource]:
        """The kept files, each record with what differs."""
        from airflow_provider_mlconnector.operators.declared_files import mapper_of
        from airflow_provider_mlconnector.pipeline.compared_source import ComparedSource, Comparison, uncompared

        other: Any = BaseHook.get_hook(self.compared_conn_id)
        mapper, _ = mapper_of(self.compared_mapping, self.compared_parameters or {})
        comparison = Comparison(declaration.key[0], tuple(self.columns), hook.hook_name, other.hook_name)
        try:
            with (
                super().source(hook, uncompared(declaration), lane, settings, ti) as received,
                self._theirs(other, lane, settings, ti) as (theirs, as_read),
            ):
                yield ComparedSource(received, theirs, as_read, mapper, comparison)
        finally:
            other.close()

    @contextmanager
    def _theirs(
        self, other: Any, lane: LaneContext, settings: Settings, ti: Any
    ) -> Iterator[tuple[StreamSource, StreamDeclaration]]:
        from airflow_provider_mlconnector.pipeline.segment_source import Segment, SegmentSource

        whole = overridden(other.declarations(), self.compared_stream, self.compared_overrides)
        with PollOperator.source(self, other, whole, lane, settings, ti) as source:
            if self.compared_segment:
                segment = Segment.read(self.compared_segment)
                parts = segment.stream(self.stream, whole)
                yield SegmentSource(source, segment, parts), parts
            else:
                yield source, whole
