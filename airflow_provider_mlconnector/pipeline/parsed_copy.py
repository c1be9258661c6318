"""Kept files as records: each is parsed once for each template, and read from the Parquet copy beside it after that."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from airflow_provider_mlconnector.engine.receiving import staged_name
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.formats.inbound.read import FileRefusedError, read
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.ledger.inbox import InboxFile
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_texts
from airflow_provider_mlconnector.streams.source import RejectedRow

_PIECE = 1024 * 1024
# Each of Arrow's threads keeps memory of its own, and none of them makes reading so little at once any faster.
_THREADS = False
_MARK = "copy"
# What a change of the readers makes another copy of.
_READERS = "2"
_REJECTED = pa.schema(
    [("key", pa.list_(pa.string())), ("reason", pa.string()), ("raw", pa.string()), ("whole", pa.bool_())]
)


@dataclass(frozen=True)
class ParsedCopy:
    """The records of one kept file.

    Attributes:
        staging: the staging area.
        folder: its folder there.
        rows: name of the Parquet file of its records.
        rejected: name of the one of its rows that could not be read.
        key: the columns that tell records apart.
    """

    staging: Staging
    folder: str
    rows: str
    rejected: str
    key: tuple[str, ...]

    def tables(self, page_rows: int) -> Iterator[pa.Table]:
        """Its records, page by page."""
        with self.staging.open(self.folder, self.rows) as file:
            for batch in pq.ParquetFile(file).iter_batches(page_rows, use_threads=_THREADS):
                yield pa.Table.from_batches([batch])

    def refusals(self, page_rows: int) -> Iterator[list[RejectedRow]]:
        """Its rows that could not be read, page by page."""
        with self.staging.open(self.folder, self.rejected) as file:
            for batch in pq.ParquetFile(file).iter_batches(page_rows, use_threads=_THREADS):
                yield [
                    RejectedRow(tuple(row["key"]), row["reason"], row["raw"], row["whole"]) for row in batch.to_pylist()
                ]

    def keys(self, page_rows: int) -> Iterator[list[str]]:
        """The keys of its records, and of the rows that could not be read, as `key_text` shows them."""
        with self.staging.open(self.folder, self.rows) as file:
            for batch in pq.ParquetFile(file).iter_batches(page_rows, columns=list(self.key), use_threads=_THREADS):
                yield key_texts(pa.Table.from_batches([batch]), self.key).to_pylist()
        for rejected in self.refusals(page_rows):
            yield [shown for shown in map(rejected_key, rejected) if shown]


def rejected_key(row: RejectedRow) -> str:
    """The key of a row that could not be read; empty where it could not be read either."""
    return key_text(row.key) if row.has_key else ""


class ParsedCopies:
    """Finds or makes the parsed copies of kept files.

    Args:
        staging: the staging area.
        template: how the files are read.
        refused: told of a file, and why, that can't be read as a whole.
    """

    def __init__(
        self, staging: Staging, template: Template, refused: Callable[[Sequence[InboxFile], str], None]
    ) -> None:
        self._staging = staging
        self._template = template
        self._refused = refused
        self._mark = sha256(f"{_READERS}\n{template.model_dump_json()}".encode()).hexdigest()[:16]
        self._known: dict[str, ParsedCopy | None] = {}

    def of(self, unit: Sequence[InboxFile]) -> ParsedCopy | None:
        """The copy of a file or pair; None where it is refused as a whole.

        Raises:
            IntegrityError: what lies in staging is not what was kept.
            TransientError: staging did not answer.
        """
        folder = unit[0].staged
        if folder not in self._known:
            self._known[folder] = self._found(folder) or self._made(unit)
        return self._known[folder]

    def _found(self, folder: str) -> ParsedCopy | None:
        for name in self._staging.names(folder):
            if name.startswith(f"{_MARK}-{self._mark}-"):
                said = self._staging.read_json(folder, name)
                return ParsedCopy(self._staging, folder, said["rows"], said["rejected"], self._template.key)
        return None

    def _made(self, unit: Sequence[InboxFile]) -> ParsedCopy | None:
        """Parse a file whole; only then is there a copy, so that nobody reads half of one."""
        folder = unit[0].staged
        self._check(unit)
        # Another task may be making the same copy: each has names of its own, and any whole one will do.
        made = f"{self._mark}-{uuid.uuid4().hex}"
        copy = ParsedCopy(self._staging, folder, f"rows-{made}.parquet", f"rejected-{made}.parquet", self._template.key)
        try:
            self._write(unit, copy)
        except FileRefusedError as error:
            for name in (copy.rows, copy.rejected):
                self._staging.discard(folder, name)
            self._refused(unit, str(error))
            return None
        self._staging.write_json(folder, f"{_MARK}-{made}.json", {"rows": copy.rows, "rejected": copy.rejected})
        return copy

    def _write(self, unit: Sequence[InboxFile], copy: ParsedCopy) -> None:
        with ExitStack() as opened:
            sources: dict[str, BinaryIO] = {
                file.part: opened.enter_context(self._staging.open(file.staged, staged_name(file))) for file in unit
            }
            rows = self._writer(opened, copy, copy.rows, self._template.schema())
            rejected = self._writer(opened, copy, copy.rejected, _REJECTED)
            for page in read(self._template, sources):
                rows.write_table(page.rows)
                if page.rejected:
                    rejected.write_table(pa.Table.from_pylist([self._said(row) for row in page.rejected], _REJECTED))

    def _said(self, row: RejectedRow) -> dict[str, Any]:
        # A field that a file need not have, such as the company, may be blank in a key that is whole.
        needed = [value for name, value in zip(self._template.key, row.key, strict=True) if self._needs(name)]
        whole = any(row.key) and all(needed)
        return {"key": list(row.key), "reason": row.reason, "raw": row.raw, "whole": whole}

    def _needs(self, name: str) -> bool:
        return self._template.fields[name].required

    def _writer(self, opened: ExitStack, copy: ParsedCopy, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        sink = opened.enter_context(self._staging.create(copy.folder, name))
        return opened.enter_context(pq.ParquetWriter(sink, schema, compression="zstd", compression_level=1))

    def _check(self, unit: Sequence[InboxFile]) -> None:
        for file in unit:
            digest = sha256()
            with self._staging.open(file.staged, staged_name(file)) as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
            if digest.hexdigest() != file.sha256:
                raise IntegrityError(
                    f"our copy of {file.name} in {file.staged} is not what was taken in.",
                    f"Remove {file.staged} from staging; then 'airflow mlconnector files reread {file.id}' has it "
                    "taken in from the partner's folder again.",
                )
