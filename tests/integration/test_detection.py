"""Changes that no date tells of, found at the sandbox by the shipped streams: each goes out once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.engine import manifest
from airflow_provider_mlconnector.engine.committing import commit
from airflow_provider_mlconnector.engine.delivering import deliver
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.outputs import Output, OutputFile
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.systems.syspro.config import from_fields
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.streams import shipped
from tests.support.engine_world import LANE, MemorySite, World


class Flow:
    """One shipped stream, from the sandbox to a partner in memory."""

    def __init__(self, home: Path, syspro: SysproSandbox, declared: StreamDeclaration) -> None:
        self.world = World(home)
        self.declared = declared
        extra = {
            "odata_base_url": syspro.odata_base_url,
            "odata_url_template": "{base}/{company}/{table}",
            "odata_login": syspro.odata_user,
            "odata_password": syspro.odata_password,
            "time_zone": syspro.zone,
        }
        config = from_fields(syspro.base_url, syspro.operator, syspro.password, syspro.company, None, extra)
        self.connection = SysproConnection(config)
        self.zone = syspro.zone
        self.runs = 0

    def run(self) -> list[dict[str, Any]]:
        """A whole run; returns the records that it sent."""
        self.runs += 1
        run = str(self.runs)
        request = PollRequest(self.declared, self.connection.source(self.declared), self.zone, lambda _run: True)
        staged = poll(self.world.context(run), request)
        with self.world.ledger.read() as connection:
            batch = batches.get(connection, staged.batch)
        assert batch is not None
        rows = [row for table in manifest.rows_of(self.world.staging, batch) for row in table.to_pylist()]
        output = self._output(batch, rows)

        @contextmanager
        def connect(_to: Destination) -> Iterator[MemorySite]:
            yield self.world.site

        made = {"batch": batch.id, "folder": output.folder, "sha256": output.write(self.world.staging)}
        destination = Destination("partner", "")
        deliver(self.world.context(run), (batch.id, made), destination, connect, self.world.settings)
        commit(self.world.context(run), batch.id, self.world.retention)
        return rows

    def _output(self, batch: batches.Batch, rows: list[dict[str, Any]]) -> Output:
        folder = self.world.staging.new_folder(str(LANE), "output")
        files = []
        if rows:
            data = repr(rows).encode()
            with self.world.staging.create(folder, "file") as file:
                file.write(data)
            digest = sha256(data).hexdigest()
            files = [OutputFile(f"{batch.id}.txt", "file", "", len(data), digest, digest, len(rows), len(rows), {})]
        return Output(batch.manifest_sha256, folder, files, [], len(rows), dict(batch.totals))


@pytest.fixture(scope="module")
def syspro() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=600, hard=False) as running:
        yield running


def test_a_payment_on_a_two_year_old_invoice_goes_out_once(tmp_path: Path, syspro: SysproSandbox) -> None:
    flow = Flow(tmp_path, syspro, shipped()["ap_invoice_payments"])
    flow.run()
    syspro.admin.advance(days=1)
    key = syspro.admin.event("payment", min_age_days=700)[0]["key"]
    sent = flow.run()
    assert [row["Invoice"] for row in sent].count(key[1]) == 1
    assert flow.run() == []


def test_a_payment_is_a_new_version_of_its_invoice_where_balances_count(tmp_path: Path, syspro: SysproSandbox) -> None:
    everything = shipped()["ap_invoices"].model_copy(update={"version_columns": (), "on_change": "send"})
    flow = Flow(tmp_path, syspro, everything)
    flow.run()
    assert flow.run() == []
    paid = syspro.admin.event("payment", min_age_days=700)[0]["key"]
    assert [row["Invoice"] for row in flow.run()] == [paid[1]]
    assert flow.run() == []


def test_each_change_of_a_supplier_goes_out_once(tmp_path: Path, syspro: SysproSandbox) -> None:
    flow = Flow(tmp_path, syspro, shipped()["suppliers"])
    flow.run()
    renamed = syspro.admin.event("supplier_renamed")[0]["key"][0]
    assert [row["Supplier"] for row in flow.run()] == [renamed]
    for on_hold in (True, False):
        syspro.admin.event("supplier_on_hold", supplier=renamed, on_hold=on_hold)
        assert [(row["Supplier"], row["OnHold"]) for row in flow.run()] == [(renamed, "Y" if on_hold else "N")]
    assert flow.run() == []


def test_a_receipt_is_no_change_of_its_order_and_a_new_quantity_is(tmp_path: Path, syspro: SysproSandbox) -> None:
    flow = Flow(tmp_path, syspro, shipped()["purchase_orders"].model_copy(update={"on_change": "send"}))
    flow.run()
    syspro.admin.event("po_received")
    assert flow.run() == []
    changed = syspro.admin.event("po_changed")[0]["key"][0]
    assert [row["PurchaseOrder"] for row in flow.run()] == [changed]
    assert flow.run() == []
