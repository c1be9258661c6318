"""The rules of the delivery engine, as pure decisions. The ledger remembers, the services act, this module judges.

The numbers are those of the design's section 4. Nothing here reads a clock, a database or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from airflow_provider_mlconnector.streams.declaration import OnChange


class BatchState(StrEnum):
    """Rule 2: `staged -> sending -> committed`, `staged -> superseded`, and `sending -> abandoned` by a person."""

    STAGED = "staged"
    SENDING = "sending"
    COMMITTED = "committed"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"


OPEN_STATES = (BatchState.STAGED, BatchState.SENDING)
ENDED_STATES = (BatchState.COMMITTED, BatchState.ABANDONED)


class Mark(StrEnum):
    """What a claim is, where it differs from its batch."""

    AS_BATCH = "as_batch"
    SET_ASIDE = "set_aside"
    CONFIRMED = "confirmed"


class ItemKind(StrEnum):
    """Why a record could not go on (rule 6)."""

    WAITING = "waiting"
    MAPPING = "mapping"
    RETRY = "retry"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"
    DOUBT = "doubt"
    REJECTED = "rejected"
    TWIN = "twin"


@dataclass(frozen=True)
class Claim:
    """One batch's claim of one key, with the state of that batch."""

    batch_id: int
    version: bytes
    state: BatchState
    mark: Mark
    claimed_seq: int
    renewed: bool = False
    """Whether its version is the one that was read, although its hash was made of other columns."""


@dataclass(frozen=True)
class Item:
    """The open exception of a key."""

    kind: ItemKind
    opened_seq: int
    version: bytes | None
    blocker: int | None = None
    cause: str = ""
    requested: bool = False
    """Whether a person asked for a retry."""


class Verdict(StrEnum):
    """What becomes of a row that a poll has read."""

    CLAIM = "claim"
    KNOWN = "known"
    KNOWN_CLOSES_ITEM = "known_closes_item"
    WAIT = "wait"
    CHANGED = "changed"
    REBASELINE = "rebaseline"
    """Confirmed, but its hash is made of other columns: take the new hash over in silence."""
    MISSED = "missed"
    """It went past the state in which it is sent without having been sent: a person says whether it is."""
    HELD = "held"
    """An open exception covers it already: nothing new is known of it."""


class Standing(StrEnum):
    """What a row is that a poll has read."""

    CURRENT = "current"
    UNFIT = "unfit"
    """It may not go to the target, yet or any more, such as an invoice that was voided: where the target has its
    record, it is a change of that."""
    PAST = "past"
    """It should have gone to the target before, such as an invoice that is paid and was never seen as approved."""
    GONE = "gone"
    """It says that its record is deleted, and the stream says what becomes of that: the target is to hear of it."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, and for `WAIT` the batch that is waited for."""

    verdict: Verdict
    blocker: int | None = None


def judge(  # noqa: PLR0911 - rule 3 is a cascade, and its order is the rule
    version: bytes,
    claims: Sequence[Claim],
    item: Item | None,
    *,
    began_seq: int,
    due: bool = False,
    on_change: OnChange = OnChange.SEND,
    dismissed: bool = False,
    standing: Standing = Standing.CURRENT,
) -> Judgement:
    """Rule 3: is this row known?

    Args:
        version: the version hash that was read.
        claims: all claims of its key in this lane.
        item: the key's open exception.
        began_seq: the lane's counter when this poll began.
        due: whether this poll retries the key's exception or re-reads it from a superseded batch.
        on_change: what a new version of a confirmed record becomes.
        dismissed: whether a person has closed an exception of this very version, and none was claimed since.
        standing: what the row is: the target hears of one that is unfit or gone only where it has the record.
    """
    holder = holding_claim(claims)
    if item and item.kind is ItemKind.DOUBT:
        return Judgement(Verdict.HELD)
    if holder and holder.version == version:
        return Judgement(Verdict.KNOWN)
    confirmed = last_confirmed(claims)
    if not holder and confirmed and confirmed.version == version:
        return Judgement(Verdict.REBASELINE) if confirmed.renewed and not item else _known(item, began_seq)
    if dismissed and not item:
        return Judgement(Verdict.KNOWN)
    blocker = holder.batch_id if holder else claimed_since(claims, began_seq)
    if blocker is not None:
        return Judgement(Verdict.WAIT, blocker)
    if standing is Standing.PAST and any(claim.version == version for claim in claims):
        # It was seen in time, and has only not got there yet.
        standing = Standing.CURRENT
    if standing in (Standing.UNFIT, Standing.GONE) and not confirmed:
        return _known(item, began_seq)
    told = standing is Standing.UNFIT and item is not None and item.kind is ItemKind.CHANGED
    if item and item.version == version and (told or not due):
        return Judgement(Verdict.HELD)
    if standing is Standing.PAST and not confirmed and not (item and item.requested):
        return Judgement(Verdict.MISSED)
    return _new_version(item, began_seq, on_change, standing) if confirmed else Judgement(Verdict.CLAIM)


