"""A ledger of each kind that it may be."""

from __future__ import annotations

import pytest

from airflow_provider_mlconnector.ledger.database import Ledger


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, busy_timeout=10)
