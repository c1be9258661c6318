from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox


@pytest.fixture
def stampli(tmp_path: Path) -> StampliSandbox:
    """One that nobody reaches over the network."""
    return StampliSandbox(tmp_path / "stampli")
