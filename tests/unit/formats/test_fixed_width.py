"""Fixed width: what stands at a position reads back as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=14)
CENTS = st.none() | st.integers(-(10**9) + 1, 10**9 - 1)
OVERPUNCH = {
    mark: (digit, sign) for sign, marks in ((1, "{ABCDEFGHI"), (-1, "}JKLMNOPQR")) for digit, mark in enumerate(marks)
}


def _fixed(fields: str, more: str = "") -> str:
    return f"format: fixed_width\nline_end: lf\nfields: [{fields}]\n{more}"


def _amounts(cents: list[int | None]) -> pa.Array:
    return pa.array([None if c is None else Decimal(c).scaleb(-2) for c in cents], pa.decimal128(11, 2))


def _cents(place: str, sign: str) -> int | None:
    """Read a number of implied decimals as a COBOL program would."""
    if not place.strip():
        return None
    if sign == "overpunch":
        digit, sign_of = OVERPUNCH[place[-1]]
        return sign_of * int(place[:-1] + str(digit))
    if sign == "trailing":
        body, mark = place.rstrip(" +-"), place.rstrip()[-1:]
        return int(body) * (-1 if mark == "-" else 1)
    return int(place)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(TEXTS, CENTS, st.none() | st.dates(date(1, 1, 1))), min_size=1, max_size=6),
    st.sampled_from(["leading", "trailing", "overpunch"]),
    st.sampled_from(["0", " "]),
    st.booleans(),
)
def test_rows_read_back_by_position(
    rendering: Any,
    make_table: Any,
    rows: list[tuple[str, int | None, date | None]],
    sign: str,
    pad: str,
    plus: bool,
) -> None:
    pad, plus = ("0", False) if sign == "overpunch" else (pad, plus)
    layout = _fixed(
        "{field: t, start: 1, width: 10}, {text: '|', start: 11, width: 1}, {field: d, start: 24, width: 10},"
        f"{{field: a, start: 12, width: 12, implied_decimals: 2, pad: '{pad}', "
        f"sign: {sign}, plus: {str(plus).lower()}}}"
    )
    texts, cents, dates = zip(*rows, strict=True)
    table = make_table({"t": pa.array(texts), "a": _amounts(list(cents)), "d": pa.array(dates, pa.date32())})
    done = rendering(layout, table)
    fit = [row for row in rows if len(row[0]) <= 10]
    assert len(done.result.rejected) == len(rows) - len(fit)
    lines = done.text().split("\n")[:-1] if fit else []
    assert {len(line) for line in lines} <= {33}
    assert all(line[10] == "|" for line in lines)
    read = [(line[:10].rstrip(" "), _cents(line[11:23], sign), line[23:].strip()) for line in lines]
    assert read == [(text, number, day.isoformat() if day else "") for text, number, day in fit]


@pytest.mark.parametrize(
    ("cents", "declared", "written"),
    [
        (-123456, "implied_decimals: 2, pad: '0'", "-00123456"),
        (123456, "implied_decimals: 2, pad: '0'", "000123456"),
        (123456, "implied_decimals: 2, pad: '0', plus: true", "+00123456"),
        (-123456, "implied_decimals: 2, pad: '0', sign: trailing", "00123456-"),
        (123456, "implied_decimals: 2, pad: '0', sign: trailing", "00123456 "),
        (-123456, "implied_decimals: 2, pad: '0', sign: overpunch", "00012345O"),
        (123456, "implied_decimals: 2, pad: '0', sign: overpunch", "00012345F"),
        (0, "implied_decimals: 2, pad: '0', sign: overpunch", "00000000{"),
        (123456, "implied_decimals: 4, pad: '0', sign: none", "012345600"),
        (-123456, "", " -1234.56"),
        (-123456, "sign: trailing", " 1234.56-"),
        (-123456, "align: left", "-1234.56 "),
        (123456, "decimals: 3", " 1234.560"),
        (5, "implied_decimals: 2", "      005"),
        (None, "implied_decimals: 2, pad: '0'", "         "),
    ],
)
def test_numbers(rendering: Any, make_table: Any, cents: int | None, declared: str, written: str) -> None:
    layout = _fixed(f"{{field: a, start: 1, width: 9{', ' + declared if declared else ''}}}")
    assert rendering(layout, make_table({"a": _amounts([cents])})).text() == f"{written}\n"


@pytest.mark.parametrize(
    ("declared", "widest", "too_wide"),
    [
        ("pad: '0', implied_decimals: 2", 9999, 10000),
        ("pad: '0', implied_decimals: 2", -999, -1000),
        ("pad: '0', implied_decimals: 2, plus: true", 999, 1000),
        ("pad: '0', implied_decimals: 2, sign: trailing", 999, 1000),
        ("pad: '0', implied_decimals: 2, sign: overpunch", -9999, -10000),
        ("decimals: 2", 999, 1000),
        ("pad: '0', decimals: 2, sign: none", 999, -1),
    ],
)
def test_a_number_that_does_not_fit_is_rejected(
    rendering: Any, make_table: Any, declared: str, widest: int, too_wide: int
) -> None:
    table = make_table({"a": _amounts([widest, too_wide])})
    done = rendering(_fixed(f"{{field: a, start: 1, width: 4, {declared}}}"), table)
    assert len(done.text()) == 5
    (rejected,) = done.result.rejected
    assert (rejected.key_hash, rejected.field) == (table["_key_hash"][1].as_py(), "a")


def test_a_small_number_needs_no_zero_before_its_implied_mark(rendering: Any, make_table: Any) -> None:
    done = rendering(
        _fixed("{field: a, start: 1, width: 2, pad: '0', implied_decimals: 2}"), make_table({"a": _amounts([5, 0])})
    )
    assert done.text() == "05\n00\n"


def test_a_text_is_cut_only_where_declared(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["abcdef", "abc"]})
    assert rendering(_fixed("{field: t, start: 1, width: 4, truncate: true}"), table).text() == "abcd\nabc \n"
    assert rendering(_fixed("{field: t, start: 1, width: 4}"), table).text() == "abc \n"
    with pytest.raises(RejectedError, match="Record 0: t is wider than 4"):
        rendering(_fixed("{field: t, start: 1, width: 4}", "unrenderable: error"), table)


def test_numbers_are_never_cut(rendering: Any, make_table: Any) -> None:
    with pytest.raises(ConfigurationError, match="never truncated"):
        rendering(_fixed("{field: a, start: 1, width: 4, truncate: true}"), make_table({"a": _amounts([1])}))


def test_a_line_break_would_break_the_record(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["a\nb", "c"]})
    done = rendering(_fixed("{field: t, start: 1, width: 4}"), table)
    assert done.text() == "c   \n"
    assert rendering(_fixed("{field: t, start: 1, width: 4}", "line_breaks: space"), table).text() == "a b \nc   \n"


def test_a_replacement_that_makes_a_text_too_wide_is_seen(rendering: Any, make_table: Any) -> None:
    layout = _fixed("{field: t, start: 1, width: 4}", "encoding: ascii\nreplacements: {ü: ue}")
    done = rendering(layout, make_table({"t": ["üben", "für"]}))
    assert done.content() == b"fuer\n"
    assert len(done.result.rejected) == 1


def test_records_without_line_ends_in_ebcdic(rendering: Any, make_table: Any) -> None:
    layout = (
        "format: fixed_width\nline_end: none\nencoding: cp037\nrecord_length: 6\n"
        "fields: [{field: t, start: 1, width: 3}, {field: n, start: 4, width: 3, pad: '0'}]\n"
    )
    done = rendering(layout, make_table({"t": ["AB", "é"], "n": pa.array([7, -7])}))
    assert done.text(encoding="cp037") == "AB 007é  -07"
    assert done.content()[:2] == b"\xc1\xc2"


def test_the_text_for_missing_values_and_flags(rendering: Any, make_table: Any) -> None:
    layout = _fixed(
        "{field: n, start: 1, width: 4, pad: '0'}, {field: b, start: 5, width: 1}",
        "null_text: '*'\ntrue_text: 'Y'\nfalse_text: 'N'",
    )
    table = make_table({"n": pa.array([None, 5]), "b": pa.array([True, False])})
    assert rendering(layout, table).text() == "000*Y\n0005N\n"


DOCUMENTS = """
format: fixed_width
line_end: lf
document: PurchaseOrder
totals: {amount: Value}
records:
  - type: document
    fields: [{text: H, start: 1, width: 1}, {field: PurchaseOrder, start: 2, width: 4}, {text: "", start: 6, width: 6}]
  - type: line
    fields:
      - {text: L, start: 1, width: 1}
      - {field: Line, start: 2, width: 4, pad: "0"}
      - {field: Value, start: 6, width: 6, pad: "0", implied_decimals: 2}
