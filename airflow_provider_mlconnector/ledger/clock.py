"""The ledger's own clock, for its records and for leases; never for a window."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now in UTC, without an offset, as the ledger's columns hold it."""
    return datetime.now(UTC).replace(tzinfo=None)
