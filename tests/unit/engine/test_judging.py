"""Rule 3 and 6 against a plain restatement of the model's cascade, over many thousand histories of a key."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from airflow_provider_mlconnector.engine import rules
from airflow_provider_mlconnector.engine.rules import BatchState, Claim, Item, ItemKind, Mark, Verdict
from airflow_provider_mlconnector.streams.declaration import OnChange

CASES = 60_000
VERSIONS = (b"A", b"B", b"C")
BEGAN = 10


def history(random: Random) -> list[Claim]:
    """A key's claims: batches in order, at most the last one open, some claimed after the poll began."""
    ended = (BatchState.COMMITTED, BatchState.ABANDONED, BatchState.SUPERSEDED)
    states = [random.choice(ended) for _ in range(random.randrange(4))]
    if random.random() < 0.4:
        states.append(random.choice((BatchState.STAGED, BatchState.SENDING)))
    seqs = sorted(random.sample(range(6, 14), len(states)))
    return [
        Claim(number, random.choice(VERSIONS), state, random.choice(tuple(Mark)), seq, random.random() < 0.8)
        for number, (state, seq) in enumerate(zip(states, seqs, strict=True), 1)
    ]


def exception(random: Random) -> Item | None:
    if random.random() < 0.4:
        return None
    kind, version = random.choice(tuple(ItemKind)), random.choice((None, *VERSIONS))
    return Item(kind, random.randrange(6, 14), version, requested=random.random() < 0.3)


def cascade(
    version: bytes,
    claims: list[Claim],
    item: Item | None,
    *,
    due: bool,
    on_change: OnChange,
    dismissed: bool,
) -> tuple[Verdict, int | None]:
    """What the rule says, one line for each clause."""
    done: Claim | None = None
    holder: Claim | None = None
    later: int | None = None
    for claim in claims:
        if claim.mark is Mark.CONFIRMED or (claim.mark is Mark.AS_BATCH and claim.state in ("committed", "abandoned")):
            done = claim
        if claim.state in ("staged", "sending") and claim.mark is not Mark.SET_ASIDE:
            holder = claim
        if claim.claimed_seq > BEGAN and later is None:
            later = claim.batch_id
    known = Verdict.KNOWN_CLOSES_ITEM if item is not None and item.opened_seq <= BEGAN else Verdict.KNOWN
    wanted = item is not None and item.requested
    changes = done is not None and not wanted
    clauses = [
        (item is not None and item.kind is ItemKind.DOUBT, Verdict.HELD),
        (holder is not None and holder.version == version, Verdict.KNOWN),
        (
            holder is None and done is not None and done.version == version,
            Verdict.REBASELINE if done is not None and done.renewed and item is None else known,
        ),
        (dismissed and item is None, Verdict.KNOWN),
        (holder is not None or later is not None, Verdict.WAIT),
        (item is not None and item.version == version and not due, Verdict.HELD),
        (changes and on_change is OnChange.IGNORE, known),
        (changes and on_change is OnChange.EXCEPTION, Verdict.CHANGED),
        (True, Verdict.CLAIM),
    ]
    verdict = next(said for holds, said in clauses if holds)
    waits_for = holder.batch_id if holder else later
    return verdict, waits_for if verdict is Verdict.WAIT else None


def test_rows_are_judged_as_the_model_judges_them() -> None:
    random = Random(3)
    seen: set[Verdict] = set()
    for _ in range(CASES):
        version, claims, item = random.choice(VERSIONS), history(random), exception(random)
        due, dismissed = random.random() < 0.3, random.random() < 0.1
        on_change = random.choice(tuple(OnChange))
        judged = rules.judge(
            version, claims, item, began_seq=BEGAN, due=due, on_change=on_change, dismissed=dismissed,
        )  # fmt: skip
        expected = cascade(version, claims, item, due=due, on_change=on_change, dismissed=dismissed)
        assert (judged.verdict, judged.blocker) == expected, (version, claims, item, due, on_change, dismissed)
        seen.add(judged.verdict)
    assert seen == set(Verdict) - {Verdict.MISSED}, "which is only said of rows that are past their state"


def situations() -> Iterator[tuple[ItemKind, bool, bool, bool, bool]]:
    yield from product(ItemKind, *[(False, True)] * 4)


def test_each_kind_of_exception_is_due_by_its_own_cause() -> None:
    for kind, requested, blocker_open, cause_gone, time in situations():
        expected = {
            ItemKind.DOUBT: False,
            ItemKind.WAITING: requested or not blocker_open,
            ItemKind.MAPPING: requested or cause_gone,
            ItemKind.RETRY: requested or time,
            ItemKind.UNREADABLE: requested or time,
            ItemKind.CHANGED: requested,
            ItemKind.VANISHED: requested,
            ItemKind.REJECTED: requested,
            ItemKind.TWIN: requested,
        }
        item = Item(kind, 1, b"A", requested=requested)
        due = rules.is_due(item, blocker_open=blocker_open, cause_gone=cause_gone, time_has_come=time)
        assert due is expected[kind], (kind, requested, blocker_open, cause_gone, time)


def test_batches_of_its_own_run_and_of_finished_runs_are_taken_over() -> None:
    taken = {
        (state, own, finished)
        for state, own, finished in product(BatchState, (True, False), (True, False))
        if rules.may_take_over(state, own_run=own, run_finished=finished)
    }
    either = ((True, True), (True, False), (False, True))
    assert taken == {(BatchState.STAGED, own, finished) for own, finished in either}


def test_the_run_s_own_batch_stands_if_it_is_frozen_or_newer() -> None:
    for state, claimed in product(BatchState, (9, 10, 11)):
        assert rules.own_batch_stands(state, claimed, BEGAN) is (state is not BatchState.STAGED or claimed > BEGAN)
