from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paramiko
import pytest

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    IntegrityError,
    MlconnectorError,
    RejectedError,
    TransientError,
)
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp import limits, progress
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.failures import MissingFileError
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

Configured = Callable[..., PartnerConfig]
MEGABYTE = bytes(1_000_000)


def upload(site: PartnerSite, data: bytes = MEGABYTE) -> None:
    site.upload("x.part", io.BytesIO(data), len(data))


@pytest.mark.parametrize("room", [0, 500_000, 999_999])
def test_a_full_disk(configured: Configured, sandbox: SftpSandbox, room: int) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        sandbox.misbehave(disk_full_after=room)
        with pytest.raises(TransientError, match="no space left"):
            upload(site)
        # nothing of ours is left to fill it further, and the session still works
        assert site.list() == []
        sandbox.behave()
        upload(site)


def test_a_full_disk_at_a_small_file(configured: Configured, sandbox: SftpSandbox) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        sandbox.misbehave(disk_full_after=2)
        with pytest.raises(TransientError, match="no space left"):
            site.put_small("x.done", b"done")
        assert site.stat("x.done") is None


def test_a_line_cut_in_mid_file(configured: Configured, sandbox: SftpSandbox) -> None:
    sandbox.misbehave(cut_after_bytes=400_000)
    with (
        PartnerSite(configured(), "/inbound") as site,
        pytest.raises(TransientError, match=r"cut while writing x\.part"),
    ):
        upload(site)
    sandbox.behave()
    with PartnerSite(configured(), "/inbound") as site:
        left = site.stat("x.part")
        assert left is not None
        assert left.size < len(MEGABYTE)


def test_a_line_cut_between_the_rename_and_its_answer(configured: Configured, sandbox: SftpSandbox) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        upload(site)
        sandbox.misbehave(cut_after_rename=True)
        with pytest.raises(TransientError, match="while renaming"):
            site.rename_new("x.part", "x")
    sandbox.behave()
    with PartnerSite(configured(), "/inbound") as site:
        assert [file.name for file in site.list()] == ["x"]


def test_a_partner_who_takes_files_at_once(configured: Configured, sandbox: SftpSandbox, tmp_path: Path) -> None:
    sandbox.misbehave(taken_to=tmp_path / "taken")
    with PartnerSite(configured(), "/inbound") as site:
        upload(site)
        site.rename_new("x.part", "x")
        assert site.stat("x") is None
        assert site.stat("x.part") is None
    assert (tmp_path / "taken" / "x").read_bytes() == MEGABYTE


def test_a_read_only_server(configured: Configured, sandbox: SftpSandbox) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        upload(site)
        sandbox.misbehave(read_only=True)
        steps: list[Callable[[], Any]] = [
            lambda: site.upload("y", io.BytesIO(b"1"), 1),
            lambda: site.rename_new("x.part", "x"),
            lambda: site.remove("x.part"),
            lambda: site.make_folder("archive"),
            lambda: site.put_small("x.done", b"1"),
            lambda: site.set_mode("x.part", 0o600),
        ]
        for step in steps:
            with pytest.raises(RejectedError, match="read-only"):
                step()
        assert site.stat("x.part") is not None


def test_a_folder_that_goes_missing_is_not_taken_for_a_missing_file(
    configured: Configured, sandbox: SftpSandbox
) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        sandbox.misbehave(folder_missing=True)
        steps: list[Callable[[], Any]] = [
            lambda: site.stat("x"),
            lambda: upload(site),
            lambda: site.rename_new("x.part", "x"),
            lambda: site.put_small("x.done", b"1"),
            lambda: site.sha256("x"),
            site.list,
        ]
        for step in steps:
            with pytest.raises(ConfigurationError, match="no folder '/inbound'"):
                step()


@pytest.mark.parametrize("operation", ["open", "write", "close", "stat", "rename", "read", "list", "remove"])
def test_silence_ends(configured: Configured, sandbox: SftpSandbox, operation: str) -> None:
    with PartnerSite(configured(operation_timeout=0.3), "/inbound") as site:
        upload(site, b"1")
        sandbox.misbehave(stall_on=operation)
        steps: dict[str, Callable[[], Any]] = {
            "rename": lambda: site.rename_new("x.part", "x"),
            "read": lambda: site.sha256("x.part"),
            "list": site.list,
            "remove": lambda: site.remove("x.part"),
        }
        with pytest.raises(TransientError, match="did not answer in time"):
            steps.get(operation, lambda: site.upload("y", io.BytesIO(b"1"), 1))()


def test_a_slow_server_is_not_a_silent_one(configured: Configured, sandbox: SftpSandbox) -> None:
    # more than the time limit in all, less than it for any one answer
    sandbox.misbehave(delay=0.1)
    with PartnerSite(configured(operation_timeout=0.5), "/inbound") as site:
        for number in range(3):
            site.upload(f"x{number}", io.BytesIO(b"1"), 1)


