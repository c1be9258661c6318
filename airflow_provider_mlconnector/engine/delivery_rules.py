"""Rule 7 as pure decisions: what a try of a delivery does next."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """Rule 7: `prepared -> renaming -> confirmed`; `equal`: not sent, because the last confirmed file is the same."""

    PREPARED = "prepared"
    RENAMING = "renaming"
    CONFIRMED = "confirmed"
    EQUAL = "equal"
    DEAD = "dead"
    DOUBT = "doubt"


DELIVERED = (DeliveryState.CONFIRMED, DeliveryState.EQUAL)


class DeliveryStep(StrEnum):
    """What a try of a delivery does next."""

    DONE = "done"
    UPLOAD = "upload"
    CONFIRM = "confirm"
    RENAME = "rename"
    ASK = "ask"
    NEXT_NAME = "next_name"


def delivery_step(
    state: DeliveryState,
    *,
    final_is_ours: bool,
    final_exists: bool,
    recorded_temporary_exists: bool,
    partner_removes_files: bool,
) -> DeliveryStep:
    """Rule 7: what a try does on its start, from what the ledger says and what lies at the partner.

    Args:
        state: the delivery's state.
        final_is_ours: the final name is there with our SHA-256.
        final_exists: the final name is there.
        recorded_temporary_exists: the temporary name that `renaming` recorded is there.
        partner_removes_files: the partner takes files away once read (a setting).
    """
    if state in DELIVERED or state is DeliveryState.DEAD:
        return DeliveryStep.DONE
    if state is DeliveryState.DOUBT:
        return DeliveryStep.ASK
    if final_is_ours:
        return DeliveryStep.CONFIRM
    if state is DeliveryState.PREPARED:
        return DeliveryStep.NEXT_NAME if final_exists else DeliveryStep.UPLOAD
    if recorded_temporary_exists:
        return DeliveryStep.NEXT_NAME if final_exists else DeliveryStep.RENAME
    return DeliveryStep.CONFIRM if partner_removes_files and not final_exists else DeliveryStep.ASK
