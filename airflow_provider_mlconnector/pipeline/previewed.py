"""A preview's rows as the partner's files, in a scratch folder: mapped and formatted as the next run would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, cast

from airflow_provider_mlconnector.engine.previewing import Previewed
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.layout import Layout
from airflow_provider_mlconnector.formats.render import render
from airflow_provider_mlconnector.mapping.apply import Mapper


@dataclass(frozen=True)
class PreviewFiles:
    """What would be sent.

    Attributes:
        files: by name, their bytes.
        refused: keys and reasons of records that would become exceptions.
    """

    files: dict[str, bytes]
    refused: Sequence[tuple[str, str]]


def render_preview(previewed: Previewed, mapper: Mapper, layout: Layout, naming: FileNaming) -> PreviewFiles:
    """Map and format what a preview has found.

    Raises:
        ConfigurationError: mapping or layout don't fit.
    """
    reading = previewed.reading
    mapper.check(reading.bench.declaration.schema())
    keys: dict[bytes, str] = {}
    refused: list[tuple[str, str]] = []
    tables = []
    for part in reading.parts:
        rows = reading.staging.read_part(reading.folder, part)
        chunk = mapper.apply(rows)
        refused += [(record.key, record.reason) for record in chunk.rejected]
        keys |= dict(zip(rows["_key_hash"].to_pylist(), rows["_key"].to_pylist(), strict=True))
        tables.append(chunk.rows)
    written: dict[str, _Kept] = {}

    def open_file(name: str) -> BinaryIO:
        written[name] = _Kept()
        return cast("BinaryIO", written[name])

    result = render(layout, iter(table for table in tables if table.num_rows), naming, open_file)
    refused += [(keys[record.key_hash], f"{record.field} {record.reason}") for record in result.rejected]
    return PreviewFiles({name: file.kept for name, file in written.items()}, refused)


class _Kept(BytesIO):
    kept = b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()
