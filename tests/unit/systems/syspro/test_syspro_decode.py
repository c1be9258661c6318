# ruff: noqa: DTZ001 - SYSPRO's times are naive
from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.systems.syspro import careful, decode
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm

COLUMNS = {"K": "string(5)", "N": "integer", "V": "decimal(14,2)", "D": "datetime", "F": "boolean"}
READ = TableRead("T", ("K", "N"), COLUMNS)
LOCAL = TimeForm()


def row(**changes: str) -> str:
    cells = {"K": '"a"', "N": "1", "V": "1.50", "D": '"2026-03-31T00:00:00"', "F": "true"} | changes
    return "{" + ",".join(f'"{name}":{text}' for name, text in cells.items() if text) + "}"


def page(*rows: str, tail: str = "") -> bytes:
    return f'{{"@odata.context":"x","value":[{",".join(rows)}]{tail}}}'.encode()


def decoded(*rows: str, times: TimeForm = LOCAL, read: TableRead = READ) -> careful.Decoded:
    return decode.decode(page(*rows), read, times)


def no_careful_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the careful decoder was asked")

    monkeypatch.setattr(careful, "objects", refuse)


GOOD = {"K": "a", "N": 1, "V": Decimal("1.50"), "D": datetime(2026, 3, 31), "F": True}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {}),
        ({"V": '"1.50"', "N": '"1"'}, {}),
        ({"V": "15E-1", "N": "1.0"}, {}),
        ({"V": "1.500000"}, {}),
        ({"V": "-999999999999.99"}, {"V": Decimal("-999999999999.99")}),
        ({"K": '"a   "'}, {}),
        ({"K": '"  a"'}, {"K": "  a"}),
        ({"K": '"M\\u00fc & \\"*~"'}, {"K": 'Mü & "*~'}),
        ({"D": "null"}, {"D": None}),
        ({"D": '"2026-03-31T00:00:00Z"'}, {}),
        ({"D": '"2026-03-31T00:00:00+02:00"'}, {}),
        ({"D": '"2026-03-31 00:00:00.000-11:00"'}, {}),
        ({"D": '"2026-03-31"'}, {}),
        ({"D": '"0001-01-01T00:00:00Z"'}, {"D": datetime(1, 1, 1)}),
        ({"D": '"2026-03-31T10:11:12.123456"'}, {"D": datetime(2026, 3, 31, 10, 11, 12, 123456)}),
    ],
)
def test_values_come_exactly_without_python_objects(
    changes: dict[str, str], wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    no_careful_decoding(monkeypatch)
    found = decoded(row(**changes), row(K='"z"'))
    assert found.page.rows.schema == READ.schema()
    assert found.page.rows.to_pylist()[0] == GOOD | wanted
    assert (found.count, found.last, found.trailing, found.page.rejected) == (2, ("z", "1"), 0, ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"V": "NaN"}, "V"),
        ({"V": '"NaN"'}, "V"),
        ({"V": "Infinity"}, "V"),
        ({"V": "1" * 30}, "V"),
        ({"V": '"' + "1" * 30 + '"'}, "V"),
        ({"V": "1.005"}, "V"),
        ({"V": '"twelve"'}, "V"),
        ({"V": "true"}, "V"),
        ({"V": "null"}, "V"),
        ({"V": ""}, "V"),
        ({"V": "{}"}, "V"),
        ({"D": ""}, "D"),
        ({"D": '"31.03.2026"'}, "D"),
        ({"D": '"2026-02-30T00:00:00"'}, "D"),
        ({"D": '"2026-03-31T00:00:00.1234567"'}, "D"),
        ({"K": "7"}, "K"),
        ({"K": ""}, "K"),
        ({"K": '"\\ud800"'}, "K"),
        ({"K": '"a\\u0000"'}, "K"),
        ({"N": "null"}, "N"),
        ({"N": "1.5"}, "N"),
        ({"N": "9223372036854775808"}, "N"),
        ({"V": '1.00,"V":2.00'}, "V"),
        ({"F": '"maybe"'}, "F"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_others_go_on(changes: dict[str, str], reason: str) -> None:
    found = decoded(row(), row(K='"b"', **changes) if "K" not in changes else row(**changes), row(K='"c"'))
    assert found.page.rows.column("K").to_pylist() == ["a", "c"]
    assert found.page.rows.schema == READ.schema()
    [rejected] = found.page.rejected
    assert f"T: {reason} " in rejected.reason or f"column {reason}" in rejected.reason
    assert (found.count, found.last) == (3, ("c", "1"))
    assert rejected.key[0] == ("b" if "K" not in changes else "")
    assert len(rejected.raw) <= 2000


def test_a_text_with_a_nul_is_set_aside_and_its_twin_with_a_backslash_is_not() -> None:
    read = TableRead("T", ("K",), {"K": "string(9)", "Note": "string(9)"})
    notes = ['"a\\u0000"', '"a\\\\u0000"', '"a"']
    rows = [f'{{"K":"{number}","Note":{note},"Undeclared":"\\u0000"}}' for number, note in enumerate(notes)]
    found = decoded(*rows, read=read)
    assert found.page.rows.to_pylist() == [{"K": "1", "Note": "a\\u0000"}, {"K": "2", "Note": "a"}]
    [rejected] = found.page.rejected
    assert (rejected.key, rejected.reason) == (("0",), "T: Note holds a NUL, which is no character of a text")


@pytest.mark.parametrize("sign", ["\\u0000", "\\ud800", "\\udfff\\u0000"])
@pytest.mark.parametrize("column", ["K", "N", "V", "D", "F", "X"])
def test_what_is_told_of_a_row_can_be_kept_in_every_database(column: str, sign: str) -> None:
    found = decoded(row(**{"V": "NaN", column: f'"a{sign}"'}), row(K='"z"'))
    [rejected] = found.page.rejected
    for told in (*rejected.key, rejected.reason, rejected.raw):
        assert "\x00" not in told
        assert told.encode().decode() == told
    assert f"a{sign}" in rejected.raw


def test_a_page_that_ends_in_a_nul_is_not_gone_on_from_there() -> None:
    found = decoded(row(), row(K='"b\\u0000"'))
    assert (found.last, found.trailing) == (("a", "1"), 1)
    assert decode.peek(page(row(), row(K='"b\\u0000"')), READ, LOCAL) is None


def test_zeros_beyond_the_microsecond_are_no_loss() -> None:
    found = decoded(row(D='"2026-03-31T10:00:00.1230000Z"'))
    assert found.page.rows["D"].to_pylist() == [datetime(2026, 3, 31, 10, 0, 0, 123000)]


def test_a_long_row_is_shown_shortened() -> None:
    found = decoded(row(V="NaN", K='"' + "x" * 5000 + '"'))
    assert len(found.page.rejected[0].raw) == 2000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"error":"x"}',
        b'{"value":{}}',
        b"null",
        b" null null",
        page(row())[:-9],
        page(row()) * 2,
    ],
)
def test_what_is_no_whole_page_is_transient(body: bytes) -> None:
    with pytest.raises(TransientError):
        decode.decode(body, READ, LOCAL)


