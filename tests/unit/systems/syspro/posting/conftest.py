from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.posting import making
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from airflow_provider_mlconnector.systems.syspro.session import DirectSession
from tests.unit.systems.syspro.conftest import Connect

Target = Callable[..., SysproTarget]
SUPPLIER = "0009001"


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=40, hard=False) as running:
        running.admin.event("new_supplier", supplier=SUPPLIER, name="Acme")
        yield running


@pytest.fixture
def target(sandbox: SysproSandbox, connect: Connect) -> Iterator[Target]:
    sessions: list[DirectSession] = []

    def make(
        kind: str = "ap_invoices", *, connection: SysproConnection | None = None, **settings: object
    ) -> SysproTarget:
        used = connection or connect(sandbox)
        sessions.append(used.direct_session())
        return making.target(used, kind, PostingSettings.model_validate(settings), sessions[-1])

    yield make
    for session in sessions:
        session.close()
