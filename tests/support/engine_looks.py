"""What a test looks at in a lane's world: what was sent, what waits, where the watermark is; how a run is killed."""

from __future__ import annotations

from contextlib import suppress

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.engine.alerting import of_lane, tell
from airflow_provider_mlconnector.ledger import alerts, audit, deliveries, exceptions, lanes
from airflow_provider_mlconnector.ledger.deliveries import Delivery
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from tests.support.engine_world import DAY, LANE, START, World
from tests.support.tries import KilledError

POINTS = ("frozen", "uploaded", "verified", "renaming", "renamed", "confirmed", "ledger_committed")


def at(day: int) -> str:
    """A cursor, some days after the start."""
    return (START + day * DAY).strftime("%Y-%m-%dT%H:%M:%S.%f")


def sent(world: World) -> list[tuple[str, str]]:
    """Number and note of everything that has arrived, in order."""
    return [(key.rpartition("INV-")[2], note) for key, _, note in world.site.records()]


def watermark(world: World) -> str:
    """The lane's."""
    with world.ledger.read() as connection:
        lane = lanes.find(connection, LANE)
    return lane.watermark if lane else ""


def items(world: World) -> list[ExceptionItem]:
    """The open exceptions, oldest first."""
    with world.ledger.read() as connection:
        lane = lanes.find(connection, LANE)
        found = exceptions.open_of_lane(connection, lane.id).values() if lane else ()
    return sorted(found, key=lambda item: item.id)


def kinds(world: World) -> dict[str, str]:
    """Which kinds of exceptions are open, by key."""
    return {item.key.rpartition("INV-")[2]: item.kind for item in items(world)}


def files(world: World) -> list[Delivery]:
    """All deliveries, oldest first."""
    with world.ledger.read() as connection:
        return sorted(deliveries.listed(connection, None, 100), key=lambda file: file.id)


def audited(world: World, event: str) -> list[str]:
    """The details of the audit events of one kind, newest first."""
    with world.ledger.read() as connection:
        return [found.detail for found in audit.search(connection, {"event": event}, None, None, 100)]


def open_alerts(world: World) -> list[str]:
    """The causes of the open alerts."""
    with world.ledger.read() as connection:
        return [found.cause for found in alerts.opened(connection)]


def told(world: World) -> list[str]:
    """What the flow's notifiers are told now, and never again."""
    heard: list[str] = []
    tell(of_lane(world.context("", "poll"), "partner"), heard.append)
    return heard


def killed(world: World, run: str, point: str) -> None:
    """A run that is killed at a point; it must come there."""
    came = []

    def reached(name: str) -> None:
        if name == point:
            came.append(name)
            raise KilledError

    failure_points.arm(reached)
    try:
        with suppress(KilledError):
            world.run(run)
    finally:
        failure_points.arm(None)
    if not came:
        raise AssertionError(f"run {run} never came to '{point}'")
