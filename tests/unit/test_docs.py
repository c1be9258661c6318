"""README and docs: every block is loaded by what it is for, every link leads somewhere, nothing is left out."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.cli import tree
from airflow_provider_mlconnector.configuration_options import OPTIONS
from airflow_provider_mlconnector.connection_forms import SYSPRO
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.operators import commit, deliver, file_stream, lane, poll, session
from airflow_provider_mlconnector.operators import format as formatting
from airflow_provider_mlconnector.operators import map as mapping
from airflow_provider_mlconnector.systems.syspro.streams import load_streams, shipped

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATORS = (
    poll.PollOperator,
    mapping.MapOperator,
    formatting.FormatOperator,
    deliver.DeliverOperator,
    commit.CommitOperator,
    session.SysproLogoffOperator,
    lane.LaneOperator,
)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands() -> Iterator[str]:
    """Every command line of the README."""
    for block in blocks(ROOT / "README.md", "sh"):
        yield from (line for line in block.splitlines() if line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_and_json_blocks_are_whole(page: Path) -> None:
    for block in blocks(page, "python"):
        ast.parse(block)
    for block in blocks(page, "json"):
        json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_terminal_sessions_print_what_they_say(page: Path) -> None:
    for block in blocks(page, "pycon"):
        example = doctest.DocTestParser().get_doctest(block, {}, page.name, None, None)
        assert doctest.DocTestRunner().run(example).failed == 0


def test_the_readmes_dag_is_one(tmp_path: Path) -> None:
    dags = [block for block in blocks(ROOT / "README.md", "python") if "DAG(" in block]
    assert len(dags) == 1
    (tmp_path / "dag.py").write_text(f"{dags[0]}\nprint(invoices.dag.task_ids)\n")
    done = subprocess.run([sys.executable, tmp_path / "dag.py"], capture_output=True, text=True, check=True)
    assert "ap_invoices.commit" in done.stdout
    assert "log_off" in done.stdout


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "streams.md"], ids=lambda page: page.name)
def test_streams_in_yaml_are_valid(page: Path) -> None:
    for block in blocks(page, "yaml"):
        assert "contracts" in load_streams(block)


def test_sql_examples_run(tmp_path: Path) -> None:
    found = blocks(ROOT / "docs" / "running.md", "sql")
    assert len(found) >= 4
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").read() as connection:
        for block in found:
            connection.execute(text(block)).all()


def test_the_sandboxs_example_runs() -> None:
    (block,) = blocks(ROOT / "docs" / "sandbox.md", "python")
    exec(compile(block, "sandbox.md", "exec"), {})  # noqa: S102 - our own page


def test_every_option_and_field_and_stream_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in OPTIONS if f"`{name}`" not in readme] == []
    connections = (ROOT / "docs" / "connections.md").read_text(encoding="utf-8")
    assert [name for name in SYSPRO["conn-fields"] if f"| `{name}` |" not in connections] == []
    streams = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
    assert [name for name in shipped() if f"| `{name}` |" not in streams] == []


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    named = [command.name for command in tree.TOP]
    named += [f"{group.name} {command.name}" for group in tree.GROUPS for command in group.commands]
    assert [name for name in named if f"| `{name} " not in page and f"| `{name}`" not in page] == []


@pytest.mark.parametrize("operator", [*OPERATORS, file_stream.file_stream], ids=lambda each: each.__name__)
def test_every_argument_of_an_operator_is_documented(operator: Any) -> None:
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    section = page.split(f"## {operator.__name__}\n")[1].split("\n## ")[0]
    made = operator.__init__ if inspect.isclass(operator) else operator
    names = set(inspect.signature(made).parameters) - {"self", "kwargs", "trigger_rule"}
    assert {name for name in names if f"| `{name}` |" not in section} == set()


def test_the_readmes_commands_are_there() -> None:
    """The wheel's own commands run in `tests/integration/test_install.py`, the demo in `test_demo.py`."""
    for command in commands():
        words = command.split()
        if words[0] == "make":
            done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            assert command.startswith(("python -m pip wheel", "python -m pip install dist/", "airflow providers list"))
