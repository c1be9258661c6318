"""Airflow imports these modules in every process that parses a DAG, so importing them must cost next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
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
KNOWN_AS_HEAVY = "airflow_provider_mlconnector.streams.columns"


COMMANDS = "from airflow.cli.cli_config import ActionCommand, GroupCommand"
PLUGINS = "from airflow.providers.common.compat.sdk import AirflowPlugin\nimport airflow.timetables.base"
# Airflow is imported once; each module then in a process of its own, which has nothing else of ours.
IN_TURN = """
import importlib, json, os, sys
before = set(sys.modules)
for module in sys.argv[1:]:
    if not os.fork():
        importlib.import_module(module)
        print("\\n" + json.dumps([module, sorted(set(sys.modules) - before)]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, module
"""


@cache
def _added_by(baseline: str, *modules: str) -> Mapping[str, set[str]]:
    """What each of these modules loads beyond the baseline."""
    command = [sys.executable, "-c", f"{baseline}\n{IN_TURN}", *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {module: set(added) for module, added in found}


def _heavy(modules: set[str]) -> set[str]:
    return {name for name in modules if any(name == heavy or name.startswith(f"{heavy}.") for heavy in HEAVY)}


def _operators() -> list[str]:
    return [module for entry in get_provider_info()["operators"] for module in entry["python-modules"]]


@pytest.mark.parametrize("module", [*_operators(), "airflow_provider_mlconnector.hooks.syspro"])
def test_importing_what_a_dag_names_loads_nothing_heavy(module: str) -> None:
    added = _in_dag_files()[module]
    assert module in added
    assert _heavy(added) == set()


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    command_line, _, _ = get_provider_info()["cli"][0].rpartition(".")
    assert _heavy(_added_by(COMMANDS, command_line)[command_line]) == set()


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    plugin = "airflow_provider_mlconnector.plugin"
    assert _heavy(_added_by(PLUGINS, plugin)[plugin]) == set()


def test_the_check_sees_what_is_heavy() -> None:
    assert "pyarrow" in _heavy(_in_dag_files()[KNOWN_AS_HEAVY])


def _in_dag_files() -> Mapping[str, set[str]]:
    return _added_by(BASELINE, *_operators(), "airflow_provider_mlconnector.hooks.syspro", KNOWN_AS_HEAVY)