header_records:
  - fields: [{text: A, start: 1, width: 1}, {field: sequence, start: 2, width: 10, pad: "0"}]
trailer_records:
  - fields:
      - {text: Z, start: 1, width: 1}
      - {field: documents, start: 2, width: 2, pad: "0"}
      - {field: rows, start: 4, width: 2, pad: "0"}
      - {field: lines, start: 6, width: 2, pad: "0"}
      - {field: total, start: 8, width: 4, pad: "0", implied_decimals: 2}
"""


def _orders(make_table: Any, values: list[int | None], orders: str = "AAB") -> pa.Table:
    return make_table(
        {
            "PurchaseOrder": pa.array(list(orders)),
            "Line": pa.array(range(1, len(orders) + 1)),
            "Value": _amounts(values),
        },
        keys=orders,
    )


def test_documents_have_a_record_before_their_lines(rendering: Any, make_table: Any) -> None:
    done = rendering(DOCUMENTS, _orders(make_table, [100, -20, 3]))
    assert done.text().split("\n") == [
        "A0000000007", "HA         ", "L0001000100", "L0002-00020", "HB         ", "L0003000003", "Z0203070083", "",
    ]  # fmt: skip
    (file,) = done.result.files
    assert (file.rows, file.records, file.documents, file.totals) == (3, 2, 2, {"": Decimal("0.83")})


def test_a_document_in_several_tables_stays_one(rendering: Any, make_table: Any) -> None:
    table = _orders(make_table, [100, -20, 3])
    pieces = [table.slice(at, 1) for at in range(3)]
    assert rendering(DOCUMENTS, *pieces).content() == rendering(DOCUMENTS, table).content()


def test_a_line_that_cannot_be_written_keeps_its_whole_document_back(rendering: Any, make_table: Any) -> None:
    table = _orders(make_table, [1, 10**8, 2, 3], "AAAB")
    done = rendering(DOCUMENTS, table)
    assert done.text().split("\n")[1:-1] == ["HB         ", "L0004000003", "Z0101040003"]
    (rejected,) = done.result.rejected
    assert (rejected.key_hash, rejected.field) == (table["_key_hash"][0].as_py(), "Value")


def test_lines_with_keys_of_their_own_share_the_fate_of_their_document(rendering: Any, make_table: Any) -> None:
    columns = {"PurchaseOrder": pa.array(list("AAB")), "Line": pa.array([1, 2, 1]), "Value": _amounts([1, 10**8, 3])}
    table = make_table(columns, keys=["A1", "A2", "B1"])
    done = rendering(DOCUMENTS, table)
    assert done.text().split("\n")[1] == "HB         "
    assert {rejected.key_hash for rejected in done.result.rejected} == set(table["_key_hash"].to_pylist()[:2])


def test_a_line_without_document_is_rejected(rendering: Any, make_table: Any) -> None:
    table = make_table(
        {"PurchaseOrder": pa.array([None, "B"]), "Line": pa.array([1, 2]), "Value": _amounts([1, 2])}, keys="AB"
    )
    done = rendering(DOCUMENTS, table)
    assert [rejected.field for rejected in done.result.rejected] == ["PurchaseOrder"]
    assert done.result.files[0].rows == 1


def test_a_control_record_that_does_not_fit_stops(rendering: Any, make_table: Any) -> None:
    with pytest.raises(RejectedError, match="total is wider than 4"):
        rendering(DOCUMENTS, _orders(make_table, [9999, 9999, 9999]))
