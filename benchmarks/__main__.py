"""`make bench`: measure, side by side with what a user would pick instead; `ONLY=` narrows it."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from benchmarks.end_to_end import rows_end_to_end
from benchmarks.result import Result

BENCHMARKS = {"rows_end_to_end_vs_dlt": rows_end_to_end}
RESULTS = Path("bench-run")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("only", nargs="?", default="", choices=["", *BENCHMARKS], help="one benchmark")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args(arguments)
    results: list[Result] = []
    for name, measure in BENCHMARKS.items():
        if chosen.only in ("", name):
            results += measure(chosen.rows, chosen.repeat)
    show(results)
    write(results, RESULTS)


def show(results: list[Result]) -> None:
    print(f"\n{os.cpu_count()} cores")
    print(f"{'name':<28}{'value':>12} {'unit':<10}{'peer':<28}{'peer value':>12}{'ratio':>8}")
    for each in results:
        row = f"{each.value:>12,.0f} {each.unit:<10}{each.peer:<28}{each.peer_value:>12,.0f}{each.ratio:>8.2f}"
        print(f"{each.name:<28}{row}")


def write(results: list[Result], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    content = [each.to_json() for each in results]
    (folder / "results.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
