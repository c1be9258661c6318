"""Rows of any number as pure functions of their index, with nothing held but one cycle of them.

The company's documents repeat in cycles: what a document is made of depends on its slot in the cycle, and only keys and
the references between documents (the moving columns) depend on the cycle too. So a table of millions of rows is one
cycle of members, and totals, seeks and filters cost what one cycle costs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from airflow_provider_mlconnector.sandbox.syspro.columns import Value

About = TypeVar("About")


class Slotted(Protocol):
    """What a member is about: something that belongs to one slot of the cycle."""

    @property
    def slot(self) -> int:
        """Its place in the cycle of documents."""


@dataclass(eq=False)
class Member(Generic[About]):
    """One row of the cycle.

    Attributes:
        slot: the slot of the document that it belongs to; rows of later slots may be missing in the last cycle.
        about: what the row is made from.
        place: its rank among the members of its group.
        width: how many members its group has.
    """

    slot: int
    about: About
    place: int = 0
    width: int = 0

    def rank(self, cycle: int) -> int:
        """The row's rank in its group over all cycles, from 1."""
        return cycle * self.width + self.place + 1


@dataclass(frozen=True)
class Span:
    """How many documents there are, and how many make one cycle."""

    documents: int
    period: int

    def count(self, members: Sequence[Member[About]]) -> int:
        """How many rows a group of members, sorted by slot, makes."""
        cycles, rest = divmod(self.documents, self.period)
        slots = [member.slot for member in members]
        return cycles * len(members) + bisect_right(slots, rest - 1)

    def times(self, slot: int) -> int:
        """How often a slot comes."""
        cycles, rest = divmod(self.documents, self.period)
        return cycles + (slot < rest)


@dataclass(frozen=True)
class Numbered:
    """A moving column whose values differ by one number only, which grows by the same step from cycle to cycle.

    That is what lets a row be written once and filled in for every cycle.

    Attributes:
        number: the number in a cycle.
        form: the value's form for a member, such as `INV%08d`; None where the value is the number itself.
    """

    number: Callable[[int, Member[Any]], int]
    form: Callable[[Member[Any]], str] | None = None

    def __call__(self, cycle: int, member: Member[Any]) -> Value:
        """The value in a cycle."""
        number = self.number(cycle, member)
        return number if self.form is None else self.form(member) % number

    def line(self, member: Member[Any]) -> tuple[int, int]:
        """What the number grows by per cycle, and what it begins with."""
        first = self.number(0, member)
        return self.number(1, member) - first, first


Fixed = Callable[[Member[About]], Mapping[str, Value]]
Moving = Callable[[int, Member[About]], Value]


class Periodic(Generic[About]):
    """A base table: groups of members, each group repeated cycle by cycle, in the order of the primary key.

    Args:
        span: the documents.
        groups: what the rows are about, in key order of the groups; within one, in slot order.
        fixed: the columns that are the same in every cycle; those not named are blank.
        moving: the columns that differ from cycle to cycle.
    """

    def __init__(
        self,
        span: Span,
        groups: Iterable[Sequence[Member[About]]],
        fixed: Fixed[About],
        moving: Mapping[str, Moving[About]],
    ) -> None:
        self.groups = [list(group) for group in groups]
        self.moving = dict(moving)
        self._make_fixed = fixed
        self._fixed: dict[int, Mapping[str, Value]] = {}
        self.offsets = [0]
        for group in self.groups:
            for place, member in enumerate(group):
                member.place, member.width = place, len(group)
            self.offsets.append(self.offsets[-1] + span.count(group))

    def __len__(self) -> int:
        return self.offsets[-1]

    def locate(self, index: int) -> tuple[int, Member[About]]:
        """The cycle and the member of a row."""
        place = bisect_right(self.offsets, index) - 1
        group = self.groups[place]
        cycle, rank = divmod(index - self.offsets[place], len(group))
        return cycle, group[rank]

    def fixed(self, member: Member[About]) -> Mapping[str, Value]:
        """A member's columns that are the same in every cycle."""
        known = self._fixed.get(id(member))
        if known is None:
            known = self._fixed[id(member)] = self._make_fixed(member)
        return known

    def value(self, cycle: int, member: Member[About], column: str) -> Value:
        """One column of one row; None where neither part names it."""
        if column in self.moving:
            return self.moving[column](cycle, member)
        return self.fixed(member).get(column)


Kin = TypeVar("Kin", bound=Slotted)


def members(kin: Iterable[Kin]) -> list[Member[Kin]]:
    """Members for things that know their slot, in the order given."""
    return [Member(each.slot, each) for each in kin]
