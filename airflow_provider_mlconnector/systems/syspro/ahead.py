"""The next page is fetched and decoded while the one before is being used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from airflow_provider_mlconnector.streams.source import Page


def one_ahead(pages: Generator[Page, None, None]) -> Iterator[Page]:
    """The pages in their order, each asked for by another thread as soon as the one before has been taken.

    Args:
        pages: fetches and decodes; only one thread at a time runs it.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        pending = pool.submit(next, pages, None)
        while (page := pending.result()) is not None:
            pending = pool.submit(next, pages, None)
            yield page
    finally:
        # Behind whatever still runs: a generator can't be closed while it does.
        pool.submit(pages.close)
        pool.shutdown(wait=False)
