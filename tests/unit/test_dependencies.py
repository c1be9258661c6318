from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_provider_mlconnector"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Airflow or its form builder brings it, and only while it is there.
NOT_OURS = {"wtforms"}


def _declared(extras: tuple[str, ...]) -> set[str]:
    optional = PROJECT["optional-dependencies"]
    listed = PROJECT["dependencies"] + [requirement for extra in extras for requirement in optional[extra]]
    return {re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in listed}


def _imported(paths: Iterator[Path]) -> set[str]:
    return {name for path in paths for name in _imported_by(path)} - set(sys.stdlib_module_names) - NOT_OURS


def _imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _distributions(modules: set[str]) -> set[str]:
    known = packages_distributions()
    third_party = modules - {"airflow", "airflow_provider_mlconnector"}
    return {known[module][0].lower().replace("_", "-") for module in third_party}


def test_every_package_that_the_product_imports_is_declared() -> None:
    product = (path for path in PACKAGE.rglob("*.py") if PACKAGE / "sandbox" not in path.parents)
    assert _distributions(_imported(product)) <= _declared(extras=())


def test_every_package_that_the_sandbox_imports_is_declared() -> None:
    assert _distributions(_imported((PACKAGE / "sandbox").rglob("*.py"))) <= _declared(extras=("sandbox",))


def test_every_declared_package_is_used() -> None:
    used = _distributions(_imported(PACKAGE.rglob("*.py")))
    by_name_only = {
        "apache-airflow",
        "apache-airflow-providers-common-compat",
        "apache-airflow-providers-sftp",
        "psycopg2-binary",
        "tzdata",
    }
    assert _declared(extras=("postgres", "sandbox")) - by_name_only <= used


def test_every_lock_pins_every_package_by_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()
        pins = re.findall(r"^[a-z0-9].*$", text, flags=re.MULTILINE)
        assert pins
        assert [pin for pin in pins if not re.match(r"[a-z0-9._-]+==\S+ .*\\$", pin)] == []
        assert re.findall(r"://|--index|--find-links|--extra-index|(?:^|\s)/\w", text) == []
