"""Reference data of both systems under a real scheduler: each side's own fields go across, and none comes back."""

from __future__ import annotations

import csv
import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.support.preloaded import preload

pytestmark = [
    pytest.mark.slow(reason="starts a whole Airflow, and each case is several runs of three DAGs"),
    pytest.mark.timeout(900),
]
DAGS = Path(__file__).parents[2] / "dags"
VENDORS, INVOICES, REFERENCE = "stampli_syspro_vendors", "stampli_to_syspro", "syspro_to_stampli_reference"


@dataclass
class World:
    """Both systems, and an Airflow with the three DAGs."""

    syspro: SysproSandbox
    stampli: StampliSandbox
    airflow: ThrowawayAirflow
    seen: set[str] = field(default_factory=set)

    def vendors_and_invoices(self) -> None:
        """A run of the vendors' DAG, and the run of the invoices' DAG that its asset begins."""
        before = set(self.airflow.runs(INVOICES))
        self.run(VENDORS)
        deadline = time.monotonic() + 200
        while not (begun := set(self.airflow.runs(INVOICES)) - before):
            assert time.monotonic() < deadline, "the asset began no run"
            time.sleep(0.2)
        (run_id,) = begun
        self.settle(INVOICES, run_id)

    def run(self, dag_id: str) -> None:
        """A whole run."""
        self.settle(dag_id, self.airflow.trigger(dag_id))

    def settle(self, dag_id: str, run_id: str) -> None:
        """Wait for a run to end well."""
        state = self.airflow.wait(dag_id, run_id, timeout=400)
        assert state == "success", (dag_id, self.airflow.task_states(dag_id, run_id))

    def written(self) -> list[str]:
        """What has changed something in SYSPRO since this was last asked."""
        requests = [each["operation"] for each in self.syspro.admin.requests()]
        self.syspro.admin.clear_requests()
        return [operation for operation in requests if operation.startswith(("setup/", "transaction/"))]

    def delivered(self) -> dict[str, list[dict[str, str]]]:
        """The rows that came into Stampli's inbound folders since this was last asked, by folder."""
        rows: dict[str, list[dict[str, str]]] = {}
        for path in sorted((self.stampli.root / "inbound").rglob("*.csv")):
            assert not path.name.startswith("."), f"left behind: {path.name}"
            if path.name not in self.seen:
                self.seen.add(path.name)
                text = path.read_text(encoding="utf-8")
                folder = path.relative_to(self.stampli.root / "inbound").parts[0]
                rows.setdefault(folder, []).extend(csv.DictReader(io.StringIO(text)))
        return rows

    def row(self, table: str, supplier: str) -> dict[str, Any]:
        """A supplier's row in one of SYSPRO's tables."""
        return next(iter(self.syspro.admin.rows(table, f"Supplier eq '{supplier}'")))

    def exceptions(self, stream: str) -> dict[str, str]:
        """Reasons of the open exceptions of a stream, by key."""
        ledger = Ledger(f"sqlite:///{self.airflow.home / 'mlconnector' / 'ledger.db'}", upgrade=False)
        item, lane = schema.exception_item, schema.lane
        query = select(item.c.key, item.c.reason).join(lane, lane.c.id == item.c.lane_id)
        with ledger.read() as connection:
            found = connection.execute(query.where(lane.c.stream == stream, item.c.state == "open"))
            return {each.key: each.reason for each in found}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("reference")
    dags = root / "dags"
    dags.mkdir()
    for dag_id in (VENDORS, INVOICES, REFERENCE):
        shutil.copy(DAGS / f"{dag_id}.py", dags)
        shutil.copytree(DAGS / dag_id, dags / dag_id)
    for dag_id in (VENDORS, REFERENCE):
        # The clock would begin runs of its own in the middle of a case; assets still do.
        file = dags / f"{dag_id}.py"
        text = file.read_text()
        assert "schedule=timedelta(minutes=15)" in text
        file.write_text(text.replace("schedule=timedelta(minutes=15)", "schedule=None"))
    with SysproSandbox(scale=40) as syspro, StampliSandbox(root / "stampli") as stampli:
        wired = wiring.wire(
            root / "airflow",
            {"syspro_default": wiring.syspro(syspro), "stampli_default": wiring.stampli(stampli)},
        )
        preload(root / "airflow")
        with ThrowawayAirflow(root / "airflow", dags, wired.environment, wired.connections, schedule=True) as airflow:
            for dag_id in (VENDORS, INVOICES, REFERENCE):
                airflow.wait_for_dag(dag_id)
                airflow.unpause(dag_id)
            made = World(syspro, stampli, airflow)
            for kind in ("vendors", "gl_accounts"):
                stampli.outbox.export(kind)
            made.vendors_and_invoices()
            made.run(REFERENCE)
            made.written()
            made.delivered()
            yield made


