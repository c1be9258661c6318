"""Conditions on rows, as OData's `$filter` and COMFND's `Where` both become."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro.columns import Value

Get = Callable[[str], Value]
Test = Callable[[Get], bool]
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True)
class Compare:
    """A column against a constant: `eq`, `ne`, `gt`, `ge`, `lt`, `le` or `like`; None is null."""

    column: str
    op: str
    value: Value


@dataclass(frozen=True)
class Among:
    """A column that is any of the constants."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Both:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Negated:
    """The part does not hold."""

    part: Node


Node = Compare | Among | Both | Either | Negated


def both(left: Node, right: Node) -> Node:
    """Both conditions as one, flat."""
    return Both((*conjuncts(left), *conjuncts(right)))


def conjuncts(node: Node | None) -> Iterator[Node]:
    """The conditions that all have to hold, nested ones opened up."""
    if isinstance(node, Both):
        for part in node.parts:
            yield from conjuncts(part)
    elif node is not None:
        yield node


def columns_of(node: Node) -> set[str]:
    """The columns that a condition looks at."""
    if isinstance(node, Compare | Among):
        return {node.column}
    if isinstance(node, Negated):
        return columns_of(node.part)
    return set().union(*(columns_of(part) for part in node.parts))


def matcher(node: Node) -> Test:
    """The condition as a function of a row's columns.

    A null fits no ordering and no `eq` but that with null; it is unequal to every constant (OData 4.01, 5.1.1.1).
    """
    if isinstance(node, Compare):
        return _compare(node)
    if isinstance(node, Among):
        column, values = node.column, frozenset(node.values)
        return lambda get: get(column) in values
    if isinstance(node, Negated):
        inner = matcher(node.part)
        return lambda get: not inner(get)
    tests = [matcher(part) for part in node.parts]
    if isinstance(node, Both):
        return lambda get: all(test(get) for test in tests)
    return lambda get: any(test(get) for test in tests)


def _compare(node: Compare) -> Test:
    column, wanted = node.column, node.value
    if node.op == "eq":
        return lambda get: get(column) == wanted
    if node.op == "ne":
        return lambda get: get(column) != wanted
    if node.op == "like":
        pattern = like(str(wanted))
        return lambda get: pattern.fullmatch(str(get(column) or "")) is not None
    ordering = _ORDERINGS[node.op]

    def test(get: Get) -> bool:
        value = get(column)
        return value is not None and wanted is not None and ordering(value, wanted)

    return test


def rewritten(node: Node, widths: Mapping[str, int]) -> Node:
    """A condition in which numeric keys that are padded with blanks are padded with zeros.

    Args:
        node: the condition.
        widths: the padded columns and their widths.
    """
    if isinstance(node, Compare):
        return replace(node, value=_zero_padded(node.value, widths.get(node.column, 0)))
    if isinstance(node, Among):
        width = widths.get(node.column, 0)
        return replace(node, values=tuple(_zero_padded(value, width) for value in node.values))
    if isinstance(node, Negated):
        return Negated(rewritten(node.part, widths))
    return replace(node, parts=tuple(rewritten(part, widths) for part in node.parts))


def _zero_padded(value: Value, width: int) -> Value:
    if width and isinstance(value, str) and value.startswith(" ") and value.strip().isdigit():
        return value.strip().zfill(width)
    return value


def like(pattern: str) -> re.Pattern[str]:
    """SQL's LIKE as a regular expression: `%` is any text, `_` any character."""
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(char) or re.escape(char) for char in pattern), re.DOTALL)
