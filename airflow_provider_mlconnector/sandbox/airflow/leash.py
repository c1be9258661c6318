"""A small process that outlives its parent just long enough to end what the parent had started.

A demo that is killed with `kill -9`, or a test whose time is up, can't tidy up after itself. The leash reads session
ids from its standard input, a line each; the end of the input means that the parent has ended, in whatever way.
"""

from __future__ import annotations

import subprocess
import sys

from airflow_provider_mlconnector.sandbox.airflow.sweep import kill_all


class Leash:
    """The parent's end of the leash.

    Args:
        marker: see `sweep.survivors`.
    """

    def __init__(self, marker: str) -> None:
        command = [sys.executable, "-m", "airflow_provider_mlconnector.sandbox.airflow.leash", marker]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def hold(self, session: int) -> None:
        """Have this session ended when the parent ends."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{session}\n".encode())
            self._process.stdin.flush()

    def release(self) -> None:
        """End the leash; it looks for survivors a last time before it goes."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Wait for the parent's end, then kill all sessions that it has named."""
    marker = sys.argv[1]
    sessions = {int(line) for line in sys.stdin}
    kill_all(sessions, marker)


if __name__ == "__main__":
    main()
