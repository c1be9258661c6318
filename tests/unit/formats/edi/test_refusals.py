"""A record that can't be written stays behind, with the field and its element named; all others go out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError
from tests.unit.formats.edi.samples import SAMPLES, invoice, order
from tests.unit.formats.edi.writing import EDIFACT, X12, Written, write

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("810", {"kind": "QQ"}, "kind (BIG07)", "'QQ' is none of CI, CN, CR, DI, DR, FB, PR"),
    ("810", {"unit": "CS"}, "unit (IT103)", "'CS' is none of BX"),
    ("810", {"supplier_qualifier": "93"}, "supplier_qualifier (N103)", "'93' is none of 1, 9, 91"),
    ("810", {"charge_code": "D2"}, "charge_code (SAC02)", "has fewer than 4 characters"),
    ("810", {"invoice_number": "X" * 23}, "invoice_number (BIG02)", "has more than 22 characters"),
    ("810", {"supplier_state": "X"}, "supplier_state (N402)", "has fewer than 2 characters"),
    ("810", {"quantity": Decimal(12345678901)}, "quantity (IT102)", "has more than 10 digits"),
    ("810", {"price": Decimal("123456789012.345678")}, "price (IT104)", "has more than 17 digits"),
    ("810", {"discount_amount": Decimal("1.001")}, "discount_amount (ITD08)", "has more than 2 decimals"),
    ("810", {"discount_percent": Decimal("1.234567")}, "discount_percent (ITD03)", "has more than 6 digits"),
    ("810", {"net_days": 1000}, "net_days (ITD07)", "has more than 3 digits"),
    ("810", {"invoice_number": None}, "invoice_number (BIG02)", "is missing; BIG02 is mandatory"),
    ("810", {"invoice_date": None}, "invoice_date (BIG01)", "is missing; BIG01 is mandatory"),
    ("810", {"invoice_number": "   "}, "invoice_number (BIG02)", "is missing; BIG02 is mandatory"),
    ("810", {"line_tax_code": None}, "line_tax_code (TXI01)", "is missing; TXI01 is mandatory"),
    ("810", {"supplier_street": None}, "supplier_street (N301)", "is missing; N301 is mandatory"),
    ("810", {"quantity": None}, "quantity (IT102)", "breaks the rule P020304 of IT1"),
    ("810", {"unit": None}, "quantity (IT102)", "breaks the rule P020304 of IT1"),
    ("810", {"buyer_part": None}, "buyer_part_qualifier (IT106)", "breaks the rule P0607 of IT1"),
    ("810", {"vendor_part_qualifier": None}, "vendor_part_qualifier (IT108)", "breaks the rule P0809 of IT1"),
    ("810", {"supplier_id": None}, "supplier_qualifier (N103)", "breaks the rule P0304 of N1"),
    ("810", {"line_tax_amount": None, "total": Decimal("67.55")}, "line_tax_amount (TXI02)", "breaks the rule R0203"),
    ("810", {"total": Decimal("68.54")}, "total", "is not the sum of line_amount, line_tax_amount, tax_amount, charge"),
    ("810", {"line_amount": Decimal("40.04")}, "total", "is not the sum of line_amount"),
    ("810", {"supplier_tax_id": "A~B"}, "supplier_tax_id (REF02)", "holds a character"),
    ("810", {"description": "A*B"}, "description (PID05)", "holds a character"),
    ("810", {"description": "Ring Ø 4"}, "description (PID05)", "holds a character"),
    ("810", {"description": "two\nlines"}, "description (PID05)", "holds a character"),
    ("810", {"supplier_name": None}, "supplier_id", "can't be written (N1) without supplier_name"),
    ("850", {"order_kind": None}, "order_kind (BEG02)", "is missing; BEG02 is mandatory"),
    ("850", {"quantity": None}, "unit (PO103)", "breaks the rule C0302 of PO1"),
    ("850", {"price": None}, "price_basis (PO105)", "breaks the rule C0504 of PO1"),
    ("850", {"total": Decimal("8.76")}, "total", "is not the sum of line_amount"),
    ("850", {"buyer_contact_number": None}, "buyer_contact_qualifier (PER03)", "breaks the rule P0304 of PER"),
    ("850", {"ship_to_name": None}, "ship_to_id", "can't be written (N1) without ship_to_name"),
    (
        "830",
        {"release_number": None, "forecast_number": None},
        "forecast_number (BFR02)",
        "breaks the rule R0203 of BFR",
    ),
    ("830", {"line_requested_date": None}, "line_requested_date (FST04)", "is missing; FST04 is mandatory"),
    ("830", {"unit": None}, "unit (UIT01)", "is missing; UIT01 is mandatory"),
    ("830", {"buyer_part": None}, "buyer_part (LIN03)", "is missing; LIN03 is mandatory"),
    ("856", {"unit": "E"}, "unit (SN103)", "has fewer than 2 characters"),
    ("856", {"order_number": None}, "order_number (PRF01)", "is missing; PRF01 is mandatory"),
    ("856", {"quantity": None}, "quantity (SN102)", "is missing; SN102 is mandatory"),
    ("856", {"item": None}, "item (LIN03)", "is missing; LIN03 is mandatory"),
    ("856", {"weight_unit": None}, "weight (TD107)", "breaks the rule P0708 of TD1"),
    ("856", {"packages": None}, "packaging", "can't be written (TD1) without packages"),
    ("838", {"supplier_code": None}, "supplier_code (N104)", "breaks the rule P0304 of N1"),
    ("838", {"currency": "US"}, "currency (CUR02)", "has fewer than 3 characters"),
    ("838", {"street": None}, "street (N301)", "is missing; N301 is mandatory"),
    ("838", {"phone": None}, "phone_qualifier (PER03)", "breaks the rule P0304 of PER"),
    ("838", {"email": "ap@acme.example"}, "email (PER06)", "holds a character"),
    ("INVOIC", {"kind": "999"}, "kind (BGM01)", "'999' is none of 220, 380"),
    ("INVOIC", {"unit": "EACH"}, "unit (QTY01)", "has more than 3 characters"),
    ("INVOIC", {"unit": "XX"}, "unit (QTY01)", "'XX' is none of BX"),
    ("INVOIC", {"invoice_number": "X" * 36}, "invoice_number (BGM02)", "has more than 35 characters"),
    ("INVOIC", {"order_number": None}, "order_date", "can't be written (DTM) without order_number"),
    ("INVOIC", {"terms_kind": None}, "due_date", "can't be written (DTM) without terms_kind"),
    ("INVOIC", {"total": Decimal("67.54")}, "total", "is not the sum of line_amount, tax_amount, charge_amount"),
    ("INVOIC", {"description": "日本"}, "description (IMD03)", "holds a character"),
    ("ORDERS", {"price": Decimal(1234567890123456)}, "price (PRI01)", "has more than 15 digits"),
    ("ORDERS", {"ship_to_postcode": "1234567890"}, "ship_to_postcode (NAD08)", "has more than 9 characters"),
]


@pytest.mark.parametrize(("name", "change", "field", "reason"), CASES)
def test_a_record_that_can_not_be_written(name: str, change: dict[str, Any], field: str, reason: str) -> None:
    sample = SAMPLES[name]
    lines = 1 if "invoice_number" in change else 2
    before, bad, behind = (sample.rows(number, lines) for number in ("A1", "B1", "C1"))
    # One line is enough to keep the whole document back; the other record of a vendors' set goes out.
    document = [{**row, **change} for row in bad] if name != "838" else [bad[0], {**bad[1], **change}]
    if "line_amount" in change or "line_tax_amount" in change:
        document = [bad[0], {**bad[1], **{key: value for key, value in change.items() if key != "total"}}]
    if "total" in change:
        document = [
            {**row, "total": bad[0]["total"] + change["total"] - sample.rows("B1", 1)[0]["total"]} for row in document
        ]
    done = write(sample.layout, sample.profile, [*before, *document, *behind])
    [(key, (at, said))] = done.refused.items()
    assert key == ("B1-2" if name == "838" else "B1")
    assert at == field
    assert said.startswith(reason)
    rest = [*before, *bad[:1], *behind] if name == "838" else [*before, *behind]
    assert done.content == write(sample.layout, sample.profile, rest).content


def test_one_faulty_line_keeps_its_whole_document_back() -> None:
    rows = [*invoice("A", 3), *invoice("B", 2)]
    rows[1] = {**rows[1], "unit": "CS"}
    done = write(SAMPLES["810"].layout, X12, rows)
    assert done.refused == {"A": ("unit (IT103)", done.refused["A"][1])}
    assert [segment.split("*")[2] for segment in done.body if segment.startswith("BIG")] == ["B"]


def test_every_record_of_a_document_shares_its_fate() -> None:
    rows = [{**row, "_key": f"A/{place}"} for place, row in enumerate(order("PO1", 3))]
    rows[2] = {**rows[2], "unit": "XX"}
    done = write(SAMPLES["850"].layout, X12, [*rows, *order("PO2")])
    assert list(done.refused) == ["A/0", "A/1", "A/2"]
    assert {field for field, _ in done.refused.values()} == {"unit (PO103)"}
    assert [note["_key"] for note in done.notes] == ["PO2"]


def test_too_many_lines() -> None:
    rows = [*invoice("A", 2), *invoice("B", 3)]
    done = write({**SAMPLES["810"].layout, "most_lines": 2}, X12, rows)
    assert done.refused == {"B": ("invoice_number", "has over 2 lines")}


def test_the_first_fault_in_the_order_of_the_set_is_told() -> None:
    done = write(SAMPLES["810"].layout, X12, [{**row, "kind": "QQ", "unit": "XX"} for row in invoice("A")])
    assert done.refused["A"][0] == "kind (BIG07)"


def test_a_guard_names_the_field_that_stands_alone() -> None:
    address = ("id", "qualifier", "street", "street_2", "city", "state", "postcode", "name", "tax_id")
    none = dict.fromkeys(f"supplier_{part}" for part in address)
    done = write(SAMPLES["810"].layout, X12, [*invoice("A"), *({**row, **none} for row in invoice("B"))])
    assert done.refused == {"B": ("supplier_country", "can't be written (N4) without supplier_name")}


def test_a_missing_total_is_told_as_missing() -> None:
    done = write(SAMPLES["810"].layout, X12, [*invoice("A"), *({**row, "total": None} for row in invoice("B"))])
    assert done.refused == {"B": ("total (TDS01)", "is missing; TDS01 is mandatory")}


def test_a_total_that_is_not_told_needs_no_check() -> None:
    done = write(SAMPLES["850"].layout, X12, [*order("A"), *({**row, "total": None} for row in order("B"))])
    assert done.refused == {}
    assert [segment for segment in done.body if segment.startswith(("CTT", "AMT"))] == [
        "CTT*1*3.5",
        "AMT*TT*8.75",
        "CTT*1*3.5",
    ]


@pytest.mark.parametrize(("kind", "total"), [("C", "66.05"), ("A", "16.05"), ("N", "41.05")])
def test_an_allowance_lessens_the_total_and_a_charge_adds_to_it(kind: str, total: str) -> None:
    """SAC01: A is taken off, C is added, N counts nothing (sheet edi.md, 2.3); SAC05 has no sign."""
    none = {"tax_code": None, "tax_amount": None}
    rows = [{**row, **none, "charge_kind": kind, "total": Decimal(total)} for row in invoice("A")]
    wrong = [{**row, "total": Decimal(total) + Decimal("0.01")} for row in rows]
    done = write(SAMPLES["810"].layout, X12, [*invoice("Z"), *rows])
    assert done.refused == {}
    assert f"SAC*{kind}*D240***2500**********FREIGHT" in done.body
    assert list(write(SAMPLES["810"].layout, X12, [*invoice("Z"), *wrong]).refused) == ["A"]


def test_a_hash_total_has_ten_digits_at_most() -> None:
    """CTT02 (sheet edi.md, 2.3): an order of large quantities stays behind, or does without it."""
    rows = [{**row, "quantity": Decimal(9999999999)} for row in order("A", 2)]
    done = write(SAMPLES["850"].layout, X12, rows)
    sums = [segment.split("*")[2:] for segment in done.body if segment.startswith("CTT")]
    assert "A" in done.refused or all(len(each) <= 10 for total in sums for each in total)


@pytest.mark.parametrize("standard", [X12, EDIFACT])
def test_the_policy_may_be_to_stop(standard: dict[str, Any]) -> None:
    sample = SAMPLES["810"] if standard is X12 else SAMPLES["INVOIC"]

    def run() -> Written:
        rows = [*sample.rows("A", 1), *({**row, "kind": "QQ"} for row in sample.rows("B", 1))]
        return write({**sample.layout, "unrenderable": "error"}, sample.profile, rows)

    with pytest.raises(RejectedError, match=r"B: kind \(B.M?G?\d\d\) 'QQ' is none of"):
        run()


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "3"), ("price", 13.35), ("total", "68.55"), ("invoice_date", "20260115"), ("net_days", "30")],
)
def test_numbers_and_dates_that_come_as_something_else_are_a_mistake_of_the_mapping(field: str, value: object) -> None:
    """As a text `68.55` would be 68 dollars and a half to one who reads TDS01 in cents, and `NOTADATE` a date."""
    with pytest.raises(ConfigurationError, match=field):
        write(SAMPLES["810"].layout, X12, [{**row, field: value} for row in invoice("A")])