def test_text_that_is_not_utf_8_is_transient() -> None:
    with pytest.raises(TransientError):
        decode.decode(page(row(K='"Mü"')).replace("ü".encode(), b"\xfc"), READ, LOCAL)


@pytest.mark.parametrize("column", ["V", "D", "K"])
def test_a_column_that_the_table_lacks_is_a_mistake_of_the_declaration(column: str) -> None:
    with pytest.raises(ConfigurationError, match=f"column {column}"):
        decoded(row(**{column: ""}), row(**{column: ""}))


def test_new_columns_are_named_and_left_out() -> None:
    found = decoded(row(X="1"), row(K='"b"', Y='{"a":[1]}', **{"@odata.etag": '"x"'}))
    assert found.unknown == ("X",)
    assert found.page.rows.schema == READ.schema()
    assert found.page.rows.num_rows == 2
    assert decoded(row(X="1"), row(K='"b"', Y="2", V="NaN")).unknown == ("X", "Y")


@pytest.mark.parametrize("nested", ["[" * 200_000 + "]" * 200_000, '{"a":' * 200_000 + "1" + "}" * 200_000])
def test_nothing_nested_brings_the_process_down(nested: str) -> None:
    assert decoded(row(), row(K='"b"', X=nested)).page.rows.num_rows == 2
    with pytest.raises(TransientError):
        decoded(row(), row(K='"b"', V="NaN", X=nested))


def test_the_next_link_is_found_by_both_decoders() -> None:
    tail = ',"@odata.nextLink":"http://x/next"'
    assert decode.decode(page(row(), tail=tail), READ, LOCAL).next_link == "http://x/next"
    assert decode.decode(page(row(), row(V="NaN"), tail=tail), READ, LOCAL).next_link == "http://x/next"
    assert decode.decode(page(row()), READ, LOCAL).next_link == ""


def test_an_empty_page() -> None:
    found = decoded()
    assert (found.count, found.last, found.page.rows.num_rows) == (0, None, 0)
    assert found.page.rows.schema == READ.schema()


