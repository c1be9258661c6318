"""What all unit tests share: servers, each started by the first test of a worker that asks for it, and a quick disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from airflow_provider_mlconnector.ledger import database
from tests.servers.postgres import empty_url as empty_url  # noqa: PLC0414 - a fixture
from tests.servers.postgres import ledger_url as ledger_url  # noqa: PLC0414 - a fixture
from tests.servers.postgres import postgres as postgres  # noqa: PLC0414 - a fixture


@pytest.fixture(scope="session", autouse=True)
def without_waiting_for_the_disk() -> Iterator[None]:
    """Nobody pulls the plug here: what is committed, or staged, need not reach the disk before a test goes on."""
    real = database._sqlite

    def quick(*given: Any) -> Engine:
        engine = real(*given)
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_sqlite", quick)
        patch.setattr(os, "fsync", lambda _file: None)
        yield
