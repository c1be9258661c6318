"""What is true of a flow in the end: what lies at its source, at its partner and in its ledger."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import batches, deliveries, exceptions, lanes
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.batches import OPEN, Batch
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.staging.store import Staging

Record = tuple[str, ...]


@dataclass
class Looks:
    """Looks at one flow.

    Attributes:
        name: the flow's, and its DAG's.
        root: the folder of the whole world.
        airflow: the Airflow that it runs in.
        syspro: its source.
    """

    name: str
    root: Path
    airflow: ThrowawayAirflow
    syspro: SysproSandbox

    @property
    def partner(self) -> Path:
        """The partner's folders: `in`, and `taken` for what was taken away."""
        return self.root / "partners" / self.name

    def lines(self) -> list[dict[str, str]]:
        """The lines that have arrived at the partner, file by file in the order of their numbers."""
        found: list[dict[str, str]] = []
        files = [file for folder in ("in", "taken") for file in (self.partner / folder).iterdir()]
        for file in sorted(files, key=lambda file: file.name):
            if not file.name.startswith("."):
                found += csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
        return found

    def arrived(self) -> list[Record]:
        """The records that have arrived."""
        return [(line["Supplier"], line["Invoice"], line["Amount"]) for line in self.lines()]

    def rows(self) -> list[dict[str, Any]]:
        """The invoices at the source that can be mapped."""
        return [row for row in self.syspro.admin.rows("ApInvoice") if row["InvoiceDate"]]

    def source(self) -> list[Record]:
        """Their records."""
        return [(row["Supplier"], row["Invoice"], row["OrigInvValue"]) for row in self.rows()]

    def check_each_once(self) -> None:
        """Every invoice of the source lies at the partner once, no order is left, and the watermark is right."""
        self.check_arrived(self.source())
        left = list((self.root / "orders" / self.name).rglob("*.json"))
        assert not left, f"the disturbance never came: {left}"
        assert self.watermark() == self.newest_cursor()
        assert not [batch for batch in self.batches() if batch.state in OPEN], "a batch is still open"

    def check_arrived(self, expected: Sequence[Record]) -> None:
        """These records lie at the partner, each once, and no others."""
        arrived, wanted = Counter(self.arrived()), Counter(expected)
        assert not wanted - arrived, f"lost: {wanted - arrived}"
        assert not arrived - wanted, f"doubled or unknown: {arrived - wanted}"

    def newest_cursor(self) -> str:
        """Rule 9's watermark once all is committed: the greatest cursor that is not beyond the source's clock."""
        today = self.syspro.admin.state()["local"][:10]
        dates = [row["JournalDate"] for row in self.syspro.admin.rows("ApInvoice") if row["JournalDate"]]
        return f"{max(date for date in dates if date[:10] <= today)}.000000"

    @property
    def own_ledger(self) -> Path:
        """The ledger of a flow that does not share the others'."""
        return self.root / "ledgers" / f"{self.name}.db"

    def ledger(self) -> Ledger:
        """The flow's ledger."""
        shared = self.airflow.home / "mlconnector" / "ledger.db"
        return Ledger(f"sqlite:///{self.own_ledger if self.own_ledger.exists() else shared}", upgrade=False)

    def person(self) -> LaneContext:
        """A person's view of the lane."""
        name = LaneName(self.name, "ap_invoices", f"sftp_{self.name}")
        return LaneContext(self.ledger(), Staging(self.airflow.home / "staging"), name, Actor(person="clerk"))

    def lane(self) -> Lane:
        """The lane, as the ledger has it."""
        with self.ledger().read() as connection:
            found = lanes.find(connection, self.person().name)
        assert found
        return found

    def watermark(self) -> str:
        """The lane's watermark."""
        return self.lane().watermark

    def staged(self, run_id: str) -> list[Batch]:
        """A run's batches whose staged files are still there."""
        return [batch for batch in self.batches() if batch.run_id == run_id and batch.expired_at is None]

    def batches(self) -> list[Batch]:
        """The lane's batches, newest first."""
        with self.ledger().read() as connection:
            return batches.listed(connection, self.lane().id, 1_000)

    def deliveries(self, state: str) -> list[Delivery]:
        """The deliveries in a state."""
        with self.ledger().read() as connection:
            files = [file for batch in self.batches() for file in deliveries.of_batch(connection, batch.id)]
        return [file for file in files if file.state == state]

    def exceptions(self, kind: str) -> list[ExceptionItem]:
        """The open exceptions of a kind."""
        with self.ledger().read() as connection:
            found = exceptions.open_of_lane(connection, self.lane().id).values()
        return [item for item in found if item.kind == kind]