def test_rows_behind_the_last_usable_key_are_counted() -> None:
    found = decoded(row(), row(K=""), row(K=""))
    assert (found.last, found.trailing) == (("a", "1"), 2)


BERLIN = TimeForm("Europe/Berlin", suffix_is_local=False)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-01-15T12:00:00Z", datetime(2026, 1, 15, 13)),
        ("2026-07-15T12:00:00Z", datetime(2026, 7, 15, 14)),
        ("2026-07-15T12:00:00+05:00", datetime(2026, 7, 15, 9)),
        ("2026-07-15T12:00:00", datetime(2026, 7, 15, 12)),
    ],
)
@pytest.mark.parametrize("beside", [None, "null", '"2026-01-01T00:00:00"', '"2026-01-01T00:00:00Z"'])
def test_real_offsets_are_converted_to_the_declared_zone(text: str, local: datetime, beside: str | None) -> None:
    rows = [row(D=f'"{text}"')] + ([row(K='"b"', D=beside)] if beside else [])
    assert decoded(*rows, times=BERLIN).page.rows["D"][0].as_py() == local


def test_dates_are_dates_and_a_time_of_day_is_refused() -> None:
    read = TableRead("T", ("K",), {"K": "string", "D": "date"})
    rows = [
        f'{{"K":"{key}","D":{text}}}'
        for key, text in [("a", '"2026-03-31T00:00:00Z"'), ("b", "null"), ("c", '"2026-03-31"')]
    ]
    assert decoded(*rows, read=read).page.rows["D"].to_pylist() == [date(2026, 3, 31), None, date(2026, 3, 31)]
    found = decoded('{"K":"a","D":"2026-03-31T10:00:00"}', '{"K":"b","D":"2026-03-31"}', read=read)
    assert found.page.rows["D"].to_pylist() == [date(2026, 3, 31)]
    assert found.page.rejected[0].key == ("a",)


def test_the_last_key_is_seen_from_the_end_of_the_page() -> None:
    assert decode.peek(page(row(), row(K='"o\'b"', N='"7"')), READ, LOCAL) == ("o'b", "7")
    tricky = page(row(), row(K='"{\\"K\\":\\"no\\",\\"N\\":1}]}"'))
    assert decode.peek(tricky, READ, LOCAL) in {None, ('{"K":"no","N":1}]}', "1")}
    assert decode.peek(page(row(), tail=',"@odata.nextLink":"y"'), READ, LOCAL) is None
    for body in (b"", page(), page(row(K="")), page(row(N="null")), page(row())[:-1], b"{", b'{"a":{}}'):
        assert decode.peek(body, READ, LOCAL) is None


values = st.fixed_dictionaries(
    {
        "K": st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00<>"), max_size=5),
        "N": st.integers(-(2**63), 2**63 - 1),
        "V": st.decimals(-999999999999, 999999999999, places=2),
        "D": st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(datetime.isoformat) | st.none(),
        "F": st.booleans(),
    }
)


@given(st.lists(values, max_size=5), st.booleans())
def test_both_decoders_and_the_peek_agree(rows: list[dict[str, Any]], quoted: bool) -> None:
    shown = [
        {name: (str(value) if quoted else value) if name in "NV" else value for name, value in each.items()}
        for each in rows
    ]
    texts = [
        json.dumps(each, default=lambda number: f"<{number}>").replace('"<', "").replace('>"', "") for each in shown
    ]
    body = page(*texts)
    fast = decode.decode(body, READ, LOCAL)
    slow = careful.rows(careful.objects(body, "T")[0], READ, LOCAL)
    assert fast.page.rows.equals(slow.page.rows)
    assert fast.page.rows.to_pylist() == [
        {**each, "K": each["K"].rstrip(" "), "D": each["D"] and datetime.fromisoformat(each["D"])} for each in rows
    ]
    assert fast.last == slow.last
    assert decode.peek(body, READ, LOCAL) in {None, fast.last}
    assert pa.types.is_decimal(fast.page.rows.schema.field("V").type)


def test_a_null_date_in_a_key_is_no_key() -> None:
    read = TableRead("T", ("K", "D"), {"K": "string", "D": "datetime"})
    found = decoded('{"K":"a","D":"2026-03-31"}', '{"K":"b","D":null}', read=read)
    assert found.page.rows["K"].to_pylist() == ["a"]
    assert [row.key for row in found.page.rejected] == [("b", "")]
    assert (found.last, found.trailing) == (("a", "2026-03-31 00:00:00.000000"), 1)
