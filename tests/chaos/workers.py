"""The harness' side of the task processes: starts tries, wakes and kills them, and reads how they ended."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.chaos.order import Order, Outcome

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds after which a try that neither ends nor stops is stuck."""


class HungError(AssertionError):
    """A try neither ended nor stopped."""


class Workers:
    """Task processes, forked from one that has imported everything.

    Args:
        dag: as `Flow.dag`.
    """

    def __init__(self, dag: str) -> None:
        self._module = dag.partition(":")[0]

    def __enter__(self) -> Self:
        """Start the process that forks."""
        self._home = Path(tempfile.mkdtemp(prefix="chaos-workers-"))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "AIRFLOW_HOME": str(self._home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        }
        self._log = (self._home / "log").open("wb")
        self._unread = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.zygote", self._module], cwd=REPOSITORY, env=environment, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        if self._read() != "ready":
            raise RuntimeError((self._home / "log").read_text())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it, and with it whatever it has forked."""
        self._process.kill()
        self._process.communicate()
        self._log.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self, order: Order) -> tuple[int, bool]:
        """Run a try until it ends or stops; returns its pid, and whether it has ended.

        Raises:
            HungError: it did neither.
        """
        self._write(f"start {order.to_json()}")
        pid = int(self._read())
        return pid, self._ended(pid)

    def wake(self, pid: int) -> bool:
        """Let a stopped try go on until it ends; returns whether it has, or has stopped again."""
        self._write(f"wake {pid}")
        return self._ended(pid)

    def kill(self, pid: int) -> None:
        """Kill a stopped try."""
        self._write(f"kill {pid}")
        self._ended(pid)

    def _ended(self, pid: int) -> bool:
        answer = self._read(PATIENCE)
        if not answer:
            os.kill(pid, signal.SIGKILL)
            self._read()
            raise HungError(f"a task process did not end within {PATIENCE} s")
        return answer == "ended"

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    def _read(self, patience: float | None = None) -> str:
        """The next answer; empty where none comes in time."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _, _ = select.select([pipe], [], [], patience)
            if not ready:
                return ""
            piece = os.read(pipe, 65536)
            if not piece:
                raise RuntimeError("the process that forks has ended:\n" + (self._home / "log").read_text()[-4000:])
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


def outcome_of(order: Order) -> Outcome:
    """How an ended try has ended; one that left no word was killed."""
    path = order.result
    return Outcome(**json.loads(path.read_text())) if path.exists() else Outcome("killed")
