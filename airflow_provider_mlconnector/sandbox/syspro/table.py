"""One table: base rows as functions of their index, and over them what has changed since."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row, TableSchema, Value
from airflow_provider_mlconnector.sandbox.syspro.key_ranges import FIRST, Cut, Stretch, stretches
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Periodic, Span
from airflow_provider_mlconnector.sandbox.syspro.predicates import Both, Get, Node, Test, columns_of, conjuncts, matcher

Hit = int | Row
_STAMP = "TimeStamp"


@dataclass(frozen=True)
class Plan:
    """How a condition is looked up: where, which members of the cycle, and what is tested row by row."""

    where: list[Stretch]
    matching: list[list[int]] | None
    test: Test | None
    whole: Test | None


class Table:
    """Rows in the order of the primary key (binary collation), never all in memory.

    Args:
        schema: columns and key.
        base: the rows that were there at the beginning.
        stamp: gives the next rowversion.
        first_stamp: the rowversion of the first base row.
    """

    def __init__(self, schema: TableSchema, base: Periodic[Any], stamp: Callable[[], int], first_stamp: int) -> None:
        self.schema, self.base = schema, base
        self._stamp, self._first_stamp = stamp, first_stamp
        self._changed: dict[Key, Row | None] = {}
        self._keys: list[Key] = []
        self._plans: dict[Node | None, Plan] = {}
        self._inserted = 0

    def __len__(self) -> int:
        return len(self.base) + self._inserted

    def row(self, hit: Hit) -> Row:
        """A hit as a whole row."""
        if not isinstance(hit, int):
            return hit
        cycle, member = self.base.locate(hit)
        row = {**self.schema.blanks, **self.base.fixed(member)}
        row |= {column: compute(cycle, member) for column, compute in self.base.moving.items()}
        row[_STAMP] = self.base_stamp(hit)
        return row

    def base_stamp(self, index: int) -> str:
        """The rowversion of an unchanged base row."""
        return stamp_text(self._first_stamp + index)

    def key(self, index: int) -> Key:
        """The key of a base row."""
        cycle, member = self.base.locate(index)
        return tuple(self.base.value(cycle, member, column) for column in self.schema.key)

    def index(self, cut: Cut) -> int:
        """How many base rows lie before a cut."""
        low, high = 0, len(self.base)
        while low < high:
            middle = (low + high) // 2
            if cut.before(self.key(middle)):
                high = middle
            else:
                low = middle + 1
        return low

    def get(self, key: Key) -> Row | None:
        """The row with this key, if there is one."""
        if key in self._changed:
            return self._changed[key]
        index = self.index(Cut(key, -1))
        return self.row(index) if index < len(self.base) and self.key(index) == key else None

    def changed_keys(self) -> Iterator[Key]:
        """The keys of all rows that were put, changed or deleted since the beginning, in order."""
        return iter(self._keys)

    def last_key(self, prefix: Key) -> Key | None:
        """The greatest key that begins with a prefix, also where its row has been deleted since."""
        low, high = Cut(prefix, -1), Cut(prefix, 1)
        last = self.index(high)
        found = [self.key(last - 1)] if last > self.index(low) else []
        found += self._overlaid(low, high)[-1:]
        return max(found, default=None)

    def put(self, given: Mapping[str, object]) -> Row:
        """Insert a row, or replace the one with its key; columns that aren't given are blank.

        Raises:
            ValueError: a column is unknown, or a value doesn't fit its column.
        """
        row = {**self.schema.blanks, **self._values(given), _STAMP: stamp_text(self._stamp())}
        key = self.schema.key_of(row)
        if self.get(key) is None:
            self._inserted += 1
        self._remember(key, row)
        return row

    def update(self, key: Key, changes: Mapping[str, object]) -> Row:
        """Change columns of a row; raises KeyError where there is no such row."""
        row = self.get(key)
        if row is None:
            raise KeyError(f"{self.schema.name} has no row {key}")
        changed = {**row, **self._values(changes), _STAMP: stamp_text(self._stamp())}
        if self.schema.key_of(changed) != key:
            raise ValueError("a key doesn't change; delete the row and insert another")
        self._remember(key, changed)
        return changed

    def delete(self, key: Key) -> None:
        """Remove a row; raises KeyError where there is no such row."""
        if self.get(key) is None:
            raise KeyError(f"{self.schema.name} has no row {key}")
        self._inserted -= 1
        self._remember(key, None)

    def hits(self, node: Node | None = None, after: Key | None = None) -> Iterator[Hit]:
        """The rows that meet a condition, in key order; base rows as their index.

        Args:
            node: the condition; None for all rows.
            after: only rows beyond this key.
        """
        plan = self._plan(node)
        start = Cut(after, 1) if after is not None else FIRST
        # Chained rather than yielded one by one: pages of thousands of rows pass through here.
        return chain.from_iterable(
            run for low, high in plan.where if start < high for run in self._runs(plan, max(low, start), high)
        )

    def _values(self, given: Mapping[str, object]) -> dict[str, Value]:
        unknown = set(given) - set(self.schema.by_name)
        if unknown:
            raise ValueError(f"{self.schema.name} has no column {', '.join(sorted(unknown))}")
        return {name: self.schema.by_name[name].value(value) for name, value in given.items()}

    def _remember(self, key: Key, row: Row | None) -> None:
        if key not in self._changed:
            insort(self._keys, key)
        self._changed[key] = row

    def _plan(self, node: Node | None) -> Plan:
        where, rest = stretches(node, self.schema.key)
        cached = self._plans.get(rest)
        if cached is None:
            if len(self._plans) > 200:
                self._plans.clear()
            cached = self._plans[rest] = self._residual(rest)
        return Plan(where, cached.matching, cached.test, cached.whole)

    def _residual(self, rest: Node | None) -> Plan:
        moving = {*self.base.moving, _STAMP}
        fixed = [part for part in conjuncts(rest) if not columns_of(part) & moving]
        tested = [part for part in conjuncts(rest) if columns_of(part) & moving]
        matching = None
        if fixed:
            test, blanks = matcher(Both(tuple(fixed))), self.schema.blanks
            matching = [
                [member.place for member in group if test({**blanks, **self.base.fixed(member)}.__getitem__)]
                for group in self.base.groups
            ]
        return Plan([], matching, matcher(Both(tuple(tested))) if tested else None, matcher(rest) if rest else None)

    def _runs(self, plan: Plan, low: Cut, high: Cut) -> Iterator[Iterable[Hit]]:
        first, last = self.index(low), self.index(high)
        for key in self._overlaid(low, high):
            here = self.index(Cut(key, -1))
            yield self._base(plan, first, here)
            first = here + (here < len(self.base) and self.key(here) == key)
            row = self._changed[key]
            if row is not None and (plan.whole is None or plan.whole(row.__getitem__)):
                yield (row,)
        yield self._base(plan, first, last)

    def _overlaid(self, low: Cut, high: Cut) -> list[Key]:
        first = bisect_left(self._keys, 1, key=lambda key: int(low.before(key)))
        last = bisect_left(self._keys, 1, key=lambda key: int(high.before(key)))
        return self._keys[first:last]

    def _base(self, plan: Plan, first: int, last: int) -> Iterable[int]:
        if plan.matching is None:
            found: Iterable[int] = range(first, last)
        else:
            found = chain.from_iterable(
                matching_indices(places, len(group), offset, max(first, offset), min(last, end))
                for places, group, offset, end in zip(
                    plan.matching, self.base.groups, self.base.offsets, self.base.offsets[1:], strict=False
                )
                if places and offset < last and end > first
            )
        if plan.test is None:
            return found
        test = plan.test
        return (index for index in found if test(self._getter(index)))

    def _getter(self, index: int) -> Get:
        cycle, member = self.base.locate(index)
        fixed, moving, blanks = self.base.fixed(member), self.base.moving, self.schema.blanks

        def get(column: str) -> Value:
            if column in moving:
                return moving[column](cycle, member)
            if column == _STAMP:
                return self.base_stamp(index)
            return fixed.get(column, blanks[column])

        return get


def matching_indices(places: list[int], width: int, offset: int, first: int, last: int) -> Iterator[int]:
    """Indices between two bounds whose place in the cycle is one of these."""
    for base in range(offset + (first - offset) // width * width, last, width):
        if base >= first and base + width <= last:
            yield from [base + place for place in places]
        else:
            yield from (base + place for place in places if first <= base + place < last)


def stamp_text(stamp: int) -> str:
    """A rowversion as fixed-width hexadecimal text."""
    return f"0x{stamp:016X}"


def listed(rows: Iterable[Mapping[str, Value]]) -> Periodic[Mapping[str, Value]]:
    """A base table of a few given rows."""
    group: list[Member[Mapping[str, Value]]] = [Member(slot, row) for slot, row in enumerate(rows)]
    count = len(group)
    return Periodic(Span(count, max(count, 1)), [group] if group else [], lambda member: member.about, {})
