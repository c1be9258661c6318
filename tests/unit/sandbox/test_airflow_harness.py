from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import CredentialsError, MlconnectorError, RejectedError, TransientError
from airflow_provider_mlconnector.sandbox.airflow.api import Api
from airflow_provider_mlconnector.sandbox.airflow.components import Components
from airflow_provider_mlconnector.sandbox.airflow.settings import (
    HomeSecrets,
    Settings,
    free_port,
    process_environment,
    write_configuration,
)
from airflow_provider_mlconnector.sandbox.airflow.sweep import MARKER, kill_all, survivors

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def settings(home: Path, *, login: bool = False, schedule: bool = False) -> Settings:
    return Settings(
        home=home, dags=home / "dags", port=1234, parallelism=2, database_url="", login=login, schedule=schedule
    )


def written(home: Path) -> ConfigParser:
    parser = ConfigParser()
    parser.read(home / "airflow.cfg")
    return parser


def eventually(holds: Callable[[], bool], timeout: float = 8) -> bool:
    deadline = time.monotonic() + timeout
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_the_users_airflow_is_not_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_THEIRS", "http://secret@host")
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("AIRFLOW_CONFIG", "/elsewhere/airflow.cfg")
    monkeypatch.setenv("_AIRFLOW_SKIP_DB_TESTS", "true")
    monkeypatch.setenv("KEPT", "yes")
    found = process_environment(settings(tmp_path), {"OWN": "1", "AIRFLOW__CORE__PARALLELISM": "9"})
    assert {name: value for name, value in found.items() if "AIRFLOW" in name} == {"AIRFLOW_HOME": str(tmp_path)}
    assert (found["KEPT"], found["OWN"]) == ("yes", "1")


def test_options_go_into_the_file_over_our_own(tmp_path: Path) -> None:
    environment = {"AIRFLOW__CORE__PARALLELISM": "9", "AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS": "a%b", "OWN": "1"}
    write_configuration(settings(tmp_path), environment)
    found = written(tmp_path)
    assert found["core"]["parallelism"] == "9"
    assert found["mlconnector"]["encryption_keys"] == "a%b"
    assert found["core"]["load_examples"] == "False"


@pytest.mark.parametrize("login", [True, False])
def test_without_login_everybody_is_an_administrator(tmp_path: Path, login: bool) -> None:
    write_configuration(settings(tmp_path, login=login), {})
    assert written(tmp_path)["core"].getboolean("simple_auth_manager_all_admins") is not login


@pytest.mark.parametrize("schedule", [True, False])
def test_scheduled_dags_are_paused_at_first(tmp_path: Path, schedule: bool) -> None:
    write_configuration(settings(tmp_path, schedule=schedule), {})
    found = written(tmp_path)
    assert found["scheduler"].getboolean("use_job_schedule") is schedule
    assert found["core"].getboolean("dags_are_paused_at_creation") is schedule


