from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, TransientError
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.failures import MissingFileError, NameTakenError
from airflow_provider_mlconnector.systems.sftp.limits import CHUNK, IN_FLIGHT, LARGEST_CHUNK
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

Configured = Callable[..., PartnerConfig]


@pytest.fixture
def inbound(sandbox: SftpSandbox) -> Path:
    return sandbox.root / "inbound"


@pytest.fixture
def site(configured: Configured) -> Iterator[PartnerSite]:
    with PartnerSite(configured(), "/inbound", subfolders=("archive",)) as entered:
        yield entered


def put(site: PartnerSite, name: str, data: bytes) -> None:
    site.upload(name, io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    "size",
    [0, 1, CHUNK + 1, LARGEST_CHUNK - 1, LARGEST_CHUNK, LARGEST_CHUNK + 1, IN_FLIGHT, 3 * IN_FLIGHT + 7],
)
def test_what_is_uploaded_is_what_lies_there_and_is_read_back(site: PartnerSite, inbound: Path, size: int) -> None:
    data = os.urandom(size)
    put(site, "x.part", data)
    assert (inbound / "x.part").read_bytes() == data
    assert site.sha256("x.part") == hashlib.sha256(data).hexdigest()
    found = site.stat("x.part")
    assert found is not None
    assert (found.name, found.size, found.is_folder) == ("x.part", size, False)


def test_times_are_utc(site: PartnerSite, inbound: Path) -> None:
    (inbound / "x").write_bytes(b"1")
    os.utime(inbound / "x", (1_700_000_000, 1_700_000_000))
    found = site.stat("x")
    assert found is not None
    assert found.modified == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_an_upload_never_replaces_a_file(site: PartnerSite, inbound: Path) -> None:
    (inbound / "x").write_bytes(b"theirs")
    with pytest.raises(NameTakenError, match="x already"):
        put(site, "x", b"ours")
    assert (inbound / "x").read_bytes() == b"theirs"


@pytest.mark.parametrize("announced", [0, 2, 4])
def test_a_source_of_another_size_than_announced(site: PartnerSite, announced: int) -> None:
    with pytest.raises(IntegrityError, match="announced"):
        site.upload("x", io.BytesIO(b"abc"), announced)


def test_a_source_that_breaks_is_not_blamed_on_the_partner(site: PartnerSite) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            raise OSError("stale file handle")

    with pytest.raises(TransientError, match="data to be sent can't be read") as caught:
        site.upload("x", Broken(), 3)  # type: ignore[arg-type]
    assert "127.0.0.1" not in str(caught.value)


def test_renaming_to_a_free_name(site: PartnerSite, sandbox: SftpSandbox, inbound: Path) -> None:
    put(site, "x.part", b"data")
    site.rename_new("x.part", "x")
    assert [path.name for path in inbound.iterdir()] == ["x"]
    assert "posix_rename" not in {done.action for done in sandbox.operations}


@pytest.mark.parametrize("overwrites", [False, True])
def test_renaming_never_overwrites(site: PartnerSite, sandbox: SftpSandbox, inbound: Path, overwrites: bool) -> None:
    sandbox.misbehave(rename_overwrites=overwrites)
    put(site, "x.part", b"this year's")
    (inbound / "x").write_bytes(b"last year's")
    with pytest.raises(NameTakenError):
        site.rename_new("x.part", "x")
    assert (inbound / "x").read_bytes() == b"last year's"
    assert (inbound / "x.part").read_bytes() == b"this year's"


def test_a_name_taken_between_the_look_and_the_rename(
    site: PartnerSite, inbound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "x.part", b"ours")
    rename = site.session.client.rename

    def somebody_is_faster(old: str, new: str) -> None:
        (inbound / "x").write_bytes(b"theirs")
        rename(old, new)

    monkeypatch.setattr(site.session.client, "rename", somebody_is_faster)
    with pytest.raises(NameTakenError):
        site.rename_new("x.part", "x")
    assert (inbound / "x").read_bytes() == b"theirs"


def test_a_broken_link_or_a_folder_takes_a_name_too(site: PartnerSite, inbound: Path) -> None:
    (inbound / "link").symlink_to("nowhere")
    (inbound / "folder").mkdir()
    put(site, "x.part", b"ours")
    for name in ("link", "folder"):
        with pytest.raises(NameTakenError):
            site.rename_new("x.part", name)


def test_links_are_followed(configured: Configured, sandbox: SftpSandbox, inbound: Path) -> None:
    (inbound / "x").write_bytes(b"123")
    (inbound / "link").symlink_to("x")
    (sandbox.root / "linked").symlink_to("inbound")
    with PartnerSite(configured(), "/linked") as site:
        found = site.stat("link")
    assert found is not None
    assert found.size == 3


