from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig, from_fields
from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection

SENDER_PASSWORD, USER_PASSWORD = "sender-pass-4711", "user-pass-0815"

Connect = Callable[..., IntacctConnection]
Configure = Callable[..., IntacctConfig]


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def configure() -> Configure:
    def make(host: str = "", **extra: Any) -> IntacctConfig:
        given = {"sender_id": "mlconn", "sender_password": SENDER_PASSWORD, **extra}
        login, password = given.pop("login", "xml_gateway"), given.pop("password", USER_PASSWORD)
        return from_fields(host, login, password, given.pop("schema", "acme"), given.pop("port", None), given)

    return make


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=120) as running:
        yield running


@pytest.fixture
def connect(pauses: Pauses) -> Iterator[Connect]:
    made: list[IntacctConnection] = []

    def make(sandbox: IntacctSandbox, spending: Any = None, **extra: Any) -> IntacctConnection:
        given: dict[str, Any] = {
            "sender_id": sandbox.sender_id,
            "sender_password": sandbox.sender_password,
            "endpoint_hosts": ["127.0.0.1"],
            "time_zone": sandbox.zone,
            "page_size": 25,
            "read_attempts": 3,
            **extra,
        }
        password, company = str(given.pop("password", sandbox.password)), str(given.pop("company", sandbox.company))
        config = from_fields(sandbox.endpoint, sandbox.user, password, company, None, given)
        made.append(IntacctConnection(config, spending, sleep=pauses))
        return made[-1]

    yield make
    for connection in made:
        connection.close()
