"""What a step says about the rows that it can't map, and about columns that it can't work on at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pyarrow.compute as pc

from airflow_provider_mlconnector.mapping.values import Values

RULE = "rule"
LOOKUP = "lookup"
TARGET = "target"


class Unfit(Exception):  # noqa: N818 - names what the column is
    """A column that a rule can't work on: it is missing, or has another type. Found before rows flow."""


@dataclass(frozen=True)
class Fault:
    """Rows that a step could not map.

    Attributes:
        mask: true for these rows; never null.
        parts: what each row held: one column, or a key's columns in their order.
        reason: what is wrong with it, as the end of a sentence that begins with the value.
        kind: what must change: `rule` (the mapping), `lookup` or `target` (a table named in `table`).
        table: the cross-reference or the list of valid targets.
        stop: whether the run stops for it, whatever the mapping's `on_reject` says.
    """

    mask: Values
    parts: tuple[Values, ...]
    reason: str
    kind: str = RULE
    table: str = ""
    stop: bool = False

    def without(self, rows: Values) -> Fault:
        """The fault without rows that failed before."""
        return Fault(pc.and_not(self.mask, rows), self.parts, self.reason, self.kind, self.table, self.stop)

    def any(self) -> bool:
        """Whether a row failed at all."""
        return bool(pc.any(self.mask, min_count=0).as_py())


class Outcome(NamedTuple):
    """What a step made of a column, null in rows that failed, and which rows those are."""

    values: Values
    fault: Fault | None = None
