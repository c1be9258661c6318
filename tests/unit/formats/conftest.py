"""Renders tables by a layout written as YAML, into memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.formats.render import RenderResult, render

NAMING = FileNaming(
    flow="erp_out",
    stream="ap",
    date=datetime(2026, 3, 31, 14, 5, 9, tzinfo=UTC),
    sequence=7,
    company="EDU1",
    period="2026-03",
)


class _Kept(io.BytesIO):
    """A stream whose content outlives its closing."""

    kept = b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()


@dataclass
class Rendering:
    """The result and the streams by name."""

    result: RenderResult
    streams: dict[str, _Kept] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return list(self.streams)

    def content(self, name: str = "") -> bytes:
        """The bytes of a file, or of the only one; its stream must have been closed."""
        (stream,) = [self.streams[name]] if name else self.streams.values()
        assert stream.closed
        return stream.kept

    def text(self, name: str = "", encoding: str = "utf-8") -> str:
        return self.content(name).decode(encoding)


def keyed(columns: dict[str, Any], keys: Sequence[Any] | None = None) -> pa.Table:
    """A table with key hashes; every row is a record of its own unless keys say otherwise."""
    table = pa.table(columns)
    named = [str(key) for key in (range(table.num_rows) if keys is None else keys)]
    table = table.append_column("_key", pa.array(named, pa.string()))
    hashes = [hashlib.md5(name.encode(), usedforsecurity=False).digest() for name in named]
    return table.append_column("_key_hash", pa.array(hashes, pa.binary(16)))


@pytest.fixture(scope="session")
def make_table() -> Callable[..., pa.Table]:
    return keyed


@pytest.fixture(scope="session")
def rendering() -> Callable[..., Rendering]:
    """Render a layout's YAML; a `file_name` is put in where it has none."""

    def run(layout: str, *tables: pa.Table, naming: FileNaming = NAMING) -> Rendering:
        name = "" if "file_name:" in layout else "file_name: 'out-{sequence:04d}.txt'\n"
        streams: dict[str, _Kept] = {}

        def open_file(name: str) -> _Kept:
            assert name not in streams
            return streams.setdefault(name, _Kept())

        given: Iterable[pa.Table] = tables
        return Rendering(render(load_layout(name + layout, "layout"), iter(given), naming, open_file), streams)

    return run
