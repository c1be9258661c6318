"""A process that has imported everything and forks one process per try: it alone is their parent, and has no threads.

It is told the module of a flow's DAG, and takes one command a line (`start <order>`, `wake <pid>`, `kill <pid>`); it
answers each with one line when the process has ended or stopped, and `start` with a line before that, its pid.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import ssl
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import Any, TextIO

PRELOADED = (
    "_strptime",
    "airflow.sdk.execution_time.cache",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.definitions.connection",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.common.compat.sdk",
    "airflow_provider_mlconnector.configuration",
    "airflow_provider_mlconnector.engine.alerting",
    "airflow_provider_mlconnector.engine.committing",
    "airflow_provider_mlconnector.engine.delivering",
    "airflow_provider_mlconnector.engine.polling",
    "airflow_provider_mlconnector.engine.session_lease",
    "airflow_provider_mlconnector.hooks.ledger",
    "airflow_provider_mlconnector.hooks.partner_sftp",
    "airflow_provider_mlconnector.ledger.slots",
    "airflow_provider_mlconnector.mapping.load",
    "airflow_provider_mlconnector.mapping.tables",
    "airflow_provider_mlconnector.operators.declared_files",
    "airflow_provider_mlconnector.operators.file_stream",
    "airflow_provider_mlconnector.operators.session",
    "airflow_provider_mlconnector.pipeline.formatted",
    "airflow_provider_mlconnector.pipeline.sending",
    "airflow_provider_mlconnector.systems.sftp.site",
    "encodings.idna",
    "encodings.unicode_escape",
    "encodings.utf_8_sig",
    "multiprocessing.reduction",
    "psycopg2.extras",
    "pyarrow.acero",
    "pyarrow.dataset",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "tests.chaos.child",
)
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until the harness is gone."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    flow = importlib.import_module(sys.argv[1])
    for name in (*PRELOADED, *flow.PRELOADED):
        importlib.import_module(name)
    # What every try would read again, or import late.
    flow.warm()
    gc.freeze()
    gc.disable()
    # Every client would read the machine's certificates anew.
    made: Any = cache(ssl.create_default_context)
    ssl.create_default_context = made
    answers.write("ready\n")
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        if command == "start":
            pid = _fork(rest, answers)
            answers.write(f"{pid}\n")
        else:
            pid = int(rest)
            os.kill(pid, signal.SIGCONT if command == "wake" else signal.SIGKILL)
        answers.write(f"{_wait(pid)}\n")


def _wait(pid: int) -> str:
    _, status = os.waitpid(pid, os.WUNTRACED)
    return "stopped" if os.WIFSTOPPED(status) else "ended"


def _fork(line: str, answers: TextIO) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        end_with_parent(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        answers.close()
        _run(line)
    except BaseException:  # noqa: BLE001 - a forked process must never go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _run(line: str) -> None:
    from tests.chaos.child import run
    from tests.chaos.order import Order

    order = Order.from_json(line)
    order.log.parent.mkdir(parents=True, exist_ok=True)
    with order.log.open("ab") as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    run(order)


def end_with_parent(sent: signal.Signals) -> None:
    """Have this process sent a signal as soon as its parent ends: a stopped one would outlive everybody."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, sent)


if __name__ == "__main__":
    main()
