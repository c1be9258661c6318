"""Vendors, GL accounts and cost centers as they are after a first synchronisation with the SYSPRO sandbox.

They are that sandbox's suppliers, accounts and cost centers; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from airflow_provider_mlconnector.sandbox.stampli.records import Account, Dimension, Vendor

ACCOUNTS = {
    "5100": "Raw material usage",
    "5200": "Freight",
    "5500": "Büro & Verwaltung",
    "6100": "Repairs ~ maintenance",
}
CENTERS = {"10": "Köln", "20": "Leeds", "30": "Works", "40": "Office"}
_CURRENCIES = ("EUR", "EUR", "USD", "EUR", "GBP", "EUR", "ZAR", "EUR")
_NAMES = (
    "Müller & Söhne GmbH",
    'O\'Brien "Tools", Ltd',
    "Acme*Star ~ Parts",
    "Northern Supplies",
    "José, Peña & Cía",
    "Weiß~Blech AG",
    "Delta (Pty) Ltd",
    "Steel; Bolts\\Nuts",
    "Café <Noir>",
    "Plain Trading",
)
# Each 29th supplier, from the eighth on, is on hold in SYSPRO.
_HELD_EVERY, _HELD_FROM = 29, 7


def accounts() -> Iterator[Account]:
    """The GL accounts; with a cost center before it, each is a GL code of SYSPRO's such as 10-5500."""
    for code, name in ACCOUNTS.items():
        yield Account(account_code=code, account_name=name)


def cost_centers() -> Iterator[Dimension]:
    """The cost centers."""
    for code, name in CENTERS.items():
        yield Dimension(dimension="cost_center", code=code, name=name)


def vendors(count: int, at: datetime) -> Iterator[Vendor]:
    """The first vendors.

    Args:
        count: how many.
        at: when they last changed.
    """
    for place in range(count):
        yield Vendor(
            vendor_id=f"{place + 1:07d}",
            vendor_name=f"{_NAMES[place % len(_NAMES)]} {place + 1}",
            status="INACTIVE" if place % _HELD_EVERY == _HELD_FROM else "ACTIVE",
            currency=_CURRENCIES[place % len(_CURRENCIES)],
            email=f"ap{place}@supplier.example",
            phone=f"+49 30 {place:06d}",
            contact_name="Zoë O'Neil",
            address1=f"Straße {place + 1}",
            address2='Unit 4, Block "B"',
            city="Köln",
            postal_code=f"{50000 + place}",
            country="DE",
            modified_at=at,
        )
