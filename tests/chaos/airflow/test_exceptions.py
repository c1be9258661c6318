"""Records that could not go on, and records whose dates are odd."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime, timedelta

import pytest

from airflow_provider_mlconnector.engine import people
from tests.chaos.airflow.flow import ChaosFlow
from tests.chaos.airflow.looks import Record
from tests.support.chaos_world import Scenario

pytestmark = [
    pytest.mark.slow(reason="runs in a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(600),
]


def a_later_version_goes_through(flow: ChaosFlow) -> None:
    """A record that can't be mapped is retried by a person while its next version, which can, comes by itself."""
    key = unmappable(flow)
    flow.run()
    assert in_francs(flow) == []
    (item,) = [item for item in flow.exceptions("mapping") if key[1] in item.key]
    flow.syspro.admin.update("ApInvoice", key, Currency="EUR")
    people.retry(flow.person(), item)
    flow.run()
    flow.check_each_once()
    flow.run()
    flow.check_each_once()
    assert not [item for item in flow.exceptions("mapping") if key[1] in item.key]


def closed_by_a_person(flow: ChaosFlow) -> None:
    """A person closes it: that version is never sent, mapping or not; the record's next one is."""
    key = unmappable(flow)
    flow.run()
    (item,) = [item for item in flow.exceptions("mapping") if key[1] in item.key]
    people.resolve(flow.person(), item, "not ours")
    francs_are_mapped(flow)
    flow.run()
    flow.check_arrived([record for record in flow.source() if record[1] != key[1]])
    flow.syspro.admin.update("ApInvoice", key, Reference="ours after all")
    flow.run()
    flow.check_each_once()


def killed_while_it_is_carried(flow: ChaosFlow) -> None:
    """The mapping is mended, and the run that carries the record is killed, before its freeze and after it."""
    key = unmappable(flow)
    flow.run()
    francs_are_mapped(flow)
    flow.order("poll", "staged")
    flow.order("deliver", "renamed")
    flow.run()
    assert len(in_francs(flow)) == 1
    flow.check_each_once()
    assert not [item for item in flow.exceptions("mapping") if key[1] in item.key]


def unmappable(flow: ChaosFlow) -> list[str]:
    """An invoice in a currency that the mapping doesn't know; returns its key."""
    (record,) = flow.syspro.admin.event("new_invoices", n=1)
    key: list[str] = record["key"]
    flow.syspro.admin.update("ApInvoice", key, Currency="CHF")
    return key


def in_francs(flow: ChaosFlow) -> list[Record]:
    """What has arrived in that currency."""
    return [(line["Invoice"],) for line in flow.lines() if line["Currency"] == "CHF"]


def francs_are_mapped(flow: ChaosFlow) -> None:
    """Somebody mends the mapping."""
    mapping = flow.files() / "ap_invoices.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("[EUR, USD,", "[EUR, CHF, USD,"))


def odd_dates(flow: ChaosFlow) -> None:
    """Post-dated, without a date, at the lower edge of the window; and the source's clock goes back over midnight."""
    admin = flow.syspro.admin
    admin.event("new_invoices", n=1)
    flow.run()
    assert flow.watermark()[:10] == "2026-04-01", "the source's clock is ten minutes ahead of midnight"
    flow.syspro.server.company._now -= timedelta(minutes=10)
    admin.event("new_invoices", n=1)
    admin.event("post_dated_invoice")
    (undated,) = admin.event("new_invoices", n=1)
    admin.update("ApInvoice", undated["key"], JournalDate=None)
    # 35 days of lookback below the watermark; no longer open, so that only the window finds it.
    (edge,) = admin.event("new_invoices", n=1)
    admin.update("ApInvoice", edge["key"], JournalDate="2026-02-25T00:00:00", MthInvBal1="0")
    flow.run()
    flow.check_arrived(flow.source())
    assert flow.watermark()[:10] == "2026-04-01"
    admin.advance(days=2)
    admin.event("new_invoices", n=1)
    flow.run()
    flow.check_each_once()


SCENARIOS = (
    Scenario("a_later_version_goes_through", a_later_version_goes_through),
    Scenario("closed_by_a_person", closed_by_a_person),
    Scenario("killed_while_it_is_carried", killed_while_it_is_carried, {"retries": 1}),
    Scenario("odd_dates", odd_dates, company={"start": datetime(2026, 4, 1, 0, 5)}),  # noqa: DTZ001 - local
)


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_each_record_once(plays: dict[str, Future[None]], name: str) -> None:
    plays[name].result()
