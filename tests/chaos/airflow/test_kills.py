"""Tasks killed with SIGKILL at every failure point, and tries that are paused while others finish."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import psutil
import pytest

from tests.chaos.airflow.flow import ChaosFlow
from tests.support.chaos_world import Scenario

pytestmark = [
    pytest.mark.slow(reason="runs in a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(600),
]

Kill = tuple[str, str, int]


def killed(*kills: Kill) -> Callable[[ChaosFlow], None]:
    """A run whose tasks are killed, which Airflow's retries make good; and a run after it."""

    def play(flow: ChaosFlow) -> None:
        for task, point, nth in kills:
            flow.order(task, point, nth=nth)
        flow.run()
        flow.check_each_once()
        another_run(flow)

    return play


def killed_and_cleared(*kills: Kill) -> Callable[[ChaosFlow], None]:
    """The same without retries: somebody clears what has failed."""

    def play(flow: ChaosFlow) -> None:
        for task, point, nth in kills:
            flow.order(task, point, nth=nth)
        flow.clear_failed(flow.run("failed"))
        flow.check_each_once()
        another_run(flow)

    return play


def another_run(flow: ChaosFlow) -> None:
    """A later run brings what is new, and nothing else."""
    flow.syspro.admin.event("new_invoices", n=1)
    flow.syspro.admin.event("late_invoices", n=1, days_back=20)
    flow.run()
    flow.check_each_once()


def paused(point: str) -> Callable[[ChaosFlow], None]:
    """The whole worker of a delivery stands still; another try finishes; then it wakes, and acts at the partner."""

    def play(flow: ChaosFlow) -> None:
        flow.order("deliver", point, "pause_worker")
        run = flow.start()
        task, worker = flow.paused("deliver")
        flow.airflow.mark_failed(flow.name, run, "s.deliver")
        flow.settle(run, "failed")
        flow.clear_failed(run)
        flow.check_each_once()
        before = len(flow.sftp.operations)
        task.resume()
        flow.until(lambda: len(flow.sftp.operations) > before)
        worker.resume()
        flow.until(lambda: gone(task))
        flow.check_each_once()
        another_run(flow)

    return play


def cleared_while_paused(flow: ChaosFlow) -> None:
    """Airflow's supervisor ends a task that is cleared while it stands still: it never wakes."""
    flow.order("deliver", "renaming", "pause")
    run = flow.start()
    task, _ = flow.paused("deliver")
    flow.airflow.clear(flow.name, run, ["s.deliver"], downstream=True)
    flow.until(lambda: gone(task))
    flow.settle(run)
    flow.check_each_once()


def gone(task: psutil.Process) -> bool:
    """Whether a process has ended."""
    try:
        return bool(task.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


# `unmarked`, by its number in a try: of the freeze, of `renaming`, of the confirmation. A try that finds the file there
# already has no second one.
TWICE = {"retries": 2}
SCENARIOS = (
    Scenario(
        "freezing",
        killed(
            ("poll", "window_fixed", 1), ("map", "mapped", 1), ("deliver", "unmarked", 1), ("deliver", "verified", 1)
        ),
        TWICE,
    ),
    Scenario("frozen", killed_and_cleared(("poll", "read", 1), ("deliver", "frozen", 1), ("deliver", "unmarked", 2))),
    Scenario(
        "uploaded",
        killed(
            ("poll", "manifest_written", 1),
            ("format", "formatted", 1),
            ("deliver", "uploaded", 1),
            ("deliver", "renamed", 1),
        ),
        TWICE,
    ),
    Scenario(
        "renaming",
        killed_and_cleared(
            ("poll", "staged", 1),
            ("deliver", "renaming", 1),
            ("deliver", "unmarked", 2),
            ("commit", "ledger_committed", 1),
        ),
    ),
    Scenario(
        "confirming",
        killed(("deliver", "unmarked", 3), ("commit", "tidied", 1)),
        TWICE,
    ),
    Scenario("confirmed", killed_and_cleared(("deliver", "accompanied", 1), ("deliver", "confirmed", 1))),
    Scenario("paused_before_the_rename_is_noted", paused("verified")),
    Scenario("paused_before_the_rename", paused("renaming")),
    Scenario("cleared_while_paused", cleared_while_paused),
)


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_each_record_once(plays: dict[str, Future[None]], name: str) -> None:
    plays[name].result()
