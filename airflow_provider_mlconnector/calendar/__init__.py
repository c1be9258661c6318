"""Close calendars: fiscal periods, and the business day on which a closed period is worked on."""

from __future__ import annotations

from airflow_provider_mlconnector.calendar.close import CloseCalendar, CloseRun, next_runs
from airflow_provider_mlconnector.calendar.periods import Period

__all__ = ["CloseCalendar", "CloseRun", "Period", "next_runs"]
