"""A preview's rows as the partner's files, in a scratch folder: mapped and formatted as the next run would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, cast

import pyarrow as pa

from airflow_provider_mlconnector.engine.previewing import Previewed
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.any_layout import AnyLayout
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers, render_edi
from airflow_provider_mlconnector.formats.edi.syntax import syntax_of
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.file_writer import OpenFile
from airflow_provider_mlconnector.formats.render import RenderResult, render
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


def render_preview(
    previewed: Previewed, mapper: Mapper, layout: AnyLayout, naming: FileNaming, profile: PartnerProfile | None = None
) -> PreviewFiles:
    """Map and format what a preview has found; an interchange has the numbers 1, since none is taken for it.

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

    mapped = iter([table for table in tables if table.num_rows])
    result = _rendered(layout, profile, mapped, naming, open_file)
    refused += [(keys[record.key_hash], f"{record.field} {record.reason}") for record in result.rejected]
    return PreviewFiles({name: file.kept for name, file in written.items()}, refused)


def encoding_of(layout: AnyLayout, profile: PartnerProfile | None) -> str:
    """The encoding of the files that a layout makes for a partner."""
    if isinstance(layout, EdiLayout):
        return syntax_of(profile).encoding if profile else "ascii"
    return layout.encoding


def _rendered(
    layout: AnyLayout,
    profile: PartnerProfile | None,
    mapped: Iterator[pa.Table],
    naming: FileNaming,
    open_file: OpenFile,
) -> RenderResult:
    if not isinstance(layout, EdiLayout):
        return render(layout, mapped, naming, open_file)
    if profile is None:
        raise ConfigurationError(f"a layout of format {layout.format} needs the trading partner's profile.")
    return render_edi(layout, profile, mapped, naming, ControlNumbers(1, 1, 1), open_file)


class _Kept(BytesIO):
    kept = b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()
