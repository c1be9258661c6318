"""Airflow's components as processes: each in a session of its own, with a log file, and all of them ended together."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.airflow.leash import Leash
from airflow_provider_mlconnector.sandbox.airflow.sweep import MARKER, ask_to_end, kill_all

_TAIL = 4_000
_GRACE_SECONDS = 5.0


class Components:
    """The running components of one Airflow.

    Args:
        logs: the folder of their log files, `<name>.log`.
        environment: their whole environment.
    """

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._marker = secrets.token_hex(16)
        self._environment = {**environment, MARKER: self._marker}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._sessions: set[int] = set()
        self._leash = Leash(self._marker)

    def run(self, name: str, *arguments: str, timeout: float) -> None:
        """Run one Airflow command to its end.

        Args:
            name: the log file's name.
            *arguments: what follows `airflow` on the command line.
            timeout: seconds.

        Raises:
            MlconnectorError: it failed, or took too long.
        """
        process = self._spawn(name, arguments)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._error(name, f"did not end within {timeout:g} s") from None
        if code != 0:
            raise self._error(name, f"ended with code {code}")

    def start(self, name: str, *arguments: str) -> None:
        """Start one component and leave it running; see `run` for the arguments."""
        self._running[name] = self._spawn(name, arguments)

    def check(self) -> None:
        """Raise when a component has ended by itself.

        Raises:
            MlconnectorError: which one, with the end of its log.
        """
        for name, process in self._running.items():
            if process.poll() is not None:
                raise self._error(name, f"ended by itself with code {process.returncode}")

    def pid(self, name: str) -> int:
        """The process id of a running component."""
        return self._running[name].pid

    def stop(self) -> None:
        """End all components and whatever they have started, at the latest by SIGKILL after five seconds."""
        ask_to_end(process.pid for process in self._running.values() if process.poll() is None)
        deadline = time.monotonic() + _GRACE_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        kill_all(self._sessions, self._marker)
        for process in self._running.values():
            process.wait()
        self._running.clear()
        self._leash.release()

    def _spawn(self, name: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "airflow", *arguments]
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._logs.parent,
                start_new_session=True,
            )
        self._sessions.add(process.pid)
        self._leash.hold(process.pid)
        return process

    def _error(self, name: str, what: str) -> MlconnectorError:
        log = self._logs / f"{name}.log"
        tail = log.read_bytes()[-_TAIL:].decode(errors="replace")
        return MlconnectorError(f"Airflow's {name} {what}. The end of {log}:\n{tail}")
