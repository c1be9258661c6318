"""Each X12 set with every field that it can take, and with no more than it needs: letter by letter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.formats.edi.samples import DAY, SAMPLES, invoice, order, schedule, shipment, vendor, without
from tests.unit.formats.edi.writing import write

WHOLE = {
    "810": [
        "BIG*20260115*N1*20260102*PO1*R3**DI*00",
        "CUR*SE*USD",
        "REF*IA*V00001",
        "REF*ZZ*D9",
        "N1*RI*ACME SUPPLY*92*100042",
        "N3*MAIN ST 1*SUITE 2",
        "N4*SPRINGFIELD*IL*62701*US",
        "REF*TJ*DE123",
        "N1*BT*OURS LTD*91*B7",
        "ITD*01*3*2.5*20260125*10*20260214*30*100****2.5 10 NET 30",
        "DTM*011*20260110",
        "IT1*1*3*EA*13.35*PE*BP*MAT1*VP*VM1",
        "TXI*VA*1",
        "PID*F****WIDGET TYPE 1",
        "REF*GL*4711",
        "REF*ZZ*CC9",
        "IT1*2*3*EA*13.35*PE*BP*MAT1*VP*VM1",
        "TXI*VA*1",
        "PID*F****WIDGET TYPE 1",
        "REF*GL*4711",
        "REF*ZZ*CC9",
        "TDS*10960",
        "TXI*VA*2.5",
        "SAC*C*D240***2500**********FREIGHT",
        "CTT*2",
    ],
    "850": [
        "BEG*00*SA*N1*R3*20260115*C77",
        "CUR*BY*EUR",
        "REF*IA*V00001",
        "PER*BD*J DOE*TE*555-0100",
        "ITD*01*3*****30*****NET 30",
        "DTM*002*20260201",
        "N1*BY*OURS LTD*91*B7",
        "N1*SU*ACME SUPPLY*92*100042",
        "N1*ST*PLANT 2*92*P2",
        "N3*DOCK ROAD 1*GATE 4",
        "N4*ULM*BW*89073*DE",
        "PO1*1*3.5*KG*2.5*PE*BP*P1*VP*VP1",
        "PID*F****PLATE",
        "DTM*002*20260202",
        "PO1*2*3.5*KG*2.5*PE*BP*P1*VP*VP1",
        "PID*F****PLATE",
        "DTM*002*20260202",
        "CTT*2*7",
        "AMT*TT*17.5",
    ],
    "830": [
        "BFR*00*F1*R3*DL*A*20260101*20261231*20260331**C77*N1",
        "CUR*BY*EUR",
        "REF*IA*V00001",
        "N1*BY*OURS LTD*91*B7",
        "N1*SU*ACME SUPPLY*92*100042",
        "N1*ST*PLANT 2*92*P2",
        "LIN*1*BP*P1*VP*VP1*PO*PO1-1",
        "UIT*KG*2.5*PE",
        "PID*F****PLATE",
        "FST*3.5*C*D*20260202",
        "LIN*2*BP*P1*VP*VP1*PO*PO1-1",
        "UIT*KG*2.5*PE",
        "PID*F****PLATE",
        "FST*3.5*C*D*20260202",
        "CTT*2*7",
    ],
    "856": [
        "BSN*00*SHIP-N1*20260115*1405*0004",
        "DTM*011*20260115",
        "DTM*017*20260117",
        "HL*1**S",
        "TD1*CTN25*4****G*12.5*KG",
        "TD5****M*DHL",
        "REF*BM*BL1",
        "N1*ST*PLANT 2*92*P2",
        "N3*DOCK ROAD 1*GATE 4",
        "N4*ULM*BW*89073*DE",
        "HL*2*1*O",
        "PRF*PO1***20260115",
        "HL*3*2*I",
        "LIN*1*BP*P1",
        "SN1**2*EA",
        "PID*F****PLATE",
        "HL*4*2*I",
        "LIN*2*BP*P1",
        "SN1**2*EA",
        "PID*F****PLATE",
        "CTT*4*4",
    ],
    # CUR01: sheet edi.md, 2.9.
    "838": [
        "BTP*00*7*20260331*1405*TP",
        "LX*1",
        "N1*SU*ACME SUPPLY*92*N1-1",
        "N2*HOLDING",
        "N3*MAIN ST 1*SUITE 2",
        "N4*SPRINGFIELD*IL*62701*US",
        "N9*TJ*DE123",
        "N9*IA*A77",
        "N9*ZZ*ACTIVE",
        "PER*AR*J DOE*TE*555-0100*EM*AP.ACME.EXAMPLE",
        "CUR*SE*USD",
        "ITD*01******30*****NET 30",
        "LX*2",
        "N1*SU*ACME SUPPLY*92*N1-2",
        "N2*HOLDING",
        "N3*MAIN ST 1*SUITE 2",
        "N4*SPRINGFIELD*IL*62701*US",
        "N9*TJ*DE123",
        "N9*IA*A77",
        "N9*ZZ*ACTIVE",
        "PER*AR*J DOE*TE*555-0100*EM*AP.ACME.EXAMPLE",
        "CUR*SE*USD",
        "ITD*01******30*****NET 30",
    ],
}
GROUPS = {"810": "IN", "850": "PO", "830": "PS", "856": "SH", "838": "TD"}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_set(name: str) -> None:
    sample = SAMPLES[name]
    done = write(sample.layout, sample.profile, sample.rows("N1", 2))
    assert done.refused == {}
    segments = len(WHOLE[name]) + 2
    isa = "ISA*00*          *00*          *ZZ*SENDERID       *01*RECEIVERID     *260331*1405*U*00401*000000001*0*T*>"
    group = f"GS*{GROUPS[name]}*SENDERID*RECEIVERID*20260331*1405*1*X*004010"
    trailer = [f"SE*{segments}*000000001", "GE*1*1", "IEA*1*000000001"]
    expected = [isa, group, f"ST*{name}*000000001", *WHOLE[name], *trailer]
    assert done.text.split("~") == [*expected, ""]


def test_the_least_invoice() -> None:
    [row] = invoice()
    kept = {"_key", "invoice_number", "invoice_date", "line_number", "total"}
    done = write(SAMPLES["810"].layout, SAMPLES["810"].profile, without([row], *(row.keys() - kept)))
    total = ["TDS*6855", "CTT*1"]
    assert done.body == ["ST*810*000000001", "BIG*20260115*INV1", "IT1*1", *total, "SE*6*000000001"]


def test_the_least_order() -> None:
    [row] = order()
    kept = {"_key", "purpose", "order_kind", "order_number", "order_date", "quantity"}
    done = write(SAMPLES["850"].layout, SAMPLES["850"].profile, without([row], *(row.keys() - kept)))
    body = ["ST*850*000000001", "BEG*00*SA*PO1**20260115", "PO1**3.5", "CTT*1*3.5", "SE*5*000000001"]
    assert done.body == body


def test_the_least_schedule() -> None:
    [row] = schedule()
    kept = {"_key", "purpose", "release_number", "horizon_start", "order_number", "buyer_part", "unit", "quantity"}
    done = write(
        SAMPLES["830"].layout, SAMPLES["830"].profile, without([row], *(row.keys() - kept - {"line_requested_date"}))
    )
    head = ["ST*830*000000001", "BFR*00**R3*DL*A*20260101**20260331***PO1"]
    line = ["LIN**BP*P1", "UIT*KG", "FST*3.5*C*D*20260202"]
    assert done.body == [*head, *line, "CTT*1*3.5", "SE*7*000000001"]


def test_the_least_shipment() -> None:
    [row] = shipment()
    names = "purpose shipment_number ship_date order_number item_qualifier item quantity unit"
    kept = {"_key", *names.split()}
    done = write(SAMPLES["856"].layout, SAMPLES["856"].profile, without([row], *(row.keys() - kept)))
    levels = ["HL*1**S", "HL*2*1*O", "PRF*PO1", "HL*3*2*I", "LIN**BP*P1", "SN1**2*EA"]
    head = ["ST*856*000000001", "BSN*00*SHIP-S1*20260115*1405*0004", "DTM*011*20260115"]
    assert done.body == [*head, *levels, "CTT*3*2", "SE*11*000000001"]


def test_the_least_vendor() -> None:
    row = {"_key": "V1", "supplier_code": "V1", "supplier_name": None}
    done = write(SAMPLES["838"].layout, SAMPLES["838"].profile, [row])
    head = ["ST*838*000000001", "BTP*00*7*20260331*1405*TP"]
    assert done.body == [*head, "LX*1", "N1*SU**92*V1", "SE*5*000000001"]


def test_orders_of_a_shipment_are_levels_of_their_own() -> None:
    done = write(SAMPLES["856"].layout, SAMPLES["856"].profile, [*shipment("S1", 5), *shipment("S2", 1)])
    levels = [segment for segment in done.body if segment.startswith("HL")]
    first = ["HL*1**S", "HL*2*1*O", "HL*3*2*I", "HL*4*2*I", "HL*5*1*O", "HL*6*5*I", "HL*7*5*I", "HL*8*1*O", "HL*9*8*I"]
    assert levels == [*first, "HL*1**S", "HL*2*1*O", "HL*3*2*I"]
    assert [segment for segment in done.body if segment.startswith("CTT")] == ["CTT*9*10", "CTT*3*2"]


def test_vendors_are_spread_over_sets() -> None:
    layout = {**SAMPLES["838"].layout, "most_lines": 2}
    done = write(layout, SAMPLES["838"].profile, vendor("V", 5))
    assert [segment for segment in done.body if segment[:2] in ("ST", "LX", "SE")] == [
        *["ST*838*000000001", "LX*1", "LX*2", "SE*25*000000001"],
        *["ST*838*000000002", "LX*1", "LX*2", "SE*25*000000002"],
        *["ST*838*000000003", "LX*1", "SE*14*000000003"],
    ]
    assert [(note["_key"], note["position"]) for note in done.notes] == [
        *[("V-1", 1), ("V-2", 1), ("V-3", 2), ("V-4", 2), ("V-5", 3)],
    ]


def test_a_net_change_says_when_it_was_made() -> None:
    """BFR09 is needed when BFR01 is 04 (sheet edi.md, 2.4)."""
    done = write(SAMPLES["830"].layout, SAMPLES["830"].profile, [{**row, "purpose": "04"} for row in schedule()])
    assert "PO1" in done.refused or done.body[1].split("*")[9]


def test_a_credit_note_of_a_supplier() -> None:
    [row] = without(invoice(), "line_tax_amount", "line_tax_code", "tax_amount", "tax_code", "charge_amount")
    less = {name: Decimal(-row[name]) for name in ("quantity", "line_amount", "discount_amount")}
    credit = {**row, **less, "kind": "CR", "total": Decimal("-40.05"), "invoice_date": DAY}
    rows = without([credit], "charge_kind", "charge_code", "charge_text")
    positive = write(SAMPLES["810"].layout, SAMPLES["810"].profile, rows)
    negative = write({**SAMPLES["810"].layout, "credits": "negative"}, SAMPLES["810"].profile, rows)
    assert [segment for segment in positive.body if segment[:3] in ("BIG", "IT1", "TDS")] == [
        *["BIG*20260115*INV1*20260102*PO1*R3**CR*00", "IT1*1*3*EA*13.35*PE*BP*MAT1*VP*VM1", "TDS*4005"]
    ]
    assert [segment for segment in negative.body if segment[:3] in ("BIG", "IT1", "TDS")] == [
        *["BIG*20260115*INV1*20260102*PO1*R3**CR*00", "IT1*1*-3*EA*13.35*PE*BP*MAT1*VP*VM1", "TDS*-4005"]
    ]
    assert [segment.split("*")[8] for segment in positive.body + negative.body if segment.startswith("ITD")] == [
        *["100", "-100"]
    ]
