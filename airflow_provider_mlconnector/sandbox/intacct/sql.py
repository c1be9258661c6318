r"""Reads readByQuery's query text: a few operators of SQL, blanks around them, `\'` within a value (sheet 1.6)."""

from __future__ import annotations

import re
from collections.abc import Callable

from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Value
from airflow_provider_mlconnector.sandbox.intacct.conditions import All, Any_, Compare, Condition
from airflow_provider_mlconnector.sandbox.intacct.errors import query_failed

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<sign>[(),])|(?P<word>[^\s'(),]+))", re.DOTALL)
_SIGNS = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "!=": "ne", "<>": "ne"}
_MOST_VALUES = 1000


def read_text(text: str, field_of: Callable[[str], Field]) -> Condition | None:
    """The condition of a query's text; None for an empty one.

    Raises:
        FunctionError: it isn't a query.
    """
    return _Reader(text, field_of).read() if text.strip() else None


class _Reader:
    def __init__(self, text: str, field_of: Callable[[str], Field]) -> None:
        self._tokens, self._place, self._field_of = _tokens(text), 0, field_of

    def read(self) -> Condition:
        found = self._either()
        if self._place < len(self._tokens):
            raise query_failed(f"Query syntax error at '{self._tokens[self._place]}'")
        return found

    def _next(self) -> str:
        if self._place >= len(self._tokens):
            raise query_failed("Query syntax error at the end")
        self._place += 1
        return self._tokens[self._place - 1]

    def _takes(self, word: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place].upper() == word:
            self._place += 1
            return True
        return False

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._takes("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Any_(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._takes("AND"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _single(self) -> Condition:
        if self._takes("("):
            found = self._either()
            if not self._takes(")"):
                raise query_failed("Query syntax error: a bracket is not closed")
            return found
        field = self._field_of(self._next())
        if self._takes("IS"):
            negated = self._takes("NOT")
            if not self._takes("NULL"):
                raise query_failed("Query syntax error: IS is followed by NULL or NOT NULL")
            return Compare(field.id, "isnotnull" if negated else "isnull")
        negated = self._takes("NOT")
        if self._takes("LIKE"):
            return Compare(field.id, "notlike" if negated else "like", (_bare(self._next()),))
        if self._takes("IN"):
            return Compare(field.id, "notin" if negated else "in", self._list(field))
        sign = self._next()
        if negated or sign not in _SIGNS:
            raise query_failed(f"Query syntax error at '{sign}'")
        return Compare(field.id, _SIGNS[sign], (self._value(field),))

    def _list(self, field: Field) -> tuple[Value, ...]:
        if not self._takes("("):
            raise query_failed("Query syntax error: IN is followed by a list in brackets")
        values = [self._value(field)]
        while self._takes(","):
            values.append(self._value(field))
        if not self._takes(")") or len(values) > _MOST_VALUES:
            raise query_failed(f"Query syntax error: a list holds up to {_MOST_VALUES} values in brackets")
        return tuple(values)

    def _value(self, field: Field) -> Value:
        try:
            return field.value(_bare(self._next()), coded=True)
        except ValueError as error:
            raise query_failed(str(error)) from error


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise query_failed(f"Query syntax error at '{stripped[place : place + 20]}'")
        found.append(match["text"] or match["sign"] or match["word"])
        place = match.end()
    return found


def _bare(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token[:1] == "'" else token
