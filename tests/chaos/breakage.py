"""Rules of the engine broken on purpose, so that a test can see the harness notice it. Armed in task processes only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_provider_mlconnector.engine import delivery_rules, rules
from airflow_provider_mlconnector.ledger import claims
from tests.chaos import breakage_edi, breakage_posting


def _believes() -> None:
    """Rule 7: a file that was being renamed is believed to be there, and is not looked for."""
    real = delivery_rules.delivery_step

    def step(state: delivery_rules.DeliveryState, **looks: Any) -> delivery_rules.DeliveryStep:
        return (
            delivery_rules.DeliveryStep.CONFIRM
            if state is delivery_rules.DeliveryState.RENAMING
            else real(state, **looks)
        )

    delivery_rules.delivery_step = step


def _forgets() -> None:
    """Rule 3: nothing that was confirmed is known."""
    rules.last_confirmed = lambda _claims: None  # type: ignore[assignment]
    claims.plainly_known = lambda *_: []


def _leaps() -> None:
    """Rule 9: the watermark goes past open batches."""
    real = rules.watermark_after

    def leap(current: str, generation: int, batches: Any) -> str:
        ended = [view for view in batches if view.state not in rules.OPEN_STATES]
        return real(current, generation, ended)

    rules.watermark_after = leap


BREAKAGES: dict[str, Callable[[], None]] = {
    "delivery believed": _believes,
    "memory lost": _forgets,
    "watermark leaps": _leaps,
    "numbers again": breakage_edi.numbers_again,
    "counted by lane": breakage_edi.counted_by_lane,
    "numbers unlocked": breakage_edi.numbers_unlocked,
    "deletions untold": breakage_edi.deletions_untold,
    "gaps untold": breakage_edi.gaps_untold,
    "rejections ignored": breakage_edi.rejections_ignored,
    "last answer stands": breakage_edi.last_stands,
    "states unkept": breakage_edi.states_unkept,
    "overdue untold": breakage_edi.overdue_untold,
    "files forgotten": breakage_edi.files_forgotten,
    "look-up skipped": breakage_posting.look_up_skipped,
    "doubts unwaited": breakage_posting.doubts_unwaited,
    "sessions unfenced": breakage_posting.sessions_unfenced,
    "intents late": breakage_posting.intents_late,
    "intents unchecked": breakage_posting.intents_unchecked,
    "void posted": breakage_posting.void_posted,
}
