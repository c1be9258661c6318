"""`calendar next`: the next periods of a close calendar, and when they run."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.cli.output import Lines, listing
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.calendar.close import CloseCalendar


def next_periods(arguments: Namespace) -> Lines:
    """The next periods, with their first and last day and the time at which they run."""
    from airflow_provider_mlconnector.calendar.close import next_runs

    calendar = _calendar(arguments.calendar, arguments.dags_folder)
    rows = [
        {
            "period": run.period.label,
            "from": f"{run.period.start:%Y-%m-%d}",
            "to": f"{run.period.end:%Y-%m-%d}",
            "runs": run.run_after.isoformat(),
        }
        for run in next_runs(calendar, datetime.now(UTC), arguments.count)
    ]
    return listing(rows, arguments.output)


def _calendar(named: str, folder: str) -> CloseCalendar:
    from airflow_provider_mlconnector.calendar.declaration import load_calendar
    from airflow_provider_mlconnector.cli.dag_files import dag_of

    if Path(named).suffix in (".yaml", ".yml"):
        return load_calendar(Path(named))
    calendar: CloseCalendar | None = getattr(dag_of(named, folder).timetable, "calendar", None)
    if calendar is None:
        raise ConfigurationError(f"the schedule of {named} is no close calendar")
    return calendar
