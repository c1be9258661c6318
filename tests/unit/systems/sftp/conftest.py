from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig

PASSWORD = "correct horse battery"


class Pauses(list[float]):
    """Stands in for `time.sleep`: takes no time, and remembers how long it should have."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path / "partner", {"acme": PASSWORD}) as server:
        (server.root / "inbound").mkdir()
        yield server


@pytest.fixture
def configured(sandbox: SftpSandbox) -> Callable[..., PartnerConfig]:
    """Makes a configuration for the sandbox; keywords are extras, `password` the field."""

    def make(password: str | None = PASSWORD, **extra: Any) -> PartnerConfig:
        extras = {"host_key": sandbox.host_key, "operation_timeout": 5, **extra}
        return PartnerConfig.from_fields(sandbox.host, sandbox.port, "acme", password, extras)

    return make
