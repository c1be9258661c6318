"""Settings of every test run: an Airflow home of its own, and property tests that draw the same examples each time."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# Airflow reads its home when it is first imported, which a test module may do: it must be set before any is loaded.
AIRFLOW_HOME = tempfile.mkdtemp(prefix="mlconnector-tests-")
os.environ["AIRFLOW_HOME"] = AIRFLOW_HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"

settings.register_profile(
    "derandomized",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("derandomized")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)
