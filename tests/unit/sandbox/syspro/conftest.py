"""A sandbox to post into, and a client that writes the documents as the sheet has them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import httpx
import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

PROLOG = '<?xml version="1.0" encoding="Windows-1252"?>'
ROOTS = {"APSTIN": "PostApInvoice", "GENTJL": "PostGlJournal", "ZZAPAY": "PostApPayment", "APSSSP": "SetupApSupplier"}


def elements(values: dict[str, Any]) -> str:
    """Nested values as XML; a list is an element once for each of its members."""
    parts = []
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            inner = elements(each) if isinstance(each, dict) else escape(str(each))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


class Poster:
    """Signs on and posts."""

    def __init__(self, sandbox: SysproSandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=f"{sandbox.base_url}{sandbox.rest_path}", timeout=10)
        self.user_id = self.logon()

    def logon(self) -> str:
        given = {"Operator": self.sandbox.operator, "OperatorPassword": self.sandbox.password}
        return self.http.get("/Logon", params=given | {"CompanyId": "MLC", "CompanyPassword": ""}).text

    def form(self, bo: str, items: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, str]:
        root = ROOTS[bo]
        return {
            "UserId": self.user_id,
            "BusinessObject": bo,
            "XmlParameters": f"{PROLOG}<{root}>{elements({'Parameters': options})}</{root}>",
            "XmlIn": f"{PROLOG}<{root}>{elements({'Item': items})}</{root}>",
        }

    def send(self, bo: str, items: list[dict[str, Any]], path: str = "/Transaction/Post", **options: Any) -> str:
        answer = self.http.get(path, params=self.form(bo, items, options))
        assert answer.status_code == 200
        return answer.content.decode("cp1252")

    def post(self, bo: str, *items: dict[str, Any], path: str = "/Transaction/Post", **options: Any) -> Any:
        return etree.fromstring(self.send(bo, list(items), path, **options).strip().encode("cp1252"))

    def invoice(self, *items: dict[str, Any], **options: Any) -> Any:
        return self.post("APSTIN", *items, **options)

    def find(self, table: str, **equal: str) -> list[dict[str, Any]]:
        """Rows by OData's filter, over the admin endpoint."""
        condition = " and ".join(
            f"{name} eq {value if name in NUMBERS else repr(value)}" for name, value in equal.items()
        )
        return list(self.sandbox.admin.rows(table, condition))


NUMBERS = {"Journal", "GlJournal", "GlYear", "GlPeriod", "TrnYear", "TrnMonth", "EntryNumber", "JournalEntry"}


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=40, hard=False) as running:
        yield running


@pytest.fixture
def poster(sandbox: SysproSandbox) -> Iterator[Poster]:
    sandbox.admin.event("new_supplier", supplier="0009001", name="Acme")
    client = Poster(sandbox)
    yield client
    client.http.close()


def bill(invoice: str = "INV-1", net: str = "100.00", tax: str = "19.00", value: str = "119.00", **others: Any) -> Any:
    """An item of APSTIN for supplier 0009001 (home currency, tax code A)."""
    return {
        "Supplier": "0009001",
        "TransactionCode": "I",
        "Invoice": invoice,
        "TransactionValue": value,
        "TransactionReference": f"EXT-{invoice}",
        "InvoiceDate": "2026-03-15",
        "TaxBasis": "E",
        "TaxCode": "A",
        "TaxValue": tax,
        "LedgerDistribution": [{"LedgerCode": "10-5500", "LedgerNotation": "Line 1", "LedgerValue": net}],
    } | others


def errors(answer: Any) -> dict[str, str]:
    """Path below the root of each element in error, and its number."""
    tree = answer.getroottree()
    found = {}
    for mark in answer.iter("ErrorDescription"):
        holder = mark.getparent()
        found[tree.getelementpath(holder)] = holder.findtext("ErrorNumber")
    return found
