"""The close calendar as an Airflow timetable: one run for each closed period."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime, instance

from airflow_provider_mlconnector.calendar.close import CloseCalendar, CloseRun
from airflow_provider_mlconnector.calendar.describe import description, summary
from airflow_provider_mlconnector.calendar.periods import Period

__all__ = ["CloseCalendar", "CloseCalendarTimetable"]


class CloseCalendarTimetable(Timetable):
    """Runs a DAG on a business day after each period's end; the data interval is the closed period.

    Args:
        calendar: periods, business days, time of day, zone and holidays.
    """

    def __init__(self, calendar: CloseCalendar) -> None:
        self.calendar = calendar
        self.description = description(calendar)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CloseCalendarTimetable) and self.calendar == other.calendar

    def __hash__(self) -> int:
        return hash(self.calendar)

    @property
    def summary(self) -> str:
        """What the UI shows as the DAG's schedule."""
        return summary(self.calendar)

    def serialize(self) -> dict[str, Any]:
        """The calendar in JSON's types, as Airflow keeps it in its database."""
        return self.calendar.as_dict()

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CloseCalendarTimetable:
        """The timetable that `serialize` has described."""
        return cls(CloseCalendar.from_dict(data))

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The last period that has ended, whether or not its own run is due yet."""
        return self._interval(self.calendar.before(self.calendar.period_of(run_after)))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The period after the last one.

        The first is the first period that starts on or after the start date. Without catchup, periods whose successor's
        run is due already are left out.
        """
        candidates = []
        if last_automated_data_interval is not None:
            candidates.append(self._following(last_automated_data_interval))
        if restriction.earliest is not None:
            candidates.append(self._first_from(restriction.earliest))
        if not restriction.catchup:
            candidates.append(self.calendar.latest_due(datetime.now(UTC)).period)
        elif restriction.earliest is None and last_automated_data_interval is None:
            return None
        period = max(candidates, key=lambda candidate: candidate.start)
        info = self._info(self.calendar.run_of(period))
        start = self._interval(period).start
        return None if restriction.latest is not None and start > restriction.latest else info

    def generate_run_id(
        self, *, run_type: Any, run_after: DateTime, data_interval: DataInterval | None, **_extra: Any
    ) -> str:
        """Airflow's own run id with the period in it.

        Besides being readable, it keeps two periods apart whose runs are due at the same moment, after a week of
        holidays.
        """
        suffix = run_after.isoformat()
        if data_interval is not None:
            period = self.calendar.period_of(data_interval.start)
            suffix = f"{period.label}_{suffix}" if self._interval(period) == data_interval else suffix
        return str(run_type.generate_run_id(suffix=suffix))

    def _following(self, last: DataInterval) -> Period:
        period = self.calendar.period_of(last.end)
        # After a change of the calendar the period around the last end may begin where the last one began, and
        # Airflow has one run for each beginning.
        return period if self._interval(period).start > last.start else self.calendar.after(period)

    def _first_from(self, earliest: datetime) -> Period:
        period = self.calendar.period_of(earliest)
        return period if self._interval(period).start >= earliest else self.calendar.after(period)

    def _interval(self, period: Period) -> DataInterval:
        start, end = self.calendar.interval(period)
        return DataInterval(instance(start), instance(end))

    def _info(self, run: CloseRun) -> DagRunInfo:
        # Airflow 3.2 wants fields of its own in the constructor; this one fills them in, in every version.
        info = DagRunInfo.interval(*self._interval(run.period))
        return info._replace(run_after=instance(run.run_after.astimezone(UTC)))
