"""A source of pages that stand in a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from airflow_provider_mlconnector.streams.source import Key, Page


@dataclass
class ListedSource:
    """Gives the same pages whatever is asked for; `by_keys` all of them, and `asked` says what was."""

    pages: Sequence[Page]
    asked: str = ""

    def clock(self) -> datetime:
        """See `StreamSource`."""
        return datetime(2026, 3, 1, tzinfo=UTC)

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:
        """See `StreamSource`."""
        self.asked = f"window {low}..{high} {clock}"
        return iter(self.pages)

    def everything(self) -> Iterator[Page]:
        """See `StreamSource`."""
        self.asked = "everything"
        return iter(self.pages)

    def still_open(self) -> Iterator[Page]:
        """See `StreamSource`."""
        return iter(())

    def deletions(self) -> None:
        """See `StreamSource`."""

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:
        """See `StreamSource`."""
        self.asked = f"keys {keys}"
        return iter(self.pages)
