"""Invoices by APSQRY, the supplier enquiry, for sites whose operator may not use COMFND (sheet 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from lxml import etree

from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.posting.references import Invoices
from airflow_provider_mlconnector.systems.syspro.posting.tables import Row

_ROOT = 'Query xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="APSQRY.XSD"'
_NUMBERS = ("Journal", "InvoiceYear", "InvoiceMonth")


def by_enquiry(client: EnetClient) -> Invoices:
    """Invoices as APSQRY shows them: one question for each supplier."""

    def look(keys: Iterable[Key]) -> Mapping[Key, Row]:
        wanted = set(keys)
        found: dict[Key, Row] = {}
        for supplier in sorted({key[0] for key in wanted}):
            answer = client.query("APSQRY", _request(supplier))
            rows = (_row(supplier, detail) for detail in xml.find_all(answer, "InvoiceDetail"))
            found |= {(supplier, row["Invoice"]): row for row in rows if (supplier, row["Invoice"]) in wanted}
        return found

    return look


def _request(supplier: str) -> str:
    key = escape(supplier).encode("ascii", "xmlcharrefreplace").decode("ascii")
    return (
        f"{xml.PROLOG}<{_ROOT}><Key><Supplier>{key}</Supplier></Key><Option><IncludeInvoices>Y</IncludeInvoices>"
        "<IncludeInvoicePayments>N</IncludeInvoicePayments><IncludeRetainedInvoices>Y</IncludeRetainedInvoices>"
        "<IncludeRegisteredInvoices>N</IncludeRegisteredInvoices></Option></Query>"
    )


def _row(supplier: str, detail: etree._Element) -> Row:
    day = xml.date(xml.child_text(detail, "InvoiceDate"))
    return {
        "Supplier": supplier,
        "Invoice": xml.child_text(detail, "Invoice"),
        "Reference": xml.child_text(detail, "Reference"),
        "OrigInvValue": Decimal(xml.number(xml.child_text(detail, "OrigInvValue")) or 0),
        "InvoiceDate": date.fromisoformat(day[:10]) if day else None,
        **{name: int(xml.number(xml.child_text(detail, name)) or 0) for name in _NUMBERS},
    }
