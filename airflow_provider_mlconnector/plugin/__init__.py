"""What this provider adds to Airflow beside hooks and operators, loaded through the `airflow.plugins` entry point."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowPlugin

from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendarTimetable


class MlconnectorPlugin(AirflowPlugin):
    """Registers this provider's timetables, so that Airflow can store and show DAGs that use them."""

    name = "mlconnector"
    timetables: list[Any] = [CloseCalendarTimetable]  # noqa: RUF012 - an Airflow plugin states its parts as class attributes
