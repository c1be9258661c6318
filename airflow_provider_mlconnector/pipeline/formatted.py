"""Format: mapped rows become the partner's files, named and numbered, beside the batch."""

from __future__ import annotations

import gzip
import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.engine import failure_points, manifest
from airflow_provider_mlconnector.engine.context import LaneContext, fitting
from airflow_provider_mlconnector.engine.outputs import Output, OutputFile, Refused
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.formats.any_layout import AnyLayout
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.faults import RejectedRecord
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.file_writer import RenderedFile
from airflow_provider_mlconnector.formats.render import render
from airflow_provider_mlconnector.ledger import numbers
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.pipeline.interchange import Rendered, render_interchange
from airflow_provider_mlconnector.pipeline.mapped import Mapped, tables
from airflow_provider_mlconnector.staging.hashing import HashingWriter
from airflow_provider_mlconnector.staging.store import as_json
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH
from airflow_provider_mlconnector.streams.totals import ControlTotals

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FormatSettings:
    """How a batch becomes files.

    Attributes:
        layout: the declared layout.
        layout_fingerprint: of the layout's text, for the audit.
        zone: IANA time zone of the date in file names.
        company: of the lane, for file names and control records.
        period: the accounting period, likewise.
        compress: whether files are compressed with gzip.
        counter: the ledger's counter that sequence numbers come from.
        profile: the trading partner's, for X12 and EDIFACT.
    """

    layout: AnyLayout
    layout_fingerprint: str
    zone: str
    counter: str
    company: str = ""
    period: str = ""
    compress: bool = False
    profile: PartnerProfile | None = None


def format_batch(context: LaneContext, batch: Batch, mapped: Mapped, settings: FormatSettings) -> dict[str, Any]:
    """Render a batch; returns the reference for XCom: batch, folder, hash, file names.

    Raises:
        ConfigurationError: the layout does not fit the mapped fields.
        RejectedError: a record can't be written, and the layout says that the run stops for it.
        IntegrityError: something is damaged, or records were lost on the way.
    """
    if mapped.made_from != batch.manifest_sha256:
        raise IntegrityError(
            f"the mapped rows were not made from this run's batch {batch.id} as it is now.",
            "Clear this run's map task with its downstream tasks.",
        )
    naming = _naming(context, batch, settings)
    folder = context.staging.new_folder(str(context.name), "output")
    files = _Files(context, folder, compress=settings.compress)
    rendered = _rendered(context, batch, mapped, settings, naming, files)
    result = rendered.result
    refused, amounts = _refused(context, batch, result.rejected, settings)
    output = Output(
        made_from=batch.manifest_sha256,
        folder=folder,
        files=_listed(context, folder, mapped, settings, rendered, files),
        refused=[*mapped.refused, *refused],
        records=mapped.records - len(refused),
        totals=totals.to_json(totals.added(mapped.totals, totals.negative(amounts))),
        refused_totals=totals.to_json(totals.added(mapped.refused_totals, amounts)),
        fingerprints={**mapped.fingerprints, "layout": settings.layout_fingerprint},
    )
    _check(output, result.files)
    reference = {"batch": batch.id, "folder": folder, "sha256": output.write(context.staging)}
    failure_points.reach("formatted")
    shown = [{"name": file.name, "rows": file.rows, "bytes": file.size} for file in output.files]
    log.info("batch %d: %d records in %d files", batch.id, output.records, len(output.files))
    push = {**reference, "files": [], "file_count": len(shown), "refused": len(output.refused)}
    return {**push, "files": fitting(push, shown[:10])}


def _rendered(
    context: LaneContext, batch: Batch, mapped: Mapped, settings: FormatSettings, naming: FileNaming, files: _Files
) -> Rendered:
    if not isinstance(settings.layout, EdiLayout):
        return Rendered(render(settings.layout, tables(context, mapped), naming, files.open), None)
    if settings.profile is None:
        raise ConfigurationError(
            f"a layout of format {settings.layout.format} needs the trading partner's profile.",
            "Name its YAML file as the format step's `partner`.",
        )
    return render_interchange(
        context, batch, mapped, settings.layout, settings.profile, naming, files.open, files.folder
    )


def _naming(context: LaneContext, batch: Batch, settings: FormatSettings) -> FileNaming:
    sequence = 0
    if batch.rows or settings.layout.empty == "write":
        with context.ledger.write() as connection:
            sequence = numbers.allot(connection, settings.counter, batch.id, "file")
    made = batch.created_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(settings.zone)).replace(tzinfo=None)
    return FileNaming(
        flow=context.name.flow,
        stream=context.name.stream,
        date=made,
        sequence=sequence,
        company=settings.company,
        period=settings.period,
        run=context.actor.run_id,
    )


