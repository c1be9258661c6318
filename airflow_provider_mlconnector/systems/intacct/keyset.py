"""Reading by key: which rows lie behind a place. Nothing that is inserted, changed or deleted meanwhile shifts a page.

Rows are ordered by (cursor, record number). A change only ever moves a row forward, so none slips behind the place that
a reading has reached. Where rows without a cursor stand, first or last, is not documented: it is seen from the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airflow_provider_mlconnector.systems.intacct import filters
from airflow_provider_mlconnector.systems.intacct.filters import Compare, Filter
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead, Place


@dataclass(frozen=True)
class Progress:
    """How far a reading has come.

    Attributes:
        last: the place of its last row; None before the first.
        nulls_first: whether rows without a cursor have come before any with one.
        values_met: whether a row with a cursor has come.
    """

    last: Place | None = None
    nulls_first: bool = False
    values_met: bool = False

    def beyond(self, places: Iterable[Place | None]) -> Progress | None:
        """The progress behind a page; None where its rows do not lie behind this one, in order."""
        reached = self
        for place in places:
            if place is None:
                continue
            if not reached.leads_to(place):
                return None
            is_value = place[0] is not None
            nulls_first = reached.nulls_first or not (is_value or reached.values_met)
            reached = Progress(place, nulls_first, reached.values_met or is_value)
        return reached

    def leads_to(self, place: Place) -> bool:
        """Whether a row may come next at this place."""
        if self.last is None:
            return True
        (before, record), (value, number) = self.last, place
        if before is None and value is not None:
            return not self.values_met
        if before is not None and value is None:
            return not self.nulls_first
        if before is None or value is None:
            return number > record
        return (value, number) > (before, record)


def behind(read: ObjectRead, progress: Progress) -> Filter:
    """Which rows are still to come.

    Args:
        read: the reading.
        progress: how far it has come.
    """
    empty: list[Filter] = [Compare(read.order, "null")] if read.order and read.nulls else []
    if progress.last is None:
        return filters.all_of(read.where, filters.any_of(read.inside, *empty))
    value, number = progress.last
    further = Compare(RECORD, "gt", (str(number),))
    if not read.order:
        return filters.all_of(read.where, read.inside, further)
    if value is None:
        rest: list[Filter] = [filters.all_of(Compare(read.order, "null"), further)]
        if not progress.values_met:
            rest.append(_valued(read))
        return filters.all_of(read.where, filters.any_of(*rest))
    tie = filters.all_of(Compare(read.order, "eq", (value,)), further)
    ahead = filters.all_of(read.inside, filters.any_of(Compare(read.order, "gt", (value,)), tie))
    return filters.all_of(read.where, filters.any_of(ahead, *([] if progress.nulls_first else empty)))


def _valued(read: ObjectRead) -> Filter:
    return Compare(read.order, "notnull") if read.inside == filters.EVERYTHING else read.inside


def window(column: str, low: str, high: str, clock: str | None) -> tuple[Filter, bool]:
    """The rows of a window, and whether those without a cursor belong to it.

    Args:
        column: the cursor's column.
        low: lower end, included; empty: none.
        high: upper end, included; empty: none.
        clock: the source's clock as a cursor: rows beyond it and without a cursor are wanted too; None: not.
    """
    low_end: list[Filter] = [Compare(column, "ge", (low,))] if low else []
    high_end: list[Filter] = [Compare(column, "le", (high,))] if high else []
    inside = filters.all_of(*low_end, *high_end)
    if clock is None:
        return inside, False
    if high and clock:
        inside = filters.any_of(inside, Compare(column, "gt", (max(high, clock),)))
    return inside, True
