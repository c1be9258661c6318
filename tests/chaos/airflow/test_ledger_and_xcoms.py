"""XComs that are gone, staging that has expired, and ledgers that are not the one that was there before."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.chaos.airflow.flow import ChaosFlow
from tests.support.chaos_world import Scenario

pytestmark = [
    pytest.mark.slow(reason="runs in a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(600),
]


def forgotten_between_runs(flow: ChaosFlow) -> None:
    """Neither what was pushed nor what was staged is there any more: the ledger alone remembers."""
    first = flow.run()
    flow.forget(first)
    flow.syspro.admin.event("new_invoices", n=1)
    second = flow.run()
    assert not flow.staged(first), "what was staged has expired"
    flow.forget(second)
    flow.clear(first)
    flow.clear(second)
    flow.check_each_once()
    flow.syspro.admin.event("late_invoices", n=1, days_back=20)
    flow.run()
    flow.check_each_once()


def forgotten_between_tasks(flow: ChaosFlow) -> None:
    """What earlier tasks of a run have pushed is deleted, before the freeze and after it."""
    flow.order("format", "formatted", "fail")
    run = flow.run("failed")
    flow.forget(run)
    flow.clear_failed_in_vain(run)
    assert not flow.arrived()
    flow.order("deliver", "verified", "fail")
    flow.clear(run, "poll", downstream=True, expected="failed")
    flow.forget(run)
    flow.clear_failed(run)
    flow.check_each_once()
    flow.syspro.admin.event("new_invoices", n=1)
    flow.run()
    flow.check_each_once()


def swapped(flow: ChaosFlow) -> None:
    """The ledger's connection names an empty database: the next poll stops, nothing is sent; then the right one."""
    flow.run()
    flow.syspro.admin.event("new_invoices", n=2)
    before = flow.arrived()
    url = make_url(flow.postgres.database())
    for other in (
        {"conn_type": "sqlite", "host": str(flow.own_ledger.with_name("empty.db"))},
        {"conn_type": "postgres", "host": url.host, "port": url.port, "login": url.username, "schema": url.database},
    ):
        flow.airflow.set_connection(f"ledger_{flow.name}", other)
        run = flow.run("failed")
        assert flow.states(run)["poll"] == "failed"
        assert flow.arrived() == before
    flow.airflow.set_connection(f"ledger_{flow.name}", {"conn_type": "sqlite", "host": str(flow.own_ledger)})
    flow.run()
    flow.clear_failed(run)
    flow.check_each_once()


def restored(flow: ChaosFlow) -> None:
    """Yesterday's ledger comes back, alone and with an Airflow that knows no more than it; then today's."""
    flow.run()
    yesterday = copied(flow.own_ledger, "yesterday")
    flow.syspro.admin.event("new_invoices", n=2)
    second = flow.run()
    today = copied(flow.own_ledger, "today")
    before = flow.arrived()
    flow.syspro.admin.event("new_invoices", n=1)
    restore(yesterday, flow.own_ledger)
    for forgotten in (False, True):
        if forgotten:
            flow.forget(second)
        run = flow.run("failed")
        assert flow.states(run)["poll"] == "failed"
        assert flow.arrived() == before
    restore(today, flow.own_ledger)
    flow.clear_failed(run)
    flow.check_each_once()


def copied(ledger: Path, name: str) -> Path:
    """A backup of a ledger."""
    backup = ledger.with_name(f"{ledger.stem}_{name}.db")
    with closing(sqlite3.connect(ledger)) as one, closing(sqlite3.connect(backup)) as other:
        one.backup(other)
    return backup


def restore(backup: Path, ledger: Path) -> None:
    """Put a backup in a ledger's place, while nothing runs."""
    for file in ledger.parent.glob(f"{ledger.name}-*"):
        file.unlink()
    shutil.copy(backup, ledger)


SCENARIOS = (
    Scenario("forgotten_between_runs", forgotten_between_runs, {"settings": {"staging_retention_days": "0"}}),
    Scenario("forgotten_between_tasks", forgotten_between_tasks),
    Scenario("swapped", swapped, {"settings": {"ledger_conn_id": "ledger_swapped"}}),
    Scenario("restored", restored, {"settings": {"ledger_conn_id": "ledger_restored"}}),
)


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_each_record_once(plays: dict[str, Future[None]], name: str) -> None:
    plays[name].result()
