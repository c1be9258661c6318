"""Mapped rows become one interchange: streamed chunk by chunk, whatever the number of documents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Self

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.chunks import begins, unit_begins, whole_records
from airflow_provider_mlconnector.formats.control import Tally, tally
from airflow_provider_mlconnector.formats.edi.declaration import Standard, shipped
from airflow_provider_mlconnector.formats.edi.documents import Bodies, DocumentWriter
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.syntax import Syntax, syntax_of
from airflow_provider_mlconnector.formats.edifact.envelope import EdifactEnvelope
from airflow_provider_mlconnector.formats.encodings import encode
from airflow_provider_mlconnector.formats.faults import Faults, RejectedRecord
from airflow_provider_mlconnector.formats.file_names import FileNaming, file_name
from airflow_provider_mlconnector.formats.file_writer import OpenFile, RenderedFile
from airflow_provider_mlconnector.formats.parts import called
from airflow_provider_mlconnector.formats.render import RenderResult
from airflow_provider_mlconnector.formats.strings import content, repeated
from airflow_provider_mlconnector.formats.x12.envelope import X12Envelope

NoteSets = Callable[[pa.Table], None]


@dataclass(frozen=True)
class ControlNumbers:
    """The ledger's numbers of one file.

    Attributes:
        interchange: of the interchange.
        group: of the group; unused in EDIFACT.
        first_set: of the first set; those that follow have the next ones.
    """

    interchange: int
    group: int
    first_set: int


def render_edi(
    layout: EdiLayout,
    profile: PartnerProfile,
    tables: Iterator[pa.Table],
    naming: FileNaming,
    controls: ControlNumbers,
    open_file: OpenFile,
    note_sets: NoteSets = lambda _table: None,
) -> RenderResult:
    """Write a batch as one interchange; none where there is nothing to send.

    Args:
        layout: the declared layout.
        profile: the partner.
        tables: mapped tables of one schema, with `_key_hash` and `_key`; rows of a document follow one another.
        naming: names, date and sequence.
        controls: the control numbers.
        open_file: opens the binary stream of a file name; it is closed here, also after an error.
        note_sets: takes, chunk by chunk, which set carries which record: `control`, `position`, `_key_hash`, `_key`.

    Raises:
        ConfigurationError: layout, profile and data don't fit each other.
        RejectedError: a record can't be written and the layout's policy is `error`.
    """
    if layout.format != profile.standard:
        raise ConfigurationError(
            f"partner {profile.partner} takes {profile.standard}, and the layout is {layout.format}."
        )
    syntax = syntax_of(profile)
    _check_constants(layout, syntax)
    writer = DocumentWriter(layout, layout.declared(), profile, syntax, naming)
    rejected: list[RejectedRecord] = []
    with _Interchange(writer, controls, open_file, note_sets) as interchange:
        chunks = whole_records(_checked(layout, tables), layout.document)
        if not layout.document:
            chunks = _of_sets(chunks, layout.declared().most_lines)
        for rows in chunks:
            interchange.take(rows, rejected)
        files = interchange.end()
    return RenderResult(files, rejected)


def _of_sets(chunks: Iterator[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
    """Chunks of as many rows as a set may have, so that sets don't depend on how the rows came."""
    held: list[pa.RecordBatch] = []
    for chunk in chunks:
        table = pa.Table.from_batches([*held, chunk]).combine_chunks()
        whole = table.num_rows - table.num_rows % most
        for at in range(0, whole, most):
            yield from table.slice(at, most).to_batches()
        held = table.slice(whole).to_batches()
    yield from held


def _check_constants(layout: EdiLayout, syntax: Syntax) -> None:
    for use in layout.declared().uses():
        for _, _, value in use.placed():
            if value.text and not syntax.held.issuperset(value.text):
                said = f"{use.called}: '{value.text}' holds a character that the partner's files can't hold."
                raise ConfigurationError(layout.say("set", said))


