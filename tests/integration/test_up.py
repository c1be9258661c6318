"""`make up`, from its start to Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_mlconnector.sandbox.airflow.api import Api
from airflow_provider_mlconnector.sandbox.airflow.sweep import survivors

pytestmark = [pytest.mark.slow(reason="starts a whole Airflow")]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "airflow_provider_mlconnector.sandbox.up"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def printed(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def test_the_printed_login_opens_an_airflow_with_the_sandbox_connected(
    up: subprocess.Popen[str], tmp_path: Path
) -> None:
    shown = printed(up)
    found = re.search(r"(http://127\.0\.0\.1:\d+)\s+sign in as (\w+) / (\S+)", shown)
    assert found is not None, shown
    api = Api(found[1], found[2], found[3])
    connections = {row["connection_id"]: row for row in api.pages("connections", "connections")}
    assert {"syspro_default", "partner_sftp", "stampli_default"} <= connections.keys()
    assert connections["syspro_default"]["host"] in shown
    for server in ("partner_sftp", "stampli_default"):
        assert f":{connections[server]['port']}" in shown
    assert list((tmp_path / "up-run" / "stampli" / "outbound" / "invoices").glob("*.csv"))
    started = {int(pid) for pid in _children(up.pid)}
    assert len(started) >= 4
    up.send_signal(signal.SIGINT)
    assert up.wait(90) == 0
    assert survivors(started, "none") == []
    assert {path.name for path in tmp_path.iterdir()} == {"up-run"}


def _children(pid: int) -> list[str]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for children in lists for child in children.read_text().split()]
