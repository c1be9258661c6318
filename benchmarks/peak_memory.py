"""Peak memory of a whole flow: with ten times the rows, and beyond what importing Airflow takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.result import Result
from benchmarks.servers import sandbox

_ROWS = 200_000
_TIMES = 10
_KIB = 1024


def peak_memory_growth(share: float, repeat: int) -> list[Result]:
    """Peaks in MiB; the run with ten times the rows takes minutes, and is measured once."""
    rows = round(_ROWS * share)
    airflow = median([_in_a_child({})["peak"] for _ in range(repeat)])
    few = median([_whole_flow(rows) for _ in range(repeat)])
    many = _whole_flow(rows * _TIMES)
    return [
        Result("peak_memory_growth", many, "MiB", f"{rows:,} rows", few),
        Result("peak_memory_growth_beyond_airflow", many - airflow, "MiB", "importing Airflow", airflow),
    ]


def _whole_flow(rows: int) -> float:
    with sandbox(rows) as servers:
        done = _in_a_child(servers)
    if not 0.9 * rows <= done["rows"] <= 1.1 * rows + 100:
        raise SystemExit(f"{rows} rows were to be measured, and {done['rows']} came")
    print(f"{done['rows']:,} rows: peak of {done['peak']:.0f} MiB", flush=True)
    return float(done["peak"])


def _in_a_child(servers: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.peak_memory", json.dumps(servers)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=root)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def child(servers: dict[str, Any]) -> dict[str, Any]:
    """What the child does: import Airflow as any task does, and with servers run a whole flow; then look at itself."""
    from airflow.sdk import DAG, BaseOperator  # noqa: F401 - imported for what it takes

    rows = 0
    if servers:
        from benchmarks.end_to_end import ours

        with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
            rows = ours(servers, Path(folder))
    return {"rows": rows, "peak": peak()}


def peak() -> float:
    """The greatest resident size of this process so far, in MiB.

    Not `ru_maxrss`: Linux hands a parent's peak on to the child across fork and exec (`exec_mmap` in fs/exec.c), so
    that a child of a big process never looks small. `VmHWM` begins with the program (proc_pid_status(5)).
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    words = next(line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(words[1]) / _KIB


if __name__ == "__main__":
    print(json.dumps(child(json.loads(sys.argv[1]))))