def test_a_new_vendor_and_its_invoice_come_in_one_cycle_and_the_next_one_does_nothing(world: World) -> None:
    world.stampli.event("new_vendor", vendor="0009101", name="Neue & Söhne", email="ap@neu.example", currency="EUR")
    world.stampli.event(
        "new_invoices", vendor="0009101", invoice="R-1", amount="100.00", gl_account="5100", department="10"
    )
    for kind in ("vendors", "invoices"):
        world.stampli.outbox.export(kind)
    world.vendors_and_invoices()
    assert (world.row("ApSupplier", "0009101")["Email"], world.row("ApInvoice", "0009101")["Invoice"]) == (
        "ap@neu.example",
        "R-1",
    )
    assert Decimal(world.row("ApInvoice", "0009101")["OrigInvValue"]) == Decimal("119.00")
    assert sorted(world.written()) == ["setup/add", "transaction/post"]
    assert world.exceptions("vendors") == world.exceptions("invoices") == {}
    world.run(REFERENCE)
    (told,) = world.delivered()["vendors"]
    assert (told["vendor_id"], told["vendor_name"], told["status"]) == ("0009101", "Neue & Söhne", "ACTIVE")
    for _ in range(2):
        world.stampli.outbox.again("vendors")
        world.vendors_and_invoices()
        world.run(REFERENCE)
        assert (world.written(), world.delivered()) == ([], {})


def test_a_vendor_that_changes_at_both_sides_does_not_echo(world: World) -> None:
    world.stampli.event("vendor_changed", vendor="0000003", phone="+49 1", contact_name="Anna")
    world.syspro.admin.update("ApSupplier", ["0000003"], SupplierName="=Renamed AG", OnHold="Y")
    world.stampli.outbox.export("vendors")
    world.vendors_and_invoices()
    assert world.written() == ["setup/update"]
    row = world.row("ApSupplier", "0000003")
    assert (row["Telephone"], row["Contact"], row["SupplierName"], row["OnHold"]) == (
        "+49 1",
        "Anna",
        "=Renamed AG",
        "Y",
    )
    world.run(REFERENCE)
    delivered = world.delivered()
    assert list(delivered) == ["vendors"]
    (told,) = delivered["vendors"]
    assert (told["vendor_name"], told["status"]) == ("'=Renamed AG", "INACTIVE")
    assert all(not report.rejected for report in world.stampli.inbound.consume())
    world.stampli.outbox.export("vendors")
    world.vendors_and_invoices()
    world.run(REFERENCE)
    assert (world.written(), world.delivered()) == ([], {})
    assert world.row("ApSupplier", "0000003")["SupplierName"] == "=Renamed AG"


def test_conflicts_of_vendors_wait_until_both_agree(world: World) -> None:
    name = world.row("ApSupplier", "0000001")["SupplierName"]
    world.stampli.event("new_vendor", vendor="0009201", name=name)
    world.stampli.event("vendor_changed", vendor="0000002", currency="ZAR", phone="+49 2")
    world.stampli.outbox.export("vendors")
    world.vendors_and_invoices()
    said = world.exceptions("vendors")
    assert said.keys() == {"0009201", "0000002"}
    assert "supplier 0000001 has the name" in said["0009201"]
    assert "'ZAR'" in said["0000002"]
    assert world.written() == []
    world.syspro.admin.event("new_supplier", supplier="0009201", name=name)
    currency = world.row("ApSupplier", "0000002")["Currency"]
    world.stampli.event("vendor_changed", vendor="0000002", currency=currency, phone="+49 2")
    world.stampli.outbox.export("vendors")
    world.vendors_and_invoices()
    assert world.exceptions("vendors") == {}
    assert world.row("ApSupplier", "0000002")["Telephone"] == "+49 2"


def test_accounts_that_differ_are_exceptions_until_both_agree(world: World) -> None:
    world.stampli.event("new_account", code="7777", name="Made in Stampli")
    world.stampli.outbox.export("gl_accounts")
    for center in ("10", "20", "30", "40"):
        world.syspro.admin.update("GenMaster", [world.syspro.company, f"{center}-5200"], Description="Fracht")
    world.run(REFERENCE)
    assert world.exceptions("gl_accounts") == {
        "7777": "Difference: SYSPRO does not have it",
        "5200": "Difference: account_name is 'Freight' in Stampli, and 'Fracht' in SYSPRO",
    }
    (told,) = world.delivered()["gl_accounts"]
    assert (told["account_code"], told["account_name"], told["status"]) == ("5200", "Fracht", "ACTIVE")
    account = next(iter(world.syspro.admin.rows("GenMaster", "GlCode eq '10-5100'")))
    world.syspro.admin.insert("GenMaster", {**account, "GlCode": "50-7777", "Description": "Made in Stampli"})
    world.stampli.inbound.consume()
    world.stampli.outbox.export("gl_accounts")
    world.run(REFERENCE)
    assert world.exceptions("gl_accounts") == {}
    delivered = world.delivered()
    assert [row["account_code"] for row in delivered["gl_accounts"]] == ["7777"]
    assert [(row["code"], row["name"], row["status"]) for row in delivered["dimensions"]] == [("50", "50", "ACTIVE")]
    assert [each for each in world.written() if not each.startswith("setup/")] == []
