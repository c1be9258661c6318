"""What SYSPRO has open in accounts payable: invoices whose balance is not zero (sheet 3.3, ApInvoice.MthInvBal1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_mlconnector.pipeline.comparison import Owed
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import StreamSource
from airflow_provider_mlconnector.systems.syspro.fields import KeyRule
from airflow_provider_mlconnector.systems.syspro.posting.kind import padded

_COLUMNS = ("Supplier", "Invoice", "Currency", "MthInvBal1")


@dataclass(frozen=True)
class OpenPayables:
    """What is open.

    Attributes:
        owed: the invoices.
        unread: how many rows could not be read; what they hold is in no sum.
    """

    owed: list[Owed]
    unread: int


def narrowed(invoices: StreamDeclaration) -> StreamDeclaration:
    """The stream of invoices with the columns alone that tell what is open."""
    kept = {*_COLUMNS, *invoices.key, *(condition.column for condition in (*invoices.where, *invoices.open_when))}
    kept |= {invoices.cursor.column} if invoices.cursor else set()
    columns = {name: kind for name, kind in invoices.columns.items() if name in kept}
    return invoices.model_copy(update={"columns": columns, "version_columns": (), "extension": None})


def read(source: StreamSource, rules: Mapping[str, KeyRule]) -> OpenPayables:
    """The invoices that are open.

    Args:
        source: of a stream as `narrowed` makes it.
        rules: padding of keys, as the connection has it.
    """
    owed, unread = [], 0
    for page in source.still_open():
        unread += len(page.rejected)
        for row in padded(page.rows.to_pylist(), rules):
            supplier, invoice, currency = (str(row[name] or "").strip() for name in _COLUMNS[:3])
            owed.append(Owed(supplier, currency, invoice, Decimal(row["MthInvBal1"])))
    return OpenPayables(owed, unread)


def currencies(source: StreamSource, suppliers: Collection[str]) -> dict[str, str]:
    """The currencies of these suppliers; those that are not there are left out."""
    if not suppliers:
        return {}
    pages = source.by_keys([(supplier,) for supplier in sorted(suppliers)])
    rows = [row for page in pages for row in page.rows.select(["Supplier", "Currency"]).to_pylist()]
    return {row["Supplier"].strip(): (row["Currency"] or "").strip() for row in rows}
