"""Values as elements: numbers, dates, codes, units and texts, exactly, and changed only where that was declared."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.formats.edi.samples import SAMPLES, invoic, invoice, without
from tests.unit.formats.edi.writing import EDIFACT, X12, Written, table_of, write

LINES = ("line_amount", "line_tax_amount", "line_tax_code", "tax_amount", "tax_code")
CHARGES = ("charge_amount", "charge_kind", "charge_code", "charge_text")


def x12(change: dict[str, Any], layout: dict[str, Any] | None = None, **profile: Any) -> Written:
    """An 810 of one line without any sum to fit."""
    rows = [{**row, **change} for row in without(invoice(), *LINES)]
    return write({**SAMPLES["810"].layout, **(layout or {})}, {**X12, **profile}, rows)


def edifact(change: dict[str, Any], **profile: Any) -> Written:
    rows = [{**row, **change} for row in invoic()]
    return write(SAMPLES["INVOIC"].layout, {**EDIFACT, **profile}, rows)


def element(done: Written, tag: str, place: int) -> str:
    assert done.refused == {}
    sign = "*" if done.text.startswith("ISA") else "+"
    [segment] = [each for each in done.body if each.startswith(tag + sign)]
    elements = segment.split(sign)
    return elements[place] if place < len(elements) else ""


def changed(segment: str, **elements: Any) -> dict[str, Any]:
    return {"changes": [{"segment": segment, "elements": {int(key[1:]): value for key, value in elements.items()}}]}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.00", "0"),
        ("0.01", "1"),
        ("-0.05", "-5"),
        ("0.10", "10"),
        ("7", "700"),
        ("7.5", "750"),
        ("100", "10000"),
        ("13.35000", "1335"),
        ("-1234.50", "-123450"),
        ("9999999999999.99", "999999999999999"),
        ("-9999999999999.99", "-999999999999999"),
    ],
)
def test_cents_are_implied(amount: str, text: str) -> None:
    assert element(x12({"total": Decimal(amount)}), "TDS", 1) == text


def test_cents_of_whole_numbers_are_implied_too() -> None:
    assert element(x12({"total": 41}), "TDS", 1) == "4100"


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0", "0"),
        ("0.000", "0"),
        ("0.5", "0.5"),
        ("-0.50", "-0.5"),
        ("100.00", "100"),
        ("1E+3", "1000"),
        ("0.0000000001", "0.0000000001"),
        ("123456789012.34567", "123456789012.34567"),
        ("12345678901234567", "12345678901234567"),
    ],
)
def test_other_numbers_have_a_point_and_no_more_than_they_need(price: str, text: str) -> None:
    assert element(x12({"price": Decimal(price)}), "IT1", 4) == text


@pytest.mark.parametrize(("mark", "text"), [(".", "203:-1000000000000000.01"), (",", "203:-1000000000000000,01")])
def test_amounts_up_to_a_quadrillion_have_exact_cents(mark: str, text: str) -> None:
    amount = Decimal("-1000000000000000.01")
    sums = {"line_amount": amount, "total": amount, "tax_amount": None, "charge_amount": None}
    done = edifact(sums, delimiters={"decimal": mark})
    assert [segment.split("+")[1] for segment in done.body if segment.startswith("MOA")] == [
        *[text, text.replace("203", "77"), text.replace("203", "79")],
    ]


def test_an_order_of_a_quadrillion() -> None:
    amount = Decimal("1000000000000000.01")
    rows = [{**row, "total": amount, "line_amount": amount} for row in SAMPLES["850"].rows("PO1", 1)]
    assert element(write(SAMPLES["850"].layout, X12, rows), "AMT", 2) == "1000000000000000.01"


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [
        ("2.345", 2, "2.35"),
        ("-2.345", 2, "-2.35"),
        ("2.344", 2, "2.34"),
        ("0.5", 0, "1"),
        ("-0.5", 0, "-1"),
        ("9.999", 1, "10"),
    ],
)
def test_a_number_is_rounded_half_up_where_that_is_declared(price: str, decimals: int, text: str) -> None:
    layout = changed("IT1", e4={"field": "price", "decimals": decimals})
    assert element(x12({"price": Decimal(price)}, layout), "IT1", 4) == text


def test_cents_are_rounded_only_where_that_is_declared() -> None:
    total = {"total": Decimal("40.055")}
    assert list(x12(total).refused.values()) == [("total (TDS01)", "has more than 2 decimals")]
    assert element(x12(total, changed("TDS", e1={"field": "total", "decimals": 2})), "TDS", 1) == "4006"


@pytest.mark.parametrize(
    ("rate", "text"), [("1.1", "1.100"), ("0.9", "0.900"), ("2", "0002"), ("0.12345", "0.12345"), ("-5", "-0005")]
)
def test_a_number_that_is_too_short_is_filled_without_changing_it(rate: str, text: str) -> None:
    """CUR03 has at least four digits; sign and point do not count (sheet edi.md, 2.2 and 2.3)."""
    assert element(x12({"rate": Decimal(rate)}, changed("CUR", e3="rate")), "CUR", 3) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 2, 28), "20260228"),
        (date(1, 1, 1), "00010101"),
        (date(9999, 12, 31), "99991231"),
        (datetime(2026, 12, 31, 23, 59, 59), "20261231"),  # noqa: DTZ001 - mapped times have no zone
    ],
)
def test_dates_have_eight_digits(day: date, text: str) -> None:
    assert element(x12({"invoice_date": day}), "BIG", 1) == text
    assert edifact({"invoice_date": day}).body[2] == f"DTM+137:{text}:102"


def test_times_have_four_digits() -> None:
    layout = changed("shipped", e3="shipped_at")
    done = x12({"shipped_at": datetime(2026, 1, 10, 7, 5, 59)}, layout)  # noqa: DTZ001
    assert element(done, "DTM", 3) == "0705"


@pytest.mark.parametrize("number", [7, Decimal("7.0"), "7"])
def test_numbers_may_be_texts_of_theirs(number: object) -> None:
    assert element(x12({"line_number": number}), "IT1", 1) in ("7", "7.0")


def test_a_small_number_as_a_text_is_written_out() -> None:
    assert element(x12({"buyer_part": Decimal("0.0000000001")}), "IT1", 7) == "0.0000000001"


@pytest.mark.parametrize("characters", ["basic", "extended"])
@pytest.mark.parametrize(
    ("ours", "theirs"), [("EA", "EA"), ("KARTON", "CT"), ("Stk", "EA"), ("m²", "SM"), ("CS", "CA")]
)
def test_units_are_the_partners(ours: str, theirs: str, characters: str) -> None:
    units = {"KARTON": "CT", "Stk": "EA", "m²": "SM", "CS": "CA"}
    assert element(x12({"unit": ours}, characters=characters, units=units), "IT1", 3) == theirs


@pytest.mark.parametrize(("ours", "theirs"), [("PCE", "PCE"), ("Stk", "C62"), ("m²", "MTK")])
def test_units_of_edifact_are_others(ours: str, theirs: str) -> None:
    done = edifact({"unit": ours}, characters="unob", units={"Stk": "C62", "m²": "MTK"})
    assert element(done, "QTY", 1) == f"47:3:{theirs}"


@pytest.mark.parametrize("unit", ["XX", "stk", "CS", "PCE"])
def test_an_unknown_unit_is_refused(unit: str) -> None:
    [(field, _)] = x12({"unit": unit}, characters="extended", units={"Stk": "EA"}).refused.values()
    assert field == "unit (IT103)"


def test_a_partner_may_take_other_codes() -> None:
    layout = changed("BIG", e7={"field": "kind", "codes": ["ZZ"]})
    assert element(x12({"kind": "ZZ"}, layout), "BIG", 7) == "ZZ"
    assert list(x12({"kind": "DI"}, layout).refused.values()) == [("kind (BIG07)", "'DI' is none of ZZ")]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x" * 80, "X" * 80),
        ("x" * 300, "X" * 80),
        ("x" * 79 + " y", "X" * 79),
        ("   indented", "   INDENTED"),
        ("trailing   ", "TRAILING"),
    ],
)
def test_descriptions_are_cut(text: str, written: str) -> None:
    assert element(x12({"description": text}), "PID", 5) == written


def test_a_text_of_which_only_blanks_would_be_left_is_not_there() -> None:
    done = x12({"terms_text": " " * 80 + "x", "description": " " * 80 + "x"})
    assert not any(segment.endswith("*") for segment in done.body)


def test_edifact_counts_without_release_characters() -> None:
    done = edifact({"supplier_name": "'" * 300, "invoice_number": "+" * 35})
    assert done.body[1] == f"BGM+380+{'?+' * 35}+9"
    assert done.text.count("?'") == 35


@pytest.mark.parametrize(
    ("characters", "replacements", "text", "written"),
    [
        ("basic", {}, "Abc & 'Def'", "ABC & 'DEF'"),
        ("extended", {}, "Abc_{d}@e#$", "Abc_{d}@e#$"),
        ("basic", {"ü": "ue", "~": "-", "*": "x"}, "Mü~*", "MUE-X"),
        ("extended", {"ü": "ue", "~": "-", "*": "x"}, "Mü~*", "Mue-x"),
        ("basic", {"default": " "}, "a~ü\n*\x00b", "A     B"),
        ("basic", {"default": ""}, "a~ü\n*\x00b", "AB"),
        ("basic", {"default": "?", "ü": "ue"}, "a~üb", "A?UEB"),
        ("extended", {"default": "."}, "a>b", "a.b"),
        ("basic", {"&": "+"}, "a&b", "A&B"),
    ],
)
def test_what_can_not_be_written_is_replaced_as_declared(
    characters: str, replacements: dict[str, str], text: str, written: str
) -> None:
    done = x12({"description": text}, characters=characters, replacements=replacements)
    assert element(done, "PID", 5) == written


@pytest.mark.parametrize(
    ("characters", "text", "written"),
    [
        ("unoa", "Abc 'd'", "ABC ?'D?'"),
        ("unob", "Abc 'd'", "Abc ?'d?'"),
        ("unoc", "Müller & Söhne: ÄÖÜß?", "Müller & Söhne?: ÄÖÜß??"),
        ("unoc", "a+b ?+ ??", "a?+b ???+ ????"),
    ],
)
def test_the_characters_are_those_of_the_level(characters: str, text: str, written: str) -> None:
    done = edifact({"text": text}, characters=characters)
    assert f"'UNB+{characters.upper()}:3+" in done.text
    assert f"'FTX+AAI+++{written}'" in done.text


@pytest.mark.parametrize(
    ("characters", "text"), [("unoa", "ü"), ("unob", "ü"), ("unob", "a@b"), ("unoc", "€"), ("unoc", "a\tb")]
)
def test_a_foreign_character_is_refused(characters: str, text: str) -> None:
    [(field, reason)] = edifact({"text": text}, characters=characters).refused.values()
    assert field == "text (FTX04)"
    assert reason == "holds a character that the partner's files can't hold"


@pytest.mark.parametrize("replacement", ["*", "a~b", ">", "ü", "\n"])
def test_a_replacement_that_can_not_be_written_either_is_no_way_out(replacement: str) -> None:
    done = x12({"description": "Ø"}, characters="extended", replacements={"Ø": replacement})
    assert [field for field, _ in done.refused.values()] == ["description (PID05)"]


def test_a_delimiter_that_no_one_uses_is_a_character_like_others() -> None:
    done = x12({"description": "a~b:c"}, characters="extended", delimiters={"segment": "!", "component": "^"})
    assert "*a~b:c!" in done.text


def test_a_short_code_is_filled_to_what_the_standard_wants() -> None:
    """N104 has two characters at least; a one-character code must be padded (sheet edi.md, 2.3)."""
    done = x12({"supplier_id": "7"})
    assert done.refused == {}
    assert "N1*RI*ACME SUPPLY*92*7 " in done.body


@pytest.mark.parametrize("value", [None, "", " ", "   "])
def test_what_is_empty_is_not_there(value: str | None) -> None:
    done = x12({"description": value, "price_basis": value, "terms_text": value, "currency": value})
    assert done.refused == {}
    assert element(done, "IT1", 5) == ""
    assert not any(segment.startswith(("PID", "CUR")) or segment.endswith(("*", " ")) for segment in done.body)


def test_a_column_without_any_value_may_be_of_no_type() -> None:
    table = table_of([{**row, "description": None} for row in without(invoice(), *LINES)])
    assert table.schema.field("description").type == pa.null()
    done = write(SAMPLES["810"].layout, X12, [table])
    assert (done.refused, [segment for segment in done.body if segment.startswith("PID")]) == ({}, [])


def test_the_tax_of_lines_and_document_adds_up() -> None:
    rows = without(invoice("A", 2), *CHARGES)
    total = [{**row, "total": Decimal("84.60")} for row in rows]
    done = write(SAMPLES["810"].layout, X12, total)
    assert [segment for segment in done.body if segment.startswith(("TXI", "TDS"))] == [
        *["TXI*VA*1", "TXI*VA*1", "TDS*8460", "TXI*VA*2.5"],
    ]
