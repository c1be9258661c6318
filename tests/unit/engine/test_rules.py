"""The rules' algebra: known rows, watermarks, deliveries."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine import delivery_rules, rules
from airflow_provider_mlconnector.engine.delivery_rules import DeliveryState, DeliveryStep
from airflow_provider_mlconnector.engine.rules import (
    BatchState,
    Claim,
    CommitView,
    Item,
    ItemKind,
    Mark,
    Verdict,
)
from airflow_provider_mlconnector.streams.declaration import OnChange

VERSIONS = st.sampled_from([b"A", b"B", b"C"])
CURSORS = st.integers(0, 30).map(lambda day: f"2026-03-{day + 1:02d}")


@st.composite
def histories(draw: st.DrawFn) -> list[Claim]:
    """A key's claims as they can come about: batches in order, at most the last one open."""
    ended = st.sampled_from([BatchState.COMMITTED, BatchState.ABANDONED, BatchState.SUPERSEDED])
    marks = st.sampled_from([Mark.AS_BATCH, Mark.AS_BATCH, Mark.SET_ASIDE])
    claims = [
        Claim(number, draw(VERSIONS), draw(ended), draw(marks), number)
        for number in range(1, draw(st.integers(0, 4)) + 1)
    ]
    if draw(st.booleans()):
        state = draw(st.sampled_from(rules.OPEN_STATES))
        claims.append(Claim(9, draw(VERSIONS), state, Mark.AS_BATCH, 9))
    return claims


ITEMS = st.none() | st.builds(
    Item,
    kind=st.sampled_from(list(ItemKind)),
    opened_seq=st.integers(0, 12),
    version=st.none() | VERSIONS,
    requested=st.booleans(),
)


def oracle(version: bytes, claims: Sequence[Claim], item: Item | None, began: int, *, due: bool) -> Verdict:
    """Rule 3 as the model states it, with a document that is always sent."""
    state = {claim.batch_id: claim for claim in claims}
    held = [c for c in claims if c.state in ("staged", "sending") and c.mark != "set_aside"]
    done = [c.version for c in claims if c.state in ("committed", "abandoned") and c.mark != "set_aside"]
    if (held and held[0].version == version) or (item and item.kind == "doubt"):
        return Verdict.HELD if item and item.kind == "doubt" else Verdict.KNOWN
    if done[-1:] == [version] and not held:
        return Verdict.KNOWN_CLOSES_ITEM if item and item.opened_seq <= began else Verdict.KNOWN
    if held or any(c.claimed_seq > began for c in state.values()):
        return Verdict.WAIT
    if item and item.version == version and not due:
        return Verdict.HELD
    return Verdict.CLAIM


@given(VERSIONS, histories(), ITEMS, st.integers(0, 10), st.booleans())
def test_known_rows_are_judged_as_the_rule_says(
    version: bytes, claims: list[Claim], item: Item | None, began: int, due: bool
) -> None:
    judged = rules.judge(version, claims, item, began_seq=began, due=due)
    assert judged.verdict is oracle(version, claims, item, began, due=due)
    assert (judged.blocker is not None) is (judged.verdict is Verdict.WAIT)


@given(VERSIONS, histories(), ITEMS, st.integers(0, 10), st.sampled_from(list(OnChange)))
def test_nothing_is_claimed_over_an_open_batch(
    version: bytes, claims: list[Claim], item: Item | None, began: int, policy: OnChange
) -> None:
    judged = rules.judge(version, claims, item, began_seq=began, due=True, on_change=policy)
    if judged.verdict is Verdict.CLAIM:
        assert rules.holding_claim(claims) is None
        confirmed = rules.last_confirmed(claims)
        assert confirmed is None or confirmed.version != version


VIEWS = st.lists(
    st.builds(
        CommitView,
        state=st.sampled_from(list(BatchState)),
        generation=st.integers(1, 2),
        low=CURSORS,
        safe_to=st.none() | CURSORS,
    ),
    max_size=6,
)


@given(CURSORS, st.integers(1, 2), VIEWS)
def test_a_watermark_never_falls_and_never_passes_an_open_batch(
    current: str, generation: int, views: list[CommitView]
) -> None:
    after = rules.watermark_after(current, generation, views)
    assert after >= current
    if after > current:
        assert all(after <= view.low for view in views if view.state in rules.OPEN_STATES)
        assert any(
            view.safe_to is not None and view.safe_to >= after
            for view in views
            if view.state is BatchState.COMMITTED and view.generation == generation
        )


@given(st.lists(CURSORS), CURSORS)
def test_safe_to_is_a_cursor_that_was_read_within_the_window(cursors: list[str], high: str) -> None:
    safe = rules.safe_to(cursors, high, backfill=False)
    within = [cursor for cursor in cursors if cursor <= high]
    assert safe == (max(within) if within else None)
    assert rules.safe_to(cursors, high, backfill=True) is None


@pytest.mark.parametrize(
    ("state", "ours", "exists", "temporary", "removes", "step"),
    [
        (DeliveryState.CONFIRMED, False, False, False, False, DeliveryStep.DONE),
        (DeliveryState.EQUAL, False, False, False, False, DeliveryStep.DONE),
        (DeliveryState.DEAD, False, False, False, False, DeliveryStep.DONE),
        (DeliveryState.DOUBT, True, True, False, False, DeliveryStep.ASK),
        (DeliveryState.PREPARED, False, False, False, False, DeliveryStep.UPLOAD),
        (DeliveryState.PREPARED, True, True, False, False, DeliveryStep.CONFIRM),
        (DeliveryState.PREPARED, False, True, False, False, DeliveryStep.NEXT_NAME),
        (DeliveryState.RENAMING, True, True, False, False, DeliveryStep.CONFIRM),
        (DeliveryState.RENAMING, False, False, True, False, DeliveryStep.RENAME),
        (DeliveryState.RENAMING, False, True, True, False, DeliveryStep.NEXT_NAME),
        (DeliveryState.RENAMING, False, False, False, True, DeliveryStep.CONFIRM),
        (DeliveryState.RENAMING, False, False, False, False, DeliveryStep.ASK),
        (DeliveryState.RENAMING, False, True, False, True, DeliveryStep.ASK),
    ],
)
def test_a_delivery_goes_on_from_where_it_is(
    state: DeliveryState, ours: bool, exists: bool, temporary: bool, removes: bool, step: DeliveryStep
) -> None:
    found = delivery_rules.delivery_step(
        state,
        final_is_ours=ours,
        final_exists=exists,
        recorded_temporary_exists=temporary,
        partner_removes_files=removes,
    )
    assert found is step


@pytest.mark.parametrize("kind", list(ItemKind))
def test_what_is_in_doubt_is_never_due(kind: ItemKind) -> None:
    item = Item(kind, 1, b"A", requested=True)
    due = rules.is_due(item, blocker_open=False, cause_gone=True, time_has_come=True)
    assert due is (kind is not ItemKind.DOUBT)


@given(st.text(), st.integers(0, 9), st.text(), st.integers(0, 9))
def test_a_marker_of_another_ledger_or_ahead_of_this_one_is_noticed(
    mine: str, seq: int, other: str, ahead: int
) -> None:
    assert rules.is_behind(mine, seq, other, ahead) is (mine != other or ahead > seq)
    assert not rules.is_behind(mine, seq, None, None)