def test_renaming_what_is_not_there(site: PartnerSite) -> None:
    with pytest.raises(MissingFileError, match=r"x\.part"):
        site.rename_new("x.part", "x")


def test_hashing_what_is_not_there(site: PartnerSite) -> None:
    with pytest.raises(MissingFileError):
        site.sha256("x")


def test_a_missing_file_is_none(site: PartnerSite) -> None:
    assert site.stat("x") is None


def test_removing_twice(site: PartnerSite) -> None:
    put(site, "x", b"1")
    assert site.remove("x") is True
    assert site.remove("x") is False


def test_listing_tells_files_only_in_order(site: PartnerSite, inbound: Path) -> None:
    (inbound / "archive").mkdir()
    for name in ("b", "a", "ü"):
        put(site, name, b"12")
    assert [(file.name, file.size) for file in site.list()] == [("a", 2), ("b", 2), ("ü", 2)]


def test_the_mode(site: PartnerSite, inbound: Path) -> None:
    put(site, "x", b"1")
    site.set_mode("x", 0o640)
    assert (inbound / "x").stat().st_mode & 0o777 == 0o640
    with pytest.raises(MissingFileError):
        site.set_mode("y", 0o640)


def test_a_folder_is_made_once_and_files_move_into_it(site: PartnerSite, inbound: Path) -> None:
    site.make_folder("archive")
    site.make_folder("archive")
    put(site, "x", b"1")
    site.rename_new("x", "archive/x")
    assert site.stat("archive/x") is not None
    assert (inbound / "archive" / "x").read_bytes() == b"1"
    put(site, "y", b"1")
    with pytest.raises(NameTakenError):
        site.make_folder("y")


def test_moving_into_a_folder_that_is_missing(site: PartnerSite) -> None:
    put(site, "x", b"1")
    with pytest.raises(ConfigurationError, match="archive"):
        site.rename_new("x", "archive/x")


def test_a_sidecar_is_put_whole_and_again_without_harm(site: PartnerSite, inbound: Path) -> None:
    (inbound / ".x.done.part").write_bytes(b"left over from a killed try, and longer")
    for _ in range(2):
        site.put_small("x.done", b"done")
    assert {path.name: path.read_bytes() for path in inbound.iterdir()} == {"x.done": b"done"}


@pytest.mark.parametrize("there", [b"other", b"d0ne", b""])
def test_a_foreign_sidecar_is_not_replaced(site: PartnerSite, inbound: Path, there: bytes) -> None:
    (inbound / "x.done").write_bytes(there)
    with pytest.raises(NameTakenError):
        site.put_small("x.done", b"done")
    assert (inbound / "x.done").read_bytes() == there


def test_a_sidecar_is_small(site: PartnerSite) -> None:
    with pytest.raises(ValueError, match="put_small"):
        site.put_small("x", bytes(1024 * 1024 + 1))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "/x", "archive/../x", "archive/", "a\\b", "a\nb", "a\0b", "x" * 256]
)
def test_names_that_leave_the_folder_are_refused(site: PartnerSite, sandbox: SftpSandbox, name: str) -> None:
    asked = len(sandbox.operations)
    for step in (
        lambda: site.stat(name),
        lambda: put(site, name, b""),
        lambda: site.rename_new("x", name),
        lambda: site.rename_new(name, "x"),
        lambda: site.remove(name),
        lambda: site.put_small(name, b""),
        lambda: site.set_mode(name, 0o600),
        lambda: site.make_folder(name),
    ):
        with pytest.raises(ConfigurationError, match="name of a remote file"):
            step()
    assert len(sandbox.operations) == asked


def test_a_folder_that_is_missing_is_told_at_once(configured: Configured) -> None:
    with pytest.raises(ConfigurationError, match="'/outbound'"), PartnerSite(configured(), "/outbound"):
        pass


@pytest.mark.parametrize("folder", ["", "/", "inbound", "inbound/", "/inbound/"])
def test_ways_to_write_a_folder(configured: Configured, sandbox: SftpSandbox, folder: str) -> None:
    with PartnerSite(configured(), folder) as site:
        put(site, "x", b"1")
    assert (sandbox.root / folder.strip("/") / "x").exists()


def test_a_site_is_entered_first_and_closed_in_the_end(configured: Configured, sandbox: SftpSandbox) -> None:
    site = PartnerSite(configured(), "/inbound")
    with pytest.raises(RuntimeError):
        site.stat("x")
    with site:
        transport = site.session.transport
    assert not transport.is_active()
    site.close()
