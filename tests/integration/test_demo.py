"""The demo, as `make demo` runs it: a session for each run, and every record at its target once."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.sandbox.demo import stages
from airflow_provider_mlconnector.sandbox.demo.__main__ import main
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.stampli.records import Invoice, Payment
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.edi_oracle.oracle import check_edifact, check_x12

pytestmark = [
    pytest.mark.slow(reason="starts a whole Airflow and runs the flow several times"),
    pytest.mark.timeout(600),
]


def test_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    class Watched(SysproSandbox):
        def __exit__(self, *how: object) -> None:
            seen["logons"] = len(self.admin.requests(operation="logon"))
            seen["logoffs"] = len(self.admin.requests(operation="logoff"))
            seen["invoices"] = [(row["Supplier"], row["Invoice"]) for row in self.admin.rows("ApInvoice")]
            seen["items"] = [row["StockCode"] for row in self.admin.rows("InvMaster")]
            super().__exit__(*how)  # type: ignore[arg-type]

    monkeypatch.setattr(stages, "SysproSandbox", Watched)
    assert main(["--flow", "syspro_to_sftp", "--into", str(tmp_path / "demo")]) == 0
    summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
    runs = summary["flows"]["syspro_to_sftp"]["runs"]
    assert len(runs) == 3
    for run in runs:
        assert run["read"] == run["sent"] + run["skipped"] + run["exceptions"]
    assert runs[0]["sent"] > 1000
    assert runs[1]["sent"] > 0
    assert runs[1]["exceptions"] > 0
    assert (runs[2]["sent"], runs[2]["files"]) == (0, [])
    assert (seen["logons"], seen["logoffs"]) == (3, 3), "one session for each run"
    folder = tmp_path / "demo" / "syspro_to_sftp" / "partner" / "inbound"
    sent = [(row["Supplier"], row["Invoice"]) for row in _rows(folder, "AP_*.csv")]
    assert sorted([*sent, ("CASH*1", "NO-DATES")]) == sorted(seen["invoices"])  # type: ignore[call-overload]
    assert sorted(row["Item"] for row in _rows(folder, "ITEMS_*.csv")) == sorted(seen["items"])  # type: ignore[call-overload]


def test_the_demo_of_intacct(tmp_path: Path) -> None:
    assert main(["--flow", "intacct_to_sftp", "--into", str(tmp_path)]) == 0
    runs = json.loads((tmp_path / "summary.json").read_text())["flows"]["intacct_to_sftp"]["runs"]
    assert len(runs) == 3
    assert all(run["read"] == run["sent"] + run["skipped"] + run["exceptions"] for run in runs)
    assert (runs[2]["sent"], runs[2]["files"]) == (0, [])
    home = tmp_path / "intacct_to_sftp"
    x12, edifact = (
        _files(home / partner / "outbound", ending) for partner, ending in (("acme", "x12"), ("globex", "edi"))
    )
    assert check_x12(x12) == []
    assert check_edifact(edifact) == []
    bills = [line.split(b"*")[2] for data in x12.values() for line in data.split(b"~") if line.startswith(b"REF*ZZ*1")]
    sent = [number for number in bills if b"-" not in number]
    assert len(sent) == len(set(sent)) > 100
    with Ledger(f"sqlite:///{home / 'airflow' / 'mlconnector' / 'ledger.db'}", upgrade=False).read() as connection:
        states = {row.set_code: row.state for row in connection.execute(select(schema.interchange)).all()}
        overdue = connection.execute(select(schema.alert.c.cause)).scalars().all()
        kinds = connection.execute(select(schema.exception_item.c.kind)).scalars().all()
    assert states == {"838": "sent", "810": "partly", "INVOIC": "accepted"}
    assert any(cause.startswith("overdue:acme:") for cause in overdue)
    assert kinds.count("rejected") == 1


def test_the_demo_of_stampli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class WatchedSyspro(SysproSandbox):
        def __exit__(self, *how: object) -> None:
            seen["books"] = self.admin.books()
            super().__exit__(*how)  # type: ignore[arg-type]

    class WatchedStampli(StampliSandbox):
        def __exit__(self, *how: object) -> None:
            seen["invoices"] = self.company.listed("invoices")
            seen["payments"] = self.company.listed("payments")
            super().__exit__(*how)  # type: ignore[arg-type]

    monkeypatch.setattr(stages, "SysproSandbox", WatchedSyspro)
    monkeypatch.setattr(stages, "StampliSandbox", WatchedStampli)
    assert main(["--flow", "stampli_to_syspro", "--into", str(tmp_path)]) == 0
    runs = json.loads((tmp_path / "summary.json").read_text())["flows"]["stampli_to_syspro"]["runs"]
    assert all(run["read"] == run["sent"] + run["skipped"] + run["exceptions"] for run in runs)
    assert [run["sent"] for run in runs] == [12, 0, 9, 0, 4, 0]
    assert [run["exceptions"] for run in runs] == [0, 0, 4, 3, 0, 0]
    posted = [
        (each["supplier"], each["invoice"], each["kind"], each["value"])
        for each in seen["books"]["posted"]
        if each["bo"] != "APSSSP"
    ]
    assert sorted(posted) == sorted(_posted_by(seen["invoices"], seen["payments"]))
    assert "on hold" in str(_exceptions(tmp_path / "stampli_to_syspro", "closed"))
    kinds = [kind for kind, _ in _exceptions(tmp_path / "stampli_to_syspro", "open")]
    assert kinds == ["changed", "changed"]


def _posted_by(invoices: list[Invoice], payments: list[Payment]) -> list[tuple[str, str, str, str]]:
    """What SYSPRO has to hold: what is approved, as it was first approved."""
    wanted = []
    for invoice in invoices:
        changed = Decimal(50) if invoice.description == "corrected" else Decimal(0)
        sign, kind = (1, "I") if invoice.document_type == "INVOICE" else (-1, "C")
        value = str(sign * (invoice.total_amount - changed))
        wanted.append((invoice.vendor_id, invoice.invoice_number, kind, value))
    wanted += [(each.vendor_id, each.invoice_number, "P", str(each.amount)) for each in payments]
    return wanted


def _exceptions(home: Path, state: str) -> list[tuple[str, str]]:
    item = schema.exception_item.c
    with Ledger(f"sqlite:///{home / 'airflow' / 'mlconnector' / 'ledger.db'}", upgrade=False).read() as connection:
        rows = connection.execute(select(item.kind, item.reason).where(item.state == state)).all()
    return [(row.kind, row.reason) for row in rows]


def _files(folder: Path, ending: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob(f"*.{ending}")}


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    return [
        row for file in sorted(folder.glob(pattern)) for row in csv.DictReader(file.open(encoding="utf-8", newline=""))
    ]
