from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats.inbound import decoding, lexing, parts
from airflow_provider_mlconnector.formats.inbound.read import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import load
from tests.unit.formats.inbound.reading import INVOICES, TITLES, changed, read_bytes, read_lines

VENDORS = load("{entity: vendors, format: csv, key: [id], fields: {id: {required: true}, name: {}, note: {}}}")


def test_an_invoice_of_two_lines() -> None:
    done = read_lines(
        INVOICES,
        TITLES,
        'V1,inv  7,2026-03-31,"1,210.00",210,approved,2,0400,$400,',
        'V1,inv  7,2026-03-31,"1,210.00",210,approved,1,0300,600,"two\nlines, ""quoted"""',
    )
    assert done.rejected == []
    assert done.rows == [
        {
            "vendor": "V1",
            "number": "INV 7",
            "date": date(2026, 3, 31),
            "total": Decimal("1210.00"),
            "tax": Decimal("210.00"),
            "status": "APPROVED",
            "voided": False,
            "lines": [
                {"line": 1, "account": "0300", "amount": Decimal("600.00"), "text": 'two\nlines, "quoted"'},
                {"line": 2, "account": "0400", "amount": Decimal("400.00"), "text": None},
            ],
        }
    ]


def test_void_is_told_and_the_status_kept() -> None:
    (row,) = read_lines(INVOICES, TITLES, "V1,7,,10,,Void,1,1,10,").rows
    assert (row["voided"], row["status"]) == (True, "VOID")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiter_and_encoding_are_found_out(delimiter: str, encoding: str) -> None:
    text = f"ID{delimiter}Name{delimiter}x\r\n0007{delimiter}Müller{delimiter}1\r\n"
    assert read_bytes(VENDORS, text.encode(encoding)).rows == [{"id": "0007", "name": "Müller", "note": None}]


def test_titles_are_compared_loosely() -> None:
    done = read_lines(INVOICES, "VENDOR,INVOICE_#,Total , line,Amount", "V1,7,10,1,10")
    assert done.rows[0]["number"] == "7"


def test_a_file_without_a_required_column_is_refused_with_the_difference() -> None:
    with pytest.raises(FileRefusedError) as refused:
        read_lines(INVOICES, "vendor,number,sum,line,amount", "V1,7,10,1,10")
    assert "no column for total; columns that the template does not know: sum;" in str(refused.value)
    assert "columns of the file: vendor, number, sum, line, amount" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "no row of titles"),
        (b"id,ID\r\n", "'id' and 'ID' are both id"),
        (b'id,name\r\n1,"x\r\n2,y\r\n', "line 2: a quote that is opened there is never closed"),
        ("id,name\r\n1,\u0081\r\n".encode("latin-1"), "none of the encodings"),
    ],
)
def test_files_that_are_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said):
        read_bytes(VENDORS, content)


def test_a_file_of_titles_holds_nothing() -> None:
    assert read_bytes(VENDORS, b"id,name").rows == []


def test_a_bad_row_sets_its_record_aside_and_no_other() -> None:
    done = read_lines(
        INVOICES,
        TITLES,
        "V1,1,2026-02-30,10,,,1,1,10,",
        "V1,2,,10,,,1,1,4,",
        "V1,2,,10,,,2,1,six,",
        "V1,3,,10,,,1",
        "V1,4,,10,,,1,1,10,",
        ",5,,10,,,1,1,10,",
        "V1,6,,10,,,1,1,10,,more",
    )
    assert [row["number"] for row in done.rows] == ["4"]
    assert [row.key for row in done.rejected] == [("V1", "1"), ("V1", "2"), ("V1", "3"), ("", "5"), ("V1", "6")]
    assert done.reasons[0] == "line 2: date '2026-02-30' is not a date of the template's date_formats"
    assert done.reasons[1].startswith("line 4: amount 'six' is not a number; ")
    assert done.reasons[2].startswith("line 5: it has 7 cells instead of 10; ")
    assert done.reasons[3] == "line 7: vendor is blank"
    assert done.reasons[4] == "line 8: it has 11 cells instead of 10"
    assert done.rejected[0].raw == "vendor=V1; number=1; date=2026-02-30; total=10"


def test_a_row_that_can_not_be_read_spoils_the_record_that_it_names() -> None:
    template = changed(INVOICES, sums=None)
    done = read_lines(template, TITLES, "V1,1,,10,,,1,1,4,", "V1,1,,10,,,2,1,6,,,x", "V1,2,,5,,,1,1,5,")
    assert [row["number"] for row in done.rows] == ["2"]
    assert [row.key for row in done.rejected] == [("V1", "1")]


def test_lines_that_stand_apart_are_one_record() -> None:
    done = read_lines(INVOICES, TITLES, "V1,1,,10,,,1,1,4,", "V1,2,,5,,,1,1,5,", "V1,1,,10,,,2,1,6,")
    assert [[line["line"] for line in row["lines"]] for row in done.rows] == [[1, 2], [1]]


