"""What the DAG processor takes for the shipped DAG, beyond what it takes for a bare one with as many tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import bare_dag
from benchmarks.result import Result

DAGS = Path(__file__).parents[1] / "dags"
FLOW = "syspro_to_sftp"
# A process takes a few seconds and a parse a tenth of one: more turns than for the others, against the noise.
TURNS = 5


def dag_parse_extra(_share: float, repeat: int) -> list[Result]:
    """Milliseconds, in fresh processes by turns."""
    file = DAGS / f"{FLOW}.py"
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        home = Path(folder)
        tasks = parsed(file, home)["tasks"]
        bare = bare_dag.write(home, tasks)
        ours, theirs = [], []
        for _ in range(repeat * TURNS):
            ours.append(parsed(file, home)["milliseconds"])
            theirs.append(parsed(bare, home)["milliseconds"])
    print(f"{tasks} tasks: {FLOW} {median(ours):.0f} ms, a bare DAG {median(theirs):.0f} ms", flush=True)
    extra = median(ours) - median(theirs)
    return [Result("dag_parse_extra", extra, "ms", f"bare DAG of {tasks} tasks", median(theirs))]


def parsed(file: Path, home: Path) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    command = [sys.executable, "-m", "benchmarks.parsing", str(file)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=root, env=environment)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def child(file: Path) -> dict[str, Any]:
    """Parse and serialize a file as the DAG processor does, which has itself imported before it forks for a file."""
    import structlog
    from airflow.dag_processing.processor import DagFileParseRequest, _parse_file

    request = DagFileParseRequest(file=str(file), bundle_path=file.parent, bundle_name="dags-folder")
    started = time.perf_counter()
    result = _parse_file(request, structlog.get_logger())
    milliseconds = (time.perf_counter() - started) * 1000
    if result is None or result.import_errors or len(result.serialized_dags) != 1:
        raise SystemExit(f"{file} does not parse: {result and result.import_errors}")
    return {"milliseconds": milliseconds, "tasks": len(result.serialized_dags[0].data["dag"]["tasks"])}


if __name__ == "__main__":
    print(json.dumps(child(Path(sys.argv[1]))))
