"""Bills as a poll stages them: the engine over the real source, ledger and staging, spending counted in the ledger."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from airflow_provider_mlconnector.engine.context import BatchReference, LaneContext
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.ledger.spending import LedgerSpending
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from tests.unit.systems.intacct.conftest import Connect

UNPOSTED = {"Draft", "Submitted", "Partially Approved", "Declined"}


def test_a_poll_stages_every_posted_bill_and_takes_an_unsent_batch_over(connect: Connect, tmp_path: Path) -> None:
    ledger, staging = Ledger(f"sqlite:///{tmp_path}/ledger.db"), Staging(tmp_path / "staging")
    spending = LedgerSpending(ledger, "intacct")

    def polled(sandbox: IntacctSandbox, run: str) -> BatchReference:
        source = connect(sandbox, spending, page_size=40).source(shipped()["ap_bills"])
        context = LaneContext(ledger, staging, LaneName("flow", "ap_bills", "partner"), Actor(run), ())
        return poll(context, PollRequest(shipped()["ap_bills"], source, "UTC", run_finished=lambda _batch: True))

    with IntacctSandbox(scale=150) as sandbox:
        first = polled(sandbox, "run_1")
        assert _expected(sandbox) == (first.figures["rows"], first.figures["totals"])
        sandbox.admin.advance(3600)
        sandbox.admin.event("new_bills", n=2)
        sandbox.admin.event("null_modified")
        second = polled(sandbox, "run_2")
        assert _expected(sandbox) == (second.figures["rows"], second.figures["totals"])
        assert second.figures["rows"] == first.figures["rows"] + 3
        assert spending.spent() == len(sandbox.admin.requests())


def _expected(sandbox: IntacctSandbox) -> tuple[int, dict[str, str]]:
    bills = [row for row in sandbox.admin.rows("APBILL") if row["STATE"] not in UNPOSTED]
    bills.sort(key=lambda bill: (bill["WHENMODIFIED"], int(bill["RECORDNO"])))
    # Of two bills that are one document to a partner, the one that was entered first goes.
    firsts = {(bill["VENDORID"], bill["RECORDID"]): bill for bill in reversed(bills)}
    assert len(firsts) == len(bills) - 1
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for bill in firsts.values():
        sums[bill["CURRENCY"]] += Decimal(bill["TRX_TOTALENTERED"])
    return len(firsts), {currency: f"{amount:.2f}" for currency, amount in sums.items()}
