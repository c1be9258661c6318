"""The Stampli connection, at a real SFTP server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError
from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
from airflow_provider_mlconnector.hooks.stampli import StampliHook
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox

Declare = Callable[..., StampliHook]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path / "stampli", {"us": "s3cret"}) as server:
        (server.root / "outbound" / "invoices").mkdir(parents=True)
        (server.root / "inbound" / "vendors").mkdir(parents=True)
        yield server


@pytest.fixture
def declare(sandbox: SftpSandbox, monkeypatch: pytest.MonkeyPatch) -> Declare:
    def make(**extra: Any) -> StampliHook:
        fields = {
            "conn_type": "stampli", "host": sandbox.host, "port": sandbox.port, "login": "us", "password": "s3cret",
            "extra": {"host_key": sandbox.host_key, "auth_retries": 0, **extra},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_STAMPLI", json.dumps(fields))
        return StampliHook("stampli")

    return make


def test_the_folders_of_an_entity(declare: Declare, sandbox: SftpSandbox) -> None:
    (sandbox.root / "outbound" / "invoices" / "invoices_1.csv").write_bytes(b"1")
    hook = declare(settle_seconds=5)
    with hook.outbound("invoices") as box:
        assert [file.name for file in box.list()] == ["invoices_1.csv"]
        box.make_folder("archive")
        box.rename_new("invoices_1.csv", "archive/invoices_1.csv")
    with hook.inbound("vendors") as box:
        assert box.list() == []
    assert hook.config().settle_seconds == 5


def test_files_are_delivered_by_the_same_connection(declare: Declare, sandbox: SftpSandbox) -> None:
    folder = declare(settle_seconds=5, patterns={"vendors": ".*"}).config().inbound("vendors")
    with PartnerSftpHook("stampli").site(folder) as site:
        site.upload("vendors_1.csv", io.BytesIO(b"1"), 1)
    assert (sandbox.root / "inbound" / "vendors" / "vendors_1.csv").read_bytes() == b"1"
    declare(settle_second=5)
    with pytest.raises(ConfigurationError, match="settle_second"):
        PartnerSftpHook("stampli").config()


def test_a_folder_that_is_missing_is_said(declare: Declare) -> None:
    with pytest.raises(ConfigurationError, match="payments"), declare().outbound("payments"):
        pass


def test_an_unknown_extra_is_refused(declare: Declare) -> None:
    with pytest.raises(ConfigurationError, match="settle_second"):
        declare(settle_second=5).server()


def test_another_host_key_is_refused(declare: Declare, sandbox: SftpSandbox) -> None:
    hook = declare()
    sandbox.rotate_host_key()
    with pytest.raises(CredentialsError), hook.outbound("invoices"):
        pass


def test_the_test_button_shows_no_secret(declare: Declare) -> None:
    worked, said = declare().test_connection()
    assert worked
    assert "Signed in" in said
    worked, said = declare(archive="burn").test_connection()
    assert not worked
    assert "s3cret" not in said


def test_a_password_that_is_due_is_warned_of(declare: Declare) -> None:
    assert declare().rotation_warnings() == ()
    assert "2020-01-01" in declare(rotate_by="2020-01-01").rotation_warnings()[0]
