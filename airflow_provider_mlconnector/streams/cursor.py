"""Cursors as text that sorts as the cursors do.

A date or time stays naive, in the source's own zone: `2026-03-31T00:00:00.000000`. A rowversion stays the source's own
fixed-width hexadecimal text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import CursorField

_FORM = "%Y-%m-%dT%H:%M:%S.%f"
# SQL Server's first date; systems that have no null show an earlier one for "not set".
FIRST_DATE = "1753-01-01T00:00:00.000000"
LOWEST = ""
_ROWVERSION = re.compile(r"(0x)?[0-9A-Fa-f]+")


def from_clock(clock: datetime, cursor: CursorField, zone: str) -> str:
    """The source's clock as a cursor of its own zone; empty for a rowversion, which no clock bounds.

    Args:
        clock: an aware time.
        cursor: the stream's cursor field; with precision `day` the whole current day lies before the clock.
        zone: IANA name of the zone that the source's naive times are in.
    """
    if cursor.precision == "rowversion":
        return ""
    local = clock.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if cursor.precision == "day":
        local = local.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return local.strftime(_FORM)


def from_time(moment: datetime, zone: str) -> str:
    """A moment as a cursor of this zone, as Airflow's data intervals are turned into windows."""
    return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None).strftime(_FORM)


def from_person(text: str, cursor: CursorField, *, end: bool) -> str:
    """A date or time that a person wrote, as a cursor; a date alone means its beginning, or its end.

    Raises:
        ConfigurationError: it is neither.
    """
    if cursor.precision == "rowversion":
        if not _ROWVERSION.fullmatch(text):
            raise ConfigurationError(f"'{text}' is not a rowversion such as 0x00000000000007D1")
        return text
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ConfigurationError(f"'{text}' is not a date or time such as 2026-03-31 or 2026-03-31T18:00:00") from None
    if end and len(text) == len("2026-03-31"):
        moment += timedelta(days=1, microseconds=-1)
    return moment.strftime(_FORM)


def looked_back(watermark: str, cursor: CursorField) -> str:
    """The lower end of the window above a watermark: as far below it as the stream's lookback says."""
    if cursor.precision != "rowversion" or not watermark:
        return minus(watermark, cursor.lookback)
    prefix, digits = ("0x", watermark[2:]) if watermark.startswith("0x") else ("", watermark)
    # Numbers are given when a row is written, and shown when its transaction commits: a lower one may come late.
    lower = max(int(digits, 16) - cursor.lookback_versions, 0)
    shown = f"{lower:0{len(digits)}x}"
    return prefix + (shown if digits == digits.lower() else shown.upper())


def minus(cursor: str, reach: timedelta) -> str:
    """A date or time moved back; an empty one stays as it is, and nothing falls below the first date."""
    if not cursor:
        return cursor
    moment = datetime.strptime(cursor, _FORM)  # noqa: DTZ007 - naive on purpose
    first = datetime.strptime(FIRST_DATE, _FORM)  # noqa: DTZ007
    return (moment - min(reach, moment - first)).strftime(_FORM) if moment > first else cursor


def texts(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A cursor column as sortable text; null where it is null or the source's blank date."""
    if pa.types.is_temporal(column.type):
        naive = pc.cast(column, pa.timestamp("us"))
        shown = pc.replace_substring(pc.cast(naive, pa.string()), " ", "T")
        return pc.if_else(pc.less(shown, FIRST_DATE), pa.scalar(None, pa.string()), shown)
    return pc.cast(column, pa.string())