def test_the_same_twice_is_once_and_something_else_is_neither() -> None:
    same = "V1,1,,10,,,1,1,10,"
    done = read_lines(INVOICES, TITLES, same, "V1,2,,10,,,1,1,10,", same, "V1,2,,10,,,1,2,10,", "V1,3,,5,,,1,1,5,")
    assert [row["number"] for row in done.rows] == ["1", "3"]
    assert [row.key for row in done.rejected] == [("V1", "2")]
    assert "line 5: its line key stands twice in the record, with different content" in done.reasons[0]


def test_rows_of_a_record_must_agree_about_it() -> None:
    done = read_lines(INVOICES, TITLES, "V1,1,,10,,,1,1,4,", "V1,1,,11,,,2,1,6,")
    assert done.reasons[0].startswith("line 3: total is '11', and on the line before '10'")


def test_records_without_lines_that_stand_twice() -> None:
    done = read_lines(VENDORS, "id,name", "1,a", "2,b", "1,a", "2,c", "3,d")
    assert [row["id"] for row in done.rows] == ["1", "3"]
    assert done.reasons == ["its key stands 2 times with different content, on lines 3, 5"]


def test_without_a_line_key_only_rows_that_follow_one_another_are_a_record() -> None:
    template = changed(INVOICES, line_key=())
    one, other = "V1,1,,10,,,1,1,4,", "V1,1,,10,,,2,1,6,"
    between = "V1,2,,5,,,1,1,5,"
    assert len(read_lines(template, TITLES, one, other, between, one, other).rows) == 2
    done = read_lines(template, TITLES, one, between, other)
    assert [row["number"] for row in done.rows] == ["2"]
    assert "its key stands 2 times with different content, on lines 2, 4" in done.reasons[0]


@pytest.mark.parametrize(
    ("total", "tax", "amounts", "good"),
    [
        ("10", "", ["10.01"], True),
        ("10", "", ["10.02"], False),
        ("10", "", ["5", "5.02"], True),
        ("10", "", ["5", "5.03"], False),
        ("60", "", ["10"] * 5 + ["10.05"], True),
        ("60", "", ["10"] * 5 + ["10.06"], False),
        ("11", "1", ["10"], True),
        ("10", "1", ["10"], False),
        ("-10", "", ["(10.00)"], True),
    ],
)
def test_header_and_lines_add_up(total: str, tax: str, amounts: list[str], good: bool) -> None:
    rows = [f"V1,1,,{total},{tax},,{number},1,{amount}," for number, amount in enumerate(amounts)]
    done = read_lines(INVOICES, TITLES, *rows)
    assert bool(done.rows) is good
    assert all("do not add up to total" in reason for reason in done.reasons)


def test_tax_of_lines_and_tax_lines() -> None:
    template = changed(
        INVOICES,
        line_fields={**INVOICES.model_dump()["line_fields"], "kind": {}, "line_tax": {"type": "decimal(9,2)"}},
        sums={"total": "total", "line": "amount", "tax": "tax", "line_tax": "line_tax", "line_type": "kind"},
    )
    titles = f"{TITLES},kind,line tax"
    assert read_lines(template, titles, "V1,1,,11,,,1,1,10,,GL,1").rows
    assert read_lines(template, titles, "V1,1,,11,1,,1,1,10,,GL,", "V1,1,,11,1,,2,1,1,,TAX,").rows
    assert not read_lines(template, titles, "V1,1,,11,,,1,1,10,,GL,").rows


def test_totals_at_the_end_are_no_record_and_elsewhere_are_bad_rows() -> None:
    done = read_lines(VENDORS, "id,name", ",Total of a", "1,a", "", "Total,,", ",Record count: 1", "")
    assert [row["id"] for row in done.rows] == ["1", "Total"]
    assert done.reasons == ["line 2: id is blank"]
    done = read_lines(INVOICES, TITLES, "V1,1,,10,,,1,1,10,", "Grand Total,,,10", "")
    assert (len(done.rows), done.rejected) == (1, [])


@pytest.mark.parametrize("supplier", ["Sumitomo", "Totalfina"])
def test_a_last_record_that_only_begins_as_totals_do_and_lacks_a_value_is_told_of(supplier: str) -> None:
    done = read_lines(INVOICES, TITLES, "V1,1,,10,,,1,1,10,", f"{supplier},2,,,,,1,1,10,")
    assert (len(done.rows), len(done.rejected)) == (1, 1)


@pytest.mark.parametrize("row", ["Totals:,,,10", "GRAND-TOTAL,,,10", "Total 1 invoices", ",,,,sum", "Total_10,,,10"])
def test_totals_are_written_in_many_ways(row: str) -> None:
    done = read_lines(INVOICES, TITLES, "V1,1,,10,,,1,1,10,", row)
    assert (len(done.rows), done.rejected) == (1, [])


