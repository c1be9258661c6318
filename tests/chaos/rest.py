"""Coming to rest: what a person does in the UI until nothing changes any more."""

from __future__ import annotations

import re

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.ledger import alerts, deliveries
from airflow_provider_mlconnector.operators.lane import run_key
from tests.chaos.play import Player
from tests.chaos.runs import BAD, Run
from tests.chaos.world import BrokenError

TURNS = 40
_GOING = (deliveries.PREPARED, deliveries.RENAMING, deliveries.DOUBT)
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
    for _ in range(TURNS):
        if world.stopped:
            return
        _drain(player)
        player.decide()
        if _cure(player):
            continue
        before = _state(player)
        # The first lane comes last: its last task reads what the partners answer to all.
        answered = [_one_more(player, lane) for lane in reversed(world.lanes)]
        if _state(player) == before and not any(answered) and not player.retry_mended():
            return
    raise BrokenError("stuck", f"it never comes to rest: {_complaints(player)}")


def _state(player: Player) -> object:
    """All that a run looks at: where a whole run of every lane has changed none of it, the next one will not either."""
    world = player.world
    items = [(key, item.kind, item.reason, item.retry_requested) for key, item in world.aside().items()]
    open_batches = [(batch.id, batch.state) for batch in world.open_batches()]
    with world.ledger.read() as connection:
        files = [(file.id, file.state) for file in deliveries.listed(connection, None, 10_000) if file.state in _GOING]
        causes = [found.cause for found in alerts.opened(connection)]
    bad = [run.number for run in _runs(player) if _bad(run)]
    return len(world.flow.arrivals()), world.now_watermarks(), items, open_batches, files, causes, bad


def _one_more(player: Player, lane: str) -> bool:
    """A run of a lane, whose target answers before its last task; returns whether it had anything to answer."""
    run = player.world.airflow.new_run("scheduled", lane=lane)
    player.go(run, list(run.states)[-2])
    answered = player.world.flow.catch_up()
    _finish(player, run)
    return answered


def _runs(player: Player) -> list[Run]:
    return list(player.world.airflow.runs.values())


def _bad(run: Run) -> bool:
    return any(state in BAD for state in run.states.values())


def _drain(player: Player) -> None:
    """Every run goes on to its end."""
    for run in _runs(player):
        _finish(player, run)


def _finish(player: Player, run: Run) -> None:
    last = list(run.states)[-1]
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
                airflow.clear(run, airflow.downstream(run, named[1] if named else task))
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
                world.airflow.clear(run, world.airflow.downstream(run, world.flow.sends))
            if not named:
                player.person(lambda batch=batch: people.abandon(world.context(batch.lane_id), batch.id, "deleted"))  # type: ignore[misc]
            return True
    return False


def _complaints(player: Player) -> str:
    said = [
        f"run {run.number}, {task}: {error}" for run in _runs(player) for task, error in run.errors.items() if error
    ]
    items = [f"{item.key} ({item.kind}): {item.reason}" for item in player.world.items()]
    return "; ".join([*said, *items])
