"""Approved and not paid at Stampli against open in SYSPRO, at both sandboxes: by the task, and by the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.ledger import audit
from airflow_provider_mlconnector.operators.reconcile import ReconcileOperator
from tests.support.stampli_flow import (
    DAGS,
    FLOW,
    OTHER,
    STAMPLI,
    SUPPLIER,
    SYSPRO,
    StampliFlow,
    line,
    stampli_flow,
)
from tests.unit.cli.conftest import Terminal

MAPPING = str(DAGS / "stampli_to_syspro" / "invoices.ap_invoices.mapping.yaml")


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[StampliFlow]:
    """Nothing is open in SYSPRO to begin with."""
    with stampli_flow(tmp_path) as made:
        for row in list(made.syspro.admin.rows("ApInvoice", filter="MthInvBal1 ne 0", select="Supplier,Invoice")):
            made.syspro.admin.event("payment", supplier=row["Supplier"], invoice=row["Invoice"])
        yield made


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def reconcile(flow: StampliFlow, run: str = "r1", **changes: Any) -> dict[str, Any]:
    told = [lambda context: flow.told.append(context["alert"])]
    given: dict[str, Any] = {
        "flow": FLOW, "source_conn_id": STAMPLI, "target_conn_id": SYSPRO, "mapping": MAPPING, "notifiers": told,
        "folder": str(flow.home / "out"), "file_name": run,
    } | changes  # fmt: skip
    pushed: dict[str, Any] = flow.task(run, "reconcile", ReconcileOperator(task_id="reconcile", **given))
    return pushed


def rows(flow: StampliFlow, part: str, run: str = "r1") -> list[dict[str, str]]:
    with (flow.home / "out" / "reconciliations" / f"{run}_{part}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def says(flow: StampliFlow, run: str = "r1") -> dict[str, tuple[str, str]]:
    return {row["invoice"]: (row["what"], row["says"]) for row in rows(flow, "differences", run)}


@pytest.mark.parametrize("via", ["odata", "enet"])
def test_what_was_posted_agrees(flow: StampliFlow, via: str) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2", "20.50"), line("INV-3", status="PENDING"))
    flow.run("1")
    pushed = reconcile(flow, overrides={"via": via})
    assert pushed["agrees"]
    assert rows(flow, "suppliers") == [
        {
            "supplier": SUPPLIER, "currency": rows(flow, "suppliers")[0]["currency"], "approved": "120.50",
            "approved_count": "2", "open": "120.50", "open_count": "2", "difference": "0.00",
        }
    ]  # fmt: skip
    assert rows(flow, "differences") == []
    assert flow.told == []
    assert len(json.dumps(pushed)) < 4096


def test_each_difference_says_what_is_known_of_it(flow: StampliFlow) -> None:
    flow.export(
        "invoices_1.csv",
        line("PAID-BY-HAND"),
        line("PART-PAID"),
        line("NO-ACCOUNT", account="9999"),
        line("VOIDED"),
        line("FINE", supplier=OTHER),
    )
    flow.run("1")
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="PAID-BY-HAND")
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="PART-PAID", value="40.00")
    flow.export("invoices_2.csv", line("NEW", "7.00"), line("VOIDED", status="VOID"), at=60)
    flow.run("2")
    flow.export("invoices_3.csv", line("NEWER", "8.00"), at=120)
    flow.poll("3")
    (posted,) = flow.syspro.admin.event("new_invoices", n=1)
    foreign = posted["key"][1]
    found = reconcile(flow)
    told = says(flow)
    assert told.pop("PAID-BY-HAND") == ("only approved", "posted, and open no more: paid or corrected in SYSPRO")
    assert told.pop("PART-PAID") == (
        "other amount",
        "posted, and its balance is another: part paid or corrected in SYSPRO",
    )
    assert told.pop("NEWER") == ("only approved", "not posted yet")
    what, why = told.pop("NO-ACCOUNT")
    assert what == "only approved"
    assert "(mapping): LedgerDistribution.LedgerCode" in why
    what, why = told.pop("VOIDED")
    assert (what, why.startswith("the partner says VOID")) == ("only open", True)
    assert told.pop(foreign) == ("only open", "no flow has posted it under this number")
    assert told == {}
    assert found["counts"] == {
        "accounts": 3, "only approved": 3, "only open": 2, "other amount": 1, "expired": 0, "unread": 0,
    }  # fmt: skip
    part = next(row for row in rows(flow, "differences") if row["invoice"] == "PART-PAID")
    assert (part["approved"], part["open"], part["difference"]) == ("100.00", "60.00", "-40.00")
    assert part["run"] == "1"
    assert part["own_id"].startswith("ML")
    assert part["posted"].endswith(" UTC")
    assert part["journal"]


def test_what_differs_is_told_once_and_again_when_something_else_does(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2"))
    flow.run("1")
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="INV-1")
    reconcile(flow)
    reconcile(flow, "r2")
    assert len(flow.told) == 1
    assert "1 invoices differ: 0009001 INV-1: only approved, -100.00" in flow.told[0]
    assert "r1_differences.csv" in flow.told[0]
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="INV-2", value="1.00")
    reconcile(flow, "r3")
    assert len(flow.told) == 2
    flow.export("invoices_2.csv", line("INV-1", status="PAID"), line("INV-2", status="PAID"), at=60)
    flow.run("2")
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="INV-2")
    assert reconcile(flow, "r4")["agrees"]
    assert len(flow.told) == 2
    with flow.ledger.read() as connection:
        events = audit.search(connection, {"event": "reconciled"}, None, None, 10)
    assert [event.outcome for event in events] == ["ok", "differs", "differs", "differs"]


def test_an_invoice_whose_file_has_expired_is_counted_and_not_compared(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"))
    flow.run("1")
    with flow.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE inbox_file SET staged = ''")
    found = reconcile(flow)
    assert (found["agrees"], found["counts"]["expired"]) == (True, 1)


def test_a_credit_note_lowers_what_is_owed_on_both_sides(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"))
    flow.run("1")
    path = flow.stampli.root / "outbound" / "invoices" / "invoices_2.csv"
    note = line("INV-1", "30.00").replace("ACME,", "ACME,CREDIT_MEMO,CN-1,", 1)
    flow.export("invoices_2.csv", note, at=60)
    path.write_text(path.read_text().replace("company_id,", "company_id,document_type,invoice_id,", 1))
    flow.run("2")
    assert reconcile(flow)["agrees"]
    assert [(row["approved"], row["open"]) for row in rows(flow, "suppliers")] == [("70.00", "70.00")]


def test_a_mapping_that_makes_no_invoices_is_refused(flow: StampliFlow, tmp_path: Path) -> None:
    (tmp_path / "journals.yaml").write_text("mapping: journals\nfields: {Notation: invoice_number}\n")
    flow.export("invoices_1.csv", line("INV-1"))
    flow.poll("1")
    with pytest.raises(Exception, match="no field Invoice, Supplier, TransactionValue"):
        reconcile(flow, mapping=str(tmp_path / "journals.yaml"))


def test_a_text_that_a_spreadsheet_would_run_is_made_plain(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("=1+1", account="9999"))
    flow.run("1")
    reconcile(flow)
    assert [row["invoice"] for row in rows(flow, "differences")] == ["'=1+1"]


def test_the_command_line_shows_the_same_and_remembers_nothing(
    flow: StampliFlow, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2", supplier=OTHER))
    flow.run("1")
    flow.syspro.admin.event("payment", supplier=SUPPLIER, invoice="INV-1")
    capsys.readouterr()
    words = ("reconcile", "stampli_syspro_reconciliation", "--dags-folder", str(DAGS))
    (shown,) = json.loads(terminal.run(*words, "-o", "json"))
    assert (shown["invoice"], shown["what"], shown["difference"]) == ("INV-1", "only approved", "-100.00")
    sums = json.loads(terminal.run(*words, "--suppliers", "--supplier", OTHER, "-o", "json"))
    assert [(each["approved"], each["open"], each["open_count"]) for each in sums] == [("100.00", "100.00", 1)]
    terminal.run(*words, "--to", str(flow.home / "mine"))
    written = sorted(path.name for path in (flow.home / "mine" / "reconciliations").iterdir())
    assert written == [f"stampli_syspro_reconciliation_{part}.csv" for part in ("differences", "suppliers")]
    with flow.ledger.read() as connection:
        assert audit.search(connection, {"event": "reconciled"}, None, None, 10) == []
    assert "tasks that reconcile: none" in terminal.fail("reconcile", "stampli_to_syspro", "--dags-folder", str(DAGS))
