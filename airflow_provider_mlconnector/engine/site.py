"""The partner's folder, as far as the engine needs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.ledger.deliveries import Delivery


class RemoteEntry(Protocol):
    """A file at the partner."""

    @property
    def size(self) -> int:
        """In bytes."""


class Site(Protocol):
    """The partner's folder, as far as delivering needs it."""

    def stat(self, name: str) -> RemoteEntry | None:
        """The file of this name; None if it is not there."""

    def upload(self, name: str, source: BinaryIO, size: int) -> None:
        """Write a file."""

    def sha256(self, name: str) -> str:
        """Of the bytes that lie there."""

    def rename_new(self, old: str, new: str) -> None:
        """Rename without overwriting."""

    def remove(self, name: str) -> None:
        """Remove a file."""


OpenBytes = Callable[[], AbstractContextManager[BinaryIO]]
Connecting = AbstractContextManager[Any]
"""Connects to a `Site` on entering."""
OpenSite = Callable[[Destination], Connecting]


def holds(site: Site, file: Delivery, there: RemoteEntry | None) -> bool:
    """Whether what lies under a delivery's final name, if anything, is what was sent."""
    return there is not None and there.size == file.size and site.sha256(file.name) == file.sha256