def test_a_slow_transfer_is_not_a_silent_one(configured: Configured, sandbox: SftpSandbox) -> None:
    # the answers to what was sent ahead take longer than the time limit in all
    data = bytes(10 * limits.LARGEST_CHUNK)
    with PartnerSite(configured(operation_timeout=0.5), "/inbound") as site:
        sandbox.misbehave(delay=0.1)
        upload(site, data)
        assert site.sha256("x.part") == hashlib.sha256(data).hexdigest()


def test_a_slow_source_is_not_a_silent_server(configured: Configured) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            threading.Event().wait(0.1)
            return super().read(size)

    data = bytes(10 * limits.LARGEST_CHUNK)
    with PartnerSite(configured(operation_timeout=0.5), "/inbound") as site:
        site.upload("x.part", Slow(data), len(data))


def test_a_refused_write_ends_the_upload_soon(configured: Configured, sandbox: SftpSandbox) -> None:
    source = io.BytesIO(bytes(20_000_000))
    with PartnerSite(configured(), "/inbound") as site:
        sandbox.misbehave(disk_full_after=0)
        with pytest.raises(TransientError):
            site.upload("x.part", source, 20_000_000)
    assert source.tell() <= limits.IN_FLIGHT


def test_a_file_is_asked_for_a_stretch_at_a_time(configured: Configured, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(50 * limits.LARGEST_CHUNK)
    with PartnerSite(configured(), "/inbound") as site:
        upload(site, data)
        client, asked = site.session.client, []
        request = client._async_request

        def counted(waiting: object, *wanted: Any) -> int:
            asked.append(wanted[0])
            return request(waiting, *wanted)

        monkeypatch.setattr(client, "_async_request", counted)
        pieces = client.read_stream("/inbound/x.part", len(data))
        first = next(pieces)
        assert asked.count(paramiko.sftp.CMD_READ) == site.session.client.under_way
        assert first + b"".join(pieces) == data


def test_a_server_that_cannot_rename(configured: Configured, sandbox: SftpSandbox) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        upload(site)
        sandbox.misbehave(rename_unsupported=True)
        with pytest.raises(RejectedError, match="does not support renaming"):
            site.rename_new("x.part", "x")
        assert site.stat("x.part") is not None


def test_damage_shows_in_what_is_read_back(configured: Configured, sandbox: SftpSandbox) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        upload(site)
        good = site.sha256("x.part")
        site.remove("x.part")
        sandbox.misbehave(corrupt=True)
        upload(site)
        assert site.sha256("x.part") != good


def test_a_file_that_is_shorter_than_what_was_written(
    configured: Configured, sandbox: SftpSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        write_stream = site.session.client.write_stream

        def then_somebody_cuts_it(*request: Any) -> int:
            written = write_stream(*request)
            (sandbox.root / "inbound" / "x.part").write_bytes(b"1")
            return written

        monkeypatch.setattr(site.session.client, "write_stream", then_somebody_cuts_it)
        with pytest.raises(IntegrityError, match="1 bytes after 1000000"):
            upload(site)


def test_a_file_that_is_gone_when_it_was_written(
    configured: Configured, sandbox: SftpSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PartnerSite(configured(), "/inbound") as site:
        write_stream = site.session.client.write_stream

        def then_somebody_takes_it(*request: Any) -> int:
            written = write_stream(*request)
            (sandbox.root / "inbound" / "x.part").unlink()
            return written

        monkeypatch.setattr(site.session.client, "write_stream", then_somebody_takes_it)
        with pytest.raises(MissingFileError, match="suffix"):
            upload(site)


def test_progress_is_in_the_log(
    configured: Configured, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with PartnerSite(configured(), "/inbound") as site, caplog.at_level(logging.INFO, progress.__package__):
        upload(site)
    lines = [record.getMessage() for record in caplog.records if "x.part" in record.getMessage()]
    assert any("of 1000000 bytes (" in line and "MB/s" in line for line in lines[:-1])
    assert "x.part: 1000000 bytes in" in lines[-1]


def test_no_secret_in_logs_or_errors(
    configured: Configured, sandbox: SftpSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("paramiko").setLevel(logging.DEBUG)
    secret = "s3cr3t pass"
    sandbox.users["acme"] = secret
    with PartnerSite(configured(password=secret), "/inbound") as site:
        upload(site)
    told = []
    for fault in ("reject_auth", "cut_on_auth", "refuse_connections", "never_answer"):
        sandbox.behave()
        sandbox.misbehave(**{fault: True})
        config = configured(password=secret, banner_timeout=0.2, connect_attempts=2)
        with pytest.raises(MlconnectorError) as caught:
            PartnerSite(config, "/inbound", sleep=lambda _: None).__enter__()
        told += [str(caught.value), repr(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)]
    told += [record.getMessage() + str(record.exc_text) for record in caplog.records]
    assert len(told) > 12
    assert secret not in "\n".join(told)
    assert "Traceback" not in "\n".join(told)
