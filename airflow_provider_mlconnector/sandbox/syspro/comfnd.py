"""COMFND, COMFCH and COMBRW: e.net's generic reads over the same tables (SYSPRO sheet 2.4).

Recorded: the layouts, padded numbers and null dates. Invented: error numbers other than 240004 and all their texts,
the default number of rows, and that rows come in key order where no order is asked for.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.columns import Column, TableSchema, Value, moment
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.predicates import (
    Both,
    Compare,
    Either,
    Negated,
    Node,
    rewritten,
)
from airflow_provider_mlconnector.sandbox.syspro.rendering import PADDED, Renderer, Style
from airflow_provider_mlconnector.sandbox.syspro.table import Hit, Table

_CONDITIONS = {"EQ", "NE", "GT", "GE", "LT", "LE", "LIKE"}
_BROWSES = {"Suppliers": "ApSupplier", "StockCodes": "InvMaster", "Customers": "ArCustomer", "GlCodes": "GenMaster"}
_UNKNOWN = "100019"


class RefusedError(ValueError):
    """A query that is answered with an error triple.

    Args:
        element: the element that is wrong.
        value: what it held.
        description: why.
        number: the error's number.
    """

    def __init__(self, element: str, value: str, description: str, number: str = _UNKNOWN) -> None:
        super().__init__(description)
        self.triple = xml.error(element, value, number, description)


class GenericReads:
    """The generic queries.

    Args:
        company: whose tables.
        most_rows: rows that COMFND gives at most.
    """

    def __init__(self, company: Company, most_rows: int = 5000) -> None:
        self._company, self._most = company, most_rows
        self._renderer = lru_cache(maxsize=64)(self._new_renderer)

    def _new_renderer(self, table: str, columns: tuple[str, ...], padding: str) -> Renderer:
        return Renderer(self._company.tables[table], columns, Style("xml", padding=padding))

    def _table(self, name: str) -> Table:
        table = self._company.tables.get(name)
        if table is None:
            raise RefusedError("TableName", name, f"Table '{name}' not found")
        return table

    def find(self, query: Any, padding: str = "zero") -> tuple[str, int]:
        """COMFND: rows of a table; returns the answer and its number of rows."""
        name = xml.field(query, "TableName")
        try:
            table = self._table(name)
            columns = self._columns(query, table.schema)
            condition = read_where(query, table.schema)
            order = [_column(each.text or "", table.schema).name for each in query.findall("OrderBy/Column")]
            hits = self._hits(table, condition, order, xml.field(query, "ReturnRows"))
        except RefusedError as refused:
            return xml.document(name or "Query", refused.triple, "8.0.053"), 0
        rows = self._renderer(name, columns, padding).texts(hits)
        header = "".join(f"<Column>{column}</Column>" for column in columns)
        ordered = "".join(f"<Column>{column}</Column>" for column in order)
        details = f"<TableName>{name}</TableName>\n<Columns>{header}</Columns>\n<OrderBy>{ordered}</OrderBy>"
        inner = [f"<HeaderDetails>\n{details}\n</HeaderDetails>", *rows, f"<RowsReturned>{len(rows):>8}</RowsReturned>"]
        return xml.document(name, "\n".join(inner), "8.0.053"), len(rows)

    def _columns(self, query: Any, schema: TableSchema) -> tuple[str, ...]:
        named = [(each.text or "").strip() for each in query.findall("Columns/Column")]
        for name in named:
            _column(name, schema)
        return tuple(name for name in named or schema.by_name if name != "TimeStamp")

    def _hits(self, table: Table, condition: Node | None, order: list[str], rows: str) -> list[Hit]:
        if rows and not rows.isdigit():
            raise RefusedError("ReturnRows", rows, "XML element 'returnrows' must be numeric", "100031")
        limit = min(int(rows or 0) or self._most, self._most)
        found = table.hits(condition)
        key = list(table.schema.key)
        if order[: len(key)] != key[: len(order)]:
            whole = list(found)
            for name in reversed(order):
                whole.sort(key=lambda hit: ((value := table.row(hit)[name]) is not None, value))
            found = iter(whole)
        return list(islice(found, limit))

    def fetch(self, query: Any, padding: str = "zero") -> tuple[str, int]:
        """COMFCH: one row by its whole key, all columns."""
        name = xml.field(query, "TableName")
        given = [xml.field(query, "Key"), *(xml.field(query, f"OptionalKey{place}") for place in range(1, 13))]
        try:
            schema = self._table(name).schema
            parts = zip(schema.key, given, strict=False)
            conditions = [Compare(column, "eq", literal(schema.by_name[column], text)) for column, text in parts]
            condition = rewritten(Both(tuple(conditions)), PADDED)
            hit = next(self._table(name).hits(condition), None)
            if hit is None:
                raise RefusedError("Key", given[0], f"{name} '{given[0]}' not found", "240004")
        except RefusedError as refused:
            return xml.document(name or "Fetch", refused.triple, "8.0.035"), 0
        columns = tuple(column.name for column in schema.columns if column.name != "TimeStamp")
        cells = self._renderer(name, columns, padding).cells(hit)
        inner = "\n".join(f"<{column}>{text}</{column}>" for column, text in cells.items())
        return xml.document(name, inner, "8.0.035"), 1

    def browse(self, query: Any) -> tuple[str, int]:
        """COMBRW: a page of one of a few browses, by the table's key; gives a few rows more than asked for."""
        browse = xml.field(query, "BrowseName")
        name = _BROWSES.get(browse, browse)
        start = xml.field(query, "StartAtKey")
        try:
            table = self._table(name)
        except RefusedError as refused:
            return xml.document("Browse", refused.triple, "8.0.038"), 0
        key = table.schema.key[-1]
        wanted = int(xml.field(query, "ReturnRows") or 30) + 10
        after = "gt" if xml.field(query, "StartCondition") == "GR" else "ge"
        hits = list(islice(table.hits(Compare(key, after, start) if start else None), wanted))
        columns = table.schema.columns[:5]
        cells = [self._renderer(name, tuple(column.name for column in columns), "zero").cells(hit) for hit in hits]
        rows = [
            "<Row>"
            + "".join(
                f"<{column}><Value>{text}</Value><DataType>AlphaNumeric</DataType></{column}>"
                for column, text in row.items()
            )
            + "</Row>"
            for row in cells
        ]
        first, last = (cells[0][key], cells[-1][key]) if cells else ("", "")
        places = xml.elements({"PrevKey": first, "NextKey": last, "Fwd": len(hits) == wanted, "Back": bool(start)})
        headers = "".join(f"<Header>{column.name}</Header>" for column in columns)
        described = f"<Key>{key}</Key><KeyDescription>{key}</KeyDescription>"
        inner = [
            f"<Title>{browse}</Title>",
            *rows,
            f"<NextPrevKey>\n{places}\n</NextPrevKey>",
            f"<HeaderDetails>{headers}{described}<Table>{name}</Table></HeaderDetails>",
        ]
        return xml.document(name, "\n".join(inner), "8.0.038"), len(hits)


