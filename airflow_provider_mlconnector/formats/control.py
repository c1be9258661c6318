"""Counts and control totals: taken from the rows that are written, and shown in control records."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.cells import ControlTotal
from airflow_provider_mlconnector.formats.chunks import begins
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.numbers import widest
from airflow_provider_mlconnector.formats.texts import plain

# Python's own context would round a sum to 28 digits, in silence.
_EXACT = Context(prec=200, traps=[Inexact])
_WORD = 2**64


@dataclass
class Tally:
    """What a file, or a group of its rows, holds.

    Attributes:
        rows: rows written.
        records: records that they belong to.
        documents: documents that they belong to; 0 where the layout has no document record.
        totals: the control total of each currency; `""` where there is none.
        currency_rows: rows of each currency.
        keys: sums of the two halves of the records' key hashes, as numbers of 64 bits.
    """

    rows: int = 0
    records: int = 0
    documents: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)
    currency_rows: dict[str, int] = field(default_factory=dict)
    keys: tuple[int, int] = (0, 0)

    def add(self, other: Tally) -> None:
        """Take in what another one counted."""
        self.rows += other.rows
        self.records += other.records
        self.documents += other.documents
        self.keys = ((self.keys[0] + other.keys[0]) % _WORD, (self.keys[1] + other.keys[1]) % _WORD)
        for currency, total in other.totals.items():
            self.totals[currency] = _EXACT.add(self.totals.get(currency, Decimal(0)), total)
        for currency, rows in other.currency_rows.items():
            self.currency_rows[currency] = self.currency_rows.get(currency, 0) + rows

    def hash_total(self) -> Decimal:
        """The plain sum of all amounts, whatever their currency."""
        total = Decimal(0)
        for amount in self.totals.values():
            total = _EXACT.add(total, amount)
        return total

    def fingerprint(self) -> str:
        """SHA-256 over the records' keys, whatever their order."""
        return hashlib.sha256(f"{self.records}:{self.keys[0]}:{self.keys[1]}".encode()).hexdigest()


def tally(
    rows: pa.RecordBatch, groups: pa.StringArray, totals: ControlTotal | None, documents: pa.BooleanArray | None
) -> dict[str, Tally]:
    """Count whole records, group by group.

    Args:
        rows: rows that are written; those of a group follow one another.
        groups: each row's group.
        totals: which amount is summed.
        documents: where a document's first row is; None where the layout has no document record.
    """
    records = pc.or_(begins(rows.column("_key_hash")), begins(groups))
    high, low = _key_words(rows.column("_key_hash"), records)
    columns: dict[str, Any] = {"group": groups, "record": pc.cast(records, pa.int64()), "high": high, "low": low}
    columns["document"] = pc.cast(records, pa.int64()) if documents is None else pc.cast(documents, pa.int64())
    sums = ["record", "document", "high", "low"]
    columns["currency"] = pa.repeat("", rows.num_rows)
    if totals:
        amounts = widest(rows.column(totals.amount))
        missing = pa.scalar(None, amounts.type)
        columns["amount"] = amounts if totals.per == "row" else pc.if_else(records, amounts, missing)
        sums.append("amount")
        if totals.currency:
            columns["currency"] = pc.fill_null(plain(rows.column(totals.currency)), "")
    aggregates: list[Any] = [*((name, "sum") for name in sums), ([], "count_all")]
    counted = pa.table(columns).group_by(["group", "currency"], use_threads=False).aggregate(aggregates)
    found: dict[str, Tally] = {}
    for line in counted.to_pylist():
        part = _part(line, totals=totals is not None, documents=documents is not None)
        found.setdefault(line["group"], Tally()).add(part)
    return found


def control_row(naming: FileNaming, group: str, counted: Tally, lines: int, currency: str | None) -> pa.RecordBatch:
    """The values that a control record can show, as a row of data.

    Args:
        naming: the rendering's names, date and number.
        group: the group that is written; empty where rows aren't grouped.
        counted: what the file or group holds.
        lines: records of every kind in the file.
        currency: the currency that the record is about; None for all.
    """
    every = counted.hash_total()
    total = every if currency is None else counted.totals[currency]
    rows = counted.rows if currency is None else counted.currency_rows[currency]
    values: Mapping[str, pa.Array] = {
        "rows": pa.array([rows], pa.int64()),
        "records": pa.array([counted.records], pa.int64()),
        "documents": pa.array([counted.documents], pa.int64()),
        "lines": pa.array([lines], pa.int64()),
        "total": _decimal(total),
        "hash_total": _decimal(every),
        "currency": pa.array([currency or ""]),
        "group": pa.array([group]),
        "flow": pa.array([naming.flow]),
        "stream": pa.array([naming.stream]),
        "company": pa.array([naming.company]),
        "period": pa.array([naming.period]),
        "run": pa.array([naming.run]),
        "date": pa.array([naming.date.date()], pa.date32()),
        "datetime": pa.array([naming.date.replace(tzinfo=None)], pa.timestamp("us")),
        "sequence": pa.array([naming.sequence], pa.int64()),
    }
    return pa.RecordBatch.from_pydict(dict(values))


def _decimal(amount: Decimal) -> pa.Array:
    exponent = amount.as_tuple().exponent
    return pa.array([amount], pa.decimal256(76, -exponent if isinstance(exponent, int) else 0))


def _key_words(hashes: pa.Array, counted: pa.BooleanArray) -> tuple[pa.Array, pa.Array]:
    _, data = hashes.buffers()
    words = array("Q", memoryview(data)[hashes.offset * 16 : (hashes.offset + len(hashes)) * 16].tobytes())
    zero = pa.scalar(0, pa.uint64())
    halves = (pa.Array.from_buffers(pa.uint64(), len(hashes), [None, pa.py_buffer(words[at::2])]) for at in (0, 1))
    high, low = (pc.if_else(counted, half, zero) for half in halves)
    return high, low


def _part(line: dict[str, Any], *, totals: bool, documents: bool) -> Tally:
    currency = line["currency"]
    amount = line["amount_sum"] if totals else None
    return Tally(
        rows=line["count_all"],
        records=line["record_sum"],
        documents=line["document_sum"] if documents else 0,
        totals={currency: Decimal(0) if amount is None else amount} if totals else {},
        currency_rows={currency: line["count_all"]},
        keys=(line["high_sum"], line["low_sum"]),
    )
