"""Each EDIFACT message with every field that it can take, and with no more than it needs: letter by letter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.formats.edi.samples import SAMPLES, invoic, orders, without
from tests.unit.formats.edi.writing import write

WHOLE = {
    "INVOIC": [
        "BGM+380+N1+9",
        "DTM+137:20260115:102",
        "DTM+35:20260110:102",
        "FTX+AAI+++THANK YOU",
        "RFF+ON:PO1",
        "DTM+171:20260102:102",
        "RFF+ACE:D9",
        "NAD+SU+100042::92++ACME SUPPLY+MAIN ST 1:SUITE 2+SPRINGFIELD+IL+62701+US",
        "RFF+IA:V00001",
        "RFF+VA:DE123",
        "NAD+BY+4012345000009::9++OURS LTD",
        "CUX+2:EUR:4",
        "PAT+1",
        "DTM+13:20260214:102",
        "LIN+1++A1:SA",
        "PIA+5+MAT1:BP",
        "IMD+F++:::WIDGET TYPE 1",
        "QTY+47:3:PCE",
        "MOA+203:40.05",
        "PRI+AAA:13.35",
        "RFF+ADE:4711",
        "RFF+ZZZ:CC9",
        "LIN+2++A1:SA",
        "PIA+5+MAT1:BP",
        "IMD+F++:::WIDGET TYPE 1",
        "QTY+47:3:PCE",
        "MOA+203:40.05",
        "PRI+AAA:13.35",
        "RFF+ADE:4711",
        "RFF+ZZZ:CC9",
        "UNS+S",
        "CNT+2:2",
        "MOA+77:107.6",
        "MOA+79:80.1",
        "MOA+124:2.5",
        "MOA+131:25",
    ],
    "ORDERS": [
        "BGM+220+N1+9",
        "DTM+137:20260115:102",
        "DTM+2:20260201:102",
        "FTX+AAI+++URGENT",
        "RFF+CT:C77",
        "NAD+SU+100042::92++ACME SUPPLY",
        "RFF+IA:V00001",
        "NAD+BY+B7::91++OURS LTD",
        "NAD+DP+P2::92++PLANT 2+DOCK ROAD 1:GATE 4+ULM+BW+89073+DE",
        "CUX+2:EUR:9",
        "LIN+1++A1:SA",
        "PIA+5+MAT1:BP",
        "IMD+F++:::PLATE",
        "QTY+21:3.5:KGM",
        "DTM+2:20260202:102",
        "MOA+203:8.75",
        "PRI+AAA:2.5",
        "LIN+2++A1:SA",
        "PIA+5+MAT1:BP",
        "IMD+F++:::PLATE",
        "QTY+21:3.5:KGM",
        "DTM+2:20260202:102",
        "MOA+203:8.75",
        "PRI+AAA:2.5",
        "UNS+S",
        "MOA+79:17.5",
        "CNT+2:2",
    ],
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_message(name: str) -> None:
    sample = SAMPLES[name]
    done = write(sample.layout, sample.profile, sample.rows("N1", 2))
    assert done.refused == {}
    header = f"UNA:+.? 'UNB+UNOA:3+US:ZZZ+THEM:14+260331:1405+000000001++++++1'UNH+000000001+{name}:D:96A:UN"
    trailer = [f"UNT+{len(WHOLE[name]) + 2}+000000001", "UNZ+1+000000001"]
    assert done.text == "'".join([header, *WHOLE[name], *trailer, ""])


def test_the_least_invoice() -> None:
    [row] = invoic()
    kept = {"_key", "kind", "invoice_number", "invoice_date", "line_amount", "total"}
    rows = without([{**row, "total": Decimal("40.05")}], *(row.keys() - kept))
    done = write(SAMPLES["INVOIC"].layout, SAMPLES["INVOIC"].profile, rows)
    head = ["UNH+000000001+INVOIC:D:96A:UN", "BGM+380+INV1+9", "DTM+137:20260115:102"]
    body = ["LIN+1", "MOA+203:40.05", "UNS+S", "CNT+2:1", "MOA+77:40.05", "MOA+79:40.05", "UNT+10+000000001"]
    assert done.body == head + body


def test_the_least_order() -> None:
    [row] = orders()
    kept = {"_key", "order_number", "order_date", "quantity"}
    done = write(SAMPLES["ORDERS"].layout, SAMPLES["ORDERS"].profile, without([row], *(row.keys() - kept)))
    head = ["UNH+000000001+ORDERS:D:96A:UN", "BGM+220+PO1+9", "DTM+137:20260115:102"]
    assert done.body == [*head, "LIN+1", "QTY+21:3.5", "UNS+S", "CNT+2:1", "UNT+8+000000001"]


@pytest.mark.parametrize(("shown", "sign"), [("positive", ""), ("negative", "-")])
def test_a_credit_note_says_what_it_is_with_amounts_as_agreed(shown: str, sign: str) -> None:
    [row] = invoic()
    turned = {name: -row[name] for name in ("total", "line_amount", "quantity", "tax_amount", "charge_amount")}
    layout = {**SAMPLES["INVOIC"].layout, "credits": shown}
    done = write(layout, SAMPLES["INVOIC"].profile, [{**row, **turned, "kind": "381"}])
    assert [segment for segment in done.body if segment[:3] in ("BGM", "QTY", "MOA", "PRI")] == [
        "BGM+381+INV1+9",
        f"QTY+47:{sign}3:PCE",
        f"MOA+203:{sign}40.05",
        "PRI+AAA:13.35",
        f"MOA+77:{sign}67.55",
        f"MOA+79:{sign}40.05",
        f"MOA+124:{sign}2.5",
        f"MOA+131:{sign}25",
    ]


@pytest.mark.parametrize("field", ["kind", "invoice_number", "invoice_date", "line_amount", "total"])
def test_what_an_invoice_must_have(field: str) -> None:
    [good], [bad] = invoic("A"), invoic("B")
    gone = {field: None, "line_amount": None} if field == "total" else {field: None}
    # With nothing in it, the sum says nothing against it.
    empty = {"total": Decimal(0), "tax_amount": Decimal(0), "charge_amount": Decimal(0)}
    broken = {**bad, **(empty if field in ("line_amount", "total") else {}), **gone}
    done = write(SAMPLES["INVOIC"].layout, SAMPLES["INVOIC"].profile, [good, broken])
    assert list(done.refused) == ["B"]
    assert "MOA" not in done.body
    assert "DTM" not in done.body


@pytest.mark.parametrize(
    ("name", "gone", "at"),
    [
        ("INVOIC", {"quantity": None}, "quantity (QTY01)"),
        ("ORDERS", {"quantity": None}, "quantity (QTY01)"),
        ("INVOIC", {"supplier_id": None}, "supplier_id (NAD02)"),
        ("INVOIC", {"supplier_street": None}, "supplier_street (NAD05)"),
        ("ORDERS", {"ship_to_street": None}, "ship_to_street (NAD05)"),
    ],
)
def test_a_composite_has_its_mandatory_component(name: str, gone: dict[str, None], at: str) -> None:
    sample = SAMPLES[name]
    done = write(
        sample.layout, sample.profile, [*sample.rows("A", 1), *({**row, **gone} for row in sample.rows("B", 1))]
    )
    assert {key: field for key, (field, _) in done.refused.items()} == {"B": at}


def test_a_composite_without_its_data_is_left_out() -> None:
    none = {"supplier_id": None, "supplier_agency": None, "supplier_street": None, "supplier_street_2": None}
    done = write(SAMPLES["INVOIC"].layout, SAMPLES["INVOIC"].profile, [{**row, **none} for row in invoic()])
    assert "NAD+SU+++ACME SUPPLY++SPRINGFIELD+IL+62701+US" in done.body


def test_components_in_the_middle_keep_their_places() -> None:
    done = write(
        SAMPLES["INVOIC"].layout, SAMPLES["INVOIC"].profile, [{**row, "supplier_agency": None} for row in invoic()]
    )
    assert "NAD+SU+100042++ACME SUPPLY+MAIN ST 1:SUITE 2+SPRINGFIELD+IL+62701+US" in done.body
