"""The close calendar under a real scheduler."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendar
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow

pytestmark = [pytest.mark.slow(reason="starts a whole Airflow")]

DAG = """
from airflow.sdk import dag, task
from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendar, CloseCalendarTimetable

@dag(schedule=CloseCalendarTimetable(CloseCalendar(periods="weekly", at="00:00", zone="Europe/Berlin")), catchup=False)
def closing():
    @task
    def show(data_interval_start=None, data_interval_end=None):
        return [str(data_interval_start), str(data_interval_end)]

    show()

closing()
"""


def test_the_scheduler_runs_the_last_closed_period_and_the_ui_shows_the_calendar(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "closing.py").write_text(DAG)
    calendar = CloseCalendar(periods="weekly", at="00:00", zone="Europe/Berlin")
    with ThrowawayAirflow(tmp_path / "home", tmp_path / "dags", schedule=True) as airflow:
        airflow.wait_for_dag("closing")
        shown = airflow.dag("closing")
        assert shown["timetable_summary"] == "weekly close, day +1 00:00 Europe/Berlin"
        assert shown["timetable_description"].startswith("Weekly periods, fiscal year from the Monday nearest")
        expected = calendar.latest_due(datetime.now(UTC)).period
        airflow.unpause("closing")
        deadline = time.monotonic() + 60
        while not airflow.runs("closing") and time.monotonic() < deadline:
            time.sleep(0.1)
        (run_id,) = airflow.runs("closing")
        assert run_id.startswith(f"scheduled__{expected.label}_")
        assert airflow.wait("closing", run_id, 60) == "success"
        start, end = (datetime.fromisoformat(text) for text in airflow.xcoms("closing", run_id)["show"]["return_value"])
        assert (start, end) == calendar.interval(expected)
        manual = airflow.trigger("closing")
        assert f"_{expected.label}_" in manual
