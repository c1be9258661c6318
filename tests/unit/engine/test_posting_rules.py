"""Rule 8's decisions: what a try does with a record, and what a look-up says of it."""

from __future__ import annotations

import pytest

from airflow_provider_mlconnector.engine.posting_rules import (
    Attempted,
    Discovery,
    PostingState,
    PostingStep,
    discovery,
    posting_step,
)
from airflow_provider_mlconnector.streams.target import Found


@pytest.mark.parametrize(
    ("state", "same", "replaces", "step"),
    [
        (None, False, False, PostingStep.POST),
        (PostingState.REJECTED, True, False, PostingStep.POST),
        (PostingState.DEAD, True, False, PostingStep.POST),
        (PostingState.INTENT, True, False, PostingStep.LOOK_UP),
        (PostingState.INTENT, False, True, PostingStep.LOOK_UP),
        (PostingState.CONFIRMED, True, False, PostingStep.ADOPT),
        (PostingState.CONFIRMED, True, True, PostingStep.ADOPT),
        (PostingState.CONFIRMED, False, False, PostingStep.SECOND),
        (PostingState.CONFIRMED, False, True, PostingStep.POST),
    ],
)
def test_a_try_goes_on_from_the_last_attempt(
    state: PostingState | None, step: PostingStep, *, same: bool, replaces: bool
) -> None:
    last = Attempted(state, same) if state else None
    assert posting_step(last, replaces=replaces) is step


@pytest.mark.parametrize(
    ("ours", "equal", "unique", "said"),
    [
        (True, False, False, Discovery.THERE),
        (True, True, True, Discovery.THERE),
        (False, True, True, Discovery.THERE),
        (False, False, True, Discovery.TAKEN),
        (False, True, False, Discovery.ABSENT),
        (False, False, False, Discovery.ABSENT),
    ],
)
def test_what_is_found_counts_by_our_own_id_or_where_it_is_unique(
    said: Discovery, *, ours: bool, equal: bool, unique: bool
) -> None:
    assert discovery(Found("journal", ours, equal, "there"), unique=unique) is said


def test_nothing_found_is_absent() -> None:
    assert discovery(None, unique=True) is Discovery.ABSENT
