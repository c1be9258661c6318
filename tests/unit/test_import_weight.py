"""Airflow imports these modules in every process that parses a DAG, so importing them must cost next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from airflow_provider_mlconnector.provider_info import get_provider_info

HEAVY = {
    "airflow_provider_mlconnector.declared",
    "airflow_provider_mlconnector.engine",
    "airflow_provider_mlconnector.formats",
    "airflow_provider_mlconnector.ledger",
    "airflow_provider_mlconnector.mapping",
    "airflow_provider_mlconnector.pipeline",
    "airflow_provider_mlconnector.sandbox",
    "airflow_provider_mlconnector.staging",
    "airflow_provider_mlconnector.streams",
    "airflow_provider_mlconnector.systems",
    "alembic",
    "asyncssh",
    "cryptography",
    "httpx",
    "lxml",
    "paramiko",
    "psycopg2",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "tenacity",
    "yaml",
}
# What any DAG file has loaded anyway before it comes to our import.
BASELINE = "from airflow.sdk import BaseHook, BaseOperator"


@cache
def _loaded_after(code: str) -> frozenset[str]:
    report = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True, timeout=120)
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def _added_by(module: str) -> set[str]:
    return set(_loaded_after(f"{BASELINE}\nimport {module}") - _loaded_after(BASELINE))


def _heavy(modules: set[str]) -> set[str]:
    return {name for name in modules if any(name == heavy or name.startswith(f"{heavy}.") for heavy in HEAVY)}


def _operators() -> list[str]:
    return [module for entry in get_provider_info()["operators"] for module in entry["python-modules"]]


@pytest.mark.parametrize("module", _operators())
def test_importing_an_operator_loads_nothing_heavy(module: str) -> None:
    added = _added_by(module)
    assert module in added
    assert _heavy(added) == set()


def test_importing_the_syspro_hook_loads_nothing_heavy() -> None:
    assert _heavy(_added_by("airflow_provider_mlconnector.hooks.syspro")) == set()


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    command_line, _, _ = get_provider_info()["cli"][0].rpartition(".")
    baseline = "from airflow.cli.cli_config import ActionCommand, GroupCommand"
    added = _loaded_after(f"{baseline}\nimport {command_line}") - _loaded_after(baseline)
    assert _heavy(set(added)) == set()


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    baseline = "from airflow.providers.common.compat.sdk import AirflowPlugin\nimport airflow.timetables.base"
    added = _loaded_after(f"{baseline}\nimport airflow_provider_mlconnector.plugin") - _loaded_after(baseline)
    assert _heavy(set(added)) == set()


def test_the_check_sees_what_is_heavy() -> None:
    added = _added_by("airflow_provider_mlconnector.streams.columns")
    assert "pyarrow" in _heavy(added)
