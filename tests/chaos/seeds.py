"""Many seeds, several schedules at a time: each process has servers of its own. A failing schedule is made short."""

from __future__ import annotations

import logging
import multiprocessing
import queue
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from tests.chaos.flow import Flow
from tests.chaos.intacct_to_sftp import IntacctToSftp
from tests.chaos.schedule import Action, Schedule, make
from tests.chaos.stampli_to_syspro import StampliToSyspro
from tests.chaos.syspro_to_sftp import SysproToSftp
from tests.chaos.verdict import Verdict, run, shortest
from tests.chaos.workers import Workers
from tests.chaos.zygote import end_with_parent

FLOWS: dict[str, Callable[[], Flow]] = {
    "intacct_to_sftp": IntacctToSftp,
    "stampli_to_syspro": StampliToSyspro,
    "syspro_to_sftp": SysproToSftp,
}


@dataclass(frozen=True)
class Found:
    """What one seed has shown: its verdict, and where that is bad, the shortest schedule."""

    seed: int
    verdict: Verdict
    story: str = ""


class BrokenOffError(Exception):
    """The harness itself has failed."""


Seeds = multiprocessing.Queue  # of ints, and a None for each process
Answers = multiprocessing.Queue  # of `Found` and `BrokenOffError`


def found(flow: str, seeds: Sequence[int], jobs: int) -> Iterator[Found]:
    """Every seed's verdict, in the order of the seeds.

    Args:
        flow: one of `FLOWS`.
        seeds: of the schedules.
        jobs: schedules at a time.

    Raises:
        BrokenOffError: a process of the harness has failed.
    """
    context = multiprocessing.get_context("spawn")
    waiting: Seeds[int | None] = context.Queue()
    for seed in (*seeds, *[None] * jobs):
        waiting.put(seed)
    answers: Answers[Found | BrokenOffError] = context.Queue()
    processes = [context.Process(target=_work, args=(flow, waiting, answers)) for _ in range(jobs)]
    for process in processes:
        process.start()
    early: dict[int, Found] = {}
    try:
        for seed in seeds:
            while seed not in early:
                came = _next(answers, processes)
                early[came.seed] = came
            yield early.pop(seed)
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()


def _next(answers: Answers[Found | BrokenOffError], processes: Sequence[BaseProcess]) -> Found:
    while True:
        ended = [process for process in processes if process.exitcode]
        try:
            answer = answers.get(timeout=1)
        except queue.Empty:
            if ended:
                raise BrokenOffError(f"a process ended with {ended[0].exitcode}") from None
            continue
        if isinstance(answer, BrokenOffError):
            raise answer
        return answer


def _work(flow: str, waiting: Seeds[int | None], answers: Answers[Found | BrokenOffError]) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Servers are taken down also where somebody ends the harness.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    end_with_parent(signal.SIGTERM)
    try:
        with FLOWS[flow]() as servers, Workers(servers.dag) as workers:
            while (seed := waiting.get()) is not None:
                answers.put(_one(servers, workers, make(servers, seed)))
    except Exception as error:
        answers.put(BrokenOffError(f"{type(error).__name__}: {error}"))
        raise


def _one(flow: Flow, workers: Workers, schedule: Schedule) -> Found:
    verdict = run(flow, workers, schedule)
    if not verdict.what:
        return Found(schedule.seed, verdict)
    reasons: dict[int, str] = {}

    def fails(actions: Sequence[Action]) -> bool:
        again = run(flow, workers, schedule.with_actions(actions))
        if again.what == verdict.what:
            reasons[len(actions)] = again.reason
        return again.what == verdict.what

    kept = schedule.with_actions(shortest(fails, schedule.actions))
    reason = reasons.get(len(kept.actions), verdict.reason)
    return Found(schedule.seed, Verdict(verdict.what, reason), kept.story())
