"""Which rows are asked for: conditions as a tree that OData and COMFND each write in their own way.

Values are text in the stream's own form; None stands for a blank date, the only null that SYSPRO has (sheet 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from airflow_provider_mlconnector.streams.cursor import FIRST_DATE
from airflow_provider_mlconnector.streams.declaration import Condition
from airflow_provider_mlconnector.streams.source import Key


@dataclass(frozen=True)
class Compare:
    """A column compared with a value: `eq`, `ne`, `gt`, `ge`, `lt` or `le`."""

    column: str
    op: str
    value: str | None


@dataclass(frozen=True)
class AllOf:
    """Every part holds; none: always true."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Filter, ...]


Filter = Compare | AllOf | AnyOf
Conjunction = tuple[Compare, ...]
EVERYTHING = AllOf()


def all_of(*parts: Filter) -> Filter:
    """The parts joined by "and", nested ones and trivial ones dissolved."""
    flat: list[Filter] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, AllOf) else (part,))
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def any_of(parts: Iterable[Filter]) -> Filter:
    """The parts joined by "or"; at least one."""
    flat = tuple(parts)
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def declared(conditions: Iterable[Condition]) -> Filter:
    """A declaration's conditions, which hold together."""
    return all_of(
        *(any_of(Compare(each.column, "eq" if each.op == "in" else each.op, value) for value in each.values)
          for each in conditions)
    )  # fmt: skip


def window(column: str, low: str, high: str, clock: str | None) -> Filter:
    """Rows whose cursor lies in low..high; with a clock also those beyond it, blank ones and null ones.

    Args:
        column: the cursor's column.
        low: lower end, included; empty: none.
        high: upper end, included; empty: none.
        clock: the source's clock as a cursor; empty where no clock bounds the cursor.
    """
    inside = all_of(*([Compare(column, "ge", low)] if low else []), *([Compare(column, "le", high)] if high else []))
    if clock is None or inside == EVERYTHING:
        return inside
    beyond: list[Filter] = [inside, Compare(column, "eq", None)]
    if "T" in low:
        beyond.append(Compare(column, "lt", FIRST_DATE))
    if high and clock:
        beyond.append(Compare(column, "gt", max(high, clock)))
    return AnyOf(tuple(beyond))


def after(columns: Sequence[str], key: Key) -> list[Conjunction]:
    """The keys behind this one: ranges that follow one another in key order, the nearest first."""
    return [_beside(columns, key, length, "gt") for length in range(len(columns), 0, -1)]


def between(columns: Sequence[str], low: Key, high: Key) -> Filter:
    """The keys from low to high, both included, in the source's own order."""
    if len(columns) == 1:
        return all_of(Compare(columns[0], "ge", low[0]), Compare(columns[0], "le", high[0]))
    above = any_of(all_of(*part) for part in [_exactly(columns, low), *after(columns, low)])
    below = any_of(all_of(*part) for part in [_exactly(columns, high), *_before(columns, high)])
    return all_of(above, below)


def one_of(columns: Sequence[str], keys: Iterable[Key]) -> Filter:
    """Exactly these keys."""
    return any_of(all_of(*_exactly(columns, key)) for key in keys)


def size(where: Filter) -> int:
    """How many comparisons a condition holds."""
    return 1 if isinstance(where, Compare) else sum(size(part) for part in where.parts)


def conjunctions(where: Filter) -> list[Conjunction]:
    """The same condition without nesting: alternatives of comparisons that hold together (disjunctive form)."""
    if isinstance(where, Compare):
        return [(where,)]
    if isinstance(where, AnyOf):
        return [each for part in where.parts for each in conjunctions(part)]
    combined = product(*(conjunctions(part) for part in where.parts))
    return [tuple(compare for part in parts for compare in part) for parts in combined]


def _exactly(columns: Sequence[str], key: Key) -> Conjunction:
    return tuple(Compare(column, "eq", value) for column, value in zip(columns, key, strict=True))


def _before(columns: Sequence[str], key: Key) -> list[Conjunction]:
    return [_beside(columns, key, length, "lt") for length in range(len(columns), 0, -1)]


def _beside(columns: Sequence[str], key: Key, length: int, op: str) -> Conjunction:
    last = Compare(columns[length - 1], op, key[length - 1])
    return (*_exactly(columns[: length - 1], key[: length - 1]), last)
