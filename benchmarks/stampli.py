"""Reading an export of Stampli: rows a second, and the peak of memory with ten times the rows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.read import read
from airflow_provider_mlconnector.formats.inbound.template import load
from benchmarks.peak_memory import peak
from benchmarks.result import Result
from benchmarks.stampli_export import LINES, plain_loop, write

# 1 GB, and a tenth of it.
_INVOICES = 1_100_000
_SMALLER = 10


def stampli_parse(share: float, repeat: int) -> list[Result]:
    """Rows a second of the smaller file, ours and a plain loop's by turns; then the peak with the great one, once."""
    invoices = max(1, round(_INVOICES * share / _SMALLER))
    ours: list[float] = []
    loop: list[float] = []
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        small, great = Path(folder, "small.csv"), Path(folder, "great.csv")
        write(small, invoices)
        for turn in range(repeat):
            mine, theirs = _in_a_child("ours", small), _in_a_child("loop", small)
            if (mine["rows"], mine["total"]) != (theirs["rows"], theirs["total"]):
                raise SystemExit(f"ours read {mine}, the loop {theirs}")
            ours.append(mine["rows"] / mine["seconds"])
            loop.append(theirs["rows"] / theirs["seconds"])
            peaks.append(mine["peak"])
            print(f"{turn + 1}/{repeat} rows/s: ours {median(ours):,.0f}, loop {median(loop):,.0f}", flush=True)
        write(great, invoices * _SMALLER)
        whole = _in_a_child("ours", great)
        print(f"{great.stat().st_size / 1e6:,.0f} MB: {whole['rows']:,} rows, peak of {whole['peak']:.0f} MiB")
    shown = f"{invoices * LINES:,} rows"
    return [
        Result("stampli_parse", median(ours), "rows/s", "csv.DictReader and Decimal", median(loop)),
        Result("stampli_parse_peak_memory", whole["peak"], "MiB", shown, median(peaks)),
    ]


def _in_a_child(who: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.stampli", who, str(path)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=root)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def child(who: str, path: Path) -> dict[str, Any]:
    """Rows, the sum of the totals, seconds and the peak of this process in MiB."""
    started = time.perf_counter()
    rows, total = (plain_loop if who == "loop" else parsed)(path)
    return {"rows": rows, "total": str(total), "seconds": time.perf_counter() - started, "peak": peak()}


def parsed(path: Path) -> tuple[int, Decimal]:
    """Lines, and the sum of the invoices' totals, by the shipped template."""
    folder = resources.files("airflow_provider_mlconnector.systems.stampli") / "templates"
    template = load((folder / "invoices.yaml").read_text(encoding="utf-8"))
    rows, total = 0, Decimal(0)
    with path.open("rb") as file:
        for page in read(template, {"": file}):
            if page.rejected:
                raise SystemExit(f"{len(page.rejected)} invoices were set aside: {page.rejected[0]}")
            rows += pc.sum(pc.list_value_length(page.rows["lines"])).as_py()
            total += pc.sum(page.rows["total_amount"]).as_py()
    return rows, total


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], Path(sys.argv[2]))))
