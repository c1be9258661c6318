"""Stampli's exports: files that come into the outbound folders, at once or slowly, as deltas or as snapshots."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from airflow_provider_mlconnector.sandbox.stampli.company import Company
from airflow_provider_mlconnector.sandbox.stampli.records import KINDS
from airflow_provider_mlconnector.sandbox.stampli.rendering import Form, render

Mode = Literal["delta", "snapshot"]
EXPORTED = tuple(kind for kind in KINDS if kind != "dimensions")
"""What Stampli exports, in the order in which it depends on each other."""
FAST, SLOW = 300, 7200
"""Seconds after which Stampli refreshes its files: purchase orders slowly, the others fast (sheet 10)."""


class Upload:
    """A file that is being written where everybody sees it.

    Args:
        outbox: whose clock its changes are dated by.
        path: where it will lie.
        data: what it will hold.
        ending: of its name while it is not whole, such as `.part`; empty: its own name from the beginning.
    """

    def __init__(self, outbox: Outbox, path: Path, data: bytes, ending: str = "") -> None:
        self._outbox, self.path, self._data, self._done = outbox, path, data, 0
        self._at = path.with_name(path.name + ending)

    def write(self, size: int) -> None:
        """Write the next bytes of it."""
        with self._at.open("ab") as file:
            file.write(self._data[self._done : self._done + size])
        self._done += size
        self._outbox.date(self._at)

    def finish(self) -> Path:
        """Write the rest; returns where it lies."""
        self.write(len(self._data))
        if self._at != self.path:
            self._at.rename(self.path)
        return self.path


@dataclass
class _Sent:
    changes: int = 0
    at: datetime | None = None
    files: Sequence[Path] = ()


class Outbox:
    """What a company exports.

    Args:
        company: the company.
        folder: where the folders of each kind lie; made where they are missing.
        form: what the files look like, where an export does not say otherwise.
    """

    def __init__(self, company: Company, folder: Path, form: Form | None = None) -> None:
        self._company, self._folder, self.form = company, folder, form or Form()
        self._sent = {kind: _Sent() for kind in EXPORTED}
        for kind in EXPORTED:
            (folder / kind).mkdir(parents=True, exist_ok=True)

    def export(self, kind: str, mode: Mode = "delta", form: Form | None = None) -> list[Path]:
        """Export a kind's records: those that have changed since the last export, or all.

        Returns:
            The files, none where a delta has nothing.

        Raises:
            ValueError: records of this kind are not exported, or have no such shape.
        """
        written = []
        for path, data in self._rendered(kind, mode, form or self.form):
            _put(path, data)
            self.date(path)
            written.append(path)
        self._sent[kind].files = written or self._sent[kind].files
        return written

    def slowly(self, kind: str, mode: Mode = "delta", form: Form | None = None, ending: str = "") -> list[Upload]:
        """Begin an export whose files are still being written; `Upload.write` goes on with them.

        Args:
            kind: of the records.
            mode: as of `export`.
            form: as of `export`.
            ending: what their names end in until they are whole; empty for nothing.
        """
        uploads = [Upload(self, path, data, ending) for path, data in self._rendered(kind, mode, form or self.form)]
        self._sent[kind].files = [upload.path for upload in uploads]
        return uploads

    def again(self, kind: str) -> list[Path]:
        """The last export once more: the same bytes under other names.

        Raises:
            ValueError: nothing of this kind has been exported.
        """
        if not self._sent[kind].files:
            raise ValueError(f"no {kind} have been exported")
        self._company.advance(1)
        written = []
        for last in self._sent[kind].files:
            part = last.stem.rpartition("_")[2]
            path = self._path(kind, part if part in ("headers", "lines") else "", last.suffix[1:])
            _put(path, last.read_bytes())
            self.date(path)
            written.append(path)
        return written

    def refresh(self) -> list[Path]:
        """Export what is due by the clock: each kind that has changed, in the order in which they depend."""
        written = []
        for kind, sent in self._sent.items():
            pause = SLOW if kind == "purchase_orders" else FAST
            if sent.at is None or (self._company.now - sent.at).total_seconds() >= pause:
                written += self.export(kind)
        return written

    def date(self, path: Path) -> None:
        """Date a file by Stampli's clock, which moves on by a second: no two files are of the same time."""
        at = self._company.advance(1).timestamp()
        os.utime(path, (at, at))

    def _rendered(self, kind: str, mode: Mode, form: Form) -> list[tuple[Path, bytes]]:
        if kind not in self._sent:
            raise ValueError(f"'{kind}' is not exported; there are {', '.join(self._sent)}")
        sent = self._sent[kind]
        records = self._company.listed(kind, 0 if mode == "snapshot" else sent.changes)
        if not records and mode == "delta":
            sent.at = self._company.now
            return []
        at = self._company.advance(1)
        files = render(kind, records, form, at, self._company.code)
        sent.changes, sent.at = self._company.changes, at
        return [(self._path(kind, part, form.ending), data) for part, data in files.items()]

    def _path(self, kind: str, part: str, ending: str) -> Path:
        stem = f"{kind}_{self._company.code}_{self._company.now:%Y%m%dT%H%M%SZ}"
        return self._folder / kind / f"{stem}{'_' if part else ''}{part}.{ending}"


def _put(path: Path, data: bytes) -> None:
    """Write a file so that nobody sees a part of it."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(data)
    hidden.rename(path)
