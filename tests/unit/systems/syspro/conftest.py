from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig, from_fields
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from tests.support.stub_server import Stub, running_stub

OPERATOR_PASSWORD = "op-pass-4711"
COMPANY_PASSWORD = "co-pass-0815"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as made:
        yield made


@pytest.fixture
def config_for() -> Callable[..., SysproConfig]:
    def make(url: str, **extra: object) -> SysproConfig:
        given = {"company_password": COMPANY_PASSWORD, "read_attempts": 3, **extra}
        return from_fields(url, "MLCONN", OPERATOR_PASSWORD, "EDU1", None, given)

    return make


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=120) as running:
        yield running


Connect = Callable[..., SysproConnection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[SysproConnection] = []

    def make(sandbox: SysproSandbox, **extra: object) -> SysproConnection:
        given: dict[str, object] = {
            "odata_login": sandbox.odata_user,
            "odata_password": sandbox.odata_password,
            "time_zone": sandbox.zone,
            "page_size": 25,
            "read_attempts": 3,
            **extra,
        }
        password = str(given.pop("password", sandbox.password))
        company = str(given.pop("company", sandbox.company))
        config = from_fields(sandbox.base_url, sandbox.operator, password, company, None, given)
        made.append(SysproConnection(config, sleep=lambda seconds: None))
        return made[-1]

    yield make
    for connection in made:
        connection.close()
