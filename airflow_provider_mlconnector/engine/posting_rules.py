"""Rule 8 as pure decisions: what a try does with a record, and with what a look-up has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from airflow_provider_mlconnector.streams.target import Found


class PostingState(StrEnum):
    """Rule 8: `intent -> confirmed | rejected`, and `dead` for an intent whose call has had no effect."""

    INTENT = "intent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DEAD = "dead"


class PostingStep(StrEnum):
    """What a try does with a record."""

    POST = "post"
    LOOK_UP = "look_up"
    ADOPT = "adopt"
    """Another attempt has brought this very version to the target."""
    SECOND = "second"
    """The target has another version, and a new one would be a second document there."""


class Discovery(StrEnum):
    """What a look-up says of an attempt in doubt, or of a record that was never attempted."""

    THERE = "there"
    ABSENT = "absent"
    TAKEN = "taken"
    """Another document stands in its place."""


@dataclass(frozen=True)
class Attempted:
    """The last attempt of a record's identity: its state, and whether it was of this version."""

    state: PostingState
    same_version: bool


def posting_step(last: Attempted | None, *, replaces: bool) -> PostingStep:
    """Rule 8: what a try does with a record, on its start and again after each look-up.

    Args:
        last: the last attempt, whatever batch or flow it was of.
        replaces: whether a new version takes the place of the one at the target, as master data do.
    """
    if last is None or last.state in (PostingState.REJECTED, PostingState.DEAD):
        return PostingStep.POST
    if last.state is PostingState.INTENT:
        return PostingStep.LOOK_UP
    if last.same_version:
        return PostingStep.ADOPT
    return PostingStep.POST if replaces else PostingStep.SECOND


def discovery(found: Found | None, *, unique: bool) -> Discovery:
    """Rule 8: by our own id where the target keeps it, by the natural key only where the target makes it unique.

    Args:
        found: what the target holds.
        unique: whether it lets only one document of this identity be there.
    """
    if found is None or not (found.ours or unique):
        return Discovery.ABSENT
    return Discovery.THERE if found.ours or found.equal else Discovery.TAKEN
