"""The port through which a poll reads a system: what every source offers, whatever its protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

Key = tuple[str, ...]


@dataclass(frozen=True)
class RejectedRow:
    """A row that could not be read as its declaration says.

    Attributes:
        key: the key's values as text, as far as they could be read; empty strings where they could not.
        reason: what is wrong with it, for a person.
        raw: the row as the source sent it, shortened to 2,000 characters.
        blank_counts: whether the key was read as it is, blank values and all; otherwise a blank value was not read.
    """

    key: Key
    reason: str
    raw: str
    blank_counts: bool = False

    @property
    def has_key(self) -> bool:
        """Whether the key could be read."""
        return self.blank_counts or all(self.key)


@dataclass(frozen=True)
class Page:
    """Rows in the declared schema, in key order, and those of the same page that could not be read.

    Attributes:
        rows: in the declared schema.
        rejected: what could not be read.
        absent: declared columns that the source does not have, or not for this user, and that are null in every row;
            those of lines as `lines.NAME`. The same on all pages of a reading.
        read_to: the cursor up to which a window has been read with this page, where its rows may not say so.
        of_known: whether it only says something of records that were read before, such as deletions of long ago: what
            it says of others is passed over.
    """

    rows: pa.Table
    rejected: Sequence[RejectedRow] = ()
    absent: frozenset[str] = frozenset()
    read_to: str = ""
    of_known: bool = False


class Deletions(Protocol):
    """How deleted records are found where a source leaves nothing of them: by what is not among its keys any more."""

    def every_key(self) -> Iterator[Page]:
        """The keys of all rows of the table, whatever the stream's conditions: pages with the key's columns alone."""

    def deleted(self, keys: Sequence[Key]) -> Page:
        """Records with these keys as the stream shows them once they are deleted.

        They are rows, always the same for the same key; or rejected ones where the stream leaves them to a person.
        """


class StreamSource(Protocol):
    """One stream of one system, ready to be read.

    Cursors are text in the source's own form, so that comparing texts compares cursors (see `streams.cursor`).
    Every method reads by key, until an empty page, and raises the errors of `errors`.
    """

    def clock(self) -> datetime:
        """The source's own clock, as an aware UTC time."""

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """Rows whose cursor lies in low..high, both included.

        With `clock` also the rows whose cursor lies beyond that clock, is null or is the source's blank date (before
        1753). Without it (a backfill) only the rows of the window. An empty `high` has no upper end.
        """

    def everything(self) -> Iterator[Page]:
        """The whole table."""

    def still_open(self) -> Iterator[Page]:
        """The rows that meet the stream's `open_when`."""

    def deletions(self) -> Deletions | None:
        """How deleted records are found by what is missing; None where that is not looked for."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """The rows with these keys, as far as they are still there; keys are given in `key_text` form."""
