"""Settings of every test run: an Airflow home of its own, and property tests that draw the same examples each time."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

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


class ByServers(LoadScopeScheduling):  # type: ignore[misc]
    """Tests that share servers run in one worker; all others go wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/chaos/airflow/"):
            return "tests/chaos/airflow"
        return file if file.startswith(("tests/chaos/", "tests/integration/")) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServers:
    return ByServers(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)
