"""One object's records: base rows as functions of their index, and over them what has changed since."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Schema, Value

Find = Callable[[Value], Iterable[int]]
Stamp = tuple[datetime, int]


@dataclass(frozen=True)
class Base:
    """The records before anything happens; record numbers are contiguous.

    Attributes:
        first: RECORDNO of the first.
        count: how many.
        row: a record by its place.
        modified: its WHENMODIFIED by its place, without making the row.
        finders: record numbers with a value of these fields.
    """

    first: int
    count: int
    row: Callable[[int], Row]
    modified: Callable[[int], datetime | None]
    finders: Mapping[str, Find] = field(default_factory=dict)


def listed(rows: list[Row], by: str, first: int = 1) -> Base:
    """A base of a few given rows; `by` is a field that records are found by."""
    places: dict[Value, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row[by]].append(first + place)
    finders = {by: lambda value: places.get(value, [])}
    return Base(first, len(rows), lambda place: rows[place], lambda place: _moment(rows[place]), finders)


class Table:
    """An object's records, by RECORDNO.

    Args:
        schema: the object.
        base: what is there at the beginning.

    Attributes:
        version: grows with every change.
    """

    def __init__(self, schema: Schema, base: Base) -> None:
        self.schema, self.base, self.version = schema, base, 0
        self._changed: dict[int, Row | None] = {}
        self._next = base.first + base.count
        self._new: list[int] = []
        self._found: dict[str, dict[Value, set[int]]] = {name: defaultdict(set) for name in base.finders}
        self._stamps: list[Stamp] | None = None

    def __len__(self) -> int:
        gone = sum(1 for key, row in self._changed.items() if row is None and self._in_base(key))
        new = sum(1 for key, row in self._changed.items() if row is not None and not self._in_base(key))
        return self.base.count - gone + new

    def _in_base(self, key: int) -> bool:
        return self.base.first <= key < self.base.first + self.base.count

    def get(self, key: int) -> Row | None:
        """The record with this number."""
        if key in self._changed:
            return self._changed[key]
        return self.base.row(key - self.base.first) if self._in_base(key) else None

    def row(self, key: int) -> Row:
        """The record with this number.

        Raises:
            KeyError: there is none.
        """
        found = self.get(key)
        if found is None:
            raise KeyError(f"{self.schema.name} {key} is not on file")
        return found

    def numbers(self) -> Iterator[int]:
        """All record numbers, in order."""
        for key in range(self.base.first, self.base.first + self.base.count):
            if key not in self._changed or self._changed[key] is not None:
                yield key
        yield from sorted(key for key, row in self._changed.items() if row is not None and not self._in_base(key))

    def some(self, rng: Random, tries: int) -> Iterator[int]:
        """Numbers of records by chance, at most so many; one may come twice."""
        for _ in range(tries if self.base.count + len(self._new) else 0):
            place = rng.randrange(self.base.count + len(self._new))
            key = self.base.first + place if place < self.base.count else self._new[place - self.base.count]
            if self.get(key) is not None:
                yield key

    def rows(self) -> Iterator[Row]:
        """All records, in order of their numbers."""
        return (self.row(key) for key in self.numbers())

    def new_key(self) -> int:
        """A record number that was never used."""
        self._next += 1
        return self._next - 1

    def put(self, row: Mapping[str, Any]) -> int:
        """Write a record whole; returns its number.

        Raises:
            ValueError: it has a field that the object doesn't have.
        """
        given = dict(row)
        key = int(given.get("RECORDNO") or self.new_key())
        self._known(given)
        self._write(key, {**self.schema.blanks, **given, "RECORDNO": key})
        return key

    def update(self, key: int, changes: Mapping[str, Any]) -> Row:
        """Change fields of a record.

        Raises:
            KeyError: there is no such record.
            ValueError: the object has no such field.
        """
        self._known(changes)
        row = self.row(key) | dict(changes)
        self._write(key, row)
        return row

    def delete(self, key: int) -> Row:
        """Delete a record; returns what it was.

        Raises:
            KeyError: there is no such record.
        """
        row = self.row(key)
        self._write(key, None)
        return row

    def find(self, name: str, value: Value) -> list[int]:
        """Numbers of the records whose field is the value, in order."""
        if name not in self.base.finders:
            return [key for key in self.numbers() if self.row(key).get(name) == value]
        found = {key for key in self.base.finders[name](value) if key not in self._changed}
        return sorted(found | self._found[name].get(value, set()))

    def stamps(self) -> list[Stamp]:
        """WHENMODIFIED and number of all records that have one, in order."""
        if self._stamps is None:
            self._stamps = sorted(self._all_stamps())
        return self._stamps

    def unstamped(self) -> list[int]:
        """Numbers of the records whose WHENMODIFIED is null."""
        stamped = {key for _, key in self.stamps()}
        return [key for key in self.numbers() if key not in stamped]

    def _all_stamps(self) -> Iterator[Stamp]:
        for key in self.numbers():
            row = self._changed.get(key)
            moment = _moment(row) if row is not None else self.base.modified(key - self.base.first)
            if moment is not None:
                yield moment, key

    def _known(self, row: Mapping[str, Any]) -> None:
        unknown = {name for name in row if not name.startswith("_")} - set(self.schema.by_name)
        if unknown - {"RECORDNO"}:
            raise ValueError(f"{self.schema.name} has no field '{min(unknown)}'")

    def _write(self, key: int, row: Row | None) -> None:
        old = self.get(key)
        for name, index in self._found.items():
            if old is not None:
                index[old.get(name)].discard(key)
            if row is not None:
                index[row.get(name)].add(key)
        if key not in self._changed and not self._in_base(key):
            self._new.append(key)
        if self._stamps is not None:
            self._restamp(self._stamps, key, _moment(old), _moment(row))
        self._changed[key] = row
        self._next = max(self._next, key + 1)
        self.version += 1

    @staticmethod
    def _restamp(stamps: list[Stamp], key: int, old: datetime | None, new: datetime | None) -> None:
        if old is not None:
            del stamps[bisect_left(stamps, (old, key))]
        if new is not None:
            insort(stamps, (new, key))


def _moment(row: Row | None) -> datetime | None:
    moment = row.get("WHENMODIFIED") if row else None
    return moment if isinstance(moment, datetime) else None
