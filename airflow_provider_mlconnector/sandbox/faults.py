"""How a sandbox misbehaves: faults that are set and cleared while it runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Active = Mapping[str, Mapping[str, Any]]
"""The faults that hit a request, by name, with their options."""


@dataclass
class Fault:
    """One fault that is set.

    Attributes:
        name: what goes wrong.
        where: only requests that ask for something whose facts are these.
        after: how many matching requests pass unharmed first.
        count: how many are hit then; None means all until it is cleared.
        options: how it goes wrong.
        hits: how many it has hit.
    """

    name: str
    where: dict[str, str] = field(default_factory=dict)
    after: int = 0
    count: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def meets(self, facts: Mapping[str, str]) -> bool:
        """Whether something with these facts is what it is meant for."""
        return all(facts.get(name, "") == wanted for name, wanted in self.where.items())

    def strikes(self, asked: Sequence[Mapping[str, str]]) -> bool:
        """Whether it hits a request that asks for these; counts it."""
        if not any(self.meets(facts) for facts in asked):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True


class Faults:
    """The faults that are set.

    Args:
        known: what each fault does, by name, with its options in backticks.
        where: the facts by which a fault may be narrowed.
        count: how many requests a fault hits whose count is not given; None for all.
    """

    def __init__(self, known: Mapping[str, str], where: Collection[str], count: int | None = None) -> None:
        self._known, self._where, self._count = known, where, count
        self._set: list[Fault] = []

    def set(self, given: Mapping[str, Any]) -> Fault:
        """Set a fault from its JSON form; a fault set twice counts twice, one after the other.

        Raises:
            ValueError: the name or a field is unknown.
        """
        fields = dict(given)
        name = str(fields.pop("name", ""))
        if name not in self._known:
            raise ValueError(f"there is no fault '{name}'; there are {', '.join(sorted(self._known))}")
        where = {str(key): str(value) for key, value in dict(fields.pop("where", None) or {}).items()}
        if where.keys() - set(self._where):
            raise ValueError(f"'where' knows {', '.join(sorted(self._where))}")
        count = fields.pop("count", self._count)
        fault = Fault(name, where, int(fields.pop("after", 0)), None if count is None else int(count), fields)
        self._set.append(fault)
        return fault

    def clear(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._set = [fault for fault in self._set if name and fault.name != name]

    def take(self, *asked: Mapping[str, str]) -> list[Fault]:
        """The faults that hit a request that asks for one or several things with these facts."""
        return [fault for fault in self._set if fault.strikes(asked)]

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are set, in JSON form."""
        return [asdict(fault) for fault in self._set]


def named(faults: Sequence[Fault]) -> Active:
    """Faults by name, with their options."""
    return {fault.name: fault.options for fault in faults}


def meant_for(faults: Sequence[Fault], facts: Mapping[str, str]) -> Active:
    """Those of a request's faults that are meant for one of the things that it asks for."""
    return named([fault for fault in faults if fault.meets(facts)])
