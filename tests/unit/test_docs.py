"""README and docs: every block is loaded by what it is for, every link leads somewhere, nothing is left out."""

from __future__ import annotations

import ast
import doctest
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml
from airflow.sdk import DAG, TaskGroup, Variable
from airflow.timetables.base import TimeRestriction
from sqlalchemy import text

from airflow_provider_mlconnector.cli.console import parser
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.operators.declared_files import mapper_of, profile_of
from airflow_provider_mlconnector.operators.file_stream import file_stream
from airflow_provider_mlconnector.operators.map import MapOperator
from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.systems.intacct import config as intacct
from airflow_provider_mlconnector.systems.intacct.streams import load_streams as of_intacct
from airflow_provider_mlconnector.systems.sftp import config as partner
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig
from airflow_provider_mlconnector.systems.syspro.config import from_fields
from airflow_provider_mlconnector.systems.syspro.posting import settings as posting
from airflow_provider_mlconnector.systems.syspro.streams import load_streams, shipped
from tests.support.pages import PAGES, ROOT, anchors, blocks, shown_commands


def commands() -> Iterator[str]:
    """Every command line of the README."""
    for block in blocks(ROOT / "README.md", "sh"):
        yield from (line for line in block.splitlines() if line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        aim = page.parent / target if target else page
        assert aim.exists(), target
        assert not anchor or anchor in anchors(aim), f"{target}#{anchor}"


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
        loaded = of_intacct(block) if "stream: shipments" in block else load_streams(block)
        assert {"contracts", "shipments"} & set(loaded)


def test_posting_settings_as_shown_are_accepted() -> None:
    shown = [yaml.safe_load(block) for block in blocks(ROOT / "docs" / "posting.md", "yaml")]
    assert {name for each in shown for name in each} == {"error_rules", "payment"}
    for each in shown:
        posting.read(each)


def test_sql_examples_run(tmp_path: Path) -> None:
    found = [block for page in PAGES for block in blocks(page, "sql")]
    assert len(found) >= 13
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").read() as connection:
        for block in found:
            connection.execute(text(block)).all()


@pytest.mark.parametrize(
    "block",
    blocks(ROOT / "docs" / "sandbox.md", "python"),
    ids=["syspro", "intacct", "stampli", "trading_partner", "sftp"],
)
def test_the_sandboxs_examples_run(block: str) -> None:
    exec(compile(block, "sandbox.md", "exec"), {})  # noqa: S102 - our own page


def connection_examples() -> list[dict[str, Any]]:
    """The connections that the page shows as JSON and as URIs, in the form of the JSON ones."""
    page = ROOT / "docs" / "connections.md"
    found = [json.loads(block) for block in blocks(page, "json")]
    for block in blocks(page, "text"):
        if block.startswith("$ "):
            continue
        uri = urlsplit(block.strip())
        found.append(
            {
                "conn_type": uri.scheme,
                "host": uri.hostname,
                "port": uri.port,
                "login": unquote(uri.username or ""),
                "password": unquote(uri.password or ""),
                "schema": uri.path[1:],
                "extra": dict(parse_qsl(uri.query)),
            }
        )
    return found


@pytest.mark.parametrize("shown", connection_examples(), ids=lambda shown: shown["conn_type"])
def test_connections_that_are_shown_are_accepted(shown: dict[str, Any]) -> None:
    given = {name: shown.get(name) for name in ("host", "login", "password", "schema", "port", "extra")}
    if shown["conn_type"] == "syspro":
        assert from_fields(**given).time_zone == "Europe/Berlin"  # type: ignore[arg-type]  # as the page has them
    elif shown["conn_type"] == "intacct":
        config = intacct.from_fields(**given)  # type: ignore[arg-type]  # likewise
        assert (config.endpoint, config.deletes) == (intacct.ENDPOINT, "audit")
    else:
        server = (shown["host"], shown.get("port"), shown["login"], shown.get("password"))
        of_files = set(StampliConfig.model_fields) if shown["conn_type"] == "stampli" else set()
        sign_in = {name: value for name, value in shown["extra"].items() if name not in of_files}
        assert partner.PartnerConfig.from_fields(*server, sign_in).pinned
        assert StampliConfig.from_fields(shown["extra"]).settle_seconds == 30


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "edi.md"], ids=lambda page: page.name)
def test_what_is_shown_of_edi_makes_tasks(page: Path) -> None:
    found = [block for block in blocks(page, "python") if "partner=" in block or "Acknowledge" in block]
    with DAG("shown", schedule=None) as dag:
        for block in found:
            scope: dict[str, Any] = {"file_stream": file_stream, "HERE": ROOT / "dags" / "intacct_to_sftp"}
            exec(compile(block, page.name, "exec"), scope)  # noqa: S102 - our own page
            for made in [value for name, value in scope.items() if name in ("bills", "acknowledgments")]:
                if not isinstance(made, TaskGroup):
                    made()
    assert len(dag.task_ids) == {"README.md": 5, "edi.md": 6}[page.name]
    for task in dag.tasks:
        for profile in [getattr(task, "partner", ""), *getattr(task, "profiles", ())]:
            assert not profile or profile_of(str(ROOT / "dags" / profile)).partner == "acme"


