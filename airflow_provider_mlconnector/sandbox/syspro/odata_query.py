"""OData's query options, read against a table's columns."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro.columns import Column, Key, TableSchema, Value, moment
from airflow_provider_mlconnector.sandbox.syspro.predicates import Among, Both, Compare, Either, Negated, Node

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<date>\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w'])|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_OPTIONS = {"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$format", "$skiptoken"}
_OPERATORS = {"eq", "ne", "gt", "ge", "lt", "le"}


class QueryError(ValueError):
    """A query option that the service refuses with 400."""


@dataclass(frozen=True)
class Query:
    """A page that is asked for; `after` comes from a skip token."""

    filter: Node | None
    select: tuple[str, ...]
    orderby: tuple[tuple[str, bool], ...]
    top: int | None
    skip: int
    count: bool
    after: Key | None


def read_query(options: Mapping[str, str], schema: TableSchema) -> Query:
    """The query options of a request.

    Raises:
        QueryError: an option, a column or a literal is not valid.
    """
    unknown = {name for name in options if name.startswith("$")} - _OPTIONS
    if unknown:
        raise QueryError(f"The query option '{min(unknown)}' is not supported.")
    select = tuple(_column(name.strip(), schema).name for name in options.get("$select", "").split(",") if name.strip())
    order = tuple(_ordering(part, schema) for part in options.get("$orderby", "").split(",") if part.strip())
    condition = options.get("$filter", "").strip()
    return Query(
        filter=_Filter(condition, schema).read() if condition else None,
        select=select or tuple(column.name for column in schema.columns),
        orderby=order,
        top=_whole(options, "$top"),
        skip=_whole(options, "$skip") or 0,
        count=options.get("$count", "false").lower() == "true",
        after=_after(options.get("$skiptoken", ""), schema),
    )


def skip_token(key: Key) -> str:
    """A place in a table, for the link to the next page."""
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in key]).encode()).decode()


def _after(token: str, schema: TableSchema) -> Key | None:
    if not token:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(token))
        return tuple(schema.by_name[name].value(part) for name, part in zip(schema.key, parts, strict=True))
    except (binascii.Error, ValueError):
        raise QueryError("The skip token is not valid.") from None


def _whole(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise QueryError(f"Invalid value '{text}' for {name}.")
    return int(text)


def _column(name: str, schema: TableSchema) -> Column:
    column = schema.by_name.get(name)
    if column is None:
        raise QueryError(f"Could not find a property named '{name}' on type '{schema.name}'.")
    return column


def _ordering(part: str, schema: TableSchema) -> tuple[str, bool]:
    name, _, direction = part.strip().partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise QueryError(f"'{direction}' is not a direction.")
    return _column(name, schema).name, direction.strip() == "desc"


class _Filter:
    """A `$filter` expression; `not` binds tighter than `and`, which binds tighter than `or`."""

    def __init__(self, text: str, schema: TableSchema) -> None:
        self._schema = schema
        self._tokens: list[tuple[str, str]] = []
        place, text = 0, text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found or found.lastgroup is None:
                raise QueryError(f"Syntax error at position {place} in '$filter'.")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()
        self._next = 0

    def read(self) -> Node:
        node = self._either()
        if self._next < len(self._tokens):
            raise QueryError(f"Unexpected '{self._tokens[self._next][1]}' in '$filter'.")
        return node

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise QueryError("'$filter' ends too early.")
        self._next += 1
        return self._tokens[self._next - 1]

    def _is(self, *token: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next] == token

    def _expect(self, mark: str) -> None:
        if self._take() != ("mark", mark):
            raise QueryError(f"'{mark}' expected in '$filter'.")

    def _either(self) -> Node:
        parts = [self._both()]
        while self._is("word", "or"):
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._single()]
        while self._is("word", "and"):
            self._take()
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Node:
        if self._is("word", "not"):
            self._take()
            return Negated(self._single())
        if self._is("mark", "("):
            self._take()
            node = self._either()
            self._expect(")")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        kind, name = self._take()
        if kind != "word":
            raise QueryError(f"A property expected instead of {name}.")
        column = _column(name, self._schema)
        operator = self._take()[1]
        if operator == "in":
            return Among(name, tuple(self._list(column)))
        if operator not in _OPERATORS:
            raise QueryError(f"'{operator}' is not an operator.")
        return Compare(name, operator, self._literal(column))

    def _list(self, column: Column) -> list[Value]:
        self._expect("(")
        values = [self._literal(column)]
        while self._is("mark", ","):
            self._take()
            values.append(self._literal(column))
        self._expect(")")
        return values

    def _literal(self, column: Column) -> Value:
        kind, text = self._take()
        if (kind, text) == ("word", "null"):
            return None
        wanted = {"number": "number", "date": "date"}.get(column.kind, "text")
        if kind != wanted:
            raise QueryError(f"Incompatible types: '{column.name}' is a {column.kind}, the literal {text} is not.")
        if kind == "text":
            return text[1:-1].replace("''", "'").rstrip(" ")
        return moment(text) if kind == "date" else Decimal(text)
