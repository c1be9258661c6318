"""Base tables of inventory: items, warehouse quantities and movements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.books import Books, iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Value
from airflow_provider_mlconnector.sandbox.syspro.journals import Journal
from airflow_provider_mlconnector.sandbox.syspro.periodic import Member, Moving, Numbered, Periodic, Span, members

_CODE = "ITM-%07d"
# A multiple of the number of wares, so that a profile has the same one in every cycle.
_PROFILES = 255
_WARES = ("Bolt M8 x 40", 'Plate 3/4" galvanised', "Ölfilter, groß", "Gasket ~ rubber", "Valve*set & seals")


def stock_code(place: int) -> str:
    """The code of an item."""
    return _CODE % (place + 1)


def description(place: int) -> str:
    """What an item is called."""
    return _described(place) % (place + 1)


def _number(cycle: int, member: Member[Any]) -> int:
    return cycle * _PROFILES + member.slot + 1


def _described(place: int) -> str:
    return f"{_WARES[place % len(_WARES)]} #%d"


def _items(books: Books) -> Span:
    return Span(max(d.STOCKED_ITEMS, books.span.documents // 16), _PROFILES)


def items(books: Books) -> Periodic[int]:
    """InvMaster."""

    def fixed(member: Member[int]) -> Mapping[str, Value]:
        place = member.slot
        return {
            "LongDesc": f"{_WARES[place % len(_WARES)]}; batch-controlled" if place % 4 else "",
            "StockUom": "EA",
            "AlternateUom": "BX",
            "OtherUom": "PAL",
            "Mass": Decimal(place + 1) / 8,
            "Volume": Decimal("0.001250"),
            "ProductClass": "RAW",
            "TaxCode": "A",
            "PriceCategory": "A",
            "Buyer": "JÖRG",
            "LeadTime": place % 40,
            "StockOnHold": "F" if place % 31 == 9 else "",
            "DateStkAdded": iso(books.today - timedelta(days=800 + place)) if place % 6 else None,
        }

    span = _items(books)
    moving: dict[str, Moving[int]] = {
        "StockCode": Numbered(_number, lambda _: _CODE),
        "Description": Numbered(_number, lambda m: _described(m.slot)),
    }
    slots = range(min(_PROFILES, span.documents))
    return Periodic(span, [[Member(slot, slot) for slot in slots]], fixed, moving)


def quantities(books: Books) -> Periodic[str]:
    """InvWarehouse: what was received of an item is on hand, as the sandbox's company sells nothing."""
    on_hand = books.stock_on_hand()

    def quantity(cycle: int, member: Member[str]) -> Value:
        return Decimal(on_hand.get((cycle * _PROFILES + member.slot, member.about), 0))

    def fixed(member: Member[str]) -> Mapping[str, Value]:
        cost = Decimal(member.slot % 90 + 1) + Decimal("0.12345")
        return {
            "Warehouse": member.about,
            "MinimumQty": Decimal(5),
            "MaximumQty": Decimal(500),
            "UnitCost": cost,
            "LastCostEntered": cost,
            "DefaultBin": f"B{member.slot:03d}",
            "DateLastStockMove": iso(books.today),
        }

    span = _items(books)
    group = [Member(slot, house) for slot in range(min(_PROFILES, span.documents)) for house in d.WAREHOUSES]
    moving: dict[str, Moving[str]] = {
        "StockCode": Numbered(_number, lambda _: _CODE),
        "QtyOnHand": quantity,
    }
    return Periodic(span, [group], fixed, moving)


@dataclass(frozen=True)
class Movement:
    """A received line as a stock movement."""

    document: d.Document
    line: d.OrderLine
    day: date
    journal: Member[Journal]

    @property
    def slot(self) -> int:
        """The document's slot."""
        return self.document.slot


def movements(books: Books) -> Periodic[Movement]:
    """InvMovements: one receipt per received line; a day's movements of an item come a hundredth of a second apart."""

    def fixed(member: Member[Movement]) -> Mapping[str, Value]:
        line, day, of = member.about.line, member.about.day, member.about.document.supplier
        value = d.local(line.value, of.rate)
        return {
            "StockCode": stock_code(line.stock),
            "Warehouse": line.warehouse,
            "TrnYear": day.year,
            "TrnMonth": day.month,
            "EntryDate": iso(day),
            "MovementType": "I",
            "TrnQty": Decimal(line.received),
            "TrnValue": value,
            "Source": "P",
            "JournalEntry": line.number,
            "TrnType": "R",
            "UnitCost": line.price * of.rate,
            "GlCode": d.STOCK,
            "CostValue": value,
        }

    groups: dict[tuple[int, str, date], list[Movement]] = defaultdict(list)
    for document, line in books.received_lines():
        if document.matched and document.matched.received:
            day = document.matched.received
            journal = books.journals.of(document, "receipt")
            groups[line.stock, line.warehouse, day].append(Movement(document, line, day, journal))
    return Periodic(
        books.span,
        [members(groups[group]) for group in sorted(groups)],
        fixed,
        {
            "TrnTime": lambda cycle, m: clock(m.rank(cycle)),
            "Journal": Numbered(lambda cycle, m: m.about.journal.rank(cycle)),
            "Reference": books.receipt_numbers,
            "Supplier": books.supplier_codes,
        },
    )


def clock(rank: int) -> int:
    """A time of day as HHMMSShh: as many hundredths of a second after midnight as the rank says."""
    seconds, hundredths = divmod(rank, 100)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return ((hour * 100 + minute) * 100 + second) * 100 + hundredths
