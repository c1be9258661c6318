"""What goes to the partner beside a file: archive copy, sidecar and done file, whatever is killed in between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from airflow_provider_mlconnector.pipeline.sending import Sending
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.support.engine_looks import files, killed
from tests.support.engine_world import World, row
from tests.support.tries import KilledError

PASSWORD = "correct horse battery"
NAME = "invoices-000001.csv"


@dataclass
class Partner:
    """A lane whose partner is a real server, and the partner's people, who may take files away."""

    world: World
    inbound: Path

    def begin(self, sending: Sending) -> None:
        self.world.settings = sending.settings()
        self.world.source.put(row(1))

    def there(self) -> set[str]:
        return {path.name for path in self.inbound.iterdir() if path.is_file()}

    def take(self, *names: str) -> set[str]:
        """Take files away, all that are no longer being written where none are named; what they were."""
        taken = set(names) or {name for name in self.there() if not name.startswith(".")}
        for name in taken:
            (self.inbound / name).unlink()
        return taken


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    with SftpSandbox(tmp_path / "partner", {"acme": PASSWORD}) as server:
        inbound = server.root / "inbound"
        (inbound / "archive").mkdir(parents=True)
        config = PartnerConfig.from_fields(server.host, server.port, "acme", PASSWORD, {"host_key": server.host_key})
        world = World(tmp_path)
        with PartnerSite(config, "/inbound", ["archive"]) as site:
            world.site = site  # type: ignore[assignment]
            yield Partner(world, inbound)


class Dying(io.BytesIO):
    """Bytes whose reader is killed after the first few."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise KilledError
        return super().read(3)


@contextmanager
def dying() -> Iterator[BinaryIO]:
    yield Dying(b"the first of many bytes")


def test_an_archive_copy_that_was_cut_off_is_made_again(partner: Partner) -> None:
    sending = Sending(archive="archive")
    partner.begin(sending)
    killed(partner.world, "1", "renamed")
    with pytest.raises(KilledError):
        sending.settings().accompany(partner.world.site, files(partner.world)[0], dying)
    partner.world.run("1")
    assert (partner.inbound / "archive" / NAME).read_bytes() == (partner.inbound / NAME).read_bytes()


@pytest.mark.parametrize("point", ["accompanied", "confirmed"])
def test_an_archive_copy_is_made_once(partner: Partner, point: str) -> None:
    partner.begin(Sending(archive="archive"))
    killed(partner.world, "1", point)
    before = (partner.inbound / "archive" / NAME).stat()
    partner.world.run("1")
    assert [path.name for path in (partner.inbound / "archive").iterdir()] == [NAME]
    assert (partner.inbound / "archive" / NAME).stat().st_ino == before.st_ino


@pytest.mark.parametrize("removes", [False, True])
def test_a_file_comes_with_its_sidecar_and_its_done_file(partner: Partner, removes: bool) -> None:
    partner.begin(Sending(sidecar=".sha256", done_file=".done", mode=0o640, partner_removes_files=removes))
    partner.world.run("1")
    assert partner.there() == {NAME, f"{NAME}.sha256", f"{NAME}.done"}
    assert (partner.inbound / f"{NAME}.done").read_bytes() == b""
    assert (partner.inbound / NAME).stat().st_mode & 0o777 == 0o640
    assert partner.world.site.sha256(NAME) in (partner.inbound / f"{NAME}.sha256").read_text()


REMOVED = Sending(sidecar=".sha256", done_file=".done", partner_removes_files=True)


@pytest.mark.parametrize("taken", [(), (f"{NAME}.done",), (f"{NAME}.done", NAME)], ids=["all", "done", "done and file"])
def test_a_partner_who_takes_files_away_is_told_once_that_one_is_done(partner: Partner, taken: tuple[str, ...]) -> None:
    partner.begin(REMOVED)
    killed(partner.world, "1", "accompanied")
    assert f"{NAME}.done" in partner.take(*taken)
    before = partner.there()
    partner.world.run("1")
    assert [file.state for file in files(partner.world)] == ["confirmed"]
    assert partner.there() == before


@pytest.mark.parametrize("taken", [(), (NAME,)], ids=["waits", "takes at once"])
def test_a_done_file_that_was_not_put_yet_still_comes(partner: Partner, taken: tuple[str, ...]) -> None:
    partner.begin(REMOVED)
    killed(partner.world, "1", "renamed")
    if taken:
        partner.take(*taken)
    partner.world.run("1")
    assert partner.there() == {NAME, f"{NAME}.sha256", f"{NAME}.done"} - set(taken)


@pytest.mark.parametrize("point", ["uploaded", "verified", "renaming"])
def test_a_done_file_comes_behind_its_file_and_never_ahead_of_it(partner: Partner, point: str) -> None:
    partner.begin(REMOVED)
    killed(partner.world, "1", point)
    assert partner.take() == set()
    partner.world.run("1")
    assert partner.take() == {NAME, f"{NAME}.sha256", f"{NAME}.done"}


def test_a_done_file_comes_for_a_file_that_an_earlier_try_put_there_unseen(partner: Partner) -> None:
    partner.begin(REMOVED)
    killed(partner.world, "1", "frozen")
    with partner.world.staging.open(*staged(partner)) as source:
        (partner.inbound / NAME).write_bytes(source.read())
    partner.world.run("1")
    assert partner.take() == {NAME, f"{NAME}.sha256", f"{NAME}.done"}


def staged(partner: Partner) -> tuple[str, str]:
    return partner.world.xcom["1", "format"]["folder"], files(partner.world)[0].staged_name