def _checked(layout: EdiLayout, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    for place, table in enumerate(tables):
        if place == 0:
            _check_schema(layout, table.schema)
        yield table


def _check_schema(layout: EdiLayout, schema: pa.Schema) -> None:
    declared = layout.declared()
    known = {name for name in schema.names if not name.startswith("_")}
    taken = (
        declared.fields()
        | {layout.document}
        | ({layout.totals.amount, layout.totals.currency} if layout.totals else set())
    )
    if unknown := known - taken:
        raise ConfigurationError(
            layout.say("set", f"set {declared.set} has no place for {', '.join(sorted(unknown))}."),
            f"What fits these data: {', '.join(_fitting(known))}. Or leave those fields out of the mapping, or add a "
            f"segment; the set takes {', '.join(sorted(declared.fields()))}.",
        )
    wanted = {layout.document} | ({layout.totals.amount, layout.totals.currency} if layout.totals else set())
    if missing := wanted - {""} - known:
        raise ConfigurationError(layout.say("document", f"the data don't have {min(missing)}."))
    if schema.field("_key_hash").type != pa.binary(16):
        raise ConfigurationError("_key_hash must be 16 bytes wide.")


def _fitting(fields: Collection[str]) -> list[str]:
    """The formats that have a place for all these fields."""
    standards: tuple[Standard, ...] = ("x12", "edifact")
    sets = [one for standard in standards for one in shipped(standard).values() if one.fields().issuperset(fields)]
    return ["csv", "fixed_width", *(f"{one.standard} {one.set}" for one in sets)]


@dataclass
class _Interchange:
    """One file, opened with its first document.

    Args:
        writer: makes the sets' bodies.
        controls: the control numbers.
        open_file: opens the stream.
        note_sets: told which set carries which record.
    """

    writer: DocumentWriter
    controls: ControlNumbers
    open_file: OpenFile
    note_sets: NoteSets
    _stream: BinaryIO | None = None
    _sets: int = 0
    _size: int = 0
    _counted: Tally = field(default_factory=Tally)

    def __enter__(self) -> Self:
        """Nothing is opened before there is something to write."""
        ranges = self.writer.profile.controls
        self._name = file_name(self.writer.layout.file_name, self.writer.naming)
        self._whole, self._rows = hashlib.sha256(), hashlib.sha256()
        self._interchange = ranges.interchange.shown(self.controls.interchange)
        self._group = ranges.group.shown(self.controls.group)
        self._envelope = self._made_envelope()
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the stream."""
        if self._stream is not None:
            self._stream.close()

    def take(self, rows: pa.RecordBatch, rejected: list[RejectedRecord]) -> None:
        """Write a chunk of whole documents, without those that can't be written."""
        faults = Faults(partial(called, rows), self.writer.layout.unrenderable, self.writer.layout.unrenderable)
        bodies = self.writer.bodies(rows, faults)
        if faults.found:
            units = unit_begins(rows, self.writer.layout.document)
            stays, gone = faults.rejected(units, rows.column("_key_hash"))
            rejected.extend(gone)
            rows = rows.filter(stays)
            if not rows.num_rows:
                return
            bodies = self.writer.bodies(rows, Faults(partial(called, rows), "error", "error"))
        if rows.num_rows:
            self._write_sets(rows, bodies)

    def end(self) -> list[RenderedFile]:
        """Write what closes the interchange, and tell what has been written."""
        if self._stream is None:
            return []
        self._write(self._envelope.closing(self._sets).encode(self.writer.syntax.encoding))
        counted = self._counted
        return [
            RenderedFile(
                name=self._name,
                group="",
                rows=counted.rows,
                records=counted.records,
                documents=self._sets,
                size=self._size,
                sha256=self._whole.hexdigest(),
                rows_sha256=self._rows.hexdigest(),
                key_hashes=counted.fingerprint(),
                totals=dict(counted.totals),
            )
        ]

    def _write_sets(self, rows: pa.RecordBatch, bodies: Bodies) -> None:
        if self._stream is None:
            self._stream = self.open_file(self._name)
            self._write(self._envelope.opening().encode(self.writer.syntax.encoding))
        many, numbered = len(bodies.texts), self.writer.profile.controls.set
        if self._sets + many > numbered.last - numbered.first + 1:
            raise ConfigurationError(
                f"One interchange holds more sets than partner {self.writer.profile.partner} has control numbers.",
                "Widen the range controls.set.",
            )
        numbers = [numbered.shown(self.controls.first_set + self._sets + place) for place in range(many)]
        texts = pa.array(numbers, pa.string())
        self._rows.update(content(bodies.told))
        wrapped = self._envelope.wrapped(bodies.texts, bodies.segments, texts)
        self._write(encode(content(wrapped), self.writer.syntax.encoding))
        self._note(rows, bodies, texts)
        groups = repeated("", rows.num_rows)
        self._counted.add(tally(rows, groups, self.writer.layout.totals, bodies.structure.begins_document)[""])
        self._sets += many

    def _note(self, rows: pa.RecordBatch, bodies: Bodies, controls: pa.StringArray) -> None:
        first = pc.or_(_records(rows), bodies.structure.begins_document)
        of_record = bodies.structure.document_of_row.filter(first)
        keys = rows.column("_key").filter(first) if "_key" in rows.schema.names else repeated("", len(of_record))
        self.note_sets(
            pa.table(
                {
                    "control": controls.take(of_record),
                    "position": pc.add(of_record, self._sets + 1),
                    "_key_hash": rows.column("_key_hash").filter(first),
                    "_key": keys,
                }
            )
        )

    def _made_envelope(self) -> X12Envelope | EdifactEnvelope:
        writer = self.writer
        common = (writer.profile, writer.syntax, writer.declaration, writer.naming.date, self._interchange)
        return X12Envelope(*common, self._group) if writer.syntax.standard == "x12" else EdifactEnvelope(*common)

    def _write(self, encoded: bytes | memoryview) -> None:
        assert self._stream is not None
        self._stream.write(encoded)
        self._whole.update(encoded)
        self._size += len(encoded)


def _records(rows: pa.RecordBatch) -> pa.BooleanArray:
    return begins(rows.column("_key_hash"))
