"""Tries of a read: exponential pauses with full jitter, and never sooner than the server asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from airflow_provider_mlconnector.errors import TransientError

T = TypeVar("T")
LONGEST_PAUSE = 60.0
"""Seconds; ten times as many where the server asks for it."""
EXPONENTIAL = wait_random_exponential(multiplier=1, max=LONGEST_PAUSE)


def patiently(
    attempt: Callable[[], T],
    attempts: int,
    sleep: Callable[[float], None],
    may_pass: Callable[[RetryCallState], bool],
    pause: Callable[[RetryCallState], float] = EXPONENTIAL,
) -> T:
    """Call until it raises nothing that may pass.

    Args:
        attempt: what is tried; it changes nothing at the other side.
        attempts: how often at most.
        sleep: how pauses between tries are spent.
        may_pass: whether the last try's error may be gone at the next one.
        pause: seconds before the next try; a longer `retry_after` of the error counts.

    Raises:
        MlconnectorError: the last try's.
    """

    def wait(state: RetryCallState) -> float:
        error = error_of(state)
        asked = error.retry_after if isinstance(error, TransientError) else None
        return max(float(pause(state)), min(asked or 0.0, 10 * LONGEST_PAUSE))

    retrying = Retrying(retry=may_pass, stop=stop_after_attempt(attempts), wait=wait, sleep=sleep, reraise=True)
    return retrying(attempt)


def error_of(state: RetryCallState) -> BaseException | None:
    """What the last try raised; None where it raised nothing."""
    return state.outcome.exception() if state.outcome else None
