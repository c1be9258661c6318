"""COMFND, e.net's query over any table: the request document, and its rows as Arrow columns (sheet 2.4, recorded)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.source import Page
from airflow_provider_mlconnector.systems.syspro import careful, cells, xml
from airflow_provider_mlconnector.systems.syspro.careful import Decoded
from airflow_provider_mlconnector.systems.syspro.filters import Compare, Conjunction
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm

_ROOT = 'Query xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="COMFND.XSD"'
# SQL Server's datetime counts in steps of 1/300 s: .998 and above would round up into the next second.
_LAST_MILLISECOND = 997


def request(read: TableRead, alternatives: Sequence[Conjunction], rows: int) -> str:
    """The request document, in ASCII.

    Brackets are never nested: how COMFND reads nested ones is not known. `AndOr` stands in every expression, as in the
    recorded call.

    Args:
        read: table, columns and key; its own conditions are expected within the alternatives.
        alternatives: conditions of which one must hold; each holds when all of its comparisons do.
        rows: how many rows are wanted; the server does not keep to it exactly.
    """
    columns = "".join(f"<Column>{escape(name)}</Column>" for name in read.columns)
    order = "".join(f"<Column>{escape(name)}</Column>" for name in read.key)
    where = "".join(_bracketed(part, number, read) for number, part in enumerate(alternatives) if part)
    document = (
        f"{xml.PROLOG}<{_ROOT}><TableName>{escape(read.table)}</TableName><ReturnRows>{rows}</ReturnRows>"
        f"<Columns>{columns}</Columns>{f'<Where>{where}</Where>' if where else ''}<OrderBy>{order}</OrderBy></Query>"
    )
    return document.encode("ascii", "xmlcharrefreplace").decode("ascii")


def decode(root: etree._Element, read: TableRead, times: TimeForm) -> Decoded:
    """The rows of an answer.

    Raises:
        ConfigurationError: the table lacks a declared column.
    """
    given = _rows(root, read)
    if not given:
        return Decoded(Page(read.schema().empty_table()), 0, None)
    if all(len(row) == len(read.columns) for row in given):
        try:
            arrays = [_column([row[name] for row in given], kind) for name, kind in read.columns.items()]
        except pa.ArrowException:
            arrays = []
        table = pa.table(arrays, schema=read.schema()) if arrays else None
        if table is not None and not any(table[name].null_count for name in read.key):
            last = tuple(str(pc.cast(table[name].slice(len(given) - 1), pa.string())[0]) for name in read.key)
            return Decoded(Page(table), len(given), last)
    plain = [{name: _plain(text, read.columns[name]) for name, text in row.items()} for row in given]
    return careful.rows(plain, read, times)


def _bracketed(part: Conjunction, number: int, read: TableRead) -> str:
    shown = []
    for place, compare in enumerate(part):
        opening = "<OpenBracket>(</OpenBracket>" if place == 0 else ""
        closing = "<CloseBracket>)</CloseBracket>" if place == len(part) - 1 else ""
        word = "Or" if place == 0 and number else "And"
        shown.append(
            f"<Expression>{opening}<AndOr>{word}</AndOr><Column>{escape(compare.column)}</Column>"
            f"<Condition>{compare.op.upper()}</Condition><Value>{escape(_value(compare, read))}</Value>{closing}"
            "</Expression>"
        )
    return "".join(shown)


def _value(compare: Compare, read: TableRead) -> str:
    if compare.value is None:
        return ""
    if not cells.nullable(read.kind(compare.column)):
        return compare.value
    try:
        moment = datetime.fromisoformat(cells.moment_text(compare.value))
    except ValueError as error:
        raise ConfigurationError(f"Column {compare.column} is compared with a value that {error}.") from None
    if moment.time() == datetime.min.time():
        return moment.date().isoformat()
    whole = moment.replace(microsecond=0).isoformat()
    fraction = min(moment.microsecond // 1000, _LAST_MILLISECOND)
    return f"{whole}.{fraction:03}" if fraction else whole


def _rows(root: etree._Element, read: TableRead) -> list[dict[str, str]]:
    wanted = {name.lower(): name for name in read.columns}
    known: dict[str, str | None] = {}
    rows = []
    for element in root:
        if xml.name(element).lower() != "row":
            continue
        row = {}
        for cell in element:
            tag = str(cell.tag)
            if tag not in known:
                known[tag] = wanted.get(xml.name(cell).lower())
            column = known[tag]
            if column is not None:
                row[column] = cell.text or ""
        rows.append(row)
    return rows


def _column(texts: list[str], kind: str) -> pa.Array:
    column = pa.array(texts, pa.string())
    if kind.startswith("string"):
        return pc.utf8_rtrim(column, characters=" ")
    column = pc.utf8_trim(column, characters=" ")
    if kind == "boolean":
        raise pa.ArrowInvalid("flags are read one by one")
    if not cells.nullable(kind):
        return pc.cast(pc.replace_substring(column, ",", ""), arrow_type(kind))
    blank = pc.or_(pc.equal(column, ""), pc.starts_with(column, "0000-00-00"))
    moments = pc.cast(pc.if_else(blank, pa.scalar(None, pa.string()), column), pa.timestamp("us"))
    if kind == "datetime":
        return moments
    days = pc.cast(moments, pa.date32(), safe=False)
    if not pc.all(pc.equal(pc.cast(days, pa.timestamp("us")), moments), min_count=0).as_py():
        raise pa.ArrowInvalid("a date has a time of day")
    return days


def _plain(text: str, kind: str) -> str | None:
    if kind == "integer" or kind.startswith("decimal"):
        return xml.number(text)
    return xml.date(text) if cells.nullable(kind) else text
