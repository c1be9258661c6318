"""Headers of answers: moments, and how long a server asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def waiting(header: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, at least zero; None where it is absent or unreadable."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    moment = date_of(header)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def date_of(header: str | None) -> datetime | None:
    """An HTTP date as an aware UTC time; None where it is absent or unreadable."""
    if not header:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