def test_secrets_are_private_and_stay_with_their_home(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = HomeSecrets.of(tmp_path / "one")
    assert HomeSecrets.of(tmp_path / "one") == first
    assert HomeSecrets.of(tmp_path / "two").fernet_key != first.fernet_key
    write_configuration(settings(tmp_path / "one"), {})
    files = [path for path in (tmp_path / "one").iterdir() if path.is_file()]
    assert {path.name for path in files} == {"secrets.json", "passwords.json", "airflow.cfg"}
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_a_free_port_can_be_listened_to(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", free_port()), BaseHTTPRequestHandler) as server:
        assert server.server_port > 0


def test_a_process_that_left_its_group_is_found_by_its_session() -> None:
    script = "import os,time; os.fork() or os.setpgid(0, 0); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    try:
        assert eventually(lambda: len(survivors({process.pid}, "none")) == 2)
    finally:
        kill_all({process.pid}, "none")
        process.wait()
    assert survivors({process.pid}, "none") == []


def test_a_process_that_left_its_session_is_found_by_its_marker() -> None:
    marker = f"marker-{os.getpid()}"
    process = subprocess.Popen(SLEEPER, start_new_session=True, env={**os.environ, MARKER: marker})
    try:
        assert [found.pid for found in survivors(set(), marker)] == [process.pid]
    finally:
        kill_all(set(), marker)
    assert process.wait() == -signal.SIGKILL


def test_what_a_killed_parent_started_is_ended(tmp_path: Path) -> None:
    script = f"""
        import subprocess, sys, time
        from airflow_provider_mlconnector.sandbox.airflow.leash import Leash
        leash = Leash("unused")
        child = subprocess.Popen({SLEEPER!r}, start_new_session=True)
        leash.hold(child.pid)
        print(child.pid, flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert len(survivors({child}, "none")) == 1
        parent.kill()
    assert eventually(lambda: survivors({child}, "none") == [])


def test_a_failing_command_shows_the_end_of_its_log(tmp_path: Path) -> None:
    components = Components(tmp_path, {**os.environ, "AIRFLOW_HOME": str(tmp_path)})
    try:
        with pytest.raises(
            MlconnectorError, match=r"(?s)Airflow's wrong ended with code 2.*invalid choice: 'nonsense'"
        ):
            components.run("wrong", "nonsense", timeout=60)
    finally:
        components.stop()


class FakeAirflow(BaseHTTPRequestHandler):
    """Answers like Airflow's API does, as far as signing in, paging and failing go."""

    failures = 0
    token = "token-1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/auth/token":
            self.answer(201, {"access_token": self.token})
        elif self.headers["Authorization"] != f"Bearer {self.token}":
            self.answer(401, {})
        elif path == "/api/v2/flaky" and type(self).failures > 0:
            type(self).failures -= 1
            self.answer(503, {"detail": "database is locked"})
        elif path == "/api/v2/many":
            offset = int(query.split("offset=")[1])
            self.answer(200, {"rows": [{"n": n} for n in range(250)][offset : offset + 100], "total_entries": 250})
        else:
            self.answer(404 if path == "/api/v2/missing" else 200, {"detail": "as asked"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/auth/token":
            right = body == {"username": "admin", "password": "right"}
            self.answer(201 if right else 401, {"access_token": self.token})
        else:
            type(self).failures -= 1
            self.answer(503 if type(self).failures >= 0 else 409, {"detail": "as asked"})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    FakeAirflow.failures = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeAirflow) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture
def api(server: ThreadingHTTPServer) -> Iterator[Api]:
    opened = Api(f"http://127.0.0.1:{server.server_port}")
    yield opened
    opened.close()


def test_a_collection_is_read_to_its_end(api: Api) -> None:
    assert [row["n"] for row in api.pages("many", "rows")] == list(range(250))


def test_a_get_is_tried_again_when_the_server_is_busy(api: Api) -> None:
    FakeAirflow.failures = 2
    assert api.call("GET", "flaky") == {"detail": "as asked"}


def test_a_post_is_never_tried_again(api: Api) -> None:
    FakeAirflow.failures = 2
    with pytest.raises(TransientError):
        api.call("POST", "anything", json={})
    assert FakeAirflow.failures == 1


def test_a_refusal_says_why(api: Api) -> None:
    with pytest.raises(RejectedError, match=r"409.*as asked"):
        api.call("POST", "anything", json={})
    assert not api.exists("missing")


def test_signing_in(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    assert Api(url, "admin", "right").call("GET", "anything") == {"detail": "as asked"}
    with pytest.raises(CredentialsError, match="admin") as refused:
        Api(url, "admin", "mistaken").call("GET", "anything")
    assert "mistaken" not in str(refused.value)


def test_a_server_that_is_not_there_has_no_health() -> None:
    api = Api(f"http://127.0.0.1:{free_port()}")
    assert api.health() == {}
    with pytest.raises(TransientError):
        api.call("POST", "anything", json={})
