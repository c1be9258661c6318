"""An alert is told once, and as long as nobody has taken it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine.alerting import tell, warn
from airflow_provider_mlconnector.ledger import alerts
from tests.support.engine_looks import told
from tests.support.engine_world import World

DUE = "change the key by 2026-04-30, in 9 days"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_warning_is_told_once_until_it_is_gone(world: World) -> None:
    warn(world.ledger, "partner", [DUE])
    warn(world.ledger, "other", [DUE])
    assert told(world) == [f"partner: {DUE}"]
    warn(world.ledger, "partner", [DUE.replace("9 days", "8 days")])
    assert told(world) == []
    warn(world.ledger, "partner", [])
    with world.ledger.read() as connection:
        assert [alert.cause.split(":")[1] for alert in alerts.opened(connection)] == ["other"]
    warn(world.ledger, "partner", [DUE.replace("2026", "2027")])
    assert len(told(world)) == 1


def test_what_a_notifier_refuses_is_told_again(world: World) -> None:
    def refuse(_alert: str) -> None:
        raise OSError("no chat")

    warn(world.ledger, "partner", [DUE])
    with pytest.raises(OSError, match="no chat"):
        tell(world.context("1"), "partner", refuse)
    assert told(world) == [f"partner: {DUE}"]
