"""The commands of README and docs, as a person types them, in an Airflow home of their own.

Building and installing the wheel needs a package index, and is run by `test_install.py`; `make demo` and `make up` by
`test_demo.py` and `test_up.py`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAME = "airflow-provider-mlconnector"

pytestmark = [pytest.mark.slow(reason="starts Airflow's command line"), pytest.mark.timeout(300)]

PARSE = """
import json, sys
from airflow.cli.cli_parser import get_parser
parser = get_parser()
for words in json.load(sys.stdin):
    print(parser.parse_args(words).func is not None, *words)
"""


def commands() -> list[str]:
    found = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return [line for block in found for line in block.splitlines() if line]


def shown_to_airflow() -> list[list[str]]:
    """The arguments of every `airflow ...` that a page shows after a prompt."""
    found = [re.findall(r"^\$ airflow (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES]
    return [shlex.split(command) for commands_of_page in found for command in commands_of_page]


def run(home: Path, *command: str, given: str = "") -> str:
    """Run a command of the environment of these tests, in `home`; returns what it wrote to stdout."""
    kept = {name: os.environ[name] for name in ("LANG", "TZ") if name in os.environ}
    environment = {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "COLUMNS": "500",
    }
    done = subprocess.run(
        command, env=environment, cwd=home, input=given, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_airflow_lists_the_provider(tmp_path: Path) -> None:
    (command,) = [each for each in commands() if each.startswith("airflow ")]
    shown = run(tmp_path, *command.split())
    assert NAME in shown


def test_the_wheel_is_called_what_the_readme_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl"
    for page in PAGES:
        named = re.findall(r"[\w.\-]+\.whl", page.read_text(encoding="utf-8"))
        assert set(named) <= {stem}, page.name
    assert f"python -m pip install dist/{stem}" in commands()


def test_extras_that_are_named_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {extra for page in PAGES for extra in re.findall(r"\.whl\[(\w+)\]", page.read_text(encoding="utf-8"))}
    assert named == set(project["optional-dependencies"])


def test_the_line_that_makes_a_key_makes_one(tmp_path: Path) -> None:
    (line,) = re.findall(r"`python -c \"(.*?)\"`", README)
    assert re.fullmatch(r"[\w\-]{43}=\n", run(tmp_path, sys.executable, "-c", line))


def test_airflow_takes_every_command_that_is_shown(tmp_path: Path) -> None:
    shown = shown_to_airflow()
    assert {words[0] for words in shown} >= {"mlconnector", "dags", "backfill"}
    answers = run(tmp_path, sys.executable, "-c", PARSE, given=json.dumps(shown))
    assert len(re.findall(r"^True ", answers, re.MULTILINE)) == len(shown)


def test_the_sandbox_starts_as_its_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^```sh\n(.*)\n```", page, re.MULTILINE)
    command = [sys.executable, *line.split()[1:]]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline())
            assert addresses["syspro"]["base_url"].startswith("http://127.0.0.1:")
            assert addresses["sftp"]["host_key"].startswith("ssh-ed25519 ")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_the_sandboxs_options_are_those_of_its_page(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    usage = run(tmp_path, sys.executable, "-m", "airflow_provider_mlconnector.sandbox", "--help")
    options = set(re.findall(r"--[a-z\-]+", usage.split("options:")[1])) - {"--help"}
    assert options == set(re.findall(r"`(--[a-z\-]+)`", page.partition("## By itself")[2].partition("\n## ")[0]))
