"""An alert is told once, and as long as nobody has taken it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine.alerting import Scope, of_lane, tell, warn
from airflow_provider_mlconnector.ledger import alerts
from tests.support.engine_looks import told
from tests.support.engine_world import World

DUE = "change the key by 2026-04-30, in 9 days"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def over(world: World, conn_id: str = "partner") -> Scope:
    """A task of the lane, over a connection."""
    return of_lane(world.context("1"), conn_id)


def test_a_warning_is_told_once_until_it_is_gone(world: World) -> None:
    warn(over(world), [DUE])
    warn(over(world, "other"), [DUE])
    assert told(world) == [f"partner: {DUE}"]
    warn(over(world), [DUE.replace("9 days", "8 days")])
    assert told(world) == []
    warn(over(world), [])
    with world.ledger.read() as connection:
        assert [alert.cause.split(":")[1] for alert in alerts.opened(connection)] == ["other"]
    warn(over(world), [DUE.replace("2026", "2027")])
    assert len(told(world)) == 1


def test_what_a_notifier_refuses_is_told_again(world: World) -> None:
    def refuse(_alert: str) -> None:
        raise OSError("no chat")

    warn(over(world), [DUE])
    with pytest.raises(OSError, match="no chat"):
        tell(over(world), refuse)
    assert told(world) == [f"partner: {DUE}"]
