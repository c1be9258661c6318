"""Rows found by keys of several columns, a column at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.mapping.values import Values


class KeyIndex:
    """Finds rows by the texts of their key columns.

    Each column becomes a number (which distinct text it is), and the numbers of several columns become one. So keys
    can't be confused, whatever their texts hold, and a lookup is one hash probe per column.

    Args:
        used: which columns of the key take part.
        keys: the key columns, one text per row; no two rows have the same texts in the used columns.
        rows: the numbers that the rows are found as.
    """

    def __init__(self, used: Sequence[int], keys: Sequence[Sequence[str]], rows: Sequence[int]) -> None:
        self._used = tuple(used)
        self._rows = pa.array(rows, pa.int32())
        self._distinct: list[Values] = []
        self._prefixes: list[Values] = []
        codes: Values = None
        for column in used:
            texts = pa.array(keys[column], pa.string())
            self._distinct.append(pc.unique(texts))
            codes = self._joined(codes, texts, len(self._distinct) - 1)
            # Numbered anew after each column, so that the product of two numbers always fits 64 bits.
            self._prefixes.append(codes)
            codes = pc.index_in(codes, value_set=self._prefixes[-1])

    def _joined(self, codes: Values, texts: Values, stage: int) -> Values:
        distinct = self._distinct[stage]
        column = pc.index_in(texts, value_set=distinct).cast(pa.int64())
        return column if codes is None else pc.add(pc.multiply(codes.cast(pa.int64()), len(distinct)), column)

    def find(self, keys: Sequence[Values]) -> Values:
        """The rows' numbers; null where no row has these texts.

        Args:
            keys: all key columns, as arrays of texts without nulls.
        """
        codes: Values = None
        for stage, column in enumerate(self._used):
            codes = self._joined(codes, keys[column], stage)
            if len(self._used) > 1:
                codes = pc.index_in(codes, value_set=self._prefixes[stage])
        if codes is None:
            return pa.repeat(self._rows[0], len(keys[0]))
        return self._rows.take(codes)
