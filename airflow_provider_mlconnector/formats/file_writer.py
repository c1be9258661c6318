"""One file being written: its records in their order, its size and its hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import BinaryIO, Self

from airflow_provider_mlconnector.formats.control import Tally
from airflow_provider_mlconnector.formats.encodings import encode, opening_bytes
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.layout import Layout
from airflow_provider_mlconnector.formats.record_lines import control_lines, titles

OpenFile = Callable[[str], BinaryIO]


@dataclass(frozen=True)
class RenderedFile:
    """One file that has been written.

    Attributes:
        name: its name.
        group: the value that its rows share; empty where rows aren't grouped into files.
        rows: rows of data in it, control records and document records not counted.
        records: records that the rows belong to.
        documents: document records in it.
        size: bytes.
        sha256: of all its bytes, in hexadecimal.
        rows_sha256: of the rows of data alone: two files with other dates and numbers in their control records are the
            same data.
        key_hashes: SHA-256 over the records' keys, whatever their order.
        totals: the control total of each currency; `""` where the layout names no currency.
    """

    name: str
    group: str
    rows: int
    records: int
    documents: int
    size: int
    sha256: str
    rows_sha256: str
    key_hashes: str
    totals: Mapping[str, Decimal]


class FileWriter:
    """Writes one file to a binary stream, which it closes.

    Args:
        layout: the file's layout.
        naming: the rendering's names, date and number.
        name: the file's name.
        group: the value that its rows share; empty where rows aren't grouped into files.
        open_file: opens the stream of a name.
    """

    def __init__(self, layout: Layout, naming: FileNaming, name: str, group: str, open_file: OpenFile) -> None:
        self._layout = layout
        self._naming = naming
        self._name = name
        self._group = group
        self._whole = hashlib.sha256()
        self._rows = hashlib.sha256()
        self._size = 0
        self._stream = open_file(name)

    def __enter__(self) -> Self:
        """The stream is open since the writer was made."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the stream."""
        self._stream.close()

    def begin(self, counted: Tally, lines: int) -> None:
        """Write what precedes the data.

        Args:
            counted: what the file will hold, as far as its header records tell it.
            lines: records of every kind that it will hold.
        """
        self._write(opening_bytes(self._layout.encoding))
        records = self._layout.header_records
        self._write_text(control_lines(self._layout, records, self._naming, self._group, counted, lines))
        self._write_text(titles(self._layout))

    def section(self, group: str, counted: Tally, lines: int, *, begins: bool) -> None:
        """Write the records before or after a group's rows."""
        grouping = self._layout.group
        if grouping is not None:
            records = grouping.header_records if begins else grouping.subtotal_records
            self._write_text(control_lines(self._layout, records, self._naming, group, counted, lines))

    def data(self, encoded: bytes | memoryview) -> None:
        """Write rows of data, already in the file's encoding."""
        self._rows.update(encoded)
        self._write(encoded)

    def end(self, counted: Tally, lines: int) -> RenderedFile:
        """Write what follows the data, and tell what has been written."""
        records = self._layout.trailer_records
        self._write_text(control_lines(self._layout, records, self._naming, self._group, counted, lines))
        return RenderedFile(
            name=self._name,
            group=self._group,
            rows=counted.rows,
            records=counted.records,
            documents=counted.documents,
            size=self._size,
            sha256=self._whole.hexdigest(),
            rows_sha256=self._rows.hexdigest(),
            key_hashes=counted.fingerprint(),
            totals=dict(counted.totals),
        )

    def _write_text(self, text: str) -> None:
        self._write(encode(memoryview(text.encode()), self._layout.encoding))

    def _write(self, encoded: bytes | memoryview) -> None:
        if len(encoded):
            self._stream.write(encoded)
            self._whole.update(encoded)
            self._size += len(encoded)
