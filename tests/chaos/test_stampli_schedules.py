"""A few schedules of `make chaos FLOW=stampli_to_syspro`, and proof that what is judged of books can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from tests.chaos import judge_posted
from tests.chaos.exports import APPROVED, CREDIT, INVOICES, PAID, PAYMENTS, VOID, Exports, Record
from tests.chaos.flow import Arrival, Traits
from tests.chaos.order import EXECUTED, PUSHED, STARTED
from tests.chaos.schedule import Action, Schedule, each_point, make
from tests.chaos.stampli_to_syspro import LOST_ANSWER, StampliToSyspro
from tests.chaos.syspro_books import Books, Entry
from tests.chaos.verdict import run
from tests.chaos.workers import Workers
from tests.chaos.world import World

SEEDS = (1, 2, 3)
INVOICES_KEPT = Traits(server=INVOICES, keeps_session=True, answers_moved=True)
PAYMENTS_ALONE = Traits(server=PAYMENTS)


@pytest.fixture(scope="module")
def flow() -> Iterator[StampliToSyspro]:
    with StampliToSyspro() as entered:
        yield entered


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(StampliToSyspro.dag) as entered:
        yield entered


@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_ends_with_every_record_once(flow: StampliToSyspro, workers: Workers, seed: int) -> None:
    made = make(flow, seed)
    verdict = run(flow, workers, made)
    assert not verdict.what, f"{verdict.reason}\n{made.story()}"


@pytest.mark.slow(reason="one run of four processes for every failure point around a post, each killed or paused there")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("how", "tasks", "traits"),
    [
        ("kill", ("post",), PAYMENTS_ALONE),
        ("pause", ("post",), PAYMENTS_ALONE),
        ("kill", ("poll", "post"), INVOICES_KEPT),
        ("pause", ("post",), INVOICES_KEPT),
    ],
)
def test_a_try_hurt_at_every_point_loses_and_doubles_nothing(
    flow: StampliToSyspro, workers: Workers, how: str, tasks: Sequence[str], traits: Traits
) -> None:
    verdict = run(flow, workers, each_point(flow, how, tasks, traits))
    assert not verdict.what, verdict.reason


def test_a_run_whose_answer_is_lost_reaches_every_point(
    flow: StampliToSyspro, workers: Workers, tmp_path: Path
) -> None:
    flow.start(tmp_path, INVOICES_KEPT)
    world = World(flow, INVOICES_KEPT, tmp_path, workers)
    try:
        first = world.airflow.new_run("scheduled")
        for task in flow.lanes[""].upstream:
            assert world.start(first, task), first.errors
        assert flow.act("new", 0)
        assert flow.act(LOST_ANSWER, 0)
        second = world.airflow.new_run("scheduled")
        for task in flow.lanes[""].upstream:
            assert world.start(second, task), second.errors
        reached = {order.task: tuple(outcome.reached) for order, outcome in world.outcomes}
    finally:
        world.clean()
        flow.stop()
    assert reached == {task: (STARTED, *points, EXECUTED, PUSHED) for task, points in flow.points.items()}


LOST: list[Action] = [("source", LOST_ANSWER, 0), ("run", "scheduled"), ("go", 1, "commit")]


@pytest.mark.parametrize(
    ("broken", "actions", "what"),
    [
        ("look-up skipped", LOST, "doubled"),
        ("doubts unwaited", [("source", "syspro: at work when the line drops", 0), *LOST[1:]], "doubled"),
        ("sessions unfenced", [("source", "syspro: at work until asked again", 1), *LOST[1:]], "doubled"),
        (
            "intents late",
            [("run", "scheduled"), ("go", 1, "post", "kill", "called", 1), ("clear with downstream", 1, "post")],
            "doubled",
        ),
        (
            "intents unchecked",
            [
                ("run", "scheduled"),
                ("go", 1, "post", "pause", "renewed", 1),
                ("clear with downstream", 1, "post"),
                ("go", 1, "post"),
                ("wake", 1, "post"),
            ],
            "doubled",
        ),
        ("void posted", [("source", "new void", 0)], "doubled"),
    ],
)
def test_a_broken_rule_is_noticed(
    flow: StampliToSyspro, workers: Workers, broken: str, actions: Sequence[Action], what: str
) -> None:
    made = Schedule(0, PAYMENTS_ALONE, actions)
    assert run(flow, workers, made).what == ""
    assert run(flow, workers, made, broken).what == what


# The judge.


def exported(tmp_path: Path) -> tuple[Exports, str]:
    made = Exports(tmp_path / "out", INVOICES)
    return made, next(iter(made.records))


def history(made: Exports, key: str, *there: str) -> Sequence[str] | None:
    arrivals = [Arrival(key, amount, amount, "EUR", "0") for amount in there]
    return judge_posted.history(made.versions, arrivals).get(key)


def books_with(made: Exports, *records: Record) -> Books:
    books = Books({made.entity: made})
    books.entries = [Entry(one.key, one.kind, "", one.supplier, one.invoice, one.gross, "EUR") for one in records]
    return books


def groundless(made: Exports, books: Books, key: str, kind: str) -> bool:
    item = ExceptionItem(
        1, 1, b"", key, "open", kind, "because", "", None, None, 1, 1, "run", 0, None, False, datetime.now(UTC),
        None, "", "",
    )  # fmt: skip
    return bool(list(judge_posted.groundless({key: item}, made.versions, books)))


def test_only_what_was_approved_concerns_syspro(tmp_path: Path) -> None:
    made, key = exported(tmp_path)
    first = made.records[key]
    assert first.status == APPROVED
    assert history(made, key) == [first.gross]
    made.there = {key}
    assert made.act("paid", 0)
    assert (made.records[key].status, history(made, key)) == (PAID, [first.gross])
    assert made.act("new pending", 0)
    assert history(made, list(made.records)[-1]) is None
    assert made.act("voided", 0)
    assert made.records[key].status == VOID
    assert history(made, key) is None
    assert history(made, key, first.gross) == [first.gross, judge_posted.VOIDED]


@pytest.mark.parametrize(
    ("kind", "there", "said"),
    [("changed", True, False), ("changed", False, True), ("mapping", False, True), ("rejected", False, True)],
)
def test_nothing_is_set_aside_without_a_reason(tmp_path: Path, kind: str, *, there: bool, said: bool) -> None:
    made, key = exported(tmp_path)
    books = books_with(made, *([made.records[key]] if there else []))
    assert groundless(made, books, key, kind) is said


def test_a_credit_note_waits_for_its_invoice_and_for_nothing_else(tmp_path: Path) -> None:
    made, key = exported(tmp_path)
    assert made.act("credit", 0)
    credit = next(each for each, one in made.records.items() if one.kind == CREDIT)
    assert not groundless(made, books_with(made), credit, "mapping")
    assert groundless(made, books_with(made, made.records[key]), credit, "mapping")
