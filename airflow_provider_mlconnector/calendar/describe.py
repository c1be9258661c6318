"""A close calendar in words, for people who look at a DAG."""

from __future__ import annotations

from airflow_provider_mlconnector.calendar.close import CloseCalendar

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_YEAR_STARTS = {"nearest": "nearest to", "on_or_before": "on or before", "on_or_after": "on or after"}


def summary(calendar: CloseCalendar) -> str:
    """The calendar in a few words, as it stands in a list: `monthly close, day +3 06:00 Europe/Berlin`."""
    return f"{calendar.periods} close, day +{calendar.business_days} {calendar.at} {calendar.zone}"


def description(calendar: CloseCalendar) -> str:
    """The calendar in full sentences."""
    return f"{_periods(calendar)} {_runs(calendar)} {_rests(calendar)}"


def _periods(calendar: CloseCalendar) -> str:
    month = _MONTHS[calendar.fiscal_year_start - 1]
    if calendar.periods == "monthly":
        return f"Monthly periods, fiscal year from {month} 1."
    kind = "Weekly" if calendar.periods == "weekly" else calendar.periods
    first = f"the {calendar.week_start.capitalize()} {_YEAR_STARTS[calendar.year_start]} {month} 1"
    return f"{kind} periods, fiscal year from {first}."


def _runs(calendar: CloseCalendar) -> str:
    plural = "s" if calendar.business_days > 1 else ""
    return (
        f"Runs {calendar.business_days} business day{plural} after the period's end, at {calendar.at} {calendar.zone}."
    )


def _rests(calendar: CloseCalendar) -> str:
    weekend = ", ".join(weekday.capitalize() for weekday in calendar.weekend) or "none"
    return f"Weekend: {weekend}; holidays declared: {len(calendar.holidays)}."
