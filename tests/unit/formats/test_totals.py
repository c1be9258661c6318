"""Counts and control totals: the trailer says what the file holds, however its rows came."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

AMOUNTS = st.none() | st.integers(-(10**37), 10**37)
ROWS = st.lists(st.tuples(st.sampled_from(["EUR", "USD", "JPY", None]), AMOUNTS, st.sampled_from("ABC")), max_size=12)
LAYOUT = """
format: csv
header: false
totals: {amount: amount, currency: currency}
columns: [{text: D}, {field: amount}, {field: currency}]
trailer_records:
  - per_currency: true
    cells: [{text: T}, {field: currency}, {field: rows}, {field: total, decimals: 2}]
  - cells: [{text: Z}, {field: rows}, {field: records}, {field: lines}, {field: hash_total, decimals: 2}]
"""


def _table(make_table: Any, rows: list[tuple[str | None, int | None, str]]) -> pa.Table:
    currencies, cents, groups = zip(*rows, strict=True) if rows else ((), (), ())
    amounts = [None if c is None else _money(c) for c in cents]
    columns = {
        "currency": pa.array(currencies, pa.string()),
        "amount": pa.array(amounts, pa.decimal128(38, 2)),
        "group": pa.array(groups, pa.string()),
    }
    return make_table(columns)


def _money(cents: int) -> Decimal:
    with localcontext(prec=100):
        return Decimal(cents).scaleb(-2)


def _sums(rows: list[tuple[str | None, int | None, str]]) -> dict[str, Decimal]:
    sums: dict[str, int] = defaultdict(int)
    for currency, cents, _ in rows:
        sums[currency or ""] += cents or 0
    return {currency: _money(cents) for currency, cents in sums.items()}


@settings(max_examples=200)
@given(ROWS)
def test_trailers_tell_the_exact_sums(
    rendering: Any, make_table: Any, rows: list[tuple[str | None, int | None, str]]
) -> None:
    done = rendering(LAYOUT, _table(make_table, rows))
    if not rows:
        assert done.result.files == []
        return
    lines = list(csv.reader(io.StringIO(done.text(), newline="")))
    sums = _sums(rows)
    assert {line[1]: Decimal(line[3]) for line in lines if line[0] == "T"} == sums
    assert sum(int(line[2]) for line in lines if line[0] == "T") == len(rows)
    everything = _money(sum(cents or 0 for _, cents, _ in rows))
    last = lines[-1]
    assert (last[1:4], Decimal(last[4])) == ([str(len(rows)), str(len(rows)), str(len(lines))], everything)
    assert done.result.files[0].totals == sums


@settings(max_examples=100)
@given(ROWS, st.lists(st.integers(0, 12), max_size=4))
def test_how_rows_are_cut_into_tables_changes_nothing(
    rendering: Any, make_table: Any, rows: list[tuple[str | None, int | None, str]], cuts: list[int]
) -> None:
    table = _table(make_table, rows)
    ends = sorted({0, *cuts, 12})
    pieces = [table.slice(start, end - start) for start, end in pairwise(ends)]
    one, many = rendering(LAYOUT, table), rendering(LAYOUT, *pieces)
    assert one.result == many.result
    assert not rows or one.content() == many.content()


@settings(max_examples=100)
@given(ROWS)
def test_groups_sum_up_to_the_whole(
    rendering: Any, make_table: Any, rows: list[tuple[str | None, int | None, str]]
) -> None:
    table = _table(make_table, rows)
    grouped = rendering(LAYOUT + "group: {by: group}\nfile_name: '{sequence}{group}'\n", table)
    assert [file.group for file in grouped.result.files] == sorted({group for _, _, group in rows})
    for file in grouped.result.files:
        own = [row for row in rows if row[2] == file.group]
        assert (file.rows, file.records, file.totals) == (len(own), len(own), _sums(own))
        content = grouped.content(file.name)
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_chunks_of_many_rows(rendering: Any, make_table: Any) -> None:
    rows = 70_001
    columns = {"amount": pa.array([_money(n) for n in range(rows)], pa.decimal128(38, 2)), "currency": ["EUR"] * rows}
    columns["g"] = pa.array([f"G{n % 7}" for n in range(rows)])
    table = make_table(columns, keys=[n // 3 for n in range(rows)])
    (file,) = rendering(LAYOUT, table).result.files
    assert (file.rows, file.records, file.totals) == (rows, 23_334, {"EUR": _money(sum(range(rows)))})
    sections = rendering(LAYOUT + "group: {by: g, into: sections}\n", table)
    lines = sections.text().split("\r\n")[:rows]
    expected = [f"D,{_money(n)},EUR" for start in range(7) for n in range(start, rows, 7)]
    assert lines == expected


def test_an_amount_of_the_record_counts_once(rendering: Any, make_table: Any) -> None:
    columns = {
        "amount": pa.array([Decimal(5), Decimal(5), Decimal(7)], pa.decimal128(9, 0)),
        "line": pa.array([1, 2, 1]),
    }
    table = make_table(columns, keys="AAB")
    layout = "format: csv\ntotals: {amount: amount, per: record}\ncolumns: [{field: line}]\n"
    (file,) = rendering(layout, table).result.files
    assert (file.rows, file.records, file.totals) == (3, 2, {"": Decimal(12)})


def test_the_fingerprint_tells_keys_apart_and_not_their_order(rendering: Any, make_table: Any) -> None:
    layout = "format: csv\ncolumns: [{field: n}]\n"

    def fingerprint(keys: str) -> str:
        (file,) = rendering(layout, make_table({"n": pa.array(range(len(keys)))}, keys=keys)).result.files
        return str(file.key_hashes)

    assert fingerprint("ABC") == fingerprint("CAB") == fingerprint("AABCC")
    assert len({fingerprint(keys) for keys in ("A", "B", "AB", "ABC", "ABD")}) == 5


def test_rows_have_a_hash_of_their_own(rendering: Any, make_table: Any) -> None:
    numbered = "format: csv\ncolumns: [{field: n}]\nheader_records: [{cells: [{text: '%s'}, {field: sequence}]}]\n"
    table = make_table({"n": pa.array([1, 2])})
    (one,), (other,) = (rendering(numbered % text, table).result.files for text in ("a", "b"))
    assert one.sha256 != other.sha256
    assert one.rows_sha256 == other.rows_sha256 == hashlib.sha256(b"1\r\n2\r\n").hexdigest()
