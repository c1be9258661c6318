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
    """Reads a whole stream, and stages one part of its codes, each once: `code`, and whether it is `active`.

    Args:
        segments_of: the stream with the whole codes, among those that the system's hook offers; `overrides` are of
            it. (templated)
        column: the column with the whole code. (templated)
        separator: between two parts. (templated)
        index: which part, counted from 1.
        closed_when: conditions, as in a stream's declaration: a record that meets one of them does not count, and a
            part of which none counts is not active. (templated)
    """

    template_fields: Sequence[str] = (
        *PollOperator.template_fields,
        "segments_of",
        "column",
        "separator",
        "closed_when",
    )

    def __init__(
        self,
        *,
        segments_of: str,
        column: str,
        separator: str = "-",
        index: int = 1,
        closed_when: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.segments_of = segments_of
        self.column = column
        self.separator = separator
        self.index = index
        self.closed_when = closed_when

    def declaration(self, hook: Any) -> StreamDeclaration:
        """The stream of the parts."""
        from airflow_provider_mlconnector.pipeline.segment_source import declared

        return declared(self.stream, self._whole(hook))

    @contextmanager
    def source(
        self,
        hook: Any,
        declaration: StreamDeclaration,  # noqa: ARG002 - the stream that is read is another one
        lane: LaneContext,
        settings: Settings,
        ti: Any,
    ) -> Iterator[StreamSource]:
        """The parts of what is read."""
        from airflow_provider_mlconnector.pipeline.segment_source import Segment, SegmentSource
        from airflow_provider_mlconnector.streams.declaration import Condition

        closed = [Condition.model_validate(condition) for condition in self.closed_when]
        segment = Segment(self.column, self.separator, self.index, closed)
        with super().source(hook, self._whole(hook), lane, settings, ti) as whole:
            yield SegmentSource(whole, segment)

    def _whole(self, hook: Any) -> StreamDeclaration:
        return overridden(self.offered(hook), self.segments_of, self.overrides)