def _column(name: str, schema: TableSchema) -> Column:
    column = schema.by_name.get(name.strip())
    if column is None or column.kind == "stamp":
        raise RefusedError("Column", name, f"Column '{name}' not found on table '{schema.name}'")
    return column


def literal(column: Column, text: str) -> Value:
    """A condition's value as the column's; a blank or zero date is null. Raises RefusedError."""
    try:
        if column.kind == "date":
            return None if text in ("", "0000-00-00") else moment(text)
        return Decimal(text.replace(",", "")) if column.kind == "number" else text.rstrip(" ")
    except (ValueError, InvalidOperation):
        raise RefusedError(
            "Value", text, f"XML element '{column.name.lower()}' must be {column.kind}", "100031"
        ) from None


def read_where(query: Any, schema: TableSchema) -> Node | None:
    """COMFND's conditions; AND binds tighter than OR, as in the SQL that they become. Raises RefusedError."""
    tokens: list[Node | str] = []
    for expression in query.findall("Where/Expression"):
        joined = xml.field(expression, "AndOr").lower()
        # The recorded call has AndOr even in its only expression.
        if tokens:
            tokens.append(joined or "and")
        tokens += ["("] * len(xml.field(expression, "OpenBracket"))
        tokens.append(_condition(expression, schema))
        tokens += [")"] * len(xml.field(expression, "CloseBracket"))
    if not tokens:
        return None
    node = _either(tokens)
    if tokens:
        raise RefusedError("CloseBracket", "", "Brackets do not match")
    return rewritten(node, PADDED)


def _condition(expression: Any, schema: TableSchema) -> Node:
    column = _column(xml.field(expression, "Column"), schema)
    name = xml.field(expression, "Condition").upper()
    if name not in _CONDITIONS:
        raise RefusedError("Condition", name, f"Condition '{name}' is not valid")
    # Blanks on the left of a value belong to a padded key.
    text = (expression.findtext("Value") or "").rstrip()
    value = text if name == "LIKE" else literal(column, text if column.kind == "text" else text.strip())
    compared = Compare(column.name, name.lower(), value)
    if name == "NE" and value is not None:
        # In SQL a null is unequal to nothing.
        return Both((compared, Negated(Compare(column.name, "eq", None))))
    return compared


def _either(tokens: list[Node | str]) -> Node:
    parts = [_both(tokens)]
    while tokens and tokens[0] == "or":
        tokens.pop(0)
        parts.append(_both(tokens))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _both(tokens: list[Node | str]) -> Node:
    parts = [_single(tokens)]
    while tokens and tokens[0] == "and":
        tokens.pop(0)
        parts.append(_single(tokens))
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _single(tokens: list[Node | str]) -> Node:
    part = tokens.pop(0) if tokens else ""
    if part == "(":
        node = _either(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise RefusedError("CloseBracket", "", "Brackets do not match")
        return node
    if isinstance(part, str):
        raise RefusedError("AndOr", part, "An expression is missing")
    return part
