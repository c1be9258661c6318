"""Which period a document is posted in: APSTIN takes it relative to the current one of accounts payable only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from airflow_provider_mlconnector.streams.fingerprint import key_text, key_values
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, only
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings

_LETTERS = ("C", "P", "B")
_MONTHS = 12


class PeriodProblem(ValueError):  # noqa: N818 - becomes a Problem, and is none of Python's
    """The period can't be posted in; the text says why."""


@dataclass(frozen=True, order=True)
class Period:
    """A fiscal year of twelve months, and a period in it."""

    year: int
    number: int

    def __str__(self) -> str:
        """Such as `2026/03`."""
        return f"{self.year}/{self.number:02}"

    @classmethod
    def of_bucket(cls, bucket: str) -> Period:
        """The period that `bucket` has written."""
        year, number = key_values(bucket)
        return cls(int(year), int(number))

    @property
    def bucket(self) -> str:
        """As a text, by which documents are put into calls."""
        return key_text((str(self.year), str(self.number)))

    def before(self, other: Period) -> int:
        """How many periods this one lies before another; negative behind it."""
        return (other.year - self.year) * _MONTHS + other.number - self.number


def mapped(rows: Rows, field: str, settings: PostingSettings) -> Period:
    """The period that a mapped date lies in.

    Raises:
        FieldProblem: the date is missing or none.
    """
    given = only(rows, field)
    if values.blank(given):
        raise FieldProblem(field, "is missing; it says in which period the document is posted")
    try:
        day = date.fromisoformat(values.day(given))
    except values.ValueProblem as problem:
        raise FieldProblem(field, str(problem)) from None
    return of_day(day, settings.first_month, settings.fiscal_year)


def of_day(day: date, first_month: int, fiscal_year: str) -> Period:
    """The period that a day lies in.

    Args:
        day: the day.
        first_month: the calendar month in which the fiscal year begins.
        fiscal_year: whether the year is named by the calendar year in which it `ends` or `begins`.
    """
    number = (day.month - first_month) % _MONTHS + 1
    began = day.year if day.month >= first_month else day.year - 1
    return Period(began + (first_month > 1 and fiscal_year == "ends"), number)


def letter(wanted: Period, current: Period) -> str:
    """APSTIN's name of a period: C current, P previous, B the one before that (sheet 2.1).

    Args:
        wanted: where the document belongs.
        current: ApControl's FinYear and FinPeriod.

    Raises:
        PeriodProblem: it is later than the current one, or earlier than the last but one.
    """
    back = wanted.before(current)
    if back < 0:
        raise PeriodProblem(f"period {wanted} is not open yet: accounts payable stand in {current}")
    if back >= len(_LETTERS):
        raise PeriodProblem(f"period {wanted} is closed: accounts payable stand in {current}, and two before are open")
    return _LETTERS[back]
