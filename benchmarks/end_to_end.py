"""Rows per second from SYSPRO's pages to the partner's file, against dlt on the same pages and the bare limit."""

from __future__ import annotations

import gzip
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from airflow_provider_mlconnector.engine.committing import Retention, commit
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.delivering import deliver
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.pipeline.formatted import FormatSettings, format_batch
from airflow_provider_mlconnector.pipeline.mapped import map_batch, read_mapped
from airflow_provider_mlconnector.pipeline.sending import Sending
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from airflow_provider_mlconnector.systems.syspro.config import from_fields
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.streams import shipped
from benchmarks.bare import bare_limit
from benchmarks.result import Result
from benchmarks.servers import sandbox

COLUMNS = (
    "Supplier", "Invoice", "JournalDate", "Journal", "Branch", "InvoiceDate", "DiscountDate", "DueDate", "Reference",
    "OrigInvValue", "OrigDiscValue", "MthInvBal1", "InvoiceStatus", "Currency", "Bank", "ExchangeRate", "FirstTaxCode",
    "CurrencyValue", "InvoiceYear", "InvoiceMonth",
)  # fmt: skip
HERE = Path(__file__).parent
_PEER = "dlt (rest_api, filesystem, CSV)"


def rows_end_to_end(rows: int, repeat: int) -> list[Result]:
    """The figure of ours, of dlt and of the bare limit, measured in turns."""
    figures: dict[str, list[float]] = {"ours": [], "dlt": [], "bare": []}
    with sandbox(rows) as servers:
        measures: dict[str, Callable[[dict[str, Any], Path], int]] = {"ours": ours, "dlt": dlt, "bare": bare}
        for number in range(repeat):
            for name, measure in measures.items():
                with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
                    started = time.perf_counter()
                    done = measure(servers, Path(folder))
                    figures[name].append(done / (time.perf_counter() - started))
                print(f"{number + 1}/{repeat} {name:<5}{figures[name][-1]:>12,.0f} rows/s", flush=True)
    mine = median(figures["ours"])
    name = "rows_end_to_end_vs_dlt"
    return [
        Result(name, mine, "rows/s", _PEER, median(figures["dlt"])),
        Result(f"{name}_bare_limit", mine, "rows/s", "decode and CSV alone", median(figures["bare"])),
    ]


def declaration() -> StreamDeclaration:
    """Twenty columns of supplier invoices."""
    whole = shipped()["ap_invoices"].model_dump(exclude_unset=True)
    kept = {name: kind for name, kind in whole["columns"].items() if name in COLUMNS}
    versions = tuple(name for name in whole["version_columns"] if name in COLUMNS)
    narrow = {"detect": "cursor", "open_when": (), "columns": kept, "version_columns": versions}
    return StreamDeclaration.model_validate({**whole, **narrow})


def syspro(servers: dict[str, Any]) -> SysproConnection:
    at = servers["syspro"]
    extra = {
        "odata_base_url": at["odata_base_url"],
        "odata_url_template": "{base}/{company}/{table}",
        "odata_login": at["odata_user"],
        "odata_password": at["odata_password"],
        "time_zone": at["zone"],
    }
    return SysproConnection(from_fields(at["base_url"], at["operator"], at["password"], at["company"], None, extra))


def ours(servers: dict[str, Any], folder: Path) -> int:
    """Poll, map with two look-ups, format, deliver over SFTP, commit; one process, no scheduler."""
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    name = LaneName("bench", "ap_invoices", "partner", folder.name)
    context = LaneContext(ledger, Staging(folder / "staging"), name, Actor("run", "bench", 1, "bench"))
    connection = syspro(servers)
    request = PollRequest(declaration(), connection.source(declaration()), servers["syspro"]["zone"], lambda _run: True)
    staged = poll(context, request)
    connection.close()
    with ledger.read() as reading:
        batch = batches.get(reading, staged.batch)
    assert batch is not None
    mapping = load_mapping(HERE / "ap_invoices.mapping.yaml")
    mapped = map_batch(context, batch, Mapper(mapping), mapping.fingerprint())
    layout = load_layout(HERE / "ap_invoices.layout.yaml")
    settings = FormatSettings(layout, "", "UTC", "bench", company=folder.name)
    output = format_batch(context, batch, read_mapped(context, mapped), settings)
    at = servers["sftp"]
    partner = PartnerConfig.from_fields(
        at["host"], at["port"], at["user"], at["password"], {"host_key": at["host_key"]}
    )
    reference = (staged.batch, output)
    deliver(context, reference, Destination("partner", ""), lambda _to: PartnerSite(partner), Sending().settings())
    done = commit(context, staged.batch, Retention(timedelta(days=400), timedelta(days=30)))
    assert done.counts["read"] == done.counts["sent"] + done.counts["exceptions"]
    return done.counts["read"]


def dlt(servers: dict[str, Any], folder: Path) -> int:
    """The same pages by dlt, in its own environment."""
    python = HERE.parent / ".venv-bench" / "bin" / "python"
    at = json.dumps({**servers["syspro"], "columns": COLUMNS})
    command = [str(each) for each in (python, HERE / "dlt_pipeline.py", at, folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"dlt failed:\n{done.stderr[-2000:]}")
    files = [file for file in (folder / "files" / "bench" / "ap_invoices").iterdir() if ".csv" in file.name]
    return sum(_lines(file) - 1 for file in files)


def _lines(file: Path) -> int:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rb") as content:
        return sum(1 for _ in content)


def bare(servers: dict[str, Any], folder: Path) -> int:
    """What no pipeline can beat: fetch the pages, decode them exactly, write a CSV."""
    return bare_limit(servers["syspro"], declaration(), folder / "bare.csv")
