"""Which stretches of the primary key a condition can hold in, so that a table is sought rather than scanned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import total_ordering
from itertools import product
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Value
from airflow_provider_mlconnector.sandbox.syspro.predicates import Among, Both, Compare, Either, Node, conjuncts


@total_ordering
@dataclass(frozen=True)
class Cut:
    """A place between keys: before (-1) or after (1) all keys that begin with a prefix."""

    prefix: Key
    side: int

    def __lt__(self, other: Cut) -> bool:
        shared = min(len(self.prefix), len(other.prefix))
        mine: Any = self.prefix[:shared]
        others: Any = other.prefix[:shared]
        if mine != others:
            return bool(mine < others)
        if len(self.prefix) == len(other.prefix):
            return self.side < other.side
        # The shorter prefix surrounds the longer one.
        return self.side < 0 if len(self.prefix) < len(other.prefix) else other.side > 0

    def before(self, key: Key) -> bool:
        """Whether the key lies beyond this cut."""
        mine: Any = self.prefix
        others: Any = key[: len(self.prefix)]
        return bool(mine < others) or (mine == others and self.side < 0)


Stretch = tuple[Cut, Cut]
FIRST, LAST = Cut((), -1), Cut((), 1)
ALL: list[Stretch] = [(FIRST, LAST)]


def stretches(node: Node | None, key: Sequence[str]) -> tuple[list[Stretch], Node | None]:
    """Where a condition can hold, in key order without overlaps, and what is left to be tested there.

    Args:
        node: the condition; None holds everywhere.
        key: the primary key's columns.
    """
    parts = list(conjuncts(node))
    found, used = _simple(parts, key)
    left = [part for part in parts if part not in used]
    rest: list[Node] = []
    for part in left:
        inner = _alternatives(part, key)
        if inner is None:
            rest.append(part)
            continue
        found = _cross(found, inner[0])
        if not inner[1]:
            rest.append(part)
    if not rest:
        return found, None
    return found, rest[0] if len(rest) == 1 else Both(tuple(rest))


def _alternatives(node: Node, key: Sequence[str]) -> tuple[list[Stretch], bool] | None:
    """The stretches of an `or`, and whether they say all of it; None where it isn't about the key."""
    if not isinstance(node, Either):
        return None
    found: list[Stretch] = []
    exact = True
    for part in node.parts:
        some, rest = stretches(part, key)
        exact = exact and rest is None
        found += some
    return _merged(found), exact


def _simple(parts: list[Node], key: Sequence[str]) -> tuple[list[Stretch], list[Node]]:
    """Plain comparisons on the key's columns, from its first column on, as far as equality carries."""
    prefixes: list[Key] = [()]
    used: list[Node] = []
    for column in key:
        equal = next((part for part in parts if _equals(part, column)), None)
        if equal is None:
            return _bounded(prefixes, column, parts, used)
        used.append(equal)
        values = equal.values if isinstance(equal, Among) else (equal.value,) if isinstance(equal, Compare) else ()
        unique = sorted(set(values), key=lambda value: (value is None, value))
        prefixes = [(*prefix, value) for prefix, value in product(prefixes, unique) if value is not None]
    return [(Cut(prefix, -1), Cut(prefix, 1)) for prefix in prefixes], used


def _equals(part: Node, column: str) -> bool:
    if isinstance(part, Among):
        return part.column == column
    return isinstance(part, Compare) and part.column == column and part.op == "eq"


def _bounded(prefixes: list[Key], column: str, parts: list[Node], used: list[Node]) -> tuple[list[Stretch], list[Node]]:
    found = []
    ranges = [
        part
        for part in parts
        if isinstance(part, Compare)
        and part.column == column
        and part.op in ("gt", "ge", "lt", "le")
        and part.value is not None
    ]
    for prefix in prefixes:
        low, high = Cut(prefix, -1), Cut(prefix, 1)
        for part in ranges:
            cut = Cut((*prefix, part.value), 1 if part.op in ("gt", "le") else -1)
            low, high = (max(low, cut), high) if part.op in ("gt", "ge") else (low, min(high, cut))
        if low < high:
            found.append((low, high))
    return found, [*used, *ranges]


def _cross(left: list[Stretch], right: list[Stretch]) -> list[Stretch]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in product(left, right))
    return _merged([(low, high) for low, high in pairs if low < high])


def _merged(found: list[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def key_cut(values: Sequence[Value], *, after: bool) -> Cut:
    """The place just before or after one key (or all keys that begin so)."""
    return Cut(tuple(values), 1 if after else -1)
