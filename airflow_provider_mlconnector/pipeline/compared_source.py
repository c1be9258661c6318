"""Records of one system beside another system's: each with what differs, so that a change at either side shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import with_fingerprints
from airflow_provider_mlconnector.streams.source import Deletions, Key, Page, StreamSource

DIFFERENCE = "difference"
"""The column that says what differs; empty where nothing does."""


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        key: the column that tells records apart, at both sides.
        columns: the columns that must be equal; a blank one of ours is not compared.
        ours: what people call the system whose records are looked at.
        theirs: what they call the other one.
    """

    key: str
    columns: Sequence[str]
    ours: str
    theirs: str

    def difference(self, row: Mapping[str, Any], there: Sequence[str] | None) -> str:
        """What differs between a record and the other system's values of `columns`, for a person."""
        if there is None:
            return f"{self.theirs} does not have it"
        pairs = [(name, _shown(row[name]), other) for name, other in zip(self.columns, there, strict=True)]
        return "; ".join(
            f"{name} is '{mine}' in {self.ours}, and '{other}' in {self.theirs}"
            for name, mine, other in pairs
            if mine and mine != other
        )


def compared(declaration: StreamDeclaration) -> StreamDeclaration:
    """The stream of a comparison: its version is what differs, and nothing else."""
    columns = {**declaration.columns, DIFFERENCE: "string"}
    made_of = {"columns": columns, "version_columns": (*declaration.key, DIFFERENCE)}
    return StreamDeclaration.model_validate({**declaration.model_dump(exclude_unset=True), **made_of})


def uncompared(declaration: StreamDeclaration) -> StreamDeclaration:
    """The stream whose records are compared."""
    columns = {name: kind for name, kind in declaration.columns.items() if name != DIFFERENCE}
    return declaration.model_copy(update={"columns": columns, "version_columns": declaration.key})


class ComparedSource:
    """Whatever is known of one system, with what differs from the other.

    An ordinary window gives everything, since what has not changed here may have changed there. What is compared of
    the other system is kept in memory: some texts for each of its records.

    Args:
        source: the records.
        other: the other system's.
        as_read: the stream that those are read as.
        mapper: makes of them the columns that are compared.
        comparison: what is compared.
    """

    def __init__(
        self,
        source: StreamSource,
        other: StreamSource,
        as_read: StreamDeclaration,
        mapper: Mapper,
        comparison: Comparison,
    ) -> None:
        self._source = source
        self._other = other
        self._as_read = as_read
        self._mapper = mapper
        self._comparison = comparison
        self._expected: dict[str, tuple[str, ...]] | None = None

    def clock(self) -> datetime:
        """See `StreamSource`."""
        return self._source.clock()

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """Everything; of a backfill the window that a person asks for."""
        return self._with_differences(
            self._source.window(low, high, None) if clock is None else self._source.everything()
        )

    def everything(self) -> Iterator[Page]:
        """See `StreamSource`."""
        return self._with_differences(self._source.everything())

    def still_open(self) -> Iterator[Page]:
        """See `StreamSource`."""
        return self._with_differences(self._source.still_open())

    def deletions(self) -> Deletions | None:
        """See `StreamSource`."""
        return self._source.deletions()

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """See `StreamSource`."""
        return self._with_differences(self._source.by_keys(keys))

    def _with_differences(self, pages: Iterator[Page]) -> Iterator[Page]:
        for page in pages:
            rows = page.rows.select([self._comparison.key, *self._comparison.columns]).to_pylist()
            there = self._there() if rows else {}
            said = [self._comparison.difference(row, there.get(_shown(row[self._comparison.key]))) for row in rows]
            yield replace(page, rows=page.rows.append_column(DIFFERENCE, pa.array(said, pa.string())))

    def _there(self) -> Mapping[str, tuple[str, ...]]:
        if self._expected is None:
            self._expected = dict(self._read())
        return self._expected

    def _read(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for page in self._other.everything():
            done = self._mapper.apply(with_fingerprints(page.rows, self._as_read, page.absent))
            unread = [f"{'/'.join(row.key)}: {row.reason}" for row in page.rejected]
            unmapped = [f"{record.key}: {record.reason}" for record in done.rejected]
            if problems := [*unread, *unmapped]:
                raise IntegrityError(
                    f"{self._as_read.stream} can't be compared: {self._comparison.theirs} has a record that can't be "
                    f"read: {problems[0]}.",
                    "Correct the record or the mapping; nothing was compared, because it would seem to be missing.",
                )
            columns = [done.rows[name].to_pylist() for name in (self._comparison.key, *self._comparison.columns)]
            for key, *values in zip(*columns, strict=True):
                yield _shown(key), tuple(_shown(value) for value in values)


def _shown(value: object) -> str:
    return "" if value is None else str(value).strip()
