"""One schedule from its beginning to its judgement, and the shortest schedule that still fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_mlconnector.ledger import alerts, deliveries
from tests.chaos import judge
from tests.chaos.flow import Flow
from tests.chaos.play import Player
from tests.chaos.rest import come_to_rest
from tests.chaos.schedule import Action, Schedule
from tests.chaos.workers import Workers
from tests.chaos.world import BrokenError, World

MOST_TRIES = 60
_MEMORY = Path("/dev/shm")  # noqa: S108 - tempfile makes a folder of its own there
_ROOM = 512 * 1024 * 1024
_ORDER = ("doubled", "stuck", "lost")


@dataclass(frozen=True)
class Verdict:
    """What became of a schedule.

    Attributes:
        what: `lost`, `doubled` or `stuck`; empty where everything is as it must be.
        reason: for people.
        stopped: whether it ended because tasks rightly refused a restored ledger.
        tries: how many tries of tasks it had.
    """

    what: str = ""
    reason: str = ""
    stopped: bool = False
    tries: int = 0


def run(flow: Flow, workers: Workers, schedule: Schedule, broken: str = "") -> Verdict:
    """Play a schedule in a world of its own, bring it to rest, and judge.

    Args:
        flow: entered.
        workers: who runs tries.
        schedule: what happens.
        broken: a rule that is broken on purpose.
    """
    home = Path(tempfile.mkdtemp(prefix="chaos-", dir=_fastest()))
    flow.start(home, schedule.traits)
    world = World(flow, schedule.traits, home, workers, broken)
    try:
        player = Player(world)
        player.play(tuple(schedule.actions))
        if not world.stopped:
            come_to_rest(player)
        _judge(world)
        return Verdict(stopped=world.stopped, tries=len(world.outcomes))
    except BrokenError as error:
        return Verdict(error.what, error.reason, tries=len(world.outcomes))
    finally:
        world.clean()
        flow.stop()


def _fastest() -> Path | None:
    """Where folders are made: processes are killed here and no machine is, so no write needs to reach a disk."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM else None


def shortest(
    fails: Callable[[Sequence[Action]], bool], actions: Sequence[Action], most: int = MOST_TRIES
) -> list[Action]:
    """Leave out halves, then quarters, then single actions, as long as it still fails.

    Args:
        fails: whether these actions still fail.
        actions: that fail.
        most: how many tries there are.
    """
    kept, size = list(actions), max(len(actions) // 2, 1)
    while most > 0:
        shrunk = False
        start = 0
        while start < len(kept) and most > 0:
            fewer = kept[:start] + kept[start + size :]
            most -= 1
            if fails(fewer):
                kept, shrunk = fewer, True
            else:
                start += size
        if size == 1 and not shrunk:
            break
        size = max(size // 2, 1)
    return kept


def _judge(world: World) -> None:
    evidence = _evidence(world)
    resting = not world.stopped
    further = list(world.flow.further(world.ledger, resting=resting))
    parts = [("doubled", judge.doubled(evidence))]
    if resting:
        parts += [("stuck", judge.stuck(evidence)), ("lost", judge.lost(evidence))]
        parts += [("lost", judge.counted(world.flow.files(), _told(world), world.flow.held))]
    parts += [(what, iter([reason])) for what, reason in further]
    # What came twice explains most of the rest.
    for what, found in sorted(parts, key=lambda part: _ORDER.index(part[0])):
        reasons = list(found)
        if reasons:
            raise BrokenError(what, "; ".join(reasons))


def _evidence(world: World) -> judge.Evidence:
    history = world.flow.history()
    with world.ledger.read() as connection:
        causes = [found.cause for found in alerts.opened(connection) if not world.flow.may_stay(found.cause)]
    return judge.Evidence(
        history=history,
        arrivals=world.flow.arrivals(),
        aside={key: judge.Aside(item.kind, item.reason) for key, item in world.aside().items()},
        dismissed={key for key, count in world.dismissed.items() if count == len(history.get(key, ()))},
        amounts=world.flow.amounts(),
        watermarks=world.now_watermarks(),
        resting={lane: world.flow.resting_watermark(lane) for lane in world.lanes},
        open_batches=[f"{batch.id} of {batch.run_id}, {batch.state}" for batch in world.open_batches()],
        open_alerts=causes,
        refused=world.flow.refused(),
        gone=world.flow.gone(),
    )


def _told(world: World) -> dict[str, tuple[int, dict[str, str]]]:
    with world.ledger.read() as connection:
        files = deliveries.listed(connection, None, 1000)
    return {file.name: (file.rows, dict(file.totals)) for file in files if file.state == deliveries.CONFIRMED}
