"""Batches and mappings, in the form that the tests of this folder write them in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.mapping.apply import MappedChunk, Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping

Batch: TypeAlias = Callable[..., pa.Table]
Mapped: TypeAlias = Callable[..., MappedChunk]


def _batch(types: Mapping[str, pa.DataType], rows: Sequence[Sequence[Any]], keys: Sequence[str] = ()) -> pa.Table:
    keys = keys or [f"k{number}" for number in range(len(rows))]
    hashes = [hashlib.md5(key.encode(), usedforsecurity=False).digest() for key in keys]
    columns = {
        "_key": pa.array(keys, pa.string()),
        "_key_hash": pa.array(hashes, pa.binary(16)),
        "_version_hash": pa.array(hashes, pa.binary(16)),
    }
    for position, (name, kind) in enumerate(types.items()):
        columns[name] = pa.array([row[position] for row in rows], kind)
    return pa.table(columns)


@pytest.fixture
def batch() -> Batch:
    """A batch: the columns' types by name, and rows of plain values; keys are k0, k1 ... unless given."""
    return _batch


@pytest.fixture
def mapped() -> Mapped:
    """A mapping's text applied to a batch."""

    def apply(text: str, table: pa.Table, parameters: Mapping[str, str] | None = None) -> MappedChunk:
        return Mapper(load_mapping(text, "the mapping"), parameters or {}).apply(table)

    return apply


@pytest.fixture
def step() -> Callable[..., tuple[list[Any], list[str]]]:
    """One field's steps on one column: what comes out, and the reasons of the records that don't."""

    def run(rule: str, kind: pa.DataType, values: Sequence[Any], **more: tuple[pa.DataType, Sequence[Any]]) -> Any:
        types = {"A": kind} | {name: column[0] for name, column in more.items()}
        rows = list(zip(values, *(column[1] for column in more.values()), strict=True))
        chunk = Mapper(load_mapping(f"fields: {{T: {{from: A, {rule}}}}}")).apply(_batch(types, rows))
        return chunk.rows.column("T").to_pylist(), [record.reason for record in chunk.rejected]

    return run
