"""Runs of every kind, beside each other, and tasks that a person marks as successful."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_mlconnector.ledger import alerts
from tests.chaos.airflow.flow import ENDS, ChaosFlow
from tests.support.chaos_world import Scenario

pytestmark = [
    pytest.mark.slow(reason="runs in a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(600),
]
# The first interval begins at the midnight after it: ten whole ones have passed.
ELEVEN_DAYS_AGO = datetime.now(UTC) - timedelta(days=11)


def marked_after_failing(flow: ChaosFlow) -> None:
    """Each task fails and is marked as successful; what follows fails or does nothing, and a later run is told."""
    for task, point in (("poll", "read"), ("map", "mapped"), ("format", "formatted"), ("deliver", "verified")):
        flow.order(task, point, "fail")
        flow.syspro.admin.event("new_invoices", n=1)
        run = flow.run("failed")
        assert flow.states(run)[task] == "failed"
        flow.airflow.mark_success(flow.name, run, f"s.{task}")
        flow.until(lambda: flow.states(run)[task] == "success")  # noqa: B023 - called at once
        flow.settle(run, "failed")
    assert not flow.arrived()
    flow.syspro.admin.event("late_invoices", n=1, days_back=20)
    flow.run()
    assert flow.watermark() == "", "the batch of the run that was marked holds it"
    flow.clear(run, "deliver", downstream=True)
    flow.check_each_once()


def marked_before_it_began(flow: ChaosFlow) -> None:
    """Tasks are marked as successful before they begin: what they should have done, a later run does."""
    for task in ("poll", "map", "deliver", "commit"):
        flow.airflow.wait_for_dag(flow.name)
        flow.airflow.pause(flow.name)
        run = flow.start()
        flow.airflow.mark_success(flow.name, run, f"s.{task}")
        flow.airflow.unpause(flow.name)
        flow.until(lambda: flow.airflow.run(flow.name, run)["state"] in ENDS)  # noqa: B023 - called at once
        flow.syspro.admin.event("new_invoices", n=1)
    flow.run()
    flow.clear(run, "commit")
    flow.check_each_once()


def triggered_by_an_asset(flow: ChaosFlow) -> None:
    """Runs that an asset's events trigger, and one by hand between them."""
    flow.unpause()
    flow.asset_event()
    first = flow.newest_run(1)
    flow.settle(first)
    flow.check_each_once()
    flow.syspro.admin.event("new_invoices", n=1)
    flow.run()
    flow.syspro.admin.event("late_invoices", n=1, days_back=20)
    flow.asset_event()
    flow.settle(flow.newest_run(3))
    flow.clear(first)
    flow.check_each_once()


def backfilled(flow: ChaosFlow) -> None:
    """A record below every window comes with Airflow's own backfill, once, and moves no watermark back."""
    flow.unpause()
    flow.settle(flow.newest_run(1))
    ((_, key),) = [(one["table"], one["key"]) for one in flow.syspro.admin.event("late_invoices", n=1, days_back=100)]
    flow.syspro.admin.event("payment", supplier=key[0], invoice=key[1])
    flow.syspro.admin.event("new_invoices", n=1)
    flow.run()
    assert len(flow.arrived()) == len(flow.source()) - 1, "no window reaches it, and it is no longer open"
    flow.backfill("2025-12-20T00:00:00Z", "2025-12-21T00:00:00Z")
    flow.check_each_once()
    flow.run()
    flow.check_each_once()


def caught_up(flow: ChaosFlow) -> None:
    """Ten missed intervals, three runs at a time."""
    flow.unpause()
    flow.until(lambda: len(flow.airflow.runs(flow.name)) == 10)
    flow.syspro.admin.event("new_invoices", n=1)
    runs = flow.airflow.runs(flow.name)
    for run in runs:
        flow.settle(run)
    flow.clear(runs[0])
    # The last interval's run may have read before the invoice was there.
    flow.run()
    flow.check_each_once()


def copied(flow: ChaosFlow) -> None:
    """Two DAGs of one flow, at the same time, with the same run ids."""
    copy = f"{flow.name}_copy"
    for _ in range(2):
        runs = {flow.name: flow.start(), copy: flow.start(copy)}
        for dag, run in runs.items():
            flow.settle(run, dag=dag)
        flow.syspro.admin.event("new_invoices", n=1)
    flow.run()
    flow.check_each_once()


def taken_over(flow: ChaosFlow) -> None:
    """A run that fails before it has sent anything is left as it is: the next one brings its records."""
    flow.order("format", "formatted", "fail")
    flow.run("failed")
    assert flow.arrived() == []
    flow.run()
    flow.check_each_once()


def orphaned(flow: ChaosFlow) -> None:
    """A run that fails while it sends is left as it is: the next one tells which run is to be cleared."""
    flow.order("deliver", "verified", "fail")
    failed = flow.run("failed")
    flow.run()
    with flow.ledger().read() as connection:
        assert any(failed in alert.message for alert in alerts.opened(connection))
    flow.clear_failed(failed)
    flow.check_each_once()


SCENARIOS = (
    Scenario("taken_over", taken_over),
    Scenario("orphaned", orphaned),
    Scenario(
        "caught_up",
        caught_up,
        {"schedule": "daily", "start_date": ELEVEN_DAYS_AGO.isoformat(), "catchup": True, "max_active_runs": 3},
    ),
    Scenario("marked_after_failing", marked_after_failing),
    Scenario("marked_before_it_began", marked_before_it_began),
    Scenario("copied", copied, copied=True),
    Scenario("backfilled", backfilled, {"schedule": "daily", "start_date": "2025-12-01T00:00:00+00:00"}),
    Scenario("triggered_by_an_asset", triggered_by_an_asset, {"schedule": "asset"}),
)


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_each_record_once(plays: dict[str, Future[None]], name: str) -> None:
    plays[name].result()
