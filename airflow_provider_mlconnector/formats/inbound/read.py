"""Files read by their template: records in the declared schema, and the rows that could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.streams.source import Page

__all__ = ["FileRefusedError", "read"]


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
    raise NotImplementedError
