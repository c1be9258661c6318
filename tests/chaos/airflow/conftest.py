"""One Airflow for all modules of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.servers.postgres import PostgresServer, postgres
from tests.support.chaos_world import ChaosWorld, chaos_world

__all__ = ["postgres"]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[ChaosWorld]:
    with chaos_world(tmp_path_factory.mktemp("chaos"), postgres) as running:
        yield running


@pytest.fixture(scope="module")
def plays(request: pytest.FixtureRequest, world: ChaosWorld) -> dict[str, Future[None]]:
    """How each of the module's scenarios ends; all that were asked for are played at the same time."""
    asked = {item.callspec.params.get("name") for item in request.session.items if item.module is request.module}  # type: ignore[attr-defined]
    name = request.module.__name__.rpartition(".")[2]
    return world.play(name, [scenario for scenario in request.module.SCENARIOS if scenario.name in asked])
