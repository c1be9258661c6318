"""Reading by key against a model of Intacct whose rows are changed, inserted and deleted between any two pages."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.systems.intacct import filters, keyset
from airflow_provider_mlconnector.systems.intacct.filters import AllOf, AnyOf, Compare, Filter
from airflow_provider_mlconnector.systems.intacct.keyset import Progress, behind
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead, Place

CURSOR = "WHENMODIFIED"


def at(number: int) -> str:
    return f"2026-03-31T00:00:{number:02d}.000000"


@dataclass
class Model:
    """Rows by record number with their cursor; the clock is the greatest cursor that a change gives."""

    rows: dict[int, str | None]
    nulls_first: bool
    now: int = 30
    asked: int = 0
    left: list[int] = field(default_factory=list)

    def page(self, where: Filter, size: int) -> tuple[list[Place], int]:
        self.asked += 1
        found: list[Place] = [
            (value, record) for record, value in self.rows.items() if self._meets(where, record, value)
        ]
        empty = -1 if self.nulls_first else 1
        found.sort(key=lambda place: (empty if place[0] is None else 0, place[0] or "", place[1]))
        return found[:size], max(0, len(found) - size)

    def touch(self, record: int) -> None:
        self.now = min(self.now + 1, 59)
        self.rows[record] = at(self.now)

    def _meets(self, where: Filter, record: int, value: str | None) -> bool:
        if isinstance(where, AllOf):
            return all(self._meets(part, record, value) for part in where.parts)
        if isinstance(where, AnyOf):
            return any(self._meets(part, record, value) for part in where.parts)
        return self._compares(where, record, value)

    @staticmethod
    def _compares(where: Compare, record: int, value: str | None) -> bool:
        if where.op in ("null", "notnull"):
            return (value is None) == (where.op == "null")
        if where.column == RECORD:
            assert where.op == "gt"
            return record > int(where.values[0])
        if value is None:
            return False
        than = where.values[0]
        return {"eq": value == than, "gt": value > than, "ge": value >= than, "le": value <= than}[where.op]


def read_of(low: str, high: str, clock: str | None) -> ObjectRead:
    inside, nulls = keyset.window(CURSOR, low, high, clock)
    return ObjectRead("VENDOR", {RECORD: "integer", CURSOR: "datetime"}, order=CURSOR, inside=inside, nulls=nulls)


ROWS = st.dictionaries(st.integers(1, 60), st.one_of(st.none(), st.integers(0, 40).map(at)), max_size=40)
CHANGES = st.lists(st.tuples(st.sampled_from(["touch", "delete", "insert"]), st.integers(1, 90)), max_size=3)


@given(ROWS, st.booleans(), st.integers(1, 9), st.sampled_from(["", at(5)]), st.booleans())
def test_a_quiet_window_is_read_once_in_as_few_pages_as_it_has(
    rows: dict[int, str | None], nulls_first: bool, size: int, low: str, with_clock: bool
) -> None:
    model, high, clock = Model(rows, nulls_first), at(20), at(25) if with_clock else None
    read, progress = read_of(low, high, clock), Progress()
    seen: list[int] = []
    while True:
        page, rest = model.page(behind(read, progress), size)
        further = progress.beyond(page)
        assert further is not None
        progress, seen = further, seen + [record for _, record in page]
        if not rest:
            break
    wanted = {
        record
        for record, value in rows.items()
        if (value is None and with_clock)
        or (value is not None and (low <= value <= high or (with_clock and value > at(25))))
    }
    assert sorted(seen) == sorted(wanted)
    assert model.asked == max(1, -(-len(wanted) // size))


@given(ROWS, st.booleans(), st.integers(1, 6), st.lists(CHANGES, max_size=12))
def test_whatever_changes_between_pages_no_row_of_the_window_that_stayed_is_missed(
    rows: dict[int, str | None], nulls_first: bool, size: int, changes: list[list[tuple[str, int]]]
) -> None:
    before = dict(rows)
    model, clock = Model(dict(rows), nulls_first), at(30)
    read, progress, seen = read_of("", clock, clock), Progress(), set[int]()
    touched: set[int] = set()
    for step in range(1000):
        page, rest = model.page(behind(read, progress), size)
        further = progress.beyond(page)
        assert further is not None, "reading by key never sees a page that has drifted"
        progress = further
        seen |= {record for _, record in page}
        if not rest:
            break
        for what, record in changes[step] if step < len(changes) else ():
            touched.add(record)
            if what == "delete":
                model.rows.pop(record, None)
            elif record in model.rows or what == "insert":
                model.touch(record)
    assert {record for record in before if record not in touched} <= seen
    # One that was changed meanwhile lies beyond the clock: it was read, or the next window has it.
    for record in touched & model.rows.keys():
        value = model.rows[record]
        assert record in seen or (value is not None and value > clock)


@pytest.mark.parametrize(
    "places",
    [
        [(at(2), 1), (at(1), 2)],
        [(at(1), 2), (at(1), 2)],
        [(at(1), 2), (at(1), 1)],
        [(None, 1), (at(1), 2), (None, 3)],
        [(None, 2), (None, 1)],
        [(at(1), 1), (None, 2), (at(2), 3)],
    ],
)
def test_rows_out_of_order_are_a_page_that_has_drifted(places: list[Place]) -> None:
    assert Progress().beyond(places) is None


def test_a_row_that_does_not_say_where_it_stands_is_passed_over() -> None:
    reached = Progress().beyond([(at(1), 1), None, (at(2), 2), None])
    assert reached is not None
    assert reached.last == (at(2), 2)


def test_an_object_without_a_cursor_is_read_by_its_record_number() -> None:
    read = ObjectRead("CLASS", {RECORD: "integer"})
    assert behind(read, Progress()) == filters.EVERYTHING
    assert behind(read, Progress((None, 7))) == Compare(RECORD, "gt", ("7",))