def _new_version(item: Item | None, began_seq: int, on_change: OnChange, standing: Standing) -> Judgement:
    """What becomes of another version of what has reached the target."""
    asked_for = item is not None and item.requested and standing is not Standing.UNFIT
    if asked_for or standing is Standing.GONE:
        return Judgement(Verdict.CLAIM)
    if on_change is OnChange.IGNORE:
        return _known(item, began_seq)
    return Judgement(Verdict.CHANGED if on_change is OnChange.EXCEPTION else Verdict.CLAIM)


def _known(item: Item | None, began_seq: int) -> Judgement:
    return Judgement(Verdict.KNOWN_CLOSES_ITEM if item and closes(item, began_seq) else Verdict.KNOWN)


def holding_claim(claims: Iterable[Claim]) -> Claim | None:
    """Rule 3: the open batch's claim of a key, which is judged before anything that is confirmed."""
    return next((c for c in claims if c.state in OPEN_STATES and c.mark is not Mark.SET_ASIDE), None)


def last_confirmed(claims: Iterable[Claim]) -> Claim | None:
    """Rule 3: the claim that was confirmed last, so that A, B, A is three versions.

    A key has one open claim at a time, therefore the order of its batches is the order of its confirmations.
    """
    done = [c for c in claims if is_confirmed(c)]
    return max(done, key=lambda c: c.batch_id, default=None)


def is_confirmed(claim: Claim) -> bool:
    """Whether a claim's version is at the target: marked so, or not set aside in a batch that has ended."""
    return claim.mark is Mark.CONFIRMED or (claim.mark is Mark.AS_BATCH and claim.state in ENDED_STATES)


def claimed_since(claims: Iterable[Claim], began_seq: int) -> int | None:
    """Rule 3: the batch that claimed the key after this poll began; what this poll read may be older."""
    return next((c.batch_id for c in claims if c.claimed_seq > began_seq), None)


def is_due(item: Item, *, blocker_open: bool, cause_gone: bool, time_has_come: bool) -> bool:
    """Rule 6: whether a poll retries an exception.

    Args:
        item: the open exception.
        blocker_open: whether the batch it waits for is still open.
        cause_gone: whether its local cause (a mapping, an account) is gone.
        time_has_come: whether its retry time has passed; True where it has none.
    """
    if item.kind is ItemKind.DOUBT:
        return False
    if item.requested:
        return True
    if item.kind is ItemKind.WAITING:
        return not blocker_open
    if item.kind is ItemKind.MAPPING:
        return cause_gone
    return item.kind in (ItemKind.RETRY, ItemKind.UNREADABLE) and time_has_come


def closes(item: Item, began_seq: int) -> bool:
    """Rule 6: a confirmed version closes the exception if it was read after the exception was last opened."""
    return item.opened_seq <= began_seq


def may_take_over(state: BatchState, *, own_run: bool, run_finished: bool) -> bool:
    """Rule 5: a poll takes over `staged` batches of its own run and of finished ones."""
    return state is BatchState.STAGED and (own_run or run_finished)


def own_batch_stands(state: BatchState, claimed_seq: int, began_seq: int) -> bool:
    """Rule 5: the run's own batch is returned instead of staging another: frozen, or newer than this poll."""
    return state is not BatchState.STAGED or claimed_seq > began_seq


def safe_to(cursors: Iterable[str], high: str, *, backfill: bool) -> str | None:
    """Rule 9: the greatest cursor read that lies within the window; none for a backfill or an empty window."""
    if backfill:
        return None
    within = [cursor for cursor in cursors if not high or cursor <= high]
    return max(within, default=None)


@dataclass(frozen=True)
class CommitView:
    """What rule 9 looks at: a batch, as the ledger holds it."""

    state: BatchState
    generation: int
    low: str
    safe_to: str | None


def watermark_after(current: str, generation: int, batches: Iterable[CommitView]) -> str:
    """Rule 9: max(watermark, min(greatest `safe_to` of committed batches, lowest lower end of open ones)).

    Batches of an older generation than the lane's confirm rows and move nothing.
    """
    views = list(batches)
    safe = [
        view.safe_to
        for view in views
        if view.state is BatchState.COMMITTED and view.safe_to is not None and view.generation == generation
    ]
    if not safe:
        return current
    held = [view.low for view in views if view.state in OPEN_STATES]
    return max(current, min([max(safe), *held]))


def is_behind(ledger_id: str, seq: int, other_ledger_id: str | None, other_seq: int | None) -> bool:
    """Rule 4: a marker or an XCom from another ledger, or ahead of this one, means a restored or swapped database."""
    if other_ledger_id is None or other_seq is None:
        return False
    return other_ledger_id != ledger_id or other_seq > seq
