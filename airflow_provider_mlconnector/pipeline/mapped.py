"""Map: a batch's rows become the target's, part by part; what can't be mapped is set aside (with the freeze)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.engine import failure_points, manifest
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.manifest import Manifest
from airflow_provider_mlconnector.engine.outputs import Refused
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.staging.store import StagedFile
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import KEY_HASH
from airflow_provider_mlconnector.streams.totals import ControlTotals

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mapped:
    """What the map step made of a batch: parts of mapped rows, and refused records.

    Attributes:
        made_from: the SHA-256 of the batch's manifest.
        folder: where the parts lie.
        parts: the parts.
        refused: records that could not be mapped.
        records: how many records are in the parts.
        totals: control totals of those, of the source's amounts.
        refused_totals: the same of the refused ones.
        fingerprints: of the mapping.
    """

    made_from: str
    folder: str
    parts: Sequence[StagedFile]
    refused: Sequence[Refused]
    records: int
    totals: ControlTotals
    refused_totals: ControlTotals
    fingerprints: Mapping[str, str]


def standing_batch(context: LaneContext, batch_id: int | None) -> Batch | None:
    """The batch that this step works on, if there is work left: None where it is frozen, ended or superseded."""
    with context.ledger.write() as connection:
        batch = context.batch_of(connection, context.lock(connection), batch_id)
    return batch if batch and batch.state == batches.STAGED else None


def map_batch(context: LaneContext, batch: Batch, mapper: Mapper, fingerprint: str) -> dict[str, Any]:
    """Map a batch; returns the reference for XCom: batch, folder, hash and counts.

    Raises:
        ConfigurationError: the mapping does not fit the stream.
        RejectedError: a record can't be mapped, and the mapping says that the run stops for it.
        IntegrityError: the batch is damaged, or records were lost on the way.
    """
    declaration = manifest.declaration_of(context.staging, batch)
    mapper.check(declaration.schema())
    folder = context.staging.new_folder(str(context.name), "mapped")
    step = _MapStep(context, declaration, mapper, folder)
    for number, rows in enumerate(manifest.rows_of(context.staging, batch)):
        step.take(number, rows)
    step.check(batch)
    details = {
        "made_from": batch.manifest_sha256,
        "refused": [vars(record) for record in step.refused],
        "refused_totals": totals.to_json(step.refused_totals),
        "fingerprints": {"mapping": fingerprint},
    }
    made = Manifest(step.parts, step.records, totals.to_json(step.totals), details)
    sha256 = made.write(context.staging, folder)
    failure_points.reach("mapped")
    log.info("batch %d: %d records mapped, %d set aside", batch.id, step.records, len(step.refused))
    return {"batch": batch.id, "folder": folder, "sha256": sha256, "mapped": step.records, "refused": len(step.refused)}


def read_mapped(context: LaneContext, reference: Mapping[str, Any]) -> Mapped:
    """What a map step has left.

    Raises:
        IntegrityError: it is missing or damaged, or the step was only marked as successful.
    """
    if "folder" not in reference:
        raise IntegrityError(
            f"{context.name}: the map task of this run has left no result.",
            "Clear this run's map task with its downstream tasks.",
        )
    found = manifest.read(context.staging, reference["folder"], reference["sha256"])
    details: Mapping[str, Any] = found.details
    return Mapped(
        made_from=details["made_from"],
        folder=reference["folder"],
        parts=found.parts,
        refused=[Refused(**record) for record in details["refused"]],
        records=found.rows,
        totals=totals.from_json({key: str(value) for key, value in found.totals.items()}),
        refused_totals=totals.from_json(details["refused_totals"]),
        fingerprints=details["fingerprints"],
    )


def tables(context: LaneContext, mapped: Mapped) -> Iterator[pa.Table]:
    """The mapped rows, part by part."""
    for part in mapped.parts:
        yield context.staging.read_part(mapped.folder, part)


class _MapStep:
    def __init__(self, context: LaneContext, declaration: StreamDeclaration, mapper: Mapper, folder: str) -> None:
        self._staging = context.staging
        self._declaration = declaration
        self._mapper = mapper
        self._folder = folder
        self.parts: list[StagedFile] = []
        self.refused: list[Refused] = []
        self.records = 0
        self.totals: ControlTotals = {}
        self.refused_totals: ControlTotals = {}

    def take(self, number: int, rows: pa.Table) -> None:
        """Map one part."""
        chunk = self._mapper.apply(rows)
        self.refused += [
            Refused(record.key_hash.hex(), record.key, record.field, record.reason, record.cause)
            for record in chunk.rejected
        ]
        hashes = pa.array([record.key_hash for record in chunk.rejected], pa.binary(16))
        is_refused = pc.is_in(rows[KEY_HASH], value_set=hashes)
        kept = pc.is_in(rows[KEY_HASH], value_set=pc.unique(chunk.rows[KEY_HASH]))
        self.records += pc.sum(kept).as_py() or 0
        amount = self._declaration.totals
        self.totals = totals.added(self.totals, totals.of_rows(rows.filter(kept), amount))
        self.refused_totals = totals.added(self.refused_totals, totals.of_rows(rows.filter(is_refused), amount))
        if chunk.rows.num_rows:
            self.parts.append(self._staging.write_part(self._folder, f"mapped-{number:05d}.parquet", chunk.rows))

    def check(self, batch: Batch) -> None:
        """Records in are records out and records refused, and so are their amounts."""
        sums = totals.added(self.totals, self.refused_totals)
        if self.records + len(self.refused) == batch.rows and totals.equal(sums, totals.from_json(batch.totals)):
            return
        raise IntegrityError(
            f"batch {batch.id} has {batch.rows} records and totals {dict(batch.totals)}; {self.records} were mapped, "
            f"and {len(self.refused)} refused, with totals {totals.to_json(sums)}.",
            "A record of which the mapping makes no row is neither sent nor refused: correct the mapping.",
        )
