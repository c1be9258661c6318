"""CSV, rule by rule."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError


def _csv(columns: str, more: str = "") -> str:
    return f"format: csv\nheader: false\nline_end: lf\ncolumns: [{columns}]\n{more}"


def test_formulas_get_an_apostrophe_and_numbers_do_not(rendering: Any, make_table: Any) -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", "", None, "a=1"]
    amounts = pa.array([Decimal("-1.00")] * len(texts), pa.decimal128(5, 2))
    table = make_table({"t": pa.array(texts, pa.string()), "a": amounts})
    done = rendering(_csv("{field: t}, {field: a}", "formula_guard: true"), table)
    expected = ["'=1+1", "'+1", "'-1", "'@x", "'\tx", '"\'\rx"', "plain", "", "", "a=1"]
    assert done.text() == "".join(f"{text},-1.00\n" for text in expected)


def test_a_text_that_equals_the_null_text_stands_between_quotes(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": pa.array(["NULL", None, "x"])})
    assert rendering(_csv("{field: t}", "null_text: 'NULL'"), table).text() == '"NULL"\nNULL\nx\n'


def test_without_quotes_a_text_that_equals_the_null_text_is_rejected(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": pa.array(["NULL", None, "x"])})
    done = rendering(_csv("{field: t}", "null_text: 'NULL'\nquoting: none"), table)
    assert done.text() == "NULL\nx\n"
    assert [rejected.key_hash for rejected in done.result.rejected] == table["_key_hash"].to_pylist()[:1]


def test_nonnumeric_quotes_all_but_numbers(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["a"], "n": pa.array([1]), "d": [date(2026, 3, 31)], "b": [True]})
    done = rendering(_csv("{field: t}, {field: n}, {field: d}, {field: b}, {text: K}", "quoting: nonnumeric"), table)
    assert done.text() == '"a",1,"2026-03-31","true","K"\n'


@pytest.mark.parametrize(
    ("amount", "cell", "written"),
    [
        ("1.50", "decimals: 1", "1.5"),
        ("1.55", "decimals: 1, rounding: half_up", "1.6"),
        ("-1.55", "decimals: 1, rounding: half_up", "-1.6"),
        ("1.45", "decimals: 1, rounding: half_even", "1.4"),
        ("-0.04", "decimals: 1, rounding: half_up", "0.0"),
        ("999.99", "decimals: 0, rounding: half_up", "1000"),
        ("1.50", "decimals: 4", "1.5000"),
        ("1.50", "decimals: 8", "1.50000000"),
    ],
)
def test_decimals(rendering: Any, make_table: Any, amount: str, cell: str, written: str) -> None:
    table = make_table({"a": pa.array([Decimal(amount)], pa.decimal128(5, 2))})
    assert rendering(_csv(f"{{field: a, {cell}}}"), table).text() == f"{written}\n"


def test_a_number_with_more_decimals_than_declared_is_rejected(rendering: Any, make_table: Any) -> None:
    amounts = pa.array([Decimal("1.555"), Decimal("1.550"), None, Decimal("-0.001")], pa.decimal128(9, 3))
    table = make_table({"a": amounts, "n": pa.array([1, 2, 3, 4])})
    done = rendering(_csv("{field: a, decimals: 2}, {field: n, decimals: 1}"), table)
    assert done.text() == "1.55,2.0\n,3.0\n"
    hashes = table["_key_hash"].to_pylist()
    assert [(rejected.key_hash, rejected.field) for rejected in done.result.rejected] == [
        (hashes[0], "a"),
        (hashes[3], "a"),
    ]


def test_dates_and_times_in_declared_formats(rendering: Any, make_table: Any) -> None:
    table = make_table(
        {
            "d": pa.array([date(2026, 3, 1), None, date(1, 1, 1)]),
            "t": pa.array([datetime.fromisoformat("2026-12-31T04:05:06.000070"), None, None], pa.timestamp("us")),
        }
    )
    columns = "{field: d, date_format: '%d.%m.%y %j'}, {field: t}, {field: t, date_format: '%Y%m%dT%H%M%S.%f%%'}"
    assert rendering(_csv(columns), table).text() == (
        "01.03.26 060,2026-12-31T04:05:06,20261231T040506.000070%\n,,\n01.01.01 001,,\n"
    )


def test_line_breaks_within_texts(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["a\r\nb", "c\rd\ne", "f"]})
    assert rendering(_csv("{field: t}"), table).text() == '"a\r\nb"\n"c\rd\ne"\nf\n'
    assert rendering(_csv("{field: t}", "line_breaks: space"), table).text() == "a b\nc d e\nf\n"
    rejecting = rendering(_csv("{field: t}", "line_breaks: reject"), table)
    assert rejecting.text() == "f\n"
    assert len(rejecting.result.rejected) == 2


def test_replacements_serve_what_the_encoding_cannot_hold(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["Müller", "Łódź", "5 €", "plain"]})
    done = rendering(_csv("{field: t}", "encoding: ascii\nreplacements: {ü: ue, '€': EUR, default: '\\'}"), table)
    assert done.content() == b"Mueller\n\\\\d\\\n5 EUR\nplain\n"
    assert done.result.rejected == []


def test_a_character_without_replacement_rejects_its_record_or_stops(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["Müller", "Łódź"]})
    done = rendering(_csv("{field: t}", "encoding: ascii\nreplacements: {ü: ue}"), table)
    assert done.content() == b"Mueller\n"
    assert [rejected.field for rejected in done.result.rejected] == ["t"]
    with pytest.raises(RejectedError, match=r"Record 1: t .*ascii"):
        rendering(_csv("{field: t}", "encoding: ascii\nunencodable: error\nreplacements: {ü: ue}"), table)


def test_a_value_that_does_not_fit_stops_where_the_layout_says_so(rendering: Any, make_table: Any) -> None:
    table = make_table({"a": pa.array([Decimal("1.55")], pa.decimal128(9, 2))}, keys=["EDU1/00012"])
    with pytest.raises(RejectedError, match="Record EDU1/00012: a has more than 1 decimals"):
        rendering(_csv("{field: a, decimals: 1}", "unrenderable: error"), table)


def test_the_byte_order_mark_stands_once_at_the_beginning(rendering: Any, make_table: Any) -> None:
    table = make_table({"t": ["ü"] * 3})
    done = rendering(_csv("{field: t}", "encoding: utf-8-sig"), table, table)
    assert done.content() == b"\xef\xbb\xbf" + "ü\n".encode() * 6


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        (pa.array([1.5]), "{field: x}", "double"),
        (pa.array(["a"]), "{field: y}", "don't have"),
        (pa.array(["a"]), "{field: x, decimals: 2}", "decimals"),
        (pa.array([1]), "{field: x, date_format: '%Y'}", "date_format"),
        (pa.array([[1]]), "{field: x}", "list"),
        (pa.array([0], pa.timestamp("us", "UTC")), "{field: x}", "timestamp"),
    ],
)
def test_data_that_do_not_fit_the_layout(
    rendering: Any, make_table: Any, column: pa.Array, cell: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        rendering(_csv(cell), make_table({"x": column}))


def test_dictionary_and_large_text_columns_are_texts(rendering: Any, make_table: Any) -> None:
    table = make_table(
        {"d": pa.array(["a", "b", "a"]).dictionary_encode(), "l": pa.array(["x", "y", None], pa.large_string())}
    )
    assert rendering(_csv("{field: d}, {field: l}"), table).text() == "a,x\nb,y\na,\n"
