"""The built wheel, installed with the lock of each Airflow minor into an environment of its own, as a user does it."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.configuration_options import OPTIONS
from airflow_provider_mlconnector.connection_forms import connection_type

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".venv-install"
NAME = "airflow-provider-mlconnector"
MINORS = ("3.1", "3.2", "3.3")
SYSPRO_FIELDS = connection_type("syspro")["conn-fields"]

pytestmark = [
    pytest.mark.slow(reason="installs whole Airflows and starts their command line"),
    pytest.mark.timeout(600),
]

FORM_OF_31 = """
import json
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
form = next(meta for meta in HookMetaService.hook_meta_data() if meta.connection_type == "syspro")
print(json.dumps(form.model_dump(mode="json")))
"""


@dataclass(frozen=True)
class Installed:
    """An environment with one Airflow and our wheel.

    Attributes:
        minor: Airflow's minor version.
        folder: the virtual environment.
        home: an Airflow home that belongs to the test.
    """

    minor: str
    folder: Path
    home: Path

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the environment's programs; returns what it wrote to stdout, and fails with all it wrote."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        environment = {
            **kept,
            "HOME": str(self.home),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "COLUMNS": "500",
        }
        command = [str(self.folder / "bin" / program), *arguments]
        done = subprocess.run(
            command, env=environment, cwd=self.home, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert NAME.replace("-", "_") not in done.stderr, done.stderr
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout

    def table(self, *arguments: str) -> list[dict[str, Any]]:
        """Run an `airflow providers` command and return its rows."""
        rows: list[dict[str, Any]] = json.loads(
            self.run("airflow", "providers", *arguments, "-o", "json").splitlines()[-1]
        )
        return rows


def _uv(*arguments: str) -> None:
    own = ROOT / ".venv-uv" / "bin" / "uv"
    program = shutil.which("uv") or str(own)
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(
        [program, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, f"uv {' '.join(arguments)}\n{done.stderr}"


def _interpreter(version: str) -> str | None:
    """The path of an interpreter that starts, on the PATH or among those of pyenv; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    named = shutil.which(f"python{version}")
    for candidate in (named, *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))):
        if candidate and _starts(candidate):
            return candidate
    return None


def _starts(program: str) -> bool:
    # pyenv puts a stand-in on the PATH for versions that are installed but not switched on; it doesn't start.
    return subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0


def _pairs() -> list[tuple[str, str]]:
    """Every Airflow once, spread over the interpreters that are there."""
    found = [version for version in ("3.11", "3.12", "3.13") if _interpreter(version)]
    return list(zip(MINORS, itertools.cycle(found), strict=False))


def _environment(minor: str, version: str) -> Path:
    """A virtual environment with everything of the lock, made once per content of the lock."""
    lock = ROOT / "requirements" / f"airflow-{minor}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"airflow-{minor}-python-{version}"
    done = folder / f"installed-{digest}"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--quiet", "--python", str(_interpreter(version)), str(folder))
        python = str(folder / "bin" / "python")
        _uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(lock))
        done.touch()
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--quiet", "--wheel", "--out-dir", str(folder))
    built = list(folder.glob("*.whl"))
    assert len(built) == 1
    return built[0]


@pytest.fixture(scope="module", params=_pairs(), ids=lambda pair: f"airflow{pair[0]}-python{pair[1]}")
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    minor, version = request.param
    folder = _environment(minor, version)
    python = str(folder / "bin" / "python")
    _uv("pip", "install", "--quiet", "--python", python, "--no-deps", "--reinstall", str(wheel))
    _uv("pip", "check", "--quiet", "--python", python)
    return Installed(minor, folder, tmp_path_factory.mktemp("home"))


def test_wheel_works_in_a_plain_airflow(installed: Installed) -> None:
    assert installed.run("airflow", "version").split()[-1].startswith(f"{installed.minor}.")
    installed.run("airflow", "db", "migrate")

    listed = {row["package_name"]: row for row in installed.table("list")}
    assert listed[NAME]["version"] == "0.1.0"
    (full,) = installed.table("get", NAME, "--full")
    assert full["package-name"] == NAME
    hooks = {row["connection_type"]: row for row in installed.table("hooks")}
    assert hooks["syspro"]["package_name"] == NAME
    assert hooks["syspro"]["conn_id_attribute_name"]

    assert "watermarks" in installed.run("mlconnector", "--help")
    shown = installed.run("airflow", "config", "get-value", "mlconnector", "remember_days")
    assert shown.split()[-1] == OPTIONS["remember_days"]["default"]

    # The command line works without the web parts; a lock that breaks them must not pass.
    installed.run("python", "-c", "from airflow.api_fastapi.app import create_app; create_app()")
    _check_form(installed)


def _check_form(installed: Installed) -> None:
    if installed.minor == "3.1":
        form = json.loads(installed.run("python", "-c", FORM_OF_31).splitlines()[-1])
        assert set(form["extra_fields"]) == set(SYSPRO_FIELDS)
        assert form["extra_fields"]["company_password"]["schema"]["format"] == "password"
        assert form["extra_fields"]["http_method"]["schema"]["enum"] == ["GET", "POST"]
        assert form["extra_fields"]["page_size"]["value"] == SYSPRO_FIELDS["page_size"]["schema"]["default"]
        assert form["standard_fields"]["login"]["title"] == "Operator"
        return
    prefix = "extra__syspro__"
    names = [row["connection_parameter_name"] for row in installed.table("widgets")]
    assert {name.removeprefix(prefix) for name in names if name.startswith(prefix)} == set(SYSPRO_FIELDS)
    assert "syspro" in {row["field_behaviours"] for row in installed.table("behaviours")}
    assert "watermarks" in installed.run("airflow", "mlconnector", "--help")
