"""`make bench`: measure, side by side with what a user would pick instead; `ONLY=` narrows it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks.empty_run import empty_run_extra
from benchmarks.end_to_end import rows_end_to_end
from benchmarks.intacct import intacct_requests
from benchmarks.overlap import overlap_check_postgres, overlap_check_sqlite
from benchmarks.parsing import dag_parse_extra
from benchmarks.peak_memory import peak_memory_growth
from benchmarks.posts import enet_posts
from benchmarks.result import Result
from benchmarks.sftp import sftp_vs_openssh
from benchmarks.stampli import stampli_parse
from benchmarks.x12 import x12_810_vs_bare_join, x12_810_vs_pyx12

ROWS = 200_000
# Each takes its share of the full size, and how often it is repeated.
BENCHMARKS: dict[str, Callable[[float, int], list[Result]]] = {
    "rows_end_to_end_vs_dlt": lambda share, repeat: rows_end_to_end(round(ROWS * share), repeat),
    "peak_memory_growth": peak_memory_growth,
    "overlap_check_sqlite": overlap_check_sqlite,
    "overlap_check_postgres": overlap_check_postgres,
    "sftp_vs_openssh": sftp_vs_openssh,
    "dag_parse_extra": dag_parse_extra,
    "empty_run_extra": empty_run_extra,
    "x12_810_vs_pyx12": x12_810_vs_pyx12,
    "x12_810_vs_bare_join": x12_810_vs_bare_join,
    "intacct_requests": intacct_requests,
    "stampli_parse": stampli_parse,
    "enet_posts": enet_posts,
}
RESULTS = Path("bench-run")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("only", nargs="?", default="", choices=["", *BENCHMARKS], help="one benchmark")
    parser.add_argument(
        "--rows", type=int, default=ROWS, help="of the end-to-end run; all other sizes keep their proportion to it"
    )
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    results: list[Result] = []
    for name, measure in BENCHMARKS.items():
        if chosen.only in ("", name):
            results += measure(chosen.rows / ROWS, chosen.repeat)
    show(results, before)
    write(results, RESULTS)


def show(results: list[Result], load_before: float) -> None:
    loads = f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"\n{os.cpu_count()} cores; load average {loads} (the benchmarks' own work included)")
    print(f"{'name':<42}{'value':>10} {'unit':<10}{'peer':<32}{'peer value':>12}{'ratio':>8}")
    for each in results:
        ours = f"{each.name:<42}{_figure(each.value):>10} {each.unit:<10}"
        ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
        print(f"{ours}{each.peer or '-':<32}{_figure(each.peer_value):>12}{ratio:>8}")


def write(results: list[Result], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    content = [each.to_json() for each in results]
    (folder / "results.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    main()