def test_the_hooks_example_reads(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = [each for each in blocks(ROOT / "docs" / "operators.md", "python") if "IntacctHook" in each]
    scope: dict[str, Any] = {}
    exec(compile(block, "operators.md", "exec"), scope)  # noqa: S102 - our own page
    with IntacctSandbox(scale=10) as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_INTACCT_DEFAULT", json.dumps(wiring.intacct(sandbox)))
        scope["vendors"]()
    assert "'V00001', 'V00002'" in capsys.readouterr().out


def test_overrides_that_are_shown_fit_a_stream() -> None:
    (block,) = blocks(ROOT / "docs" / "streams.md", "python")
    scope: dict[str, Any] = {}
    exec(compile(block, "streams.md", "exec"), scope)  # noqa: S102 - our own page
    merged = {**shipped()["ap_invoices"].model_dump(exclude_unset=True), **scope["poll"]["overrides"]}
    assert StreamDeclaration.model_validate(merged).via == "enet"


@pytest.mark.parametrize("command", shown_commands())
def test_a_command_that_is_shown_is_one(command: str) -> None:
    assert parser().parse_args(shlex.split(command)).function


def test_the_readmes_commands_are_there() -> None:
    """They run in `tests/integration`, where `test_readme_commands.py` says by which test."""
    for command in commands():
        words = command.split()
        if words[0] == "make":
            done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            assert command.startswith(("python -m pip wheel", "python -m pip install dist/", "airflow providers list"))


def test_the_close_calendars_examples_work(tmp_path: Path) -> None:
    page = ROOT / "docs" / "close_calendar.md"
    (declared,) = blocks(page, "yaml")
    (tmp_path / "close.yaml").write_text(declared, encoding="utf-8")
    of_a_dag, of_a_file = blocks(page, "python")
    scope: dict[str, Any] = {}
    exec(compile(of_a_dag, "close_calendar.md", "exec"), scope)  # noqa: S102 - our own page
    assert scope["month_end"]().timetable.calendar == scope["CLOSE"]
    scope = {"__file__": str(tmp_path / "dag.py")}
    exec(compile(of_a_file, "close_calendar.md", "exec"), scope)  # noqa: S102 - our own page
    assert scope["CLOSE"].zone == "America/Chicago"


def test_a_mapping_of_a_variable_loads_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "mappings.md"
    texts = {"syspro_gl_mapping": blocks(page, "yaml")[-1]}
    monkeypatch.setattr(Variable, "get", texts.__getitem__)
    (block,) = blocks(page, "python")
    scope: dict[str, Any] = {}
    exec(compile(block, "mappings.md", "exec"), scope)  # noqa: S102 - our own page
    with DAG("from_a_variable", schedule=None) as dag:
        scope["gl_postings"]()
    task = dag.get_task("gl_postings.map")
    assert isinstance(task, MapOperator)
    mapper_of(task.mapping, {"company": "EDU1"})


def test_a_schedule_for_backfills_gives_each_run_its_day() -> None:
    block, _ = blocks(ROOT / "docs" / "running.md", "python")
    scope: dict[str, Any] = {}
    exec(compile(block, "running.md", "exec"), scope)  # noqa: S102 - our own page
    run = scope["dag"].timetable.next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(earliest=scope["dag"].start_date, latest=None, catchup=True),
    )
    assert run is not None
    assert (run.data_interval.end - run.data_interval.start).in_hours() == 24


def test_a_notifier_as_shown_can_be_called(capsys: pytest.CaptureFixture[str]) -> None:
    _, block = blocks(ROOT / "docs" / "running.md", "python")
    scope: dict[str, Any] = {}
    exec(compile(block, "running.md", "exec"), scope)  # noqa: S102 - our own page
    with DAG("told", schedule=None) as dag:
        pass
    scope["tell"]({"dag": dag, "alert": "clear run 7"})
    assert capsys.readouterr().out == "told: clear run 7\n"
