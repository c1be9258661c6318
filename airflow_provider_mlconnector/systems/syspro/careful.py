"""Rows decoded one by one: slower, and every row that can't be read is set aside with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import cells
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm

_RAW_LENGTH = 2000


@dataclass(frozen=True)
class Decoded:
    """One decoded page.

    Attributes:
        page: its rows, and those set aside.
        count: rows as the server sent them.
        last: the last key that could be read, as text; None where there is none. An empty text stands for a null.
        trailing: how many rows came behind that one.
        next_link: where the server says that the next page lies; empty: nowhere.
        unknown: columns that came without having been declared.
    """

    page: Page
    count: int
    last: Key | None
    trailing: int = 0
    next_link: str = ""
    unknown: tuple[str, ...] = ()


def objects(body: bytes, what: str) -> tuple[list[Any], str]:
    """The rows of a JSON page with exact numbers, and its next link.

    Raises:
        TransientError: it is not such a page; a truncated answer looks like that, and asking again may help.
    """
    try:
        document = json.loads(body, parse_float=Decimal, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        document = None
    rows = document.get("value") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise TransientError(f"{what}: the answer is not a whole JSON page.", "Check the OData URL if it stays so.")
    link = document.get("@odata.nextLink")
    return rows, link if isinstance(link, str) else ""


def rows(given: Sequence[Any], read: TableRead, times: TimeForm, next_link: str = "") -> Decoded:
    """Decode rows one by one.

    Args:
        given: rows as mappings from column to value.
        read: the table and its declared columns.
        times: how times come.
        next_link: passed through.

    Raises:
        ConfigurationError: the table lacks a declared column: no row has it.
    """
    present = {name for row in given if isinstance(row, Mapping) for name in row}
    refuse_absent([name for name in read.columns if name not in present] if given else [], read.table)
    good: list[dict[str, Any]] = []
    rejected: list[RejectedRow] = []
    last: Key | None = None
    trailing = 0
    for row in given:
        values, problems = _read(row, read, times)
        key = tuple(cells.text(values[name], read.columns[name]) if name in values else "" for name in read.key)
        keyed = all(name in values for name in read.key)
        last, trailing = (key, 0) if keyed else (last, trailing + 1)
        if problems:
            rejected.append(RejectedRow(key, f"{read.table}: {'; '.join(problems)}", _raw(row)))
        else:
            good.append(values)
    table = pa.Table.from_pylist(good, schema=read.schema())
    unknown = tuple(sorted(name for name in present - set(read.columns) if "@" not in name))
    return Decoded(Page(table, tuple(rejected)), len(given), last, trailing, next_link, unknown)


def refuse_absent(absent: Sequence[str], table: str) -> None:
    """Raise where declared columns are missing in a whole page.

    Raises:
        ConfigurationError: at least one is.
    """
    if absent:
        raise ConfigurationError(
            f"Table {table} has no column {', '.join(absent)}.",
            "Correct the stream's declaration, or the table's name.",
        )


def _read(row: Any, read: TableRead, times: TimeForm) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(row, Mapping):
        return {}, ["the row is not an object"]
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, kind in read.columns.items():
        if name not in row:
            problems.append(f"column {name} is missing")
            continue
        try:
            value = cells.typed(row[name], kind, times)
            if value is None and name in read.key:
                raise cells.UnfitError("is null, and belongs to the key")
            values[name] = value
        except cells.UnfitError as error:
            problems.append(f"{name} {error}")
    return values, problems


def _raw(row: Any) -> str:
    return cells.keepable(json.dumps(row, default=str, ensure_ascii=False))[:_RAW_LENGTH]


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        row.update({name: cells.Twice() for name in set(names) if names.count(name) > 1})
    return row
