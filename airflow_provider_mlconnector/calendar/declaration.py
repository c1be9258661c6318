"""A close calendar declared in YAML, so that several DAGs share one, with its holidays."""

from __future__ import annotations

from pathlib import Path

from pydantic import RootModel  # noqa: TID253 - only who reads a calendar from YAML imports this module

from airflow_provider_mlconnector.calendar.close import CloseCalendar
from airflow_provider_mlconnector.declared import load  # noqa: TID253


class _Declaration(RootModel[CloseCalendar]):
    """The document is the calendar."""


def load_calendar(source: Path | str) -> CloseCalendar:
    """Read a calendar.

    Args:
        source: a YAML file, or its text; the fields are those of `CloseCalendar`.

    Raises:
        ConfigurationError: it can't be read, or a field is wrong; says file, line and field.
    """
    return load(source, _Declaration, "close calendar").root
