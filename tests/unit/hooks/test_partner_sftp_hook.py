from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import call, create_autospec

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError
from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox

Declare = Callable[..., PartnerSftpHook]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path / "partner", {"acme": "pw"}) as server:
        (server.root / "inbound").mkdir()
        yield server


@pytest.fixture
def declare(sandbox: SftpSandbox, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declares the sandbox as the connection `partner`, as a person would by environment variable."""

    def make(password: str = "pw", **extra: Any) -> PartnerSftpHook:
        fields = {
            "conn_type": "sftp", "host": sandbox.host, "port": sandbox.port, "login": "acme", "password": password,
            "extra": {"host_key": sandbox.host_key, "auth_retries": 0, **extra},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_PARTNER", json.dumps(fields))
        return PartnerSftpHook("partner")

    return make


def test_a_site_from_the_connection(declare: Declare, sandbox: SftpSandbox) -> None:
    with declare().site("/inbound", subfolders=("archive",)) as site:
        site.make_folder("archive")
        site.upload("archive/x", io.BytesIO(b"1"), 1)
    assert (sandbox.root / "inbound" / "archive" / "x").read_bytes() == b"1"


def test_ping_tells_what_it_found(declare: Declare, sandbox: SftpSandbox) -> None:
    (sandbox.root / "inbound" / "x").write_text("1")
    found = declare().ping("/inbound")
    assert found.address == f"acme@127.0.0.1:{sandbox.port}"
    assert found.files == 1
    assert sandbox.fingerprint in found.host_key
    assert found.server.startswith("SSH-2.0-AsyncSSH")
    assert 0 < found.seconds < 30
    assert found.warnings == ()


@pytest.mark.parametrize(("days", "warned"), [(20, False), (10, True), (-1, True)])
def test_a_key_that_is_due_is_warned_of_by_ping_and_in_the_log(declare: Declare, days: int, warned: bool) -> None:
    due = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    hook = declare(rotate_by=due)
    said = create_autospec(logging.Logger, instance=True)
    hook._log = said
    found = hook.ping()
    assert [due in warning for warning in found.warnings] == [True] * warned
    assert said.warning.call_args_list == [call(warning) for warning in found.warnings]


def test_the_test_button(declare: Declare) -> None:
    worked, said = declare().test_connection()
    assert worked
    assert "Signed in" in said
    worked, said = declare(password="wrong").test_connection()
    assert not worked
    assert "refused the sign-in" in said
    assert "wrong" not in said.split("refused")[0]


def test_errors_of_the_connection_come_through(declare: Declare) -> None:
    with pytest.raises(ConfigurationError, match="no_host_key_check"):
        declare(no_host_key_check=True).site()
    with pytest.raises(CredentialsError):
        declare(password="wrong").ping()


def test_it_stays_the_official_connection_type() -> None:
    from airflow.providers.sftp.hooks.sftp import SFTPHook

    from airflow_provider_mlconnector.provider_info import get_provider_info

    assert PartnerSftpHook.conn_type == SFTPHook.conn_type == "sftp"
    assert PartnerSftpHook.default_conn_name == SFTPHook.default_conn_name
    ours = {entry["connection-type"] for entry in get_provider_info().get("connection-types", [])}
    assert "sftp" not in ours
