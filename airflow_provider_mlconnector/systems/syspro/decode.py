"""A page of JSON as Arrow columns: exact decimals straight from the bytes, without Python objects in between.

Where Arrow refuses a page, or finds nulls where none may be, or a NUL is escaped in it, the page is decoded once more
row by row.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.source import Key, Page
from airflow_provider_mlconnector.systems.syspro import careful, cells
from airflow_provider_mlconnector.systems.syspro.careful import Decoded
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm

# Two patterns that each begin with one fixed byte: ten times as fast as one that begins with either.
_OFFSETS = tuple(re.compile(mark + rb"\d\d:\d\d[\d:.]*[+-]\d\d:\d\d\"") for mark in (b"T", b" "))
_SUFFIX = r"(?:[Zz]|[+-]\d\d:\d\d)$"
_END = re.compile(r"\s*\]\s*\}\s*")
_FIRST_ROW = re.compile(rb"\"value\"\s*:\s*\[\s*")
_LONGEST_ROW = 65_536
_NEXT = "@odata.nextLink"
_NUL = rb"\u0000"
_INTEGER = pa.decimal128(19, 0)


class _NotColumnar(Exception):  # noqa: N818 - an answer of this module to itself
    """The page needs the careful decoder."""


def decode(body: bytes, read: TableRead, times: TimeForm) -> Decoded:
    """Decode one page.

    Args:
        body: the JSON document `{"value": [...]}`.
        read: the table and its declared columns.
        times: how times come.

    Raises:
        TransientError: not a whole JSON page; asking again may help.
        ConfigurationError: the table lacks a declared column.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise TransientError(f"OData {read.table}: the answer is not UTF-8.", "Ask again.") from None
    try:
        return _columnar(body, read, times)
    except (pa.ArrowException, _NotColumnar):
        given, next_link = careful.objects(body, f"OData {read.table}")
    return careful.rows(given, read, times, next_link)


def peek(body: bytes, read: TableRead, times: TimeForm) -> Key | None:
    """The last row's key, read from the end of the page; None where that is not certain.

    Quotes within a JSON string are escaped, so the last brace before a row can't be taken from within a text.
    """
    start = body.rfind(b"{")
    if start <= 0:
        return None
    try:
        tail = body[start:].decode("utf-8")
        row, end = json.JSONDecoder(parse_float=Decimal).raw_decode(tail)
        if not isinstance(row, Mapping) or not _END.fullmatch(tail, end):
            return None
        values = [cells.typed(row.get(name), read.columns[name], times) for name in read.key]
    except (ValueError, RecursionError):
        return None
    if any(value is None for value in values):
        return None
    return tuple(cells.text(value, read.columns[name]) for name, value in zip(read.key, values, strict=True))


def _columnar(body: bytes, read: TableRead, times: TimeForm) -> Decoded:
    if _NUL in body:
        raise _NotColumnar
    as_text = not times.suffix_is_local or any(offset.search(body) for offset in _OFFSETS)
    page = _parsed(body, read, as_text)
    table = pa.Table.from_struct_array(page["value"].combine_chunks().flatten())
    _check_presence(body, table, read)
    columns = [_converted(table[name], kind, times) for name, kind in read.columns.items()]
    rows = pa.table(columns, schema=read.schema())
    last = tuple(_last(rows[name]) for name in read.key) if rows.num_rows else None
    link = page[_NEXT][0].as_py() or ""
    return Decoded(Page(rows), rows.num_rows, last, next_link=link, unknown=_unknown(body, read))


def _parsed(body: bytes, read: TableRead, as_text: bool) -> pa.Table:  # noqa: FBT001
    row = pa.struct([pa.field(name, _wire_type(kind, as_text)) for name, kind in read.columns.items()])
    if body.lstrip()[:1] != b"{":
        # Arrow crashes on a document that is null.
        raise _NotColumnar
    page = pj.read_json(
        io.BytesIO(body),
        read_options=pj.ReadOptions(block_size=len(body) + 16, use_threads=False),
        parse_options=pj.ParseOptions(
            newlines_in_values=True,
            explicit_schema=pa.schema([("value", pa.list_(row)), (_NEXT, pa.string())]),
            # Guessing the types of further columns would follow any depth of nesting, down to a crash.
            unexpected_field_behavior="ignore",
        ),
    )
    if page.num_rows != 1 or page["value"].null_count:
        raise _NotColumnar
    return page


def _unknown(body: bytes, read: TableRead) -> tuple[str, ...]:
    begin = _FIRST_ROW.search(body)
    if begin is None:
        return ()
    text = body[begin.end() : begin.end() + _LONGEST_ROW].decode("utf-8", "ignore")
    try:
        row, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(sorted(name for name in row if name not in read.columns and "@" not in name))


def _wire_type(kind: str, as_text: bool) -> pa.DataType:  # noqa: FBT001
    if kind == "integer":
        # Whole numbers may come as text (IEEE754Compatible) or with a decimal point, which Arrow's integers refuse.
        return _INTEGER
    if cells.nullable(kind):
        return pa.string() if as_text else pa.timestamp("us")
    return arrow_type(kind)


def _check_presence(body: bytes, table: pa.Table, read: TableRead) -> None:
    absent = []
    for name, kind in read.columns.items():
        nulls = table[name].null_count
        if not nulls:
            continue
        told = body.count(b'"%s"' % name.encode())
        if told == 0:
            absent.append(name)
        elif told < table.num_rows or not cells.nullable(kind) or name in read.key:
            raise _NotColumnar
    careful.refuse_absent(absent, read.table)


def _converted(column: pa.ChunkedArray, kind: str, times: TimeForm) -> pa.ChunkedArray:
    if kind.startswith("string"):
        return pc.utf8_rtrim(column, characters=" ")
    if kind == "integer":
        return pc.cast(column, pa.int64())
    if not cells.nullable(kind):
        return column
    moments = _moments(column, times) if pa.types.is_string(column.type) else column
    return moments if kind == "datetime" else _days(moments)


def _moments(column: pa.ChunkedArray, times: TimeForm) -> pa.ChunkedArray:
    if times.suffix_is_local:
        return pc.cast(pc.replace_substring_regex(column, _SUFFIX, ""), pa.timestamp("us"))
    zoned = pc.match_substring_regex(column, _SUFFIX)
    if not pc.any(zoned).as_py():
        return pc.cast(column, pa.timestamp("us"))
    if not pc.all(zoned).as_py():
        raise _NotColumnar
    instants = pc.cast(column, pa.timestamp("us", "UTC"))
    return pc.local_timestamp(pc.cast(instants, pa.timestamp("us", times.zone)))


def _days(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    days = pc.cast(moments, pa.date32(), safe=False)
    if not pc.all(pc.equal(pc.cast(days, pa.timestamp("us")), moments), min_count=0).as_py():
        raise _NotColumnar
    return days


def _last(column: pa.ChunkedArray) -> str:
    return str(pc.cast(column.slice(len(column) - 1), pa.string())[0].as_py())
