"""Codes that are a part of other codes, such as the cost centers in a chart of accounts, as a stream of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from pydantic import Field, ValidationError

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.conditions import matches
from airflow_provider_mlconnector.streams.declaration import Condition, Detect, OnChange, StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow, StreamSource

CODE, ACTIVE = "code", "active"


class Segment(Declared):
    """Which part of which column, and what goes with it.

    Attributes:
        column: the column with the whole code.
        index: which part, counted from 1; 0 for the whole code.
        separator: between two parts.
        keep: further columns, such as the description: those of the first record with the part, by its key, that is
            not closed; of the first one at all where all are.
        closed_when: a record that meets one of these conditions is closed; a part is active that has an open one.
    """

    column: str
    index: int = Field(1, ge=0)
    separator: str = Field("-", min_length=1)
    keep: tuple[str, ...] = ()
    closed_when: tuple[Condition, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Segment:
        """As it was declared.

        Raises:
            ConfigurationError: a field is missing, unknown or wrong.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            said = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
        raise ConfigurationError(f"segment: {'; '.join(said)}.", "Correct the operator's argument.")

    def of(self, code: str) -> str:
        """The part of a code; empty where it has fewer parts."""
        parts = [code, *code.split(self.separator)]
        return parts[self.index].strip() if len(parts) > self.index else ""

    def stream(self, name: str, whole: StreamDeclaration) -> StreamDeclaration:
        """The stream of the parts: `code`, whether it is `active`, and what is kept.

        Args:
            name: its name.
            whole: the stream of the whole codes.

        Raises:
            ConfigurationError: that one lacks a column.
        """
        named = {self.column, *self.keep, *(condition.column for condition in self.closed_when)}
        if lacking := named - whole.columns.keys():
            raise ConfigurationError(f"segment: stream {whole.stream} has no column {', '.join(sorted(lacking))}.")
        return StreamDeclaration(
            stream=name,
            table=whole.table,
            key=(CODE,),
            columns={CODE: "string", ACTIVE: "boolean", **{column: whole.columns[column] for column in self.keep}},
            detect=Detect.SNAPSHOT,
            on_change=OnChange.SEND,
            zone=whole.zone,
            via=whole.via,
        )


class SegmentSource:
    """The parts of all codes that a source holds, each once; the whole of it is read for them.

    Args:
        source: the records with the whole codes.
        segment: which part.
        declaration: the stream of the parts.
    """

    def __init__(self, source: StreamSource, segment: Segment, declaration: StreamDeclaration) -> None:
        self._source = source
        self._segment = segment
        self._schema = declaration.schema()

    def clock(self) -> datetime:
        """See `StreamSource`."""
        return self._source.clock()

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:  # noqa: ARG002 - it has no cursor
        """Everything."""
        return self.everything()

    def everything(self) -> Iterator[Page]:
        """The parts, in one page: there are not many."""
        found: dict[str, dict[str, Any]] = {}
        rejected: list[RejectedRow] = []
        for page in self._source.everything():
            rejected += page.rejected
            for code, row in self._of_page(page):
                if code not in found or row[ACTIVE] > found[code][ACTIVE]:
                    found[code] = row
        yield Page(pa.Table.from_pylist([found[code] for code in sorted(found)], schema=self._schema), rejected)

    def still_open(self) -> Iterator[Page]:
        """Nothing: the whole is read each time."""
        return iter(())

    def deletions(self) -> None:
        """Nothing: what is gone is found where the whole is read."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """Those of the parts that are still there."""
        wanted = set(keys)
        for page in self.everything():
            kept = [(code,) in wanted for code in page.rows[CODE].to_pylist()]
            yield Page(page.rows.filter(pa.array(kept, pa.bool_())))

    def _of_page(self, page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
        segment = self._segment
        closed = [matches(page.rows, [condition]) for condition in segment.closed_when]
        for place, row in enumerate(page.rows.select([segment.column, *segment.keep]).to_pylist()):
            code = segment.of(row[segment.column] or "")
            if code:
                kept = {name: row[name] for name in segment.keep}
                yield code, {CODE: code, ACTIVE: not any(met[place] for met in closed), **kept}
