from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.systems.intacct.budget import Budget, OwnSpending, forecast
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from tests.unit.systems.intacct.conftest import Connect

MIDDLE = datetime(2026, 4, 16, tzinfo=UTC)


def test_the_request_that_would_break_the_budget_is_not_sent(sandbox: IntacctSandbox, connect: Connect) -> None:
    spending = OwnSpending()
    connection = connect(sandbox, spending, monthly_budget=4, page_size=5)
    with pytest.raises(ConfigurationError, match="budget of 4 Intacct transactions is spent"):
        list(connection.source(shipped()["vendors"]).everything())
    assert len(sandbox.admin.requests()) == spending.spent() == 4


def test_threads_can_not_break_it_together() -> None:
    spending, refused = OwnSpending(), []
    budget = Budget(50, spending)

    def run() -> None:
        for _ in range(20):
            try:
                budget.charge("x")
            except ConfigurationError:
                refused.append(1)

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (spending.spent(), len(refused)) == (50, 50)


def test_without_a_limit_everything_is_only_counted() -> None:
    budget = Budget(0, OwnSpending(), lambda: MIDDLE)
    for _ in range(3):
        budget.charge("x")
    assert budget.report() == "3 Intacct transactions here, 3 this month; at this rate 6 by its end"
    assert budget.warning() == ""


def test_a_month_that_will_break_the_budget_is_warned_of() -> None:
    spending = OwnSpending()
    spending.spend(501)
    budget = Budget(1000, spending, lambda: MIDDLE)
    warning = budget.warning()
    assert "1,000" in warning
    spending.spend(100)
    assert budget.warning() == warning
    spending.spend(-101)
    assert budget.warning() == ""
    assert "500 of 1,000 this month" in budget.report()


def test_what_nothing_counts_is_told_as_such() -> None:
    budget = Budget(10, None, lambda: MIDDLE)
    for _ in range(9):
        budget.charge("x")
    assert budget.report().startswith("9 Intacct transactions here, which Intacct bills and no count")
    assert budget.warning() == ""


@pytest.mark.parametrize(
    ("now", "spent", "expected"),
    [
        (datetime(2026, 4, 1, 0, 5, tzinfo=UTC), 10, 300),
        (datetime(2026, 4, 2, tzinfo=UTC), 10, 300),
        (datetime(2026, 4, 16, tzinfo=UTC), 150, 300),
        (datetime(2026, 4, 30, 23, 59, tzinfo=UTC), 300, 300),
        (datetime(2026, 2, 15, tzinfo=UTC), 0, 0),
    ],
)
def test_the_forecast_goes_by_the_days_that_have_passed(now: datetime, spent: int, expected: int) -> None:
    assert forecast(spent, now) == expected


@given(st.integers(0, 10**7), st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - only the day counts
def test_a_forecast_is_never_below_what_is_spent(spent: int, now: datetime) -> None:
    assert spent <= forecast(spent, now) <= spent * 31
