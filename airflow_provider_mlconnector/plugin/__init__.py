"""What this provider adds to Airflow beside hooks and operators, loaded through the `airflow.plugins` entry point."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowPlugin


class MlconnectorPlugin(AirflowPlugin):
    """Registers this provider's timetables, so that Airflow can store and show DAGs that use them."""

    name = "mlconnector"
    timetables: list[Any] = []  # noqa: RUF012 - an Airflow plugin states its parts as class attributes
