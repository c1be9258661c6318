"""Codes that are a part of other codes, such as the cost centers in a chart of accounts, as a stream of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from airflow_provider_mlconnector.streams.conditions import matches
from airflow_provider_mlconnector.streams.declaration import Condition, Detect, OnChange, StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow, StreamSource

CODE, ACTIVE = "code", "active"


@dataclass(frozen=True)
class Segment:
    """Which part of which column.

    Attributes:
        column: the column with the whole code.
        separator: between two parts.
        index: which part, counted from 1.
        closed_when: a record that meets one of these does not count; a part of which none counts is not active.
    """

    column: str
    separator: str
    index: int
    closed_when: Sequence[Condition] = ()

    def of(self, code: str) -> str:
        """The part of a code; empty where it has fewer parts."""
        parts = code.strip().split(self.separator)
        return parts[self.index - 1].strip() if len(parts) >= self.index else ""


def declared(stream: str, of: StreamDeclaration) -> StreamDeclaration:
    """The stream of the parts: `code`, and whether it is `active`."""
    return StreamDeclaration(
        stream=stream,
        table=of.table,
        key=(CODE,),
        columns={CODE: "string", ACTIVE: "boolean"},
        detect=Detect.SNAPSHOT,
        on_change=OnChange.SEND,
        zone=of.zone,
        via=of.via,
    )


class SegmentSource:
    """The parts of all codes that a source holds, each once; the whole of it is read for them.

    Args:
        source: the records with the whole codes.
        segment: which part.
    """

    def __init__(self, source: StreamSource, segment: Segment) -> None:
        self._source = source
        self._segment = segment

    def clock(self) -> datetime:
        """See `StreamSource`."""
        return self._source.clock()

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:  # noqa: ARG002 - it has no cursor
        """Everything."""
        return self.everything()

    def everything(self) -> Iterator[Page]:
        """The parts, in one page."""
        active: dict[str, bool] = {}
        rejected: list[RejectedRow] = []
        for page in self._source.everything():
            rejected += page.rejected
            closed = [matches(page.rows, [condition]) for condition in self._segment.closed_when]
            codes = page.rows[self._segment.column].to_pylist()
            for place, code in enumerate(codes):
                part = self._segment.of(code or "")
                if part:
                    active[part] = active.get(part, False) or not any(met[place] for met in closed)
        yield _page(active, rejected)

    def still_open(self) -> Iterator[Page]:
        """Nothing: the whole is read each time."""
        return iter(())

    def deletions(self) -> None:
        """Nothing: what is gone is found where the whole is read."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """Those of the parts that are still there."""
        for page in self.everything():
            kept = pa.array([(code,) in set(keys) for code in page.rows[CODE].to_pylist()], pa.bool_())
            yield Page(page.rows.filter(kept))


def _page(active: dict[str, bool], rejected: Sequence[RejectedRow]) -> Page:
    ordered = sorted(active)
    columns = {CODE: pa.array(ordered, pa.string()), ACTIVE: pa.array([active[code] for code in ordered], pa.bool_())}
    return Page(pa.table(columns), rejected)
