"""Posting invoices into SYSPRO: invoices a second and calls an invoice, against a plain loop over the e.net client."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.engine.posting import PostingSettings, post
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.pipeline.mapped import map_batch, read_mapped, standing_batch
from airflow_provider_mlconnector.pipeline.postable import lay_down
from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template
from airflow_provider_mlconnector.sandbox.syspro.client import AdminClient
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.posting import making
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings as SysproSettings
from benchmarks.end_to_end import syspro
from benchmarks.prepared import PreparedSource
from benchmarks.result import Result
from benchmarks.servers import sandbox

_INVOICES = 1_000
_SUPPLIER = "0009001"
_DAY = date(2026, 3, 15)
_MAPPING = Path(__file__).parents[1] / "dags" / "stampli_to_syspro" / "invoices.ap_invoices.mapping.yaml"
_SCHEMAS = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation'
_PARAMETERS = (
    f'<PostApInvoice {_SCHEMAS}="APSTIN.XSD"><Parameters><PostingPeriod>C</PostingPeriod>'
    "<IgnoreWarnings>N</IgnoreWarnings><ApplyIfEntireDocumentValid>Y</ApplyIfEntireDocumentValid>"
    "<ValidateOnly>N</ValidateOnly></Parameters></PostApInvoice>"
)


def enet_posts(share: float, repeat: int) -> list[Result]:
    """1,000 invoices of two lines, ours and the loop's by turns, once over GET and once over POST."""
    invoices = max(1, round(_INVOICES * share))
    with sandbox(40) as servers:
        admin = AdminClient(servers["syspro"]["admin_url"])
        admin.settings(allow_post=True)
        admin.event("new_supplier", supplier=_SUPPLIER, name="Acme")
        return [
            result
            for name, method in (("enet_posts", "GET"), ("enet_posts_http_post", "POST"))
            for result in _measured(name, servers, method, invoices, repeat)
        ]


def _measured(name: str, servers: dict[str, Any], method: str, invoices: int, repeat: int) -> list[Result]:
    rates: dict[str, list[float]] = {"ours": [], "loop": []}
    calls: dict[str, list[float]] = {"ours": [], "loop": []}
    admin = AdminClient(servers["syspro"]["admin_url"])
    for turn in range(repeat):
        for who, measure in (("ours", ours), ("loop", loop)):
            numbers = [f"{method[0]}{who[0]}{turn}-{number:05d}" for number in range(invoices)]
            admin.clear_requests()
            with _connected(servers, method) as connection:
                seconds = measure(connection, numbers)
            asked = admin.requests()
            _check(admin, numbers)
            rates[who].append(invoices / seconds)
            calls[who].append(len(asked) / invoices)
            posts = sum(1 for one in asked if one["operation"] == "transaction/post")
            print(
                f"{turn + 1}/{repeat} {name} {who}: {rates[who][-1]:.1f} invoices/s, {posts} posts and "
                f"{len(asked) - posts} other calls for {invoices} invoices",
                flush=True,
            )
    peer = "EnetClient, one invoice a call"
    return [
        Result(name, median(rates["ours"]), "invoices/s", peer, median(rates["loop"])),
        Result(f"{name}_calls", median(calls["ours"]), "calls/invoice", peer, median(calls["loop"])),
    ]


@contextmanager
def _connected(servers: dict[str, Any], method: str) -> Iterator[SysproConnection]:
    plain = syspro(servers)
    connection = SysproConnection(replace(plain.config, http_method=method))
    plain.close()
    try:
        yield connection
    finally:
        connection.close()


def _check(admin: AdminClient, numbers: list[str]) -> None:
    booked = [each["invoice"] for each in admin.books()["posted"]]
    if sorted(set(booked) & set(numbers)) != sorted(numbers) or len(booked) != len(set(booked)):
        raise SystemExit("the invoices are not in the books, each once")


def ours(connection: SysproConnection, numbers: list[str]) -> float:
    """Seconds of the post step: sign-in, checks, look-up, ledger and calls; a batch stands mapped before."""
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        ledger, staging = Ledger(f"sqlite:///{folder}/ledger.db"), Staging(Path(folder, "staging"))
        context = LaneContext(
            ledger, staging, LaneName("bench", "invoices", "syspro"), Actor("run", "post", 1, "bench")
        )
        declared = stream_of(shipped_template("invoices"))
        rows = pa.Table.from_pylist([_row(number) for number in numbers], declared.schema())
        reference = poll(context, PollRequest(declared, PreparedSource([rows]), "UTC", lambda _run: False))
        batch = standing_batch(context, reference.batch)
        if batch is None or batch.rows != len(numbers):
            raise SystemExit(f"{len(numbers)} invoices were to be staged")
        mapped = map_batch(context, batch, Mapper(load_mapping(_MAPPING)), "")
        output = lay_down(context, batch, read_mapped(context, mapped))
        started = time.perf_counter()
        with connection.direct_session() as session:
            target = making.target(connection, "ap_invoices", SysproSettings(), session)
            done = post(context, (batch.id, output), "syspro", target, PostingSettings())
        seconds = time.perf_counter() - started
    if done.posted != len(numbers):
        raise SystemExit(f"{done.posted} of {len(numbers)} invoices were posted")
    return seconds


def loop(connection: SysproConnection, numbers: list[str]) -> float:
    """Seconds of signing in and posting one invoice after the other, unchecked and remembered nowhere."""
    started = time.perf_counter()
    with connection.direct_session() as session:
        client = connection.enet(session)
        for number in numbers:
            answer = client.transaction_post("APSTIN", _PARAMETERS, _document(number))
            if not answer.first("Journal"):
                raise SystemExit(f"{number} was not posted")
    return time.perf_counter() - started


def _row(number: str) -> dict[str, Any]:
    lines = [
        {"line_number": at, "line_type": "GL", "gl_account": "5500", "department": "10", "line_amount": Decimal(amount)}
        for at, amount in ((1, "60.00"), (2, "40.00"))
    ]
    return {
        "company_id": "ACME", "invoice_id": number, "invoice_number": number, "invoice_key": number,
        "document_type": "INVOICE", "status": "APPROVED", "vendor_id": _SUPPLIER, "vendor_key": _SUPPLIER,
        "invoice_date": _DAY, "total_amount": Decimal("100.00"), "file_number": f"{1:016x}", "voided": False,
        "lines": lines,
    }  # fmt: skip


def _document(number: str) -> str:
    lines = "".join(
        f"<LedgerDistribution><LedgerCode>10-5500</LedgerCode><LedgerValue>{amount}</LedgerValue></LedgerDistribution>"
        for amount in ("60.00", "40.00")
    )
    return (
        f'<PostApInvoice {_SCHEMAS}="APSTINDOC.XSD"><Item><Supplier>{_SUPPLIER}</Supplier>'
        f"<TransactionCode>I</TransactionCode><Invoice>{number}</Invoice><TransactionValue>100.00</TransactionValue>"
        f"<TransactionReference>B{number}</TransactionReference><InvoiceDate>{_DAY.isoformat()}</InvoiceDate>"
        f"<TaxBasis>E</TaxBasis>{lines}</Item></PostApInvoice>"
    )
