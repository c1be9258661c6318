"""What is written as CSV reads back as it was, for any text, number, date and dialect."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(",;|\t\"'\r\n=+-@ü€"), max_size=12)
DECIMALS = st.decimals(-(10**15), 10**15, places=4)
DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))
ROWS = st.lists(st.tuples(TEXTS, st.none() | DECIMALS, st.none() | DATES, st.integers(-(2**63), 2**63 - 1)), max_size=8)
QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "nonnumeric": csv.QUOTE_MINIMAL, "none": csv.QUOTE_NONE}
ENDS = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}


def _table(make_table: Any, rows: list[tuple[str, Decimal | None, date | None, int]]) -> pa.Table:
    texts, amounts, dates, numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    return make_table(
        {
            "text": pa.array(texts, pa.string()),
            "amount": pa.array(amounts, pa.decimal128(21, 4)),
            "day": pa.array(dates, pa.date32()),
            "number": pa.array(numbers, pa.int64()),
        }
    )


@settings(max_examples=300)
@given(
    ROWS,
    st.sampled_from(",;|\t:~"),
    st.sampled_from("\"'`"),
    st.sampled_from(["minimal", "all", "nonnumeric"]),
    st.sampled_from(list(ENDS)),
    st.sampled_from(".,"),
)
def test_any_row_reads_back(
    rendering: Any,
    make_table: Any,
    rows: list[tuple[str, Decimal | None, date | None, int]],
    delimiter: str,
    quote: str,
    quoting: str,
    end: str,
    mark: str,
) -> None:
    layout = f"""
format: csv
delimiter: {json.dumps(delimiter)}
quote: {json.dumps(quote)}
quoting: {quoting}
line_end: {end}
decimal_mark: "{mark}"
columns: [{{field: text}}, {{field: amount}}, {{field: day}}, {{field: number, title: No.}}]
"""
    done = rendering(layout, _table(make_table, rows))
    if not rows:
        assert done.streams == {}
        return
    assert done.result.rejected == []
    assert done.text().endswith(ENDS[end])
    read = csv.reader(io.StringIO(done.text(), newline=""), delimiter=delimiter, quotechar=quote, strict=True)
    titles, *lines = read
    assert titles == ["text", "amount", "day", "No."]
    assert [_values(line, mark) for line in lines] == rows


def _values(line: list[str], mark: str) -> tuple[str, Decimal | None, date | None, int]:
    text, amount, day, number = line
    amount = amount.replace(mark, ".")
    return text, Decimal(amount) if amount else None, date.fromisoformat(day) if day else None, int(number)


@settings(max_examples=200)
@given(ROWS, st.sampled_from(";|\t"))
def test_without_quotes_a_row_reads_back_or_is_rejected(
    rendering: Any, make_table: Any, rows: list[tuple[str, Decimal | None, date | None, int]], delimiter: str
) -> None:
    layout = f"""
format: csv
delimiter: {json.dumps(delimiter)}
quoting: none
header: false
columns: [{{field: text}}, {{field: amount}}, {{field: day}}, {{field: number}}]
"""
    done = rendering(layout, _table(make_table, rows))
    fit = [row for row in rows if not any(mark in row[0] for mark in f"{delimiter}\r\n")]
    assert len(done.result.rejected) == len(rows) - len(fit)
    assert {rejected.field for rejected in done.result.rejected} <= {"text"}
    text = done.text() if fit else ""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    assert [_values(line, ".") for line in lines] == fit


@settings(max_examples=200)
@given(st.lists(st.none() | TEXTS, min_size=1, max_size=6), st.sampled_from(["minimal", "all", "nonnumeric"]))
def test_a_single_column_has_no_empty_lines(
    rendering: Any, make_table: Any, texts: list[str | None], quoting: str
) -> None:
    layout = f"format: csv\nheader: false\nquoting: {quoting}\ncolumns: [{{field: text}}]\n"
    done = rendering(layout, make_table({"text": pa.array(texts, pa.string())}))
    lines = list(csv.reader(io.StringIO(done.text(), newline=""), strict=True))
    assert lines == [[text or ""] for text in texts]


@settings(max_examples=200)
@given(
    st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from(["ascii", "windows-1252", "iso-8859-1", "cp850", "cp500"])
)
def test_an_encoding_holds_a_text_exactly_or_its_record_is_rejected(
    rendering: Any, make_table: Any, texts: list[str], encoding: str
) -> None:
    layout = f"format: csv\nheader: false\nencoding: {encoding}\ncolumns: [{{field: number}}, {{field: text}}]\n"
    done = rendering(layout, make_table({"number": pa.array(range(len(texts))), "text": texts}))
    fit = {number: text for number, text in enumerate(texts) if _holds(encoding, text)}
    assert len(done.result.rejected) == len(texts) - len(fit)
    text = done.text(encoding=encoding) if fit else ""
    assert {int(number): text for number, text in csv.reader(io.StringIO(text, newline=""))} == fit


def _holds(encoding: str, text: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False


@settings(max_examples=200)
@given(st.integers(0, 18), st.integers(-(10**20), 10**20))
def test_numbers_are_exact_and_plain_at_any_scale(rendering: Any, make_table: Any, scale: int, unscaled: int) -> None:
    amount = Decimal(unscaled).scaleb(-scale)
    table = make_table({"amount": pa.array([None, amount], pa.decimal128(38, scale))}).slice(1)
    done = rendering("format: csv\nheader: false\ncolumns: [{field: amount}]\n", table)
    assert done.text() == f"{amount:f}\r\n"
