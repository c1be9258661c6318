"""How a long reading gets on, in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from airflow_provider_mlconnector.streams.source import Page

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 15.0


def reported(pages: Iterator[Page], stream: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Page]:
    """Pass pages on, and say every 15 seconds and at the end how many rows came how fast.

    Args:
        pages: the pages.
        stream: how the log calls them.
        clock: seconds that only go forward.
    """
    began = told = clock()
    rows = rejected = count = 0
    for page in pages:
        rows += page.rows.num_rows
        rejected += len(page.rejected)
        count += 1
        yield page
        now = clock()
        if now - told >= _EVERY_SECONDS:
            told = now
            _LOG.info("%s: %d rows in %d pages, %.0f rows/s", stream, rows, count, rows / max(now - began, 1e-6))
    taken = clock() - began
    _LOG.info("%s: read %d rows in %d pages, %.1f s, %d unreadable", stream, rows, count, taken, rejected)
