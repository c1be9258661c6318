"""The close calendar: periods, business days after their end, time of day and zone. Pure; knows nothing of Airflow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow_provider_mlconnector.calendar.periods import (
    WEEKDAYS,
    FiscalYears,
    Period,
    PeriodKind,
    Weekday,
    YearName,
    YearStart,
)

_DAY = timedelta(days=1)
_MOST_BUSINESS_DAYS = 60
# Longer than any shutdown; a calendar that leaves no business day for so long is a mistake.
_LONGEST_REST_DAYS = 60
_LEAP_YEAR = 2000


@dataclass(frozen=True)
class CloseRun:
    """One run of a close calendar.

    Attributes:
        period: the closed period that it works on.
        run_after: when it starts, an aware time in the calendar's zone.
    """

    period: Period
    run_after: datetime


@dataclass(frozen=True)
class CloseCalendar:
    """When closed periods are worked on.

    Attributes:
        periods: `monthly`, `weekly`, `4-4-5`, `4-5-4` or `5-4-4`.
        business_days: on which business day after the period's last day; 1 is the first one, 60 the most.
        at: the time of day there, `HH:MM`. A time that daylight saving skips is an hour later, a doubled one the first.
        zone: IANA name of the time zone.
        holidays: days without business beside the weekend: dates, or `MM-DD` for every year.
        weekend: weekdays without business.
        fiscal_year_start: the month, 1 to 12, whose first day nominally begins the fiscal year.
        week_start: the weekday on which weeks begin; not for monthly periods.
        year_start: where a year of whole weeks begins; see `FiscalYears`.
        year_name: what a fiscal year is called by; see `FiscalYears`.

    Raises:
        ValueError: a field holds what can't be; says which.
    """

    periods: PeriodKind = "monthly"
    business_days: int = 1
    at: str = "06:00"
    zone: str = "UTC"
    holidays: tuple[date | str, ...] = ()
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")
    fiscal_year_start: int = 1
    week_start: Weekday = "monday"
    year_start: YearStart = "nearest"
    year_name: YearName = "end"
    # Read by pydantic when a calendar is declared in YAML: a misspelt field is a mistake.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """Check the fields, and bring lists into the form that is stored."""
        object.__setattr__(self, "holidays", tuple(sorted(_holiday(day) for day in self.holidays)))
        object.__setattr__(self, "weekend", tuple(self.weekend))
        _one_of("periods", self.periods, get_args(PeriodKind))
        _one_of("week_start", self.week_start, WEEKDAYS)
        _one_of("year_start", self.year_start, get_args(YearStart))
        _one_of("year_name", self.year_name, get_args(YearName))
        for weekday in self.weekend:
            _one_of("weekend", weekday, WEEKDAYS)
        if not 1 <= self.business_days <= _MOST_BUSINESS_DAYS:
            raise ValueError(f"business_days is {self.business_days}; use 1 to {_MOST_BUSINESS_DAYS}")
        if not 1 <= self.fiscal_year_start <= 12:
            raise ValueError(f"fiscal_year_start is {self.fiscal_year_start}; use a month, 1 to 12")
        if len(set(self.weekend)) == len(WEEKDAYS):
            raise ValueError("weekend leaves no business day in a week")
        _time(self.at)
        _zone(self.zone)

    def period_of(self, moment: datetime) -> Period:
        """The period that an aware moment lies in, in the calendar's zone."""
        return self._years.period_of(moment.astimezone(self._zone).date())

    def before(self, period: Period) -> Period:
        """The period before this one."""
        return self._years.before(period)

    def after(self, period: Period) -> Period:
        """The period after this one."""
        return self._years.after(period)

    def interval(self, period: Period) -> tuple[datetime, datetime]:
        """A period as moments in UTC: from its first midnight to the midnight after its last day."""
        return self._moment(period.start, time()), self._moment(period.end + _DAY, time())

    def run_of(self, period: Period) -> CloseRun:
        """The run that works on a period.

        Raises:
            ValueError: the holidays leave no business day for two months on end.
        """
        day, rest = period.end, 0
        left = self.business_days
        while left:
            day += _DAY
            rest = 0 if self.is_business_day(day) else rest + 1
            left -= rest == 0
            if rest > _LONGEST_REST_DAYS:
                raise ValueError(f"holidays leave no business day in the {rest} days up to {day}")
        return CloseRun(period, self._moment(day, _time(self.at)).astimezone(self._zone))

    def is_business_day(self, day: date) -> bool:
        """Whether a day is neither weekend nor holiday."""
        text = day.isoformat()
        return WEEKDAYS[day.weekday()] not in self.weekend and not {text, text[5:]} & set(self.holidays)

    def latest_due(self, moment: datetime) -> CloseRun:
        """The newest run that is due at an aware moment."""
        run = self.run_of(self.before(self.period_of(moment)))
        while run.run_after > moment:
            run = self.run_of(self.before(run.period))
        return run

    def as_dict(self) -> dict[str, Any]:
        """All fields in JSON's types."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Self:
        """The calendar that `as_dict` has described."""
        return cls(**fields)

    @cached_property
    def _years(self) -> FiscalYears:
        return FiscalYears(self.periods, self.fiscal_year_start, self.week_start, self.year_start, self.year_name)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return _zone(self.zone)

    def _moment(self, day: date, at: time) -> datetime:
        # By way of UTC, a time that daylight saving skips becomes one that exists.
        return datetime.combine(day, at, self._zone).astimezone(UTC)


def next_runs(calendar: CloseCalendar, after: datetime, count: int) -> list[CloseRun]:
    """The next runs of a calendar.

    Args:
        calendar: which calendar.
        after: an aware moment; only runs that start later are listed.
        count: how many.
    """
    period = calendar.after(calendar.latest_due(after).period)
    runs = []
    for _ in range(count):
        runs.append(calendar.run_of(period))
        period = calendar.after(period)
    return runs


def _one_of(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{field} is '{value}'; use {', '.join(known)}")


def _holiday(day: date | str) -> str:
    text = day if isinstance(day, str) else day.isoformat()
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{text}" if len(text) == 5 else text)
    except ValueError:
        raise ValueError(f"holidays holds '{text}'; use dates (2026-12-25), or 12-25 for every year") from None
    return text


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone of its own
    except ValueError:
        raise ValueError(f"at is '{text}'; use HH:MM") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone is '{name}'; use an IANA name, such as Europe/Berlin") from None
