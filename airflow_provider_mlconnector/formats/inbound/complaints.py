"""What is wrong with the records of one part of a file, gathered until each is told as one rejected row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.source import Key, RejectedRow

_REASONS_SHOWN = 5
_CHARACTERS_SHOWN = 80
_RAW = 2000


class Complaints:
    """Reasons by record, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[int, list[str]] = {}

    def add(self, record: int, reason: str) -> None:
        """Note one reason."""
        self._found.setdefault(record, []).append(reason)

    def add_rows(
        self, mask: pa.BooleanArray, records: pa.Array, lines: pa.Array, told: Sequence[str | pa.Array]
    ) -> None:
        """Note a reason for each row of a mask.

        Args:
            mask: rows at fault; never null.
            records: the record of each row.
            lines: the line of each row.
            told: parts of the reason: texts, or columns whose value is shown.
        """
        at = pc.indices_nonzero(mask)
        columns = [[each] * len(at) if isinstance(each, str) else _shown(each.take(at)) for each in told]
        found = zip(records.take(at).to_pylist(), lines.take(at).to_pylist(), *columns, strict=True)
        for record, line, *parts in found:
            self.add(record, f"line {line}: {''.join(parts)}")

    def add_reasons(self, reasons: pa.StringArray, records: pa.Array, lines: pa.Array) -> None:
        """Note a reason for each row that has one; arguments as above."""
        at = pc.indices_nonzero(pc.is_valid(reasons))
        found = zip(*(each.take(at).to_pylist() for each in (records, lines, reasons)), strict=True)
        for record, line, reason in found:
            self.add(record, f"line {line}: {reason}")

    def records(self) -> set[int]:
        """The records of which something has been said."""
        return set(self._found)

    def rejected(
        self, keys: Mapping[int, Key], shown: Mapping[int, str], groups: Mapping[int, str]
    ) -> Iterator[RejectedRow]:
        """One rejected row for each group, in the order of their records."""
        reasons: dict[str, list[str]] = {}
        first: dict[str, int] = {}
        for record in sorted(self._found):
            first.setdefault(groups[record], record)
            reasons.setdefault(groups[record], []).extend(self._found[record])
        for group, record in first.items():
            told = list(dict.fromkeys(reasons[group]))
            more = len(told) - _REASONS_SHOWN
            said = "; ".join(told[:_REASONS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
            yield RejectedRow(keys[record], said, shown[record][:_RAW])


def _shown(column: pa.Array) -> list[str]:
    texts = [text or "" for text in column.cast(pa.string()).to_pylist()]
    return [f"'{text}'" if len(text) <= _CHARACTERS_SHOWN else f"'{text[:_CHARACTERS_SHOWN]}...'" for text in texts]
