"""What can't be rendered: which cells, why, and which whole records stay behind because of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import RejectedError

Policy = Literal["exception", "error"]


@dataclass(frozen=True)
class RejectedRecord:
    """A record that is left out of the files.

    Attributes:
        key_hash: its `_key_hash`.
        field: the field that can't be rendered; of this record, or of another line of the same document.
        reason: why, for a person.
    """

    key_hash: bytes
    field: str
    reason: str


@dataclass(frozen=True)
class _Fault:
    mask: pa.BooleanArray
    field: str
    reason: str


@dataclass
class Faults:
    """Collects what is wrong with the rows of one chunk.

    Args:
        called: how messages call a row, given its position in the chunk.
        values: what becomes of a value that doesn't fit; `error` stops everything.
        characters: the same for a character that the encoding can't hold.
    """

    called: Callable[[int], str]
    values: Policy
    characters: Policy
    found: list[_Fault] = field(default_factory=list)

    def add(self, mask: pa.BooleanArray | None, field_name: str, reason: str, *, of_characters: bool = False) -> None:
        """Note rows that can't be rendered.

        Args:
            mask: true where a row is at fault; None where none is.
            field_name: the field.
            reason: why, as the end of a sentence about the field's value.
            of_characters: whether the encoding is the cause.

        Raises:
            RejectedError: the policy for this cause is `error`, and a row is at fault.
        """
        if mask is None or not pc.any(mask).as_py():
            return
        if (self.characters if of_characters else self.values) == "error":
            row = pc.index(mask, True).as_py()
            raise RejectedError(
                f"{self.called(row)}: {field_name} {reason}.",
                "Correct the record, its mapping or the layout, and clear the task.",
            )
        self.found.append(_Fault(pc.fill_null(mask, fill_value=False), field_name, reason))

    def rejected(
        self, unit_starts: pa.BooleanArray, key_hashes: pa.Array
    ) -> tuple[pa.BooleanArray, list[RejectedRecord]]:
        """The rows that stay, and the records that don't: all rows of a document or record share its fate.

        Args:
            unit_starts: true where the rows of a new document, or record without document, begin.
            key_hashes: the rows' key hashes.
        """
        causes: dict[int, _Fault] = {}
        units = pc.cumulative_sum(pc.cast(unit_starts, pa.int64()))
        for fault in self.found:
            for unit in pc.unique(pc.filter(units, fault.mask)).to_pylist():
                causes.setdefault(unit, fault)
        gone = pc.is_in(units, pa.array(list(causes), pa.int64()))
        records: dict[bytes, RejectedRecord] = {}
        pairs = zip(pc.filter(units, gone).to_pylist(), pc.filter(key_hashes, gone).to_pylist(), strict=True)
        for unit, key_hash in pairs:
            fault = causes[unit]
            records.setdefault(key_hash, RejectedRecord(key_hash, fault.field, fault.reason))
        return pc.invert(gone), list(records.values())
