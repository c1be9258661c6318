"""Answers that get lost, a partner who takes files away at once, pages that break off, rows that change meanwhile."""

from __future__ import annotations

from concurrent.futures import Future
from decimal import Decimal

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.site import Connecting
from airflow_provider_mlconnector.streams.fingerprint import key_values
from tests.chaos.airflow.flow import ChaosFlow
from tests.support.chaos_world import Scenario

pytestmark = [
    pytest.mark.slow(reason="runs in a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(600),
]


def lost_after_the_rename(flow: ChaosFlow) -> None:
    """The line is cut when the file has its name: the next try finds it there, and renames nothing."""
    flow.sftp.misbehave(cut_after_rename=True)
    flow.run()
    assert [operation.action for operation in flow.sftp.operations].count("rename") == 1
    flow.check_each_once()
    flow.syspro.admin.event("new_invoices", n=2)
    flow.run()
    flow.check_each_once()


def taken_away_at_once(flow: ChaosFlow) -> None:
    """The file is gone before its rename is answered; the partner is known to take files away."""
    flow.sftp.misbehave(cut_after_rename=True, taken_to=flow.partner / "taken")
    flow.run()
    flow.check_each_once()


def taken_away_by_somebody(flow: ChaosFlow) -> None:
    """The same at a partner who isn't known for it: no retry sends it again, a person asks the partner."""
    flow.sftp.misbehave(cut_after_rename=True, taken_to=flow.partner / "taken")
    run = flow.run("failed")
    flow.sftp.behave()
    flow.clear_failed_in_vain(run)
    (file,) = flow.deliveries("renaming")
    people.decide_delivery(flow.person(), file, arrived=True, comment="they have it", open_site=not_asked)
    flow.clear_failed(run)
    flow.check_each_once()


def not_asked(destination: Destination) -> Connecting:
    """A file that a person knows to have arrived isn't looked for."""
    raise AssertionError(destination)


def a_page_breaks_off(flow: ChaosFlow) -> None:
    """The source ends in the middle of pages, whether or not the answer's length tells."""
    admin = flow.syspro.admin
    admin.fault("lower_cap", value=6)
    admin.fault("drop", after=3, count=1, where={"table": "ApInvoice"})
    admin.fault("truncated", after=6, count=1, where={"table": "ApInvoice"})
    flow.run()
    assert [fault["hits"] for fault in admin.faults()[1:]] == [1, 1]
    flow.check_each_once()


def the_source_goes_down(flow: ChaosFlow) -> None:
    """It answers no more after the first pages: nothing is staged; later it does."""
    flow.set_connection("syspro", read_attempts=1)
    flow.syspro.admin.fault("lower_cap", value=6)
    flow.syspro.admin.fault("drop", after=4, where={"table": "ApInvoice"})
    run = flow.run("failed")
    assert not flow.arrived()
    flow.syspro.admin.clear_faults()
    flow.syspro.admin.event("new_invoices", n=1)
    flow.clear_failed(run)
    flow.check_each_once()


def rows_change_between_pages(flow: ChaosFlow) -> None:
    """Rows come, change and are paid while pages are read; a version that was sent and has changed is set aside."""
    admin = flow.syspro.admin
    admin.fault("lower_cap", value=4)
    flow.run()
    # What is closed and older than the window, no poll looks at again.
    watched = {row["Invoice"] for row in flow.rows() if Decimal(row["MthInvBal1"])}
    for after, kind, params in (
        (3, "changed_invoices", {"n": 3}),
        (4, "new_invoices", {"n": 2}),
        (5, "late_invoices", {"n": 2, "days_back": 30}),
        (6, "payment", {"n": 2}),
        (8, "changed_invoices", {"n": 3}),
    ):
        admin.fault("event", after=after, count=1, where={"table": "ApInvoice"}, kind=kind, params=params)
    flow.run()
    flow.run()
    flow.check_each_once()
    sent = {(line["Supplier"], line["Invoice"]): line["Reference"] for line in flow.lines()}
    now = {(row["Supplier"], row["Invoice"]): row["Reference"] for row in flow.rows()}
    changed = {key for key in sent if sent[key] != now[key] and key[1] in watched}
    assert changed
    assert {key_values(item.key) for item in flow.exceptions("changed")} >= changed


SCENARIOS = (
    Scenario("lost_after_the_rename", lost_after_the_rename, {"retries": 1}),
    Scenario("taken_away_at_once", taken_away_at_once, {"retries": 1, "partner_removes_files": True}),
    Scenario("taken_away_by_somebody", taken_away_by_somebody),
    Scenario("a_page_breaks_off", a_page_breaks_off),
    Scenario("the_source_goes_down", the_source_goes_down),
    Scenario("rows_change_between_pages", rows_change_between_pages),
)


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_each_record_once(plays: dict[str, Future[None]], name: str) -> None:
    plays[name].result()
