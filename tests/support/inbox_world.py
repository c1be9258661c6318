"""A lane that reads files: what a partner puts into a folder, with a clock that tests move, and runs to their end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.engine import kept_files, receiving
from airflow_provider_mlconnector.engine.context import BatchReference
from airflow_provider_mlconnector.engine.inbox import Emptied
from airflow_provider_mlconnector.engine.polling import Backfill
from airflow_provider_mlconnector.engine.receiving import Intake, Received
from airflow_provider_mlconnector.formats.inbound import template
from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.inbox import InboxFile, Place
from airflow_provider_mlconnector.pipeline.parsed_copy import ParsedCopies
from airflow_provider_mlconnector.pipeline.received_source import ReceivedSource
from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig
from tests.support.engine_world import World

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - as the ledger keeps it
PLACE = Place("stampli", "/outbound/invoices", "invoices")
INVOICES = """
entity: invoices
format: csv
fields:
  Supplier: {required: true}
  Invoice: {required: true}
  status: {}
  Amount: {type: "decimal(14,2)", required: true}
  Currency: {}
  Note: {}
key: [Supplier, Invoice]
statuses: {past: [EXPORTED, PAID]}
"""
TITLES = "Supplier,Invoice,status,Amount,Currency,Note"


def invoice(number: int, note: str = "", status: str = "APPROVED") -> str:
    """One line of an export."""
    return f"0000001,INV-{number:04d},{status},{number}.25,EUR,{note}"


def export(*lines: str) -> bytes:
    """A file of such lines."""
    return "\n".join([TITLES, *lines, ""]).encode()


@dataclass(frozen=True)
class DiskFile:
    """A file in a folder on disk."""

    name: str
    size: int
    modified: datetime


@dataclass
class DiskBox:
    """A folder on disk, as an SFTP session would show it."""

    root: Path

    def list(self) -> list[DiskFile]:
        """See `Inbox`."""
        return [found for path in sorted(self.root.iterdir()) if path.is_file() and (found := self.stat(path.name))]

    def stat(self, name: str) -> DiskFile | None:
        """See `Inbox`."""
        path = self.root / name
        if not path.exists():
            return None
        about = path.stat()
        return DiskFile(name, about.st_size, datetime.fromtimestamp(int(about.st_mtime)).astimezone())

    def read(self, name: str) -> Iterator[bytes]:
        """See `Inbox`."""
        yield (self.root / name).read_bytes()

    def rename_new(self, old: str, new: str) -> None:
        """See `Inbox`."""
        (self.root / old).rename(self.root / new)

    def make_folder(self, name: str) -> None:
        """See `Inbox`."""
        (self.root / name).mkdir(exist_ok=True)

    def remove(self, name: str) -> bool:
        """See `Emptied`."""
        (self.root / name).unlink()
        return True


@dataclass
class InboxWorld(World):
    """A lane that reads what comes into a folder."""

    yaml: str = INVOICES
    settings_of: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOON
    entity: str = "invoices"

    def __post_init__(self) -> None:
        self.template = template.load(self.yaml)
        self.declared = stream_of(self.template)
        super().__post_init__()
        self.root = self.home / "outbound"
        self.root.mkdir(exist_ok=True)
        self.box: Emptied = DiskBox(self.root)
        self.slept: list[float] = []
        self.received = Received()

    @property
    def place(self) -> Place:
        """Where the files come in."""
        return replace(PLACE, entity=self.entity)

    @property
    def intake(self) -> Intake:
        """As the connection's settings make it; waiting moves this world's clock."""
        config = StampliConfig.from_fields(self.settings_of)
        return Intake(
            self.place,
            lambda name: config.named(self.entity, name),
            config.settle_seconds,
            config.trigger_endings,
            config.max_file_mb * 1_000_000,
            config.archive,
            config.archive_folder,
            lambda: self.now,
            self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def put(self, name: str, data: bytes, at: float = 0) -> None:
        """The partner puts a file down, or changes it, some seconds after noon."""
        path = self.root / name
        path.write_bytes(data)
        moment = NOON.timestamp() + at
        os.utime(path, (moment, moment))

    def receive(self, run: str = "r") -> Received:
        """What the poll task does first."""
        self.received = receiving.receive(self.context(run, "poll"), self.intake, self.box)
        return self.received

    def reader(self, run: str = "r") -> ReceivedSource:
        """The kept files as a source."""

        def refused(unit: Any, why: str) -> None:
            kept_files.refuse(self.ledger, self.context(run).actor, unit[0].number, why)

        copies = ParsedCopies(self.staging, self.template, refused)
        return ReceivedSource(self.ledger, self.place, copies, self.declared, page_rows=3)

    def poll(self, run: str, backfill: Backfill | None = None) -> BatchReference:
        """The poll task."""
        self.receive(run)
        kept_files.clear_away(self.context(run), self.intake, self.box)
        reader = self.reader(run)
        kept_files.expire(self.context(run), self.place, self.retention.staging, reader.newest_with)
        self.source = reader  # type: ignore[assignment]
        return super().poll(run, backfill)

    def files(self, *states: str) -> list[InboxFile]:
        """The files in these states, or all, by number."""
        every = states or (inbox.SEEN, inbox.KEPT, inbox.REPEATED, inbox.REFUSED, inbox.GONE)
        with self.ledger.read() as connection:
            return sorted(inbox.in_states(connection, self.place, every), key=lambda file: (file.number or 0, file.id))

    def states(self) -> dict[str, str]:
        """State of each file, by name; of several of one name the last."""
        return {file.name: file.state for file in sorted(self.files(), key=lambda file: file.id)}
