"""Order-entry documents with their lines: shippers, and the orders and invoices around them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.masters import API_USER, LOCATIONS, blank, owner
from airflow_provider_mlconnector.sandbox.intacct.schema import SODOCUMENT, SODOCUMENTENTRY
from airflow_provider_mlconnector.sandbox.intacct.table import Base
from airflow_provider_mlconnector.sandbox.intacct.vendors import BASE_CURRENCY

SHIPPER = "Shipper"
DOCUMENT_TYPES = (SHIPPER, "Sales Order", SHIPPER, "Sales Invoice")
FIRST_DOCUMENT, FIRST_ENTRY = 501, 9001
_ENTRIES = 3
_CUSTOMERS = ("Globex: Retail + More", "Hooli", "Initech & Sons", "Stra\u00dfenbau \u00d6st")
_ITEMS = (
    ("A-100", "Bolt M8*40", "Each"),
    ("B~200", "Nut \u00bd\u2033", "Box"),
    ("C'300", "Schl\u00fcssel 13mm", "Each"),
    ("D+400", "Cable 3x1.5: black", "Meter"),
)


class Shipping:
    """Order-entry documents before anything happens.

    Args:
        seed: makes the data.
        count: how many documents.
        start: the company's local time at the beginning.
    """

    def __init__(self, seed: int, count: int, start: datetime) -> None:
        self.seed, self.count, self.start = seed, count, start

    def documents(self) -> Base:
        """The base of SODOCUMENT."""
        return Base(FIRST_DOCUMENT, self.count, self.document, self.modified)

    def entries(self) -> Base:
        """The base of SODOCUMENTENTRY; every document has as many lines."""
        finders = {"DOCHDRNO": self._entries_of}
        total = self.count * _ENTRIES
        return Base(FIRST_ENTRY, total, self.entry, lambda each: self.modified(each // _ENTRIES), finders)

    def _entries_of(self, value: Value) -> range:
        place = int(str(value)) - FIRST_DOCUMENT
        if not 0 <= place < self.count:
            return range(0)
        return range(FIRST_ENTRY + place * _ENTRIES, FIRST_ENTRY + (place + 1) * _ENTRIES)

    def modified(self, place: int) -> datetime:
        """When a document was last changed."""
        return (self.start - timedelta(days=365) / self.count * (self.count - place)).replace(microsecond=0)

    def document(self, place: int) -> Row:
        """A document's row."""
        kind = DOCUMENT_TYPES[place % len(DOCUMENT_TYPES)]
        total = sum((self._line(place, within)[1] for within in range(_ENTRIES)), Decimal(0))
        return document_row(FIRST_DOCUMENT + place, kind, place, self.modified(place), total)

    def entry(self, each: int) -> Row:
        """A line's row."""
        place, within = divmod(each, _ENTRIES)
        quantity, value = self._line(place, within)
        kind = DOCUMENT_TYPES[place % len(DOCUMENT_TYPES)]
        key = FIRST_DOCUMENT + place
        return entry_row(
            FIRST_ENTRY + each, key, document_id(kind, place), within, quantity, value, self.modified(place)
        )

    def _line(self, place: int, within: int) -> tuple[Decimal, Decimal]:
        rng = Random(self.seed * 15_485_863 + place * _ENTRIES + within)
        quantity = Decimal(rng.randrange(1, 400))
        return quantity, quantity * Decimal(rng.randrange(10, 9_999)) / 100


def document_id(kind: str, number: int) -> str:
    """DOCID: the document's type and number."""
    return f"{kind}-{kind[:2].upper()}{number:06d}"


def document_row(key: int, kind: str, number: int, modified: datetime, total: Decimal) -> Row:
    """A document as SODOCUMENT has it."""
    shipper = kind == SHIPPER
    given = {
        "RECORDNO": key,
        "DOCNO": f"{kind[:2].upper()}{number:06d}",
        "DOCID": document_id(kind, number),
        "DOCPARID": kind,
        "CREATEDFROM": f"Sales Order-SA{number:06d}" if shipper else None,
        "STATE": "Closed" if shipper else "Pending",
        "WHENCREATED": modified.date(),
        "WHENDUE": modified.date() + timedelta(days=30),
        "SHIPVIA": ("FedEx", "DHL Paket", "UPS")[number % 3],
        "TRACKINGNUMBER": f"1Z{number:012d}" if shipper else None,
        "SHIPPEDDATE": modified.date() if shipper else None,
        "NEEDBYDATE": modified.date() + timedelta(days=7),
        "BASECURR": BASE_CURRENCY,
        "CURRENCY": BASE_CURRENCY,
        "EXCHRATE": Decimal(1),
        **dict.fromkeys(("SUBTOTAL", "TOTAL", "TRX_SUBTOTAL", "TRX_TOTAL"), total),
        "AUWHENCREATED": modified,
        "WHENMODIFIED": modified,
        "CREATEDBY": API_USER,
        "MODIFIEDBY": API_USER,
    }
    return blank(SODOCUMENT, given | owner("") | _customer(number))


def _customer(number: int) -> dict[str, Value]:
    customer = _CUSTOMERS[number % len(_CUSTOMERS)]
    return {
        "CUSTVENDID": f"C{number % len(_CUSTOMERS):04d}",
        "CUSTVENDNAME": customer,
        "CUSTOMERPONUMBER": f"PO*{number:05d}",
        "SHIPTO.CONTACTNAME": customer,
        "SHIPTO.COMPANYNAME": customer,
        "SHIPTO.MAILADDRESS.ADDRESS1": f"{number % 90 + 1} Harbor Way",
        "SHIPTO.MAILADDRESS.CITY": "Boston",
        "SHIPTO.MAILADDRESS.STATE": "MA",
        "SHIPTO.MAILADDRESS.ZIP": "02110",
        "SHIPTO.MAILADDRESS.COUNTRYCODE": "US",
        "BILLTO.CONTACTNAME": customer,
    }


def entry_row(
    key: int, header: int, header_id: str, within: int, quantity: Decimal, value: Decimal, modified: datetime
) -> Row:
    """A line as SODOCUMENTENTRY has it; lines are numbered from 0 (public documentation of XML functions)."""
    item, name, unit = _ITEMS[(header + within) % len(_ITEMS)]
    price = value / quantity
    given = {
        "RECORDNO": key,
        "DOCHDRNO": header,
        "DOCHDRID": header_id,
        "LINE_NO": within,
        "ITEMID": item,
        "ITEMNAME": name,
        "ITEMDESC": name,
        "UNIT": unit,
        "QUANTITY": quantity,
        "UIQTY": quantity,
        "PRICE": price,
        "UIPRICE": price,
        "VALUE": value,
        "UIVALUE": value,
        "TRX_PRICE": price,
        "TRX_VALUE": value,
        "WAREHOUSE.LOCATION_NO": "110",
        "WAREHOUSE.NAME": LOCATIONS["110"][0],
        "LOCATIONID": "110",
        "LOCATIONNAME": LOCATIONS["110"][0],
        "CURRENCY": BASE_CURRENCY,
        "WHENCREATED": modified,
        "WHENMODIFIED": modified,
        "CREATEDBY": API_USER,
        "MODIFIEDBY": API_USER,
    }
    return blank(SODOCUMENTENTRY, given)
