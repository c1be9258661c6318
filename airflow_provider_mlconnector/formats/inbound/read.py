"""Files read by their template: records in the declared schema, and the rows that could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.inbound.csv_shapes import flat_rows, typed_rows
from airflow_provider_mlconnector.formats.inbound.decoding import decoded, seekable
from airflow_provider_mlconnector.formats.inbound.header_line import joined_rows
from airflow_provider_mlconnector.formats.inbound.parts import in_parts
from airflow_provider_mlconnector.formats.inbound.records import records_of
from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.rows import Rows
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.formats.inbound.xml_rows import xml_rows
from airflow_provider_mlconnector.streams.source import Page

__all__ = ["FileRefusedError", "read"]

_ONE_FILE, _TWO_FILES = {""}, {"header", "lines"}


def read(template: Template, files: Mapping[str, BinaryIO], *, chunk_rows: int = 10_000) -> Iterator[Page]:
    """Read one file, or a header file with its lines.

    Everything is read before the first page comes: only then is it known that no key stands twice. What does not fit
    into memory waits in a temporary file without a name.

    Args:
        template: what the file looks like.
        files: the opened file under `""`; with `shape: header_line` two, under `header` and `lines`.
        chunk_rows: records of a page.

    Yields:
        Records in the template's schema, in the order of a file that fits into memory (of a larger one: in some
        order), and what could not be read: one rejected row for each record, or row without a key.

    Raises:
        FileRefusedError: the file as a whole is set aside; nothing of it has been given out.
    """
    for rows in _parts(template, files):
        records, rejected = records_of(rows, template)
        most = max(records.num_rows, len(rejected))
        for start in range(0, most, chunk_rows):
            yield Page(records.slice(start, chunk_rows), rejected[start : start + chunk_rows])


def _parts(template: Template, files: Mapping[str, BinaryIO]) -> Iterator[Rows]:
    expected = _TWO_FILES if template.shape == "header_line" else _ONE_FILE
    if set(files) != expected:
        shown = " and ".join(f"'{name}'" for name in sorted(expected))
        raise ConfigurationError(f"A template of shape {template.shape} reads files under the names {shown}.")
    if template.format == "xml":
        file = seekable(files[""])
        return in_parts(xml_rows(file.file, template), file.size)
    opened = {name: decoded(file, template.encodings) for name, file in files.items()}
    size = sum(file.size for file in opened.values())
    if template.shape == "header_line":
        return in_parts(joined_rows(opened["header"], opened["lines"], template), size)
    of_shape = typed_rows if template.shape == "typed_rows" else flat_rows
    return in_parts(of_shape(opened[""], template), size)
