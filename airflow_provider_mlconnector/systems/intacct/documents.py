"""Headers with their lines as one document each, lines replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.declaration import Related
from airflow_provider_mlconnector.streams.source import RejectedRow
from airflow_provider_mlconnector.systems.intacct import filters
from airflow_provider_mlconnector.systems.intacct.filters import MOST_VALUES, Compare
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead, ObjectReader, Rows

PARENT = {"SODOCUMENTENTRY": "DOCHDRNO", "PODOCUMENTENTRY": "DOCHDRNO", "INVDOCUMENTENTRY": "DOCHDRNO"}
"""The lines' column that holds the header's record number, where it is not RECORDKEY (sheet 1.11)."""

_ORDINAL = "_ordinal"
_ROUNDS = 4


def parent_of(lines: Related) -> str:
    """The lines' column that holds the header's record number."""
    return PARENT.get(lines.table, "RECORDKEY")


@dataclass(frozen=True)
class Documents:
    """Reads documents.

    Attributes:
        reader: reads both objects.
        head: how headers are read; its conditions hold for every header.
        lines: how lines are read: keyed by the column of their header, with the declared columns of this company.
        declared: the declared lines.
        cursor: the header's column that says when it was changed; empty: none does.
    """

    reader: ObjectReader
    head: ObjectRead
    lines: ObjectRead
    declared: Related
    cursor: str = ""

    @property
    def _parent(self) -> str:
        return parent_of(self.declared)

    def pages(self, headers: Iterator[Rows]) -> Iterator[Rows]:
        """Headers with the column `lines`; a header without one that can be read is set aside as a whole.

        A document is given only if its header is the same after its lines have been read as before: else it has been
        changed in between, and is read again.

        Raises:
            IntegrityError: a line can't be read and does not say whose it is.
            TransientError: a document keeps changing while it is read.
        """
        for page in headers:
            if page.rejected:
                yield Rows(self._with_lines(page.table.slice(0, 0), []), page.rejected)
            for start in range(0, page.table.num_rows, MOST_VALUES):
                yield from self._settled(page.table.slice(start, MOST_VALUES))

    def _settled(self, headers: pa.Table) -> Iterator[Rows]:
        for _ in range(_ROUNDS):
            if not headers.num_rows:
                return
            records = headers[RECORD].to_pylist()
            lines = list(self.reader.pages(self._of(self.lines, self._parent, records)))
            again = {row[RECORD]: row for row in self._stamps(records)}
            same = [again.get(stamp[RECORD]) == stamp for stamp in headers.select(self._stamp()).to_pylist()]
            if any(same):
                yield self._page(headers.filter(pa.array(same, pa.bool_())), lines)
            # One that is gone, or no longer meets the conditions, is left out: its change lies beyond the window.
            moved = [record for record, kept in zip(records, same, strict=True) if not kept and record in again]
            headers = self._headers(moved)
        if headers.num_rows:
            raise TransientError(f"{self.head.name}: documents keep changing while they are read.", "Try again later.")

    def _stamp(self) -> list[str]:
        return [name for name in (RECORD, self.cursor) if name]

    def _stamps(self, records: Sequence[int]) -> Iterator[dict[str, object]]:
        columns = {name: self.head.columns[name] for name in self._stamp()}
        # Conditions may name columns beside these, whose types their values are written by.
        read = replace(self._of(self.head, RECORD, records), columns=columns, key=(RECORD,), others=self.head.kinds())
        for page in self.reader.pages(read):
            yield from page.table.to_pylist()

    def _headers(self, records: Sequence[int]) -> pa.Table:
        pages = list(self.reader.pages(self._of(self.head, RECORD, records))) if records else []
        return pa.concat_tables([self.head.schema().empty_table(), *(page.table for page in pages)]).combine_chunks()

    def _of(self, read: ObjectRead, column: str, records: Sequence[int]) -> ObjectRead:
        wanted = Compare(column, "in", tuple(str(record) for record in records))
        where = filters.all_of(read.where, wanted)
        return replace(read, where=where, order="", inside=filters.EVERYTHING, nulls=False)

    def _page(self, headers: pa.Table, lines: Sequence[Rows]) -> Rows:
        unreadable = {row.key[0]: row for page in lines for row in page.rejected}
        if "" in unreadable:
            raise IntegrityError(
                f"{self.lines.name}: a line can't be read and does not say whose it is: {unreadable[''].reason}.",
                "Correct the stream's declaration, or the line in Intacct.",
            )
        shown = [str(record) for record in headers[RECORD].to_pylist()]
        bad = [place for place, record in enumerate(shown) if record in unreadable]
        rejected = [self._rejected(headers, place, unreadable[shown[place]]) for place in bad]
        good = headers.filter(pa.array([record not in unreadable for record in shown], pa.bool_()))
        return Rows(self._with_lines(good, [page.table for page in lines]), tuple(rejected))

    def _rejected(self, headers: pa.Table, place: int, line: RejectedRow) -> RejectedRow:
        one = headers.slice(place, 1)
        key = tuple(pc.cast(one[name], pa.string())[0].as_py() or "" for name in self.head.key)
        return RejectedRow(key, f"a line can't be read: {line.reason}", line.raw)

    def _with_lines(self, headers: pa.Table, lines: Sequence[pa.Table]) -> pa.Table:
        every = pa.concat_tables([self.lines.schema().empty_table(), *lines])
        ordinals = pc.index_in(every[self._parent], value_set=headers[RECORD].combine_chunks())
        owned = every.append_column(_ORDINAL, ordinals).filter(pc.is_valid(ordinals))
        order = [name for name in self.declared.key if name in self.lines.columns]
        owned = owned.sort_by([(name, "ascending") for name in (_ORDINAL, *order, RECORD)])
        counts = [0] * headers.num_rows
        for ordinal in owned[_ORDINAL].to_pylist():
            counts[ordinal] += 1
        offsets = pa.array([0, *accumulate(counts)], pa.int32())
        fields = [pa.field(name, arrow_type(kind)) for name, kind in self.declared.columns.items()]
        values = [_column(owned, name, kind) for name, kind in self.declared.columns.items()]
        struct = pa.StructArray.from_arrays(values, fields=fields)
        return headers.append_column("lines", pa.ListArray.from_arrays(offsets, struct))


def _column(rows: pa.Table, name: str, kind: str) -> pa.Array:
    """A declared column; nulls where this company does not have it."""
    if name in rows.schema.names:
        return rows[name].combine_chunks()
    return pa.nulls(rows.num_rows, arrow_type(kind))
