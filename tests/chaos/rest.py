"""Coming to rest: what a person does in the UI until nothing changes any more."""

from __future__ import annotations

import re

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.ledger import alerts
from airflow_provider_mlconnector.operators.lane import run_key
from tests.chaos.play import Player
from tests.chaos.runs import BAD, Run
from tests.chaos.world import BrokenError

TURNS = 40
_NAMED = re.compile(r"Clear (?:the|this run's) (\w+) task")


def come_to_rest(player: Player) -> None:
    """Paused tries end, faults go, failed tasks are cleared as they ask for it, runs follow until nothing changes.

    Raises:
        BrokenError: it never comes to rest.
    """
    world = player.world
    for paused in list(world.paused):
        world.wake(paused)
    world.flow.heal()
    calm = 0
    for _ in range(TURNS):
        if world.stopped:
            return
        before = _state(player)
        _drain(player)
        player.decide()
        if not _cure(player):
            _finish(player, world.airflow.new_run("scheduled"))
            calm = calm + 1 if _state(player) == before else 0
            if calm >= 2 and not world.flow.catch_up() and not player.retry_mended():
                return
    raise BrokenError("stuck", f"it never comes to rest: {_complaints(player)}")


def _state(player: Player) -> object:
    items = [(item.key, item.kind) for item in player.world.items()]
    return len(player.world.flow.arrivals()), items, [run.number for run in _runs(player) if _bad(run)]


def _runs(player: Player) -> list[Run]:
    return list(player.world.airflow.runs.values())


def _bad(run: Run) -> bool:
    return any(state in BAD for state in run.states.values())


def _drain(player: Player) -> None:
    """Every run goes on to its end."""
    for run in _runs(player):
        _finish(player, run)


def _finish(player: Player, run: Run) -> None:
    last = list(player.world.flow.upstream)[-1]
    for _ in range(20):
        if not player.go(run, last):
            break


def _cure(player: Player) -> bool:
    """Clear the first failed task, or what an alert names; returns whether there was one."""
    airflow = player.world.airflow
    for run in _runs(player):
        for task, state in run.states.items():
            if state in BAD:
                named = _NAMED.search(run.errors.get(task, ""))
                airflow.clear(run, airflow.downstream(named[1] if named else task))
                return True
    return _follow_alert(player)


def _follow_alert(player: Player) -> bool:
    """An alert names a run to clear; where that run is no more, its batch is abandoned."""
    world = player.world
    with world.ledger.read() as connection:
        causes = [found.cause for found in alerts.opened(connection)]
    orphans = {int(cause.rsplit(":", 1)[1]) for cause in causes if cause.startswith("orphan:")}
    for batch in world.open_batches():
        if batch.id in orphans:
            named = [run for run in _runs(player) if run_key(world.flow.name, run.dag_id, run.run_id) == batch.run_id]
            for run in named:
                world.airflow.clear(run, world.airflow.downstream(world.flow.sends))
            if not named:
                player.person(lambda batch=batch: people.abandon(world.context(), batch.id, "deleted"))  # type: ignore[misc]
            return True
    return False


def _complaints(player: Player) -> str:
    said = [
        f"run {run.number}, {task}: {error}" for run in _runs(player) for task, error in run.errors.items() if error
    ]
    items = [f"{item.key} ({item.kind}): {item.reason}" for item in player.world.items()]
    return "; ".join([*said, *items])
