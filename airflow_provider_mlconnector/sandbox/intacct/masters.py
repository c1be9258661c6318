"""The company's short lists: accounts, departments, locations with entities, classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Schema, Value
from airflow_provider_mlconnector.sandbox.intacct.schema import CLASS, DEPARTMENT, GLACCOUNT, LOCATION
from airflow_provider_mlconnector.sandbox.intacct.table import Base, listed

API_USER, ADMIN_USER = 7, 1
ACCOUNTS = {
    "1100": ("Bank current account", "balancesheet", "debit"),
    "1300": ("Inventory", "balancesheet", "debit"),
    "1500": ("Input tax", "balancesheet", "debit"),
    "2000": ("Accounts payable", "balancesheet", "credit"),
    "2050": ("Goods received, not invoiced", "balancesheet", "credit"),
    "3000": ("Share capital", "balancesheet", "credit"),
    "4000": ("Sales", "incomestatement", "credit"),
    "5100": ("Raw materials & parts", "incomestatement", "debit"),
    "5200": ("Freight", "incomestatement", "debit"),
    "6100": ("Repairs ~ maintenance", "incomestatement", "debit"),
    "6220": ("B\u00fcro & Verwaltung", "incomestatement", "debit"),
    "6300": ("Travel: meals + lodging", "incomestatement", "debit"),
    "6400": ("Legal*professional", "incomestatement", "debit"),
    "6999": ("Old account, closed", "incomestatement", "debit"),
}
EXPENSES = ("5100", "5200", "6100", "6220", "6300", "6400")
DEPARTMENTS = {
    "100": ("Operations", ""),
    "110": ("Warehouse", "100"),
    "120": ("Werkstatt & Einkauf", "100"),
    "200": ("Sales", ""),
    "300": ("Finance", ""),
    "900": ("Closed department", ""),
}
CLASSES = {"10": ("Products", ""), "11": ("Tools 'n' parts", "10"), "20": ("Services", ""), "90": ("Old class", "")}


@dataclass(frozen=True)
class Entity:
    """A location that keeps books of its own; records of a private one are hidden at the top (sheet 1.5)."""

    id: str
    name: str
    key: int
    private: bool = False


ENTITIES = {
    "100": Entity("100", "Boston", 1),
    "200": Entity("200", "M\u00fcnchen", 2),
    "300": Entity("300", "London (private)", 3, private=True),
}
LOCATIONS = {
    "100": ("Boston", "", "USD"),
    "200": ("M\u00fcnchen", "", "EUR"),
    "300": ("London (private)", "", "GBP"),
    "110": ("Boston dock", "100", ""),
    "210": ("M\u00fcnchen Lager", "200", ""),
    "900": ("Closed site", "100", ""),
}
_CLOSED = {"6999", "900", "90"}


def owner(entity: str) -> dict[str, Value]:
    """The fields that name a record's entity; all null for one that belongs to the top level."""
    if not entity:
        return {"MEGAENTITYKEY": None, "MEGAENTITYID": None, "MEGAENTITYNAME": None}
    found = ENTITIES[entity]
    return {"MEGAENTITYKEY": found.key, "MEGAENTITYID": found.id, "MEGAENTITYNAME": found.name}


def blank(schema: Schema, given: Mapping[str, Any]) -> Row:
    """A row with every field of the object."""
    return {**schema.blanks, **given}


def _stamped(place: int, start: datetime) -> dict[str, Value]:
    made = start - timedelta(days=800, hours=place)
    users: dict[str, Value] = {"CREATEDBY": ADMIN_USER, "MODIFIEDBY": ADMIN_USER}
    return users | {"WHENCREATED": made, "WHENMODIFIED": made + timedelta(days=place % 4 * 90, minutes=place)}


def _status(key: str) -> str:
    return "inactive" if key in _CLOSED else "active"


def accounts(start: datetime) -> Base:
    """The chart of accounts."""
    rows = []
    for place, (number, (title, kind, balance)) in enumerate(ACCOUNTS.items()):
        closing = "closed to account" if kind == "incomestatement" else "non-closing account"
        given = {"ACCOUNTNO": number, "TITLE": title, "ACCOUNTTYPE": kind, "NORMALBALANCE": balance}
        required = {name: False for name in GLACCOUNT.by_name if name.startswith("REQUIRE")}
        required["REQUIREDEPT"] = number in EXPENSES
        flags = {"TAXABLE": False, "SUBLEDGERCONTROLON": number == "2000", "CLOSINGTYPE": closing}
        rows.append(
            blank(GLACCOUNT, {"RECORDNO": place + 1, **given, "STATUS": _status(number), **required, **flags})
            | _stamped(place, start)
        )
    return listed(rows, "ACCOUNTNO")


def departments(start: datetime) -> Base:
    """The departments, some below others."""
    numbers = {key: place + 1 for place, key in enumerate(DEPARTMENTS)}
    rows = []
    for key, (title, parent) in DEPARTMENTS.items():
        given = {"RECORDNO": numbers[key], "DEPARTMENTID": key, "TITLE": title, "STATUS": _status(key)}
        above = {"PARENTID": parent or None, "PARENTKEY": numbers.get(parent)}
        rows.append(blank(DEPARTMENT, given | above) | _stamped(numbers[key], start))
    return listed(rows, "DEPARTMENTID")


def locations(start: datetime) -> Base:
    """The entities and the locations in them."""
    numbers = {key: place + 1 for place, key in enumerate(LOCATIONS)}
    rows = []
    for key, (name, parent, currency) in LOCATIONS.items():
        given = {"RECORDNO": numbers[key], "LOCATIONID": key, "NAME": name, "STATUS": _status(key)}
        above = {"PARENTID": parent or None, "PARENTKEY": numbers.get(parent), "CURRENCY": currency or None}
        row = blank(LOCATION, given | above | {"CONTACTINFO.CONTACTNAME": f"{name} office"})
        rows.append(row | _stamped(numbers[key], start) | {"STARTDATE": (start - timedelta(days=800)).date()})
    return listed(rows, "LOCATIONID")


def classes(start: datetime) -> Base:
    """The classes."""
    numbers = {key: place + 1 for place, key in enumerate(CLASSES)}
    rows = []
    for key, (name, parent) in CLASSES.items():
        given = {"RECORDNO": numbers[key], "CLASSID": key, "NAME": name, "DESCRIPTION": name, "STATUS": _status(key)}
        above = {"PARENTID": parent or None, "PARENTKEY": numbers.get(parent)}
        above["PARENTNAME"] = CLASSES[parent][0] if parent else None
        rows.append(blank(CLASS, given | above) | _stamped(numbers[key], start))
    return listed(rows, "CLASSID")
