"""Mapped tables become files: streamed chunk by chunk, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.chunks import whole_records
from airflow_provider_mlconnector.formats.control import Tally
from airflow_provider_mlconnector.formats.faults import RejectedRecord
from airflow_provider_mlconnector.formats.file_names import FileNaming, file_name, file_names
from airflow_provider_mlconnector.formats.file_writer import FileWriter, OpenFile, RenderedFile
from airflow_provider_mlconnector.formats.layout import Layout
from airflow_provider_mlconnector.formats.parts import Part, parts
from airflow_provider_mlconnector.formats.record_lines import count_lines, header_needs_counts
from airflow_provider_mlconnector.formats.spool import Spool
from airflow_provider_mlconnector.formats.texts import check_schema, document_field


@dataclass(frozen=True)
class RenderResult:
    """What a batch became.

    Attributes:
        files: the files, in the order of their groups; none where there was nothing to write.
        rejected: the records that no file holds.
    """

    files: list[RenderedFile]
    rejected: list[RejectedRecord]


def render(layout: Layout, tables: Iterator[pa.Table], naming: FileNaming, open_file: OpenFile) -> RenderResult:
    """Write a batch as one or several files.

    Args:
        layout: the declared layout.
        tables: mapped tables of one schema: the target's fields, and bookkeeping columns that begin with `_` and are
            not written, `_key_hash` among them. The rows of a record, or document, follow one another.
        naming: names, date and sequence for file names and control records.
        open_file: opens the binary stream of a file name; it is closed here, also after an error.

    Raises:
        ConfigurationError: the layout doesn't fit the data, or groups don't make file names.
        RejectedError: a record can't be written and the layout's policy is `error`, or a control record can't.
    """
    rejected: list[RejectedRecord] = []
    chunks = _chunks(layout, tables, rejected)
    if layout.grouping or header_needs_counts(layout):
        files = _from_spool(layout, chunks, naming, open_file)
    else:
        files = _streamed(layout, chunks, naming, open_file)
    return RenderResult(files, rejected)


def _chunks(layout: Layout, tables: Iterator[pa.Table], rejected: list[RejectedRecord]) -> Iterator[Part]:
    for chunk in whole_records(_checked(layout, tables), document_field(layout)):
        yield from parts(layout, chunk, rejected)


def _checked(layout: Layout, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    for place, table in enumerate(tables):
        if place == 0:
            check_schema(layout, table.schema)
        yield table


def _streamed(layout: Layout, chunks: Iterator[Part], naming: FileNaming, open_file: OpenFile) -> list[RenderedFile]:
    first = next(chunks, None)
    if first is None and layout.empty == "skip":
        return []
    counted = Tally()
    with FileWriter(layout, naming, file_name(layout.file_name, naming), "", open_file) as writer:
        writer.begin(counted, lines=0)
        while first is not None:
            writer.data(first.encoded)
            counted.add(first.counted)
            first = next(chunks, None)
        return [writer.end(counted, count_lines(layout, counted, []))]


def _from_spool(layout: Layout, chunks: Iterator[Part], naming: FileNaming, open_file: OpenFile) -> list[RenderedFile]:
    with Spool() as spool:
        counted = _spooled(layout, chunks, spool)
        if not counted and layout.empty == "skip":
            return []
        if layout.grouping is None or layout.grouping.into == "sections":
            name = file_name(layout.file_name, naming)
            return [_file(layout, FileWriter(layout, naming, name, "", open_file), counted, spool)]
        names = file_names(layout.file_name, naming, sorted(counted))
        return [
            _file(layout, FileWriter(layout, naming, name, group, open_file), {group: counted[group]}, spool)
            for group, name in names.items()
        ]


def _spooled(layout: Layout, chunks: Iterator[Part], spool: Spool) -> dict[str, Tally]:
    counted: dict[str, Tally] = {}
    for part in chunks:
        counted.setdefault(part.group, Tally()).add(part.counted)
        if layout.grouping and len(counted) > layout.grouping.max_groups:
            raise ConfigurationError(
                f"{layout.grouping.by} has more than {layout.grouping.max_groups} values, and each is a group.",
                "Group by another field, or map this one to fewer values.",
            )
        spool.append(part.group, part.encoded)
    return counted


def _file(layout: Layout, writer: FileWriter, groups: dict[str, Tally], spool: Spool) -> RenderedFile:
    whole = Tally()
    for counted in groups.values():
        whole.add(counted)
    lines = count_lines(layout, whole, list(groups.values()))
    with writer:
        writer.begin(whole, lines)
        for group in sorted(groups):
            writer.section(group, groups[group], lines, begins=True)
            for portion in spool.read(group):
                writer.data(portion)
            writer.section(group, groups[group], lines, begins=False)
        return writer.end(whole, lines)