def layout_cause(fingerprint: str) -> str:
    """The cause of a record that no file could hold: gone as soon as the layout is another one."""
    return f"layout:{fingerprint[:16]}"


class _Files:
    """Opens the streams that the renderer writes to, and knows size and hash of each afterwards."""

    def __init__(self, context: LaneContext, folder: str, *, compress: bool) -> None:
        self._staging = context.staging
        self.folder = folder
        self._compress = compress
        self.written: dict[str, tuple[str, HashingWriter]] = {}

    def open(self, name: str) -> BinaryIO:
        """A stream for the file of this name."""
        staged = f"file-{len(self.written):05d}"
        writer = self._staging.writer(self.folder, staged)
        self.written[name] = (staged, writer)
        if self._compress:
            # No name and no time in the header, so that the same rows make the same bytes.
            return cast("BinaryIO", _Gzip(writer))
        return cast("BinaryIO", writer)


class _Gzip(gzip.GzipFile):
    def __init__(self, writer: HashingWriter) -> None:
        super().__init__(filename="", mode="wb", fileobj=cast("io.BufferedIOBase", writer), mtime=0, compresslevel=6)
        self._below = writer

    def close(self) -> None:
        super().close()
        self._below.close()


def _listed(
    context: LaneContext,
    folder: str,
    mapped: Mapped,
    settings: FormatSettings,
    rendered: Rendered,
    files: _Files,
) -> list[OutputFile]:
    many = len(rendered.result.files) > 1
    keys = _keys_by_group(context, mapped, settings.layout) if many else {}
    listed = []
    for position, file in enumerate(rendered.result.files):
        staged, writer = files.written[file.name]
        part = None
        if many:
            table = pa.table({KEY_HASH: pa.array(sorted(keys.get(file.group, ())), pa.binary(16))})
            part = as_json(context.staging.write_part(folder, f"keys-{position:05d}.parquet", table))
        listed.append(
            OutputFile(
                name=f"{file.name}.gz" if settings.compress else file.name,
                staged_name=staged,
                group=file.group,
                size=writer.size,
                sha256=writer.sha256,
                fingerprint=_fingerprint(file, context.actor.run_id),
                rows=file.rows,
                records=file.records,
                totals=totals.to_json(dict(file.totals)),
                keys_part=part,
                interchange=rendered.interchange,
            )
        )
    return listed


def _fingerprint(file: RenderedFile, run: str) -> str:
    """What tells a file from the lane's last one; without rows it tells of its run alone, and repeats no other."""
    held = f"{file.rows_sha256}:{file.key_hashes}" if file.rows else f"empty:{run}"
    return sha256(held.encode()).hexdigest()


def _keys_by_group(context: LaneContext, mapped: Mapped, layout: AnyLayout) -> dict[str, set[bytes]]:
    """Which records each group's file holds; one that is spread over several counts for all of them."""
    by = "" if isinstance(layout, EdiLayout) or layout.grouping is None else layout.grouping.by
    found: dict[str, set[bytes]] = {}
    for table in tables(context, mapped):
        groups = pc.fill_null(pc.cast(table[by], pa.string()), "").to_pylist()
        for group, key in zip(groups, table[KEY_HASH].to_pylist(), strict=True):
            found.setdefault(group, set()).add(key)
    return found


def _refused(
    context: LaneContext, batch: Batch, rejected: Sequence[RejectedRecord], settings: FormatSettings
) -> tuple[list[Refused], ControlTotals]:
    """The records that no file could hold, with their keys and amounts from the batch."""
    by_key: Mapping[bytes, RejectedRecord] = {record.key_hash: record for record in rejected}
    refused: list[Refused] = []
    amounts: ControlTotals = {}
    if not by_key:
        return refused, amounts
    declaration = manifest.declaration_of(context.staging, batch)
    wanted = pa.array(list(by_key), pa.binary(16))
    for rows in manifest.rows_of(context.staging, batch):
        chosen = rows.filter(pc.is_in(rows[KEY_HASH], value_set=wanted))
        amounts = totals.added(amounts, totals.of_rows(chosen, declaration.totals))
        for key, shown in zip(chosen[KEY_HASH].to_pylist(), chosen[KEY].to_pylist(), strict=True):
            record = by_key[key]
            cause = layout_cause(settings.layout_fingerprint)
            refused.append(Refused(key.hex(), shown, record.field, record.reason, cause))
    return refused, amounts


def _check(output: Output, rendered: Sequence[RenderedFile]) -> None:
    """Every record that was not refused is in a file; with several files, one may be in more than one."""
    held = sum(file.records for file in rendered)
    fits = held == output.records if len(rendered) < 2 else held >= output.records
    if not fits:
        raise IntegrityError(
            f"{output.records} records were to be written, {held} lie in the files of {output.folder}."
        )
