"""Poll segments: codes that are a part of other codes, such as cost centers in a chart of accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.poll import PollOperator, overridden

if TYPE_CHECKING:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource


class PollSegmentsOperator(PollOperator):
    """Reads a whole stream, and stages one part of its codes, each once: `code`, whether it is `active`, what is kept.

    Args:
        segments_of: the stream with the whole codes, among those that the system's hook offers; `overrides` are those
            of this one. (templated)
        segment: which part: `column`, `index` (counted from 1; 0 for the whole code), `separator`, `keep` (further
            columns, of the first record with the part) and `closed_when` (conditions of records that do not make a
            part active). (templated)
    """

    template_fields: Sequence[str] = (*PollOperator.template_fields, "segments_of", "segment")

    def __init__(self, *, segments_of: str, segment: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.segments_of = segments_of
        self.segment = segment

    def declaration(self, hook: Any) -> StreamDeclaration:
        """The stream of the parts."""
        from airflow_provider_mlconnector.pipeline.segment_source import Segment

        return Segment.read(self.segment).stream(self.stream, self._whole(hook))

    @contextmanager
    def source(
        self, hook: Any, declaration: StreamDeclaration, lane: LaneContext, settings: Settings, ti: Any
    ) -> Iterator[StreamSource]:
        """The parts of what is read."""
        from airflow_provider_mlconnector.pipeline.segment_source import Segment, SegmentSource

        with super().source(hook, self._whole(hook), lane, settings, ti) as whole:
            yield SegmentSource(whole, Segment.read(self.segment), declaration)

    def _whole(self, hook: Any) -> StreamDeclaration:
        return overridden(self.offered(hook), self.segments_of, self.overrides)
