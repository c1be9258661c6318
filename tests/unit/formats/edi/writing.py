"""Renders rows as EDI files into memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers, render_edi
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.render import RenderResult

Row = Mapping[str, Any]
Rows = Sequence[Row]
NAMING = FileNaming(
    flow="erp_out", stream="ap", date=datetime(2026, 3, 31, 14, 5, 9, tzinfo=UTC), sequence=7, company="", period=""
)
FIRST = ControlNumbers(1, 1, 1)
X12 = {
    "partner": "acme",
    "standard": "x12",
    "us": {"id": "SENDERID", "qualifier": "ZZ"},
    "them": {"id": "RECEIVERID", "qualifier": "01"},
}
EDIFACT = {
    "partner": "acme",
    "standard": "edifact",
    "us": {"id": "US", "qualifier": "ZZZ"},
    "them": {"id": "THEM", "qualifier": "14"},
}


class _Kept(io.BytesIO):
    """A stream whose content outlives its closing."""

    kept = b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()


@dataclass
class Written:
    """What rendering made of some rows.

    Attributes:
        result: as the writer returns it.
        streams: what was opened, by name.
        notes: which set carries which record.
        keys: each row's key, by its hash.
    """

    result: RenderResult
    streams: dict[str, _Kept] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[bytes, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes of the only file; its stream must have been closed."""
        [stream] = self.streams.values()
        assert stream.closed
        return stream.kept

    @property
    def text(self) -> str:
        return self.content.decode("iso-8859-1")

    @property
    def refused(self) -> dict[str, tuple[str, str]]:
        """Field and reason, by the record's key."""
        return {self.keys[one.key_hash]: (one.field, one.reason) for one in self.result.rejected}

    @property
    def body(self) -> list[str]:
        """The segments between the envelopes of the interchange, of files with usual delimiters, without suffix."""
        if not self.streams:
            return []
        segments = self.text.split("~" if self.text.startswith("ISA") else "'")
        return segments[2:-3] if self.text.startswith("ISA") else segments[2:-2]


def hashed(key: str) -> bytes:
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()


def table_of(rows: Rows, types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """A table with key hashes; a row lacks what it doesn't name."""
    names = dict.fromkeys(name for row in rows for name in row)
    given = types or {}
    table = pa.table({name: pa.array([row.get(name) for row in rows], given.get(name)) for name in names})
    return table.append_column("_key_hash", pa.array([hashed(row["_key"]) for row in rows], pa.binary(16)))


def write(
    layout: Mapping[str, Any],
    profile: Mapping[str, Any],
    rows: Rows | Iterable[pa.Table],
    naming: FileNaming = NAMING,
    controls: ControlNumbers = FIRST,
) -> Written:
    """Render rows, or tables, by declarations as they would stand in YAML."""
    given = list(rows)
    tables = [each for each in given if isinstance(each, pa.Table)] if given else []
    if not tables and given:
        tables = [table_of(given)]
    streams: dict[str, _Kept] = {}
    notes: list[dict[str, Any]] = []

    def open_file(name: str) -> _Kept:
        assert name not in streams
        return streams.setdefault(name, _Kept())

    checked = EdiLayout.model_validate({"file_name": "out-{sequence:04d}", **layout})
    partner = PartnerProfile.model_validate(profile)
    result = render_edi(
        checked, partner, iter(tables), naming, controls, open_file, lambda table: notes.extend(table.to_pylist())
    )
    keys = {hashed(key): key for table in tables for key in table["_key"].to_pylist()}
    return Written(result, streams, notes, keys)
