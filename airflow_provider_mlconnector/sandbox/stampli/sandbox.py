"""A Stampli company behind an SFTP server whose files change as Stampli's would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.stampli.company import START, Company
from airflow_provider_mlconnector.sandbox.stampli.events import Events
from airflow_provider_mlconnector.sandbox.stampli.exports import Outbox
from airflow_provider_mlconnector.sandbox.stampli.inbound import REPORTS, InboundDesk
from airflow_provider_mlconnector.sandbox.stampli.rendering import Form

USERS = {"stampli": "stampli-secret"}


class StampliSandbox:
    """Stampli's file integration on loopback, as a context manager.

    Nothing of it is public (Stampli sheet 10): folders, names and columns are the sheet's neutral layout (12).

    Args:
        root: the folder on disk that users see as "/"; made where it is missing.
        seed: makes the data.
        company: the Stampli Company ID.
        start: Stampli's clock at the beginning, aware; it stands still unless it is moved on.
        vendors: how many there are.
        form: what its files look like.
        users: password of each user; an empty one means that no password opens the door.
        authorized_keys: public key line of each user who may sign in by key.
        port: to listen on; 0 for any free one.

    Attributes:
        server: the SFTP server, with its faults, its log and its host key.
        company: the records.
        outbox: its exports.
        inbound: takes what is put into the inbound folders.
    """

    def __init__(  # noqa: PLR0913 - all by keyword
        self,
        root: Path,
        *,
        seed: int = 1,
        company: str = "MLC",
        start: datetime = START,
        vendors: int = 24,
        form: Form | None = None,
        users: Mapping[str, str] | None = None,
        authorized_keys: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.server = SftpSandbox(root, users or USERS, port, authorized_keys)
        self.company = Company(seed, company, start, vendors)
        self.outbox = Outbox(self.company, root / "outbound", form)
        self.inbound = InboundDesk(self.company, root / "inbound", root / "outbound" / REPORTS)
        self._events = Events(self.company)

    def __enter__(self) -> Self:
        """Start the server."""
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.server.stop()

    @property
    def root(self) -> Path:
        """The folder on disk."""
        return self.server.root

    def kinds(self) -> list[str]:
        """What can happen."""
        return self._events.kinds()

    def event(self, kind: str, /, **params: Any) -> list[str]:
        """Let something happen; returns the ids of the records that it was about. See `Events`.

        Raises:
            ValueError: there is no such kind, or a parameter is wrong.
            KeyError: a record that it needs isn't there.
        """
        return self._events.happen(kind, params)

    def pass_time(self, minutes: float, *, invoices: int = 0) -> list[Path]:
        """Let time pass at Stampli's pace: every five minutes it takes what came in, and exports what has changed.

        Args:
            minutes: how many.
            invoices: how many are approved in every five minutes.

        Returns:
            The files that it wrote.
        """
        written = []
        for _ in range(int(minutes // 5)):
            self.company.advance(300)
            if invoices:
                self.event("new_invoices", n=invoices)
            self.inbound.consume()
            written += self.outbox.refresh()
        return written
