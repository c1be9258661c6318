"""A batch's manifest, and its rows: what lies in its folder, held against its hash whenever it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.staging.store import StagedFile, Staging, as_json
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.totals import ControlTotals

NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a batch, or a step's output made from it, says of itself.

    Attributes:
        parts: its files.
        rows: how many records.
        totals: control totals per currency.
        details: what else there is to say: window, stream, lane.
    """

    parts: Sequence[StagedFile]
    rows: int
    totals: Mapping[str, object]
    details: Mapping[str, object]

    def write(self, staging: Staging, folder: str) -> str:
        """Put it into its folder; returns its SHA-256."""
        content = {
            "parts": [as_json(part) for part in self.parts],
            "rows": self.rows,
            "totals": dict(self.totals),
            **self.details,
        }
        return staging.write_json(folder, NAME, content)


def of_reading(parts: Sequence[StagedFile], rows: int, sums: ControlTotals, details: Mapping[str, object]) -> Manifest:
    """The manifest of what a poll has read."""
    return Manifest(parts, rows, totals.to_json(sums), details)


def read(staging: Staging, folder: str, sha256: str) -> Manifest:
    """Read a manifest.

    Raises:
        IntegrityError: it is missing or damaged.
    """
    content = staging.read_json(folder, NAME, sha256)
    parts = [StagedFile(**part) for part in content.pop("parts")]
    return Manifest(parts, content.pop("rows"), content.pop("totals"), content)


def rows_of(staging: Staging, batch: Batch) -> Iterator[pa.Table]:
    """A batch's rows, part by part.

    Raises:
        IntegrityError: a part is missing or damaged.
    """
    for part in read(staging, batch.folder, batch.manifest_sha256).parts:
        yield staging.read_part(batch.folder, part)


def declaration_of(staging: Staging, batch: Batch) -> StreamDeclaration:
    """The stream as it was declared when the batch was read; later steps go by it, whatever it has become since."""
    found = read(staging, batch.folder, batch.manifest_sha256)
    return StreamDeclaration.model_validate(found.details["declaration"])
