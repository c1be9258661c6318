"""A world whose records carry a version number that the engine never sees: it shows what overtook what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.outputs import Output, OutputFile, Refused
from airflow_provider_mlconnector.errors import RejectedError
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import KEY_HASH, key_text
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.streams.totals import ControlTotals
from tests.support.engine_world import LANE, MemorySite, MemorySource, World, declaration
from tests.support.migrated import sqlite_ledger
from tests.support.tries import Stepper

VERSION = "Version"


class BrokenRuleError(AssertionError):
    """A record was lost, doubled or overtaken."""


def versioned(**changes: Any) -> StreamDeclaration:
    """The invoices, with a version number that is no part of a version."""
    plain = declaration()
    return declaration(
        columns={**plain.columns, VERSION: "integer"},
        version_columns=["Note"],
        **{"cursor": {"column": "Entered", "precision": "day", "lookback": "P1D"}, **changes},
    )


class SteppedLedger(Ledger):
    """A ledger at whose transactions a try may stop: just before they begin, and just after they have committed."""

    stepper: Stepper

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.stepper.reach("before a transaction")
        with super().write() as connection:
            yield connection
        self.stepper.reach("after a transaction")


class SteppedSource(MemorySource):
    """A source between whose pages a try may stop."""

    stepper: Stepper

    def _pages(self, wanted: Any) -> Iterator[Page]:
        for page in super()._pages(wanted):
            self.stepper.reach("page")
            yield page
        self.stepper.reach("last page")


@dataclass
class SteppedSite(MemorySite):
    """A partner who keeps the order of what arrives; at their door a try may stop, and its request fly on by itself."""

    stepper: Stepper = field(default_factory=Stepper)
    flying: list[tuple[str, str]] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)

    def upload(self, name: str, source: BinaryIO, size: int) -> None:
        self.stepper.reach("upload")
        super().upload(name, source, size)

    def rename_new(self, old: str, new: str) -> None:
        self.stepper.reach("rename", (old, new))
        self.land(old, new)

    def land(self, old: str, new: str) -> None:
        """A rename reaches the partner."""
        if new in self.files or old not in self.files:
            raise RejectedError(f"{old} can't become {new}")
        data = self.files[old]
        super().rename_new(old, new)
        for key, note, version in csv.reader(io.StringIO(data.decode())):
            self._arrive(key, note, int(version))

    def clear(self) -> None:
        """Somebody empties the folder."""
        self.files.clear()

    def _arrive(self, key: str, note: str, version: int) -> None:
        before = self.last.get(key)
        self.last[key] = (version, note)
        if before and before[0] > version:
            raise BrokenRuleError(f"overtaken: {key} version {version} ({note}) arrived after version {before[0]}")
        if before and before[1] == note:
            raise BrokenRuleError(f"twice: {key} '{note}' (version {version}) arrived twice in a row")


class VersionedWorld(World):
    """The world, with every task cut into steps.

    Args:
        home: its folder.
        stepper: who lets tries go on.
        declared: the stream.
        url: the ledger's; empty for SQLite in `home`.
    """

    def __init__(self, home: Path, stepper: Stepper, declared: StreamDeclaration | None = None, url: str = "") -> None:
        self.stepper = stepper
        self.bad_keys: set[Key] = set()
        super().__init__(home, declared or versioned(), url)

    def __post_init__(self) -> None:
        super().__post_init__()
        source = SteppedSource(self.declared)
        source.stepper = self.stepper
        self.source = source
        self.site = self.door = SteppedSite(stepper=self.stepper)
        self.open_ledger()

    def open_ledger(self) -> None:
        """Open the ledger, as every task does."""
        ledger = SteppedLedger(self.url or sqlite_ledger(self.home / "ledger.db"), busy_timeout=5)
        ledger.stepper = self.stepper
        self.ledger = ledger

    def refusal(self, one: dict[str, Any]) -> Refused | None:
        """Why a record can't be mapped; None where it can."""
        key = tuple(str(one[name]) for name in self.declared.key)
        if key not in self.bad_keys:
            return None
        return Refused(one[KEY_HASH].hex(), key_text(key), "Note", "is bad", f"bad:{key_text(key)}")

    def write_output(
        self, batch: Batch, rows: list[dict[str, Any]], refused: list[Refused], refused_totals: ControlTotals
    ) -> Output:
        """What map and format make of a batch: key, note and version as CSV."""
        folder = self.staging.new_folder(str(LANE), "output")
        files: list[OutputFile] = []
        if rows:
            files.append(self._write_file(folder, batch.id, rows))
        sums = totals.of_rows(pa.Table.from_pylist(rows, schema=self.declared.schema()), self.declared.totals)
        amounts = (totals.to_json(sums), totals.to_json(refused_totals))
        return Output(batch.manifest_sha256, folder, files, refused, len(rows), *amounts)

    def _write_file(self, folder: str, batch: int, rows: Sequence[dict[str, Any]]) -> OutputFile:
        text = io.StringIO()
        csv.writer(text).writerows(
            [key_text((one["Supplier"], one["Invoice"])), one["Note"], one[VERSION]] for one in rows
        )
        data = text.getvalue().encode()
        with self.staging.create(folder, "file") as file:
            file.write(data)
        # The version number is there for the test alone: without it, a file may equal the one before.
        seen = json.dumps(sorted((one[KEY_HASH].hex(), one["Note"]) for one in rows)).encode()
        digest, same = sha256(data).hexdigest(), sha256(seen).hexdigest()
        name = f"invoices-{batch:06d}.csv"
        return OutputFile(name, "file", "", len(data), digest, same, len(rows), len(rows), {})
