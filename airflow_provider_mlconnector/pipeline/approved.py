"""What a partner's files say is owed: every invoice in its newest version, as the mapping makes it the target's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.pipeline.comparison import Owed
from airflow_provider_mlconnector.streams.conditions import matches
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH, with_fingerprints
from airflow_provider_mlconnector.streams.source import StreamSource
from airflow_provider_mlconnector.systems.syspro.fields import KeyRule
from airflow_provider_mlconnector.systems.syspro.posting.kind import padded

_NEEDED = ("Supplier", "Invoice", "TransactionValue")
_CREDITS = ("C", "CREDIT_MEMO")


@dataclass(frozen=True)
class Listed:
    """One invoice or credit note of the files.

    Attributes:
        owed: what it makes owed; of one that the mapping refuses as the file names it, without a currency where it
            names none.
        key_hash: of its key in its stream.
        status: as the file says.
        approved: whether it is approved, and so to be paid.
        refused: why the mapping refuses it; empty where it does not.
    """

    owed: Owed
    key_hash: bytes
    status: str
    approved: bool
    refused: str = ""


def listed(
    source: StreamSource, declaration: StreamDeclaration, mapper: Mapper, rules: Mapping[str, KeyRule]
) -> Iterator[Listed]:
    """Every record of the files that are kept.

    Args:
        source: the files.
        declaration: their stream; `claim_when` says what is approved.
        mapper: the flow's mapping to APSTIN's elements.
        rules: padding of keys, as the connection of SYSPRO has it.

    Raises:
        ConfigurationError: the mapping makes no accounts-payable invoices.
        RejectedError: the mapping says that everything stops for a record that can't be mapped.
    """
    missing = set(_NEEDED) - set(mapper.output_schema(declaration.schema()).names)
    if missing:
        raise ConfigurationError(
            f"the mapping has no field {', '.join(sorted(missing))}.",
            "Only what is posted as accounts-payable invoices is compared with what is open there.",
        )
    for page in source.everything():
        yield from _page(page.rows, declaration, mapper, rules)


def _page(
    rows: pa.Table, declaration: StreamDeclaration, mapper: Mapper, rules: Mapping[str, KeyRule]
) -> Iterator[Listed]:
    keyed = with_fingerprints(rows, declaration)
    chunk = mapper.apply(keyed)
    headers: dict[bytes, dict[str, Any]] = {}
    for row in padded(chunk.rows.to_pylist(), rules):
        headers.setdefault(row[KEY_HASH], row)
    reasons = {one.key_hash: f"{one.field}: {one.reason}" for one in chunk.rejected}
    approved = matches(rows, declaration.claim_when)
    plain = keyed.drop_columns([name for name in ("lines",) if name in keyed.schema.names])
    for row, is_approved in zip(plain.to_pylist(), approved, strict=True):
        header = headers.get(row[KEY_HASH])
        status = " ".join(_text(row[condition.column]) for condition in declaration.claim_when)
        if header is not None and header["TransactionValue"] is not None:
            yield Listed(_mapped(header), row[KEY_HASH], status, is_approved)
        else:
            why = reasons.get(row[KEY_HASH], "the mapping makes nothing of it")
            yield Listed(_raw(row, declaration), row[KEY_HASH], status, is_approved, why)


def _mapped(header: Mapping[str, Any]) -> Owed:
    amount = _signed(header["TransactionValue"], header.get("TransactionCode"))
    return Owed(_text(header["Supplier"]), _text(header.get("Currency")), _text(header["Invoice"]), amount)


def _raw(row: Mapping[str, Any], declaration: StreamDeclaration) -> Owed:
    """What a record says of itself that the mapping refuses, by the names of the neutral layout (sheet 12.2)."""
    totals = declaration.totals
    amount = row[totals.amount] if totals else None
    currency = row[totals.currency] if totals and totals.currency else ""
    supplier = row.get("vendor_id") or row.get("vendor_key")
    invoice = row.get("invoice_number") or row[KEY]
    return Owed(_text(supplier), _text(currency), _text(invoice), _signed(amount or 0, row.get("document_type")))


def _signed(amount: Any, kind: Any) -> Decimal:
    exact = Decimal(amount)
    return -exact if kind in _CREDITS else exact


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
