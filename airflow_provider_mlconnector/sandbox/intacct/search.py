"""Finds the records that a query asks for, in order, as they are at that moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.conditions import (
    All,
    Any_,
    Compare,
    Condition,
    Get,
    fields_of,
    matcher,
)
from airflow_provider_mlconnector.sandbox.intacct.masters import ENTITIES
from airflow_provider_mlconnector.sandbox.intacct.table import Table

_KEY, _CURSOR = "RECORDNO", "WHENMODIFIED"
_KEPT = 16
_LAST = 1 << 62


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        object: the object's name.
        condition: what to meet; None for all.
        order: fields and whether each ascends.
        folded: whether case doesn't count.
        entity: the session's entity; empty at the top level.
        private: whether records of private entities are seen at the top level.
        document_type: DOCPARID of order-entry documents; empty for all.
    """

    object: str
    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    folded: bool = False
    entity: str = ""
    private: bool = False
    document_type: str = ""


class Search:
    """Looks through a company's records; the last answers are kept until something changes.

    Args:
        company: where to look.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._kept: OrderedDict[tuple[Wanted, int], list[int]] = OrderedDict()

    def keys(self, wanted: Wanted) -> list[int]:
        """The numbers of the records that are wanted, in order."""
        mark = wanted, sum(table.version for table in self._company.tables.values())
        found = self._kept.get(mark)
        if found is None:
            found = self._kept[mark] = self._found(wanted)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def getter(self, name: str, field: str) -> Get:
        """The function that reads a field of an object's record, also one of a related object."""
        if field in self._company.tables[name].schema.by_name or field == _KEY:
            return lambda row: row.get(field)
        path, _, rest = field.partition(".")
        relation = self._company.tables[name].schema.relations[path]
        further = self.getter(relation.object, rest)

        def read(row: Row) -> Value:
            related = self._company.related(name, row, path)
            return None if related is None else further(related)

        return read

    def _found(self, wanted: Wanted) -> list[int]:
        table = self._company.tables[wanted.object]
        keys = self._matching(table, wanted)
        if wanted.order == ((_CURSOR, True), (_KEY, True)) and _CURSOR in table.schema.by_name:
            return keys
        if not wanted.order:
            # No order was asked for: any will do, as long as it isn't one to rely on.
            return sorted(keys, key=lambda key: (key * 2_654_435_761 % (1 << 32), key))
        return self._ordered(table, keys, wanted.order)

    def _matching(self, table: Table, wanted: Wanted) -> list[int]:
        stamped = self._candidates(table, wanted.condition)
        test = None
        if wanted.condition is not None:
            test = matcher(wanted.condition, lambda field: self.getter(wanted.object, field), folded=wanted.folded)
            if set(fields_of(wanted.condition)) <= {_KEY, _CURSOR}:
                # What only asks for these two is answered without making the rows.
                stamped = [(at, key) for at, key in stamped if test({_KEY: key, _CURSOR: at})]
                test = None
        if test is None and not self._hides(table, wanted):
            return [key for _, key in stamped]
        found = []
        for _, key in stamped:
            row = table.row(key)
            if (test is None or test(row)) and self.visible(row, wanted):
                found.append(key)
        return found

    def _hides(self, table: Table, wanted: Wanted) -> bool:
        owned = "MEGAENTITYID" in table.schema.by_name or table.schema.name == "APBILLITEM"
        return bool(wanted.document_type) or (owned and not (wanted.private and not wanted.entity))

    @staticmethod
    def visible(row: Row, wanted: Wanted) -> bool:
        """Whether a session sees a record (sheet 1.5): at the top level private entities' only when asked for."""
        if wanted.document_type:
            # A line's document has its type in its id.
            kind = row.get("DOCPARID") or str(row.get("DOCHDRID", "")).rpartition("-")[0]
            if kind != wanted.document_type:
                return False
        owner = str(row.get("MEGAENTITYID") or row.get("_ENTITY") or "")
        if not owner:
            return True
        return owner == wanted.entity if wanted.entity else wanted.private or not ENTITIES[owner].private

    def _candidates(self, table: Table, condition: Condition | None) -> Iterable[tuple[datetime | None, int]]:
        """Numbers with their WHENMODIFIED, in the order of both; those without one last, as Oracle sorts them."""
        named = _named(table, condition)
        if named is not None:
            rows = [(key, row) for key in named if (row := table.get(key)) is not None]
            pairs = [(_moment(row.get(_CURSOR)), key) for key, row in rows]
            return sorted(pairs, key=lambda pair: (_rank(pair[0]), pair[1]))
        if _CURSOR not in table.schema.by_name:
            return [(None, key) for key in table.numbers()]
        low, high, nulls = _bounds(condition)
        stamps = table.stamps()
        first = 0 if low is None else bisect_left(stamps, (low, -1))
        last = len(stamps) if high is None else bisect_right(stamps, (high, _LAST))
        found: list[tuple[datetime | None, int]] = list(stamps[first:last])
        return [*found, *((None, key) for key in table.unstamped())] if nulls else found

    def _ordered(self, table: Table, keys: list[int], order: tuple[tuple[str, bool], ...]) -> list[int]:
        if [field for field, _ in order] == [_KEY]:
            return sorted(keys, reverse=not order[0][1])
        getters = [(self.getter(table.schema.name, field), ascends) for field, ascends in order]
        rows = {key: [get(table.row(key)) for get, _ in getters] for key in keys}
        # Records that the order leaves equal come in any order: here, by a hash of their number.
        ordered = sorted(keys, key=lambda key: key * 2_654_435_761 % (1 << 32))
        for place in reversed(range(len(getters))):
            ordered.sort(key=lambda key: _rank(rows[key][place]), reverse=not getters[place][1])
        return ordered


def _rank(value: Any) -> tuple[bool, Any]:
    return value is None, "" if value is None else value


def _named(table: Table, condition: Condition | None) -> list[int] | None:
    """The records that a condition names by number, or by a field that is indexed; None where it names none."""
    if isinstance(condition, All):
        return min(
            (found for part in condition.parts if (found := _named(table, part)) is not None), key=len, default=None
        )
    if not isinstance(condition, Compare) or condition.op not in ("eq", "in"):
        return None
    if condition.field == _KEY:
        return sorted({int(str(value)) for value in condition.values})
    if condition.field in table.base.finders and condition.field in ("RECORDKEY", "DOCHDRNO"):
        return sorted({key for value in condition.values for key in table.find(condition.field, value)})
    return None


def _bounds(condition: Condition | None) -> tuple[datetime | None, datetime | None, bool]:
    """Bounds of WHENMODIFIED that a condition implies, and whether null may meet it."""
    if isinstance(condition, Compare) and condition.field == _CURSOR:
        first, last = (condition.values[0], condition.values[-1]) if condition.values else (None, None)
        low = first if condition.op in ("eq", "gt", "ge", "between") else None
        high = last if condition.op in ("eq", "lt", "le", "between") else None
        return _moment(low), _moment(high), condition.op == "isnull"
    if isinstance(condition, All | Any_):
        parts = [_bounds(part) for part in condition.parts]
        lows, highs = [low for low, _, _ in parts if low], [high for _, high, _ in parts if high]
        if isinstance(condition, All):
            return max(lows, default=None), min(highs, default=None), all(nulls for _, _, nulls in parts)
        # One open branch opens the whole.
        low = min(lows) if len(lows) == len(parts) else None
        high = max(highs) if len(highs) == len(parts) else None
        return low, high, any(nulls for _, _, nulls in parts)
    return None, None, True


def _moment(value: Value) -> datetime | None:
    return value if isinstance(value, datetime) else None