def test_a_broken_quote_costs_its_own_row_only() -> None:
    done = read_lines(VENDORS, "id,name,note", "1,a,", '2,"5" pipe",x', '3,"b""b",', '4,5" pipe,', '5,"x', 'y",')
    assert [(row["id"], row["name"]) for row in done.rows] == [
        ("1", "a"),
        ("3", 'b"b'),
        ("4", '5" pipe'),
        ("5", "x\r\ny"),
    ]
    assert done.reasons[0].startswith("line 3: a quote within a value is not doubled: 2,")


def test_a_broken_quote_is_never_read_leniently() -> None:
    done = read_lines(VENDORS, "id,name,note", '1,"5" by "6",x')
    assert (done.rows, len(done.rejected)) == ([], 1)


@pytest.mark.parametrize("at_once", range(1, 40, 3))
def test_quotes_within_values_do_not_divide_rows(at_once: int) -> None:
    rows = [f'{number},5" pipe,"a, b"' for number in range(9)]
    with patch.object(decoding, "_AT_ONCE", at_once):
        done = read_lines(VENDORS, "id,name,note", *rows)
    assert [row["id"] for row in done.rows] == [str(number) for number in range(9)]
    assert {(row["name"], row["note"]) for row in done.rows} == {('5" pipe', "a, b")}


def test_rows_without_a_key_are_told_one_by_one() -> None:
    done = read_lines(INVOICES, TITLES, "V1,,,10,,,1,1,10,", "V1,,,20,,,1,1,20,")
    assert done.reasons == ["line 2: number is blank", "line 3: number is blank"]


def test_a_row_behind_a_quote_that_swallows_it_is_not_lost() -> None:
    done = read_lines(VENDORS, "id,name,note", '1,x,"a', '2,y,"b"', "3,z,c")
    assert [row["id"] for row in done.rows] == ["2", "3"]
    assert len(done.rejected) == 1


def test_a_file_that_can_not_be_sought_is_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise OSError

    from airflow_provider_mlconnector.formats.inbound.read import read

    (page,) = read(VENDORS, {"": Pipe(b"id\n1\n")})
    assert page.rows["id"].to_pylist() == ["1"]


_HOSTILE = st.text(st.sampled_from("\",;\t|\n\r '=aÄ€\ufeff0-%/\x00"), max_size=8) | st.text(
    st.characters(codec="utf-8"), max_size=5
)


def written(rows: list[list[str]], delimiter: str = ",", line_end: str = "\n", *, quote_all: bool = False) -> bytes:
    """By RFC 4180; Python's own writer leaves some line breaks without quotes."""

    def cell(text: str) -> str:
        special = quote_all or any(sign in text for sign in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if special else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(_HOSTILE, _HOSTILE), max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 64),
)
def test_hostile_text_arrives_as_it_was_written(
    cells: list[tuple[str, str]], delimiter: str, line_end: str, quote_all: bool, at_once: int
) -> None:
    rows = [["id", "name", "note"]] + [[str(number), *pair] for number, pair in enumerate(cells)]
    expected = [
        {"id": str(number), "name": name.strip() or None, "note": note.strip() or None}
        for number, (name, note) in enumerate(cells)
    ]
    content = written(rows, delimiter, line_end, quote_all=quote_all)
    with patch.object(decoding, "_AT_ONCE", at_once):
        done = read_bytes(VENDORS, content)
    assert done.rejected == []
    assert done.rows == expected


_LINE = st.tuples(st.integers(1, 9), st.sampled_from(["1.00", "2", "x", ""]), st.sampled_from(["", "a", 'q"\n']))
_INVOICE = st.tuples(st.sampled_from("ABCDE"), st.lists(_LINE, min_size=1, max_size=4))


@settings(max_examples=100, deadline=None)
@given(st.lists(_INVOICE, max_size=10), st.integers(1, 5), st.integers(1, 200), st.integers(10, 400), st.randoms())
def test_neither_sizes_nor_the_order_of_rows_change_the_result(
    invoices: list[Any], chunk_rows: int, at_once: int, part_bytes: int, random: Any
) -> None:
    rows = [
        ["V1", number, "", str(len(lines)), "", "", str(line), "1", amount, text]
        for number, lines in invoices
        for line, amount, text in lines
    ]
    titles = TITLES.split(",")
    whole = read_bytes(INVOICES, written([titles, *rows]))
    with (
        patch.object(decoding, "_AT_ONCE", at_once),
        patch.object(parts, "PART_BYTES", part_bytes),
        patch.object(lexing, "_ROWS_AT_ONCE", chunk_rows),
    ):
        same = read_bytes(INVOICES, written([titles, *rows]), chunk_rows)
    random.shuffle(rows)
    shuffled = read_bytes(INVOICES, written([titles, *rows]))

    def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(rows, key=lambda row: (row["vendor"], row["number"]))

    assert ordered(same.rows) == ordered(whole.rows)
    assert sorted(same.rejected, key=repr) == sorted(whole.rejected, key=repr)
    assert ordered(shuffled.rows) == ordered(whole.rows)
    assert {row.key for row in shuffled.rejected} == {row.key for row in whole.rejected}
