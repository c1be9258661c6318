"""One document of each set, with every field that the set can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.formats.edi.writing import EDIFACT, X12, Row

DAY = date(2026, 1, 15)
_PARTIES = {
    "supplier_name": "ACME SUPPLY",
    "supplier_id": "100042",
    "supplier_code": "V00001",
}
_SHIP_TO = {
    "ship_to_name": "PLANT 2",
    "ship_to_id": "P2",
    "ship_to_street": "DOCK ROAD 1",
    "ship_to_street_2": "GATE 4",
    "ship_to_city": "ULM",
    "ship_to_state": "BW",
    "ship_to_postcode": "89073",
    "ship_to_country": "DE",
}
_ADDRESS = {
    "supplier_street": "MAIN ST 1",
    "supplier_street_2": "SUITE 2",
    "supplier_city": "SPRINGFIELD",
    "supplier_state": "IL",
    "supplier_postcode": "62701",
    "supplier_country": "US",
}


@dataclass(frozen=True)
class Sample:
    """A set and rows for it.

    Attributes:
        layout: as declared.
        profile: the partner's, as declared.
        rows: the rows of one document, given its number and how many lines it has.
    """

    layout: Mapping[str, Any]
    profile: Mapping[str, Any]
    rows: Callable[[str, int], list[Row]]


def without(rows: list[Row], *names: str) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def invoice(number: str = "INV1", lines: int = 1) -> list[Row]:
    """An 810: lines of 40.05 and 1.00 tax, 2.50 tax and 25.00 charge for the whole."""
    head = (
        {
            "_key": number,
            "invoice_number": number,
            "invoice_date": DAY,
            "kind": "DI",
            "purpose": "00",
            "currency": "USD",
        }
        | {"order_number": "PO1", "order_date": date(2026, 1, 2), "release_number": "R3", "document_reference": "D9"}
        | _PARTIES
        | {"supplier_qualifier": "92", "supplier_tax_id": "DE123"}
        | _ADDRESS
        | {"buyer_name": "OURS LTD", "buyer_qualifier": "91", "buyer_id": "B7", "ship_date": date(2026, 1, 10)}
        | {"terms_type": "01", "terms_basis": "3", "discount_percent": Decimal("2.5"), "discount_days": 10}
        | {"discount_date": date(2026, 1, 25), "due_date": date(2026, 2, 14), "net_days": 30}
        | {"discount_amount": Decimal("1.00"), "terms_text": "2.5 10 NET 30"}
        | {"tax_code": "VA", "tax_amount": Decimal("2.50")}
        | {"charge_kind": "C", "charge_code": "D240", "charge_amount": Decimal("25.00"), "charge_text": "FREIGHT"}
        | {"total": Decimal("41.05") * lines + Decimal("27.50")}
    )
    return [{**head, "line_number": str(place), **_invoice_line()} for place in range(1, lines + 1)]


def _invoice_line() -> Row:
    return (
        {"quantity": Decimal("3.000"), "unit": "EA", "price": Decimal("13.35000"), "price_basis": "PE"}
        | {"buyer_part_qualifier": "BP", "buyer_part": "MAT1", "vendor_part_qualifier": "VP", "vendor_part": "VM1"}
        | {"line_tax_code": "VA", "line_tax_amount": Decimal("1.00"), "line_amount": Decimal("40.05")}
        | {"description": "WIDGET TYPE 1", "account": "4711", "cost_center": "CC9"}
    )


def order(number: str = "PO1", lines: int = 1) -> list[Row]:
    """An 850: lines of 8.75."""
    head = (
        {
            "_key": number,
            "order_number": number,
            "order_kind": "SA",
            "order_date": DAY,
            "purpose": "00",
            "release_number": "R3",
        }
        | {"contract": "C77", "currency": "EUR", "terms_type": "01", "terms_basis": "3", "net_days": 30}
        | {"terms_text": "NET 30", "requested_date": date(2026, 2, 1), "buyer_name": "OURS LTD"}
        | {"buyer_qualifier": "91", "buyer_id": "B7", "buyer_contact": "J DOE", "buyer_contact_qualifier": "TE"}
        | {"buyer_contact_number": "555-0100", "supplier_qualifier": "92", "ship_to_qualifier": "92"}
        | _PARTIES
        | _SHIP_TO
        | {"total": Decimal("8.75") * lines}
    )
    return [{**head, "line_number": str(place), **_order_line()} for place in range(1, lines + 1)]


def _order_line() -> Row:
    return (
        {"quantity": Decimal("3.5"), "unit": "KG", "price": Decimal("2.50"), "price_basis": "PE"}
        | {"buyer_part_qualifier": "BP", "buyer_part": "P1", "vendor_part_qualifier": "VP", "vendor_part": "VP1"}
        | {"description": "PLATE", "line_requested_date": date(2026, 2, 2), "line_amount": Decimal("8.75")}
    )


def schedule(number: str = "PO1", lines: int = 1) -> list[Row]:
    head = (
        {"_key": number, "order_number": number, "purpose": "00", "forecast_number": "F1", "release_number": "R3"}
        | {"horizon_start": date(2026, 1, 1), "horizon_end": date(2026, 12, 31), "contract": "C77"}
        | {"currency": "EUR", "buyer_name": "OURS LTD", "buyer_qualifier": "91", "buyer_id": "B7"}
        | {"ship_to_name": "PLANT 2", "ship_to_qualifier": "92", "ship_to_id": "P2", "supplier_qualifier": "92"}
        | _PARTIES
    )
    line = {key: value for key, value in _order_line().items() if key not in ("buyer_part_qualifier", "line_amount")}
    more = {"line_order_qualifier": "PO", "line_order": "PO1-1"}
    return [{**head, "line_number": str(place), **line, **more} for place in range(1, lines + 1)]


def shipment(number: str = "S1", lines: int = 1) -> list[Row]:
    """An 856: two lines an order."""
    head = (
        {
            "_key": number,
            "shipment_number": f"SHIP-{number}",
            "purpose": "00",
            "ship_date": DAY,
            "delivery_date": date(2026, 1, 17),
        }
        | {"packaging": "CTN25", "packages": 4, "weight_qualifier": "G", "weight": Decimal("12.5")}
        | {"weight_unit": "KG", "transport_method": "M", "carrier": "DHL", "bill_of_lading": "BL1"}
        | _SHIP_TO
        | {"ship_to_qualifier": "92"}
    )
    line = {"item_qualifier": "BP", "item": "P1", "quantity": Decimal("2.0"), "unit": "EA", "description": "PLATE"}
    places = range(1, lines + 1)
    return [
        {**head, "order_number": f"PO{(place + 1) // 2}", "order_date": DAY, "line_number": str(place), **line}
        for place in places
    ]


def vendor(number: str = "V1", lines: int = 1) -> list[Row]:
    return [
        (
            {
                "_key": f"{number}-{place}",
                "supplier_code": f"{number}-{place}",
                "supplier_name": "ACME SUPPLY",
                "supplier_name_2": "HOLDING",
            }
            | {"street": "MAIN ST 1", "street_2": "SUITE 2", "city": "SPRINGFIELD", "state": "IL"}
            | {"postcode": "62701", "country": "US", "tax_id": "DE123", "account_number": "A77", "status": "ACTIVE"}
            | {"contact": "J DOE", "phone_qualifier": "TE", "phone": "555-0100", "email_qualifier": "EM"}
            | {"email": "AP.ACME.EXAMPLE", "currency": "USD", "terms_type": "01", "net_days": 30}
            | {"terms_text": "NET 30"}
        )
        for place in range(1, lines + 1)
    ]


def invoic(number: str = "INV1", lines: int = 1) -> list[Row]:
    """Lines of 40.05, 2.50 tax and 25.00 charge for the whole."""
    head = (
        {"_key": number, "invoice_number": number, "kind": "380", "invoice_date": DAY, "ship_date": date(2026, 1, 10)}
        | {"text": "THANK YOU", "order_number": "PO1", "order_date": date(2026, 1, 2), "document_reference": "D9"}
        | _PARTIES
        | {"supplier_agency": "92", "supplier_tax_id": "DE123"}
        | _ADDRESS
        | {"buyer_name": "OURS LTD", "buyer_id": "4012345000009", "buyer_agency": "9", "currency": "EUR"}
        | {"terms_kind": "1", "due_date": date(2026, 2, 14)}
        | {"tax_amount": Decimal("2.50"), "charge_amount": Decimal("25.00")}
        | {"total": Decimal("40.05") * lines + Decimal("27.50")}
    )
    line = (
        {"article": "A1", "article_kind": "SA", "buyer_part": "MAT1", "description": "WIDGET TYPE 1"}
        | {"quantity": Decimal("3.000"), "unit": "PCE", "price": Decimal("13.35000"), "line_amount": Decimal("40.05")}
        | {"account": "4711", "cost_center": "CC9"}
    )
    return [{**head, **line} for _ in range(lines)]


def orders(number: str = "PO1", lines: int = 1) -> list[Row]:
    head = (
        {
            "_key": number,
            "order_number": number,
            "order_date": DAY,
            "requested_date": date(2026, 2, 1),
            "text": "URGENT",
        }
        | {"contract": "C77", "supplier_agency": "92", "buyer_name": "OURS LTD", "buyer_id": "B7"}
        | {"buyer_agency": "91", "ship_to_agency": "92", "currency": "EUR"}
        | _PARTIES
        | _SHIP_TO
        | {"total": Decimal("8.75") * lines}
    )
    line = (
        {"article": "A1", "article_kind": "SA", "buyer_part": "MAT1", "description": "PLATE"}
        | {"quantity": Decimal("3.5"), "unit": "KGM", "line_requested_date": date(2026, 2, 2)}
        | {"price": Decimal("2.50"), "line_amount": Decimal("8.75")}
    )
    return [{**head, **line} for _ in range(lines)]


SAMPLES = {
    "810": Sample({"format": "x12", "set": "810", "document": "invoice_number"}, X12, invoice),
    "850": Sample({"format": "x12", "set": "850", "document": "order_number"}, X12, order),
    "830": Sample({"format": "x12", "set": "830", "document": "order_number"}, X12, schedule),
    "856": Sample({"format": "x12", "set": "856", "document": "shipment_number"}, X12, shipment),
    "838": Sample({"format": "x12", "set": "838"}, X12, vendor),
    "INVOIC": Sample({"format": "edifact", "set": "INVOIC", "document": "invoice_number"}, EDIFACT, invoic),
    "ORDERS": Sample({"format": "edifact", "set": "ORDERS", "document": "order_number"}, EDIFACT, orders),
}
DOCUMENTS = [name for name, sample in SAMPLES.items() if "document" in sample.layout]
