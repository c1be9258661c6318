"""Vendors, as functions of their number."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.masters import ADMIN_USER, API_USER, blank, owner
from airflow_provider_mlconnector.sandbox.intacct.schema import VENDOR
from airflow_provider_mlconnector.sandbox.intacct.table import Base

# What delimits in X12 and EDIFACT stands in the names, and so do umlauts and what XML and spreadsheets trip over.
NAMES = (
    "M\u00fcller & S\u00f6hne GmbH",
    "Northern Supplies Inc",
    "Acme*Star ~ Parts",
    "O'Brien's Tools: Nuts + Bolts?",
    "Jos\u00e9, Pe\u00f1a & C\u00eda",
    "Plain Trading Ltd",
    "Wei\u00df~Blech AG",
    'Steel; "Bolts"\\Nuts > Co',
    "Caf\u00e9 <Noir>",
    "Delta (Pty) Ltd",
    "=SUM(A1) Consulting",
    "Regal Services",
    "\u0141\u00f3d\u017a Komponenty Sp. z o.o.",
)
CURRENCIES = ("USD", "EUR", "USD", "GBP", "USD", "ZAR", "USD", "JPY")
RATES = {
    "USD": Decimal(1),
    "EUR": Decimal("1.0834"),
    "GBP": Decimal("1.27"),
    "ZAR": Decimal("0.0541"),
    "JPY": Decimal("0.0067"),
}
BASE_CURRENCY = "USD"
PRIVATE_EVERY, PRIVATE_PLACE = 19, 13
_CITIES = (("Boston", "MA", "02110", "United States", "US"), ("M\u00fcnchen", "BY", "80331", "Germany", "DE"))


def vendor_id(number: int) -> str:
    """A vendor's id, by its number from 0."""
    return f"V{number:05d}"


def vendor_name(number: int) -> str:
    """A vendor's name."""
    round_, stem = divmod(number, len(NAMES))
    return NAMES[stem] if not round_ else f"{NAMES[stem]} {round_ + 1}"


def vendor_entity(number: int) -> str:
    """The entity that a vendor belongs to; empty for the top level."""
    return "300" if number % PRIVATE_EVERY == PRIVATE_PLACE else ""


def currency_of(number: int) -> str:
    """The currency that a vendor bills in."""
    return CURRENCIES[number % len(CURRENCIES)]


class Vendors:
    """The vendors at the beginning.

    Args:
        seed: makes the data.
        count: how many.
        start: the company's local time at the beginning.
    """

    def __init__(self, seed: int, count: int, start: datetime) -> None:
        self.seed, self.count, self.start = seed, count, start

    def base(self) -> Base:
        """The table's base."""
        finders = {"VENDORID": self._numbers}
        return Base(1, self.count, self.row, self.modified, finders)

    def _numbers(self, value: Value) -> list[int]:
        text = str(value)
        number = int(text[1:]) if text[:1] == "V" and text[1:].isdecimal() else self.count
        return [number + 1] if number < self.count and vendor_id(number) == text else []

    def modified(self, number: int) -> datetime:
        """When a vendor was last changed."""
        return self.start - timedelta(days=1 + number * 37 % 700, seconds=number * 7919 % 86_400)

    def row(self, number: int) -> Row:
        """A vendor."""
        rng = Random(self.seed * 1_000_003 + number)
        name, key = vendor_name(number), vendor_id(number)
        modified = self.modified(number)
        given = {
            "RECORDNO": number + 1,
            "VENDORID": key,
            "NAME": name,
            "ENTITY": f"V-{key}",
            "VENDTYPE": ("Supplier", "Contractor", None)[number % 3],
            "VENDORACCOUNTNO": f"{rng.randrange(10**6):06d}" if number % 4 else None,
            "APACCOUNT": "2000",
            "APACCOUNTTITLE": "Accounts payable",
            "TERMNAME": ("N30", "N60", "2% 10 Net 30")[number % 3],
            "CREDITLIMIT": Decimal(rng.randrange(1, 500)) * 100,
            "ONHOLD": number % 29 == 11,
            "ONETIME": number % 31 == 12,
            "DONOTCUTCHECK": False,
            "COMMENTS": "line one\nline two" if number % 11 == 4 else None,
            "CURRENCY": currency_of(number),
            "TAXID": f"{rng.randrange(10**9):09d}",
            "NAME1099": name if number % 5 == 0 else None,
            "PAYMENTPRIORITY": "normal",
            "BILLINGTYPE": "openitem",
            "ACHENABLED": False,
            "STATUS": "inactive" if number % 17 == 9 else "active",
            "EDI_PARTNER": "ACME" if number % 6 == 2 else None,
            "CATEGORIES": "parts#~#tools" if number % 3 == 0 else "services",
            "WHENCREATED": self.start - timedelta(days=760, minutes=number),
            "WHENMODIFIED": modified,
            "CREATEDBY": ADMIN_USER,
            "MODIFIEDBY": API_USER,
            "RECORD_URL": f"https://www.intacct.com/ia/acct/ur.phtml?.r={number + 1}",
        }
        return blank(VENDOR, given | owner(vendor_entity(number)) | contact_of(number, name, rng))


def contact_of(number: int, name: str, rng: Random) -> dict[str, Value]:
    """A vendor's display contact; some have no address."""
    city, state, zip_code, country, code = _CITIES[number % 2]
    person = ("Anna", "J\u00fcrgen", "Zo\u00eb")[number % 3]
    plain: dict[str, Value] = {
        "DISPLAYCONTACT.CONTACTNAME": f"{name} (V{vendor_id(number)})",
        "DISPLAYCONTACT.COMPANYNAME": name,
        "DISPLAYCONTACT.PRINTAS": name,
        "DISPLAYCONTACT.FIRSTNAME": person,
        "DISPLAYCONTACT.LASTNAME": "O'Neil" if number % 4 else "Gro\u00df",
        "DISPLAYCONTACT.PHONE1": f"+1 617 555 {rng.randrange(10**4):04d}",
        "DISPLAYCONTACT.EMAIL1": f"ap{number}@example.com",
    }
    if number % 7 == 5:
        return plain
    return plain | {
        "DISPLAYCONTACT.MAILADDRESS.ADDRESS1": f"{rng.randrange(1, 200)} Main St. #{number % 9}",
        "DISPLAYCONTACT.MAILADDRESS.ADDRESS2": "Hinterhaus, 2. Stock" if number % 2 else None,
        "DISPLAYCONTACT.MAILADDRESS.CITY": city,
        "DISPLAYCONTACT.MAILADDRESS.STATE": state,
        "DISPLAYCONTACT.MAILADDRESS.ZIP": zip_code,
        "DISPLAYCONTACT.MAILADDRESS.COUNTRY": country,
        "DISPLAYCONTACT.MAILADDRESS.COUNTRYCODE": code,
    }
