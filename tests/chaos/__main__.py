"""`make chaos`: random schedules against one flow or each in turn; a failing seed prints the shortest schedule."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.chaos.seeds import FLOWS, found

ALL = "all"
EVERY = 10
"""Schedules between two lines of progress."""


def main() -> int:
    """Run; returns 1 where anything was lost, doubled or stuck."""
    asked = _arguments()
    flows = sorted(FLOWS) if asked.flow == ALL else [asked.flow]
    # Each flow has its turn, whatever became of the one before.
    bad = [_schedules(flow, range(asked.seed, asked.seed + asked.schedules), asked.jobs) for flow in flows]
    return int(any(bad))


def _schedules(flow: str, seeds: Sequence[int], jobs: int) -> bool:
    """A flow's schedules; returns whether anything was lost, doubled or stuck."""
    began, counts, stopped = time.monotonic(), Counter[str](), 0
    for number, each in enumerate(found(flow, seeds, jobs), 1):
        counts[each.verdict.what] += 1
        stopped += each.verdict.stopped
        if each.verdict.what:
            _say(f"{each.verdict.what}: {each.verdict.reason}\n  {each.story}")
        if number % EVERY == 0:
            seconds = (time.monotonic() - began) / number
            rightly = f", {stopped} stopped, rightly" if stopped else ""
            _say(f"{number} of {len(seeds)} schedules, {seconds:.1f} s each{rightly}")
    bad = ", ".join(f"{counts[what]} {what}" for what in ("lost", "doubled", "stuck"))
    _say(f"chaos: {flow}, {len(seeds)} schedules, {bad}")
    return sum(counts.values()) != counts[""]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--flow", default=ALL, choices=[ALL, *sorted(FLOWS)], help="all: each in turn")
    parser.add_argument("--schedules", type=int, default=20, help="of each flow")
    parser.add_argument("--seed", type=int, default=1, help="of the first schedule; the others follow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="schedules at a time")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
