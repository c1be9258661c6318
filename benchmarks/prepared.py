"""Invoices made in memory beforehand, so that reading them costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page

NOW = datetime(2026, 4, 1, tzinfo=UTC)
_PER_SUPPLIER = 8
_KINDS = 4


class PreparedSource:
    """A source that hands out the pages it was given as its window, and holds nothing else."""

    def __init__(self, pages: Iterable[pa.Table]) -> None:
        self._pages = pages

    def clock(self) -> datetime:
        return NOW

    def window(self, low: str, high: str, clock: str | None) -> Iterator[Page]:  # noqa: ARG002 - the port's signature
        return (Page(rows) for rows in self._pages)

    def everything(self) -> Iterator[Page]:
        return iter(())

    def still_open(self) -> Iterator[Page]:
        return iter(())

    def deletions(self) -> None:
        return None

    def by_keys(self, keys: Sequence[Key]) -> Iterator[Page]:  # noqa: ARG002 - the port's signature
        return iter(())


def pages(declared: StreamDeclaration, numbers: range, size: int = 5000) -> Iterator[pa.Table]:
    """The invoices with these numbers, page by page in key order."""
    for start in range(0, len(numbers), size):
        yield _invoices(declared, numbers[start : start + size])


def _invoices(declared: StreamDeclaration, numbers: range) -> pa.Table:
    keys = {
        "Supplier": [f"{number // _PER_SUPPLIER:07d}" for number in numbers],
        "Invoice": [f"INV{number:09d}" for number in numbers],
    }
    count = pa.array(numbers, pa.int64())
    schema = declared.schema()
    columns = [pa.array(keys[field.name]) if field.name in keys else _column(field, count) for field in schema]
    return pa.table(columns, schema=schema)


def _column(field: pa.Field, count: pa.Array) -> pa.Array:
    """Numbers that differ from row to row; texts of a few kinds, as currencies are; one date for a whole window."""
    if pa.types.is_string(field.type):
        return pa.array([f"K{number % _KINDS}" for number in count.to_pylist()])
    if pa.types.is_timestamp(field.type):
        return pa.array([NOW.replace(tzinfo=None)] * len(count), field.type)
    if pa.types.is_decimal(field.type):
        wide = pc.cast(count, pa.decimal128(38, field.type.scale))
        return pc.cast(wide, field.type)
    return pc.cast(count, field.type)
