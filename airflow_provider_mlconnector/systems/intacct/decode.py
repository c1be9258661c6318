"""A page of XML as Arrow columns; where a column refuses a value, the page's rows are read one by one instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from airflow_provider_mlconnector.streams import cursor
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.source import RejectedRow
from airflow_provider_mlconnector.systems.intacct import cells, xml
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead, Place, Rows

_RAW_LENGTH = 2000
_AMERICAN_DAY = r"^(\d\d)/(\d\d)/(\d{4})$"
_AMERICAN_TIME = r"^(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)$"

Cells = Mapping[str, str | None]


class _NotColumnar(Exception):  # noqa: N818 - an answer of this module to itself
    """A value needs the careful decoder."""


def decode(data: etree._Element | None, read: ObjectRead, zone: str) -> Rows:
    """Decode the rows below a `<data>`.

    Args:
        data: the element; None holds no rows.
        read: the object and its declared columns.
        zone: IANA zone of naive times.
    """
    elements = [] if data is None else list(xml.children(data))
    given = [_cells(element) for element in elements]
    try:
        columns = [_column([row.get(name) for row in given], kind) for name, kind in read.columns.items()]
        table = pa.table(columns, schema=read.schema())
        if any(table[name].null_count for name in (RECORD, *read.key)):
            raise _NotColumnar
    except (pa.ArrowException, _NotColumnar):
        return _careful(given, elements, read, zone)
    return Rows(table, (), _places(table, read), len(given))


def _cells(row: etree._Element) -> dict[str, str | None]:
    return {xml.name(cell): cell.text for cell in row if isinstance(cell.tag, str)}


def _column(given: Sequence[str | None], kind: str) -> pa.Array:
    texts = pa.array([value or None for value in given], pa.string())
    if kind.startswith("string"):
        return texts
    if kind == "boolean":
        return _booleans(texts)
    bare = pc.utf8_trim_whitespace(texts)
    if kind == "date":
        return pc.cast(pc.replace_substring_regex(bare, _AMERICAN_DAY, r"\3-\1-\2"), pa.date32())
    if kind == "datetime":
        iso = pc.replace_substring_regex(bare, _AMERICAN_TIME, r"\3-\1-\2 \4")
        return pc.cast(pc.replace_substring_regex(iso, _AMERICAN_DAY, r"\3-\1-\2"), pa.timestamp("us"))
    if pc.any(pc.match_substring_regex(bare, "[eE_]")).as_py():
        raise _NotColumnar
    return pc.cast(bare, arrow_type(kind))


def _booleans(texts: pa.Array) -> pa.Array:
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    yes = pc.is_in(lowered, value_set=pa.array(cells.TRUE))
    no = pc.is_in(lowered, value_set=pa.array(cells.FALSE))
    if not pc.all(pc.or_(pc.or_(yes, no), pc.is_null(lowered)), min_count=0).as_py():
        raise _NotColumnar
    return pc.if_else(pc.is_null(lowered), pa.scalar(None, pa.bool_()), yes)


def _places(table: pa.Table, read: ObjectRead) -> tuple[Place | None, ...]:
    records = table[RECORD].to_pylist()
    if not read.order:
        return tuple((None, record) for record in records)
    return tuple(zip(cursor.texts(table[read.order]).to_pylist(), records, strict=True))


def _careful(given: Sequence[Cells], elements: Sequence[etree._Element], read: ObjectRead, zone: str) -> Rows:
    good: list[dict[str, Any]] = []
    rejected: list[RejectedRow] = []
    places: list[Place | None] = []
    for row, element in zip(given, elements, strict=True):
        values, problems = _row(row, read, zone)
        if problems:
            key = tuple(cells.shown(values.get(name), read.columns[name]) for name in read.key)
            rejected.append(RejectedRow(key, f"{read.name}: {'; '.join(problems)}", _raw(element)))
        else:
            good.append(values)
        places.append(_place(values, read))
    return Rows(pa.Table.from_pylist(good, schema=read.schema()), tuple(rejected), tuple(places), len(given))


def _place(values: Mapping[str, Any], read: ObjectRead) -> Place | None:
    """Where a row stands, also one of which another column can't be read."""
    record = values.get(RECORD)
    if record is None or (read.order and read.order not in values):
        return None
    value = values[read.order] if read.order else None
    shown = None if value is None else cursor.texts(pa.array([value], arrow_type(read.columns[read.order])))[0].as_py()
    return (shown, record)


def _row(row: Cells, read: ObjectRead, zone: str) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, kind in read.columns.items():
        try:
            value = cells.typed(row.get(name), kind, zone)
            if value is None and name in (RECORD, *read.key):
                raise cells.UnfitError("is empty, and belongs to the key")
            values[name] = value
        except cells.UnfitError as error:
            problems.append(f"{name} {error}")
    return values, problems


def _raw(row: etree._Element) -> str:
    return str(etree.tostring(row, encoding="unicode", with_tail=False))[:_RAW_LENGTH]
