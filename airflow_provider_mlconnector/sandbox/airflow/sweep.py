"""Finding and ending every process that descends from a throwaway Airflow, whatever became of its parents."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterable
from contextlib import suppress

import psutil

MARKER = "MLCONNECTOR_THROWAWAY"
_ROUNDS = 50
_PAUSE = 0.1


def survivors(sessions: Collection[int], marker: str) -> list[psutil.Process]:
    """The processes that are still alive of some sessions, or that carry the marker in their environment.

    A task runs in a process group of its own and rewrites its title over its environment, but stays in the session; a
    command that a task starts may open a session of its own, but inherits the environment. Hence both.

    Args:
        sessions: session ids, which are the pids of the components that were started.
        marker: the value of the environment variable `MLCONNECTOR_THROWAWAY` of all of them.
    """
    return [process for process in psutil.process_iter() if _belongs(process, sessions, marker)]


def kill_all(sessions: Collection[int], marker: str) -> None:
    """Kill all survivors, again and again until none is left: one that is just forking may escape the first round."""
    for _ in range(_ROUNDS):
        left = survivors(sessions, marker)
        if not left:
            return
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(_PAUSE)


def ask_to_end(pids: Iterable[int]) -> None:
    """Send SIGTERM to processes, as far as they are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _belongs(process: psutil.Process, sessions: Collection[int], marker: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return os.getsid(process.pid) in sessions or process.environ().get(MARKER) == marker
    except (psutil.Error, OSError):
        return False
