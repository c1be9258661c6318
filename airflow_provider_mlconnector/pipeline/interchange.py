"""A batch as one EDI interchange: control numbers from the ledger, and a note of which set carries which record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.formats.chunks import ROWS, changes
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers, render_edi
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.file_writer import OpenFile
from airflow_provider_mlconnector.formats.render import RenderResult
from airflow_provider_mlconnector.ledger import numbers
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.pipeline.mapped import Mapped, tables
from airflow_provider_mlconnector.staging.store import StagedFile, Staging, as_json

_KINDS = ("interchange", "group", "set")
_SETS_NAME = "sets.parquet"
_SETS = pa.schema(
    [("control", pa.string()), ("position", pa.int64()), ("_key_hash", pa.binary(16)), ("_key", pa.string())]
)


@dataclass(frozen=True)
class Rendered:
    """What a batch became.

    Attributes:
        result: the file, and the records that it can't hold.
        interchange: what the ledger keeps of it until it is acknowledged; None where there is no file.
    """

    result: RenderResult
    interchange: Mapping[str, Any] | None


def render_interchange(
    context: LaneContext,
    batch: Batch,
    mapped: Mapped,
    layout: EdiLayout,
    profile: PartnerProfile,
    naming: FileNaming,
    open_file: OpenFile,
    folder: str,
) -> Rendered:
    """Render a batch for one partner; without records no number is taken, and no file made."""
    if not mapped.records:
        return Rendered(RenderResult([], []), None)
    controls = _allotted(context, batch, profile, _most_sets(context, layout, mapped))
    failure_points.reach("numbers_allotted")
    with _SetNotes(context.staging, folder) as notes:
        result = render_edi(layout, profile, tables(context, mapped), naming, controls, open_file, note_sets=notes.take)
    sets = result.files[0].documents if result.files else 0
    _give_back(context, batch, profile, sets, controls)
    failure_points.reach("numbers_returned")
    if not sets:
        return Rendered(result, None)
    return Rendered(result, _noted(layout, profile, controls, sets, notes.written()))


def _most_sets(context: LaneContext, layout: EdiLayout, mapped: Mapped) -> int:
    """How many sets there may be: one for each document, or as few as hold all rows."""
    declared = layout.declared()
    if declared.spans == "document":
        return sum(_documents(table, layout.document) for table in tables(context, mapped))
    rows = sum(part.rows for part in mapped.parts)
    return rows // declared.most_lines + rows // (ROWS // 2) + 1


def _documents(table: pa.Table, document: str) -> int:
    """How many documents begin in a part; the last of the part before may be counted twice."""
    if document not in table.schema.names or not table.num_rows:
        return int(table.num_rows)
    return 1 + int(pc.sum(changes(table[document].combine_chunks())).as_py() or 0)


def _allotted(context: LaneContext, batch: Batch, profile: PartnerProfile, sets: int) -> ControlNumbers:
    with context.ledger.write() as connection:
        firsts = [
            numbers.allot_block(connection, profile.counter(kind), batch.id, kind, sets if kind == "set" else 1)
            for kind in _used(profile)
        ]
    return ControlNumbers(firsts[0], firsts[1] if profile.standard == "x12" else 0, firsts[-1])


def _give_back(
    context: LaneContext, batch: Batch, profile: PartnerProfile, sets: int, controls: ControlNumbers
) -> None:
    firsts = {"interchange": controls.interchange, "group": controls.group, "set": controls.first_set}
    with context.ledger.write() as connection:
        for kind in _used(profile):
            used = sets if kind == "set" else min(sets, 1)
            numbers.give_back(connection, profile.counter(kind), batch.id, kind, used, firsts[kind])


def _used(profile: PartnerProfile) -> tuple[Any, ...]:
    return _KINDS if profile.standard == "x12" else ("interchange", "set")


def _noted(
    layout: EdiLayout, profile: PartnerProfile, controls: ControlNumbers, sets: int, part: StagedFile
) -> dict[str, Any]:
    declared, ranges, expected = layout.declared(), profile.controls, profile.acknowledgments
    x12 = profile.standard == "x12"
    return {
        "partner": profile.partner,
        "standard": profile.standard,
        "set": declared.set,
        "group_code": declared.group,
        "interchange": ranges.interchange.shown(controls.interchange),
        "group": ranges.group.shown(controls.group) if x12 else "",
        "test": profile.usage == "test",
        "sets": sets,
        "sets_part": as_json(part),
        "acknowledgment": None
        if expected is None
        else {
            "kinds": list(expected.kinds),
            "within_seconds": round(expected.within.total_seconds()),
            "lists_accepted": expected.lists_accepted,
            "receipt_accepts": expected.receipt_accepts,
        },
    }


class _SetNotes:
    """Writes which set carries which record, chunk by chunk; the file is made with the first."""

    def __init__(self, staging: Staging, folder: str) -> None:
        self._staging = staging
        self._folder = folder
        self._rows = 0
        self._open: tuple[Any, pq.ParquetWriter] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            below, writer = self._open
            writer.close()
            below.close()

    def take(self, table: pa.Table) -> None:
        """Some sets more."""
        if self._open is None:
            below = self._staging.writer(self._folder, _SETS_NAME)
            self._open = (below, pq.ParquetWriter(below, _SETS, compression="zstd"))
        self._open[1].write_table(table.cast(_SETS))
        self._rows += table.num_rows

    def written(self) -> StagedFile:
        """The finished file; there is one as soon as there was a set."""
        assert self._open is not None
        below, _ = self._open
        return StagedFile(_SETS_NAME, below.size, below.sha256, self._rows)
