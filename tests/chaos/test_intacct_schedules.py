"""A few schedules of `make chaos FLOW=intacct_to_sftp`, and proof that what is judged of EDI alone can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_mlconnector.ledger.database import Ledger
from tests.chaos import judge, judge_edi, x12_files
from tests.chaos.answers import ACCEPTED, RECEIVED, REJECTED, SENT, SOME_REJECTED
from tests.chaos.flow import Arrival, Traits
from tests.chaos.intacct_to_sftp import IntacctToSftp
from tests.chaos.judge import Aside, Evidence
from tests.chaos.judge_edi import Gap, Told, gap
from tests.chaos.order import EXECUTED, PUSHED, STARTED
from tests.chaos.schedule import Action, Schedule, each_point, make
from tests.chaos.transmissions import Record, Transmission
from tests.chaos.verdict import run
from tests.chaos.workers import Workers
from tests.chaos.world import World

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def flow() -> Iterator[IntacctToSftp]:
    with IntacctToSftp() as entered:
        yield entered


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(IntacctToSftp.dag) as entered:
        yield entered


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_ends_with_every_bill_once(flow: IntacctToSftp, workers: Workers, seed: int) -> None:
    made = make(flow, seed)
    verdict = run(flow, workers, made)
    assert not verdict.what, f"{verdict.reason}\n{made.story()}"


@pytest.mark.slow(reason="one run of six processes for every failure point, each killed there")
@pytest.mark.timeout(600)
def test_a_try_killed_where_numbers_and_answers_are_handled_loses_and_doubles_nothing(
    flow: IntacctToSftp, workers: Workers
) -> None:
    # The other tasks are those of the first flow, which is killed at every point of them.
    verdict = run(flow, workers, each_point(flow, "kill", ("format", "acknowledge")))
    assert not verdict.what, verdict.reason


def test_an_undisturbed_run_reaches_every_point(flow: IntacctToSftp, workers: Workers, tmp_path: Path) -> None:
    traits = Traits(server="openssh", answers_moved=True)
    flow.start(tmp_path, traits)
    world = World(flow, traits, tmp_path, workers)
    try:
        begun = world.airflow.new_run("scheduled")
        for task in flow.lanes[""].upstream:
            if task == "acknowledge":
                assert flow.act(SOME_REJECTED, 1)
            assert world.start(begun, task), begun.errors
        reached = {order.task: tuple(outcome.reached) for order, outcome in world.outcomes}
    finally:
        world.clean()
        flow.stop()
    assert reached == {task: (STARTED, *points, EXECUTED, PUSHED) for task, points in flow.points.items()}


ONE_BILL = (
    "ISA*00*          *00*          *ZZ*US             *ZZ*THEM           *260331*1200*U*00401*000000007*0*T*>~"
    "GS*IN*US*THEM*20260331*1200*5*X*004010~ST*810*0009~BIG*20260331*INV**v1***CR~CUR*SE*EUR~REF*ZZ*1001~"
    "IT1*1*1*EA*5~REF*ZZ*300~TDS*1234~CTT*1~SE*{count}*0009~GE*1*5~IEA*1*000000007~"
)
SENT_ONCE: list[Action] = [("run", "scheduled"), ("go", 1, "commit")]
OF_VENDORS: Action = ("run", "scheduled", "", "", "vendors")


@pytest.mark.parametrize(
    ("broken", "actions", "what"),
    [
        ("numbers again", [*SENT_ONCE, ("source", "new", 1)], "doubled"),
        (
            "gaps untold",
            [("run", "scheduled"), ("go", 1, "format", "kill", "numbers_allotted", 1), ("clear run", 1)],
            "lost",
        ),
        ("rejections ignored", [*SENT_ONCE, ("source", SOME_REJECTED, 0)], "lost"),
        (
            "last answer stands",
            [*SENT_ONCE, ("source", SOME_REJECTED, 0), ("source", "partner contradicts", 1)],
            "stuck",
        ),
        ("states unkept", [*SENT_ONCE, ("source", "partner accepts", 0)], "lost"),
        ("overdue untold", SENT_ONCE, "stuck"),
        ("files forgotten", [*SENT_ONCE, ("source", "partner accepts", 0)], "stuck"),
        ("deletions untold", [*SENT_ONCE, ("source", "deleted", 0)], "lost"),
    ],
)
def test_a_broken_rule_is_noticed(
    flow: IntacctToSftp, workers: Workers, broken: str, actions: Sequence[Action], what: str
) -> None:
    made = Schedule(0, Traits(server="openssh", answers_due=broken == "overdue untold"), actions)
    assert run(flow, workers, made).what == ""
    assert run(flow, workers, made, broken).what == what


@pytest.mark.parametrize(
    ("broken", "ledger", "actions", "what"),
    [
        ("counted by lane", "sqlite", [*SENT_ONCE, OF_VENDORS, ("go", 2, "commit")], "doubled"),
        # The database itself refuses to have a number twice.
        (
            "numbers unlocked", "postgresql",
            [
                *SENT_ONCE, ("source", "new", 1), ("run", "scheduled"),
                ("go", 2, "format", "pause", "number_read", 2), OF_VENDORS, ("go", 3, "commit"), ("wake", 2, "format"),
            ],
            "stuck",
        ),
    ],
)  # fmt: skip
def test_a_broken_rule_of_numbers_that_lanes_share_is_noticed(
    flow: IntacctToSftp, workers: Workers, broken: str, ledger: str, actions: Sequence[Action], what: str
) -> None:
    traits = Traits(ledger, server="openssh", max_active_runs=2, beside=("vendors",))
    made = Schedule(0, traits, actions)
    assert run(flow, workers, made).what == ""
    assert run(flow, workers, made, broken).what == what


def test_a_file_that_comes_again_is_the_same_and_was_asked_for(flow: IntacctToSftp, tmp_path: Path) -> None:
    flow.start(tmp_path, Traits(server="openssh"))
    ledger = Ledger(flow.ledger_url())
    file, data = tmp_path / "partner" / "in" / "BILLS.x12", ONE_BILL.format(count=9).encode()
    arrived = []
    try:
        for again in (data, data, data.replace(b"1234", b"1235")):
            file.write_bytes(again)
            flow.look()
            arrived.append(len(flow.arrivals()))
            altered = list(flow.further(ledger, resting=False))
            flow.target_takes()
            if len(arrived) == 1:
                flow.replayed(file.name)
    finally:
        ledger.engine.dispose()
        flow.stop()
    assert arrived == [1, 1, 2]
    assert altered == [("doubled", "BILLS.x12 came again with other bytes")]


EVIDENCE = Evidence(
    history={"a": ["1"]},
    arrivals=[Arrival("a", "1", "1.00", "EUR", "first"), Arrival("a", "1", "1.00", "EUR", "second")],
    aside={},
    dismissed=(),
    amounts={"a": ("1.00", "EUR")},
    watermarks={"": "2026-03-31"},
    resting={"": {"2026-03-31"}},
    refused={("a", "first"): 1},
)
ASIDE = {"a": Aside("rejected", "segments in error")}
BOTH_REFUSED = {("a", "first"): 1, ("a", "second"): 2}


@pytest.mark.parametrize(
    ("evidence", "doubled", "lost", "stuck"),
    [
        (EVIDENCE, 0, 0, 0),
        (replace(EVIDENCE, refused={}), 2, 0, 0),
        (replace(EVIDENCE, refused={("a", "first"): 2}), 2, 0, 0),
        (replace(EVIDENCE, refused=BOTH_REFUSED), 0, 1, 0),
        (replace(EVIDENCE, refused=BOTH_REFUSED, aside=ASIDE), 0, 0, 0),
        (replace(EVIDENCE, refused=BOTH_REFUSED, dismissed={"a"}), 0, 0, 0),
        (replace(EVIDENCE, aside=ASIDE), 0, 0, 1),
    ],
)
def test_what_was_refused_comes_again_or_stands_in_the_exceptions(
    evidence: Evidence, doubled: int, lost: int, stuck: int
) -> None:
    assert len(list(judge.doubled(evidence))) == doubled
    assert len(list(judge.lost(evidence))) == lost
    assert len(list(judge.stuck(evidence))) == stuck


def transmission(number: int, *sets: int) -> Transmission:
    controls = tuple(f"{each:04d}" for each in sets)
    bills = tuple(Record(each, each, "", "1.00", "EUR", 1) for each in controls)
    return Transmission(f"file {number}", "acme", f"{number:09d}", str(number), controls, bills, ())


FIRST, SECOND = transmission(1, 1, 2), transmission(2, 4)
FOLLOWING = {"acme interchange": 3, "acme group": 3, "acme set": 5}
GAP = gap("edi:acme:out:set 3", 1, "batch 7: superseded before it was sent")


def test_a_control_number_is_used_once() -> None:
    assert not list(judge_edi.used_twice([FIRST, SECOND]))
    [reason] = judge_edi.used_twice([FIRST, replace(SECOND, interchange="000000001")])
    assert reason == "acme interchange 1 is used in file 1 and in file 2"
    assert len(list(judge_edi.used_twice([FIRST, transmission(2, 2)]))) == 1


@pytest.mark.parametrize(
    ("gaps", "following", "count"),
    [
        ([GAP], FOLLOWING, 0),
        ([], FOLLOWING, 1),
        ([gap("edi:acme:out:set", 1, "batch 7: formatted anew with fewer; 1 of 1 to 2, 3 are not used")], FOLLOWING, 0),
        ([gap("edi:acme:out:set", 1, "batch 7: formatted anew with fewer; 1 of 1 to 2 are not used")], FOLLOWING, 2),
        ([GAP, Gap("acme set", frozenset({4}), 1)], FOLLOWING, 1),
        ([GAP], {**FOLLOWING, "acme set": 6}, 1),
        ([GAP], {**FOLLOWING, "acme group": 2}, 1),
    ],
)
def test_a_number_arrives_or_is_audited(gaps: Sequence[Gap], following: dict[str, int], count: int) -> None:
    assert len(list(judge_edi.missing([FIRST, SECOND], gaps, following))) == count


@pytest.mark.parametrize(
    ("sets", "state"),
    [
        ([ACCEPTED, ACCEPTED], ACCEPTED),
        ([ACCEPTED, REJECTED], "partly"),
        ([REJECTED], REJECTED),
        ([RECEIVED, ACCEPTED], RECEIVED),
        ([SENT, ACCEPTED], SENT),
    ],
)
def test_the_ledger_says_what_the_partner_has_said(sets: Sequence[str], state: str) -> None:
    said = {"000000001": dict(zip(("1", "2"), sets, strict=False))}
    assert not list(judge_edi.answered(said, {"000000001": Told(state, said["000000001"])}))
    assert list(judge_edi.answered(said, {"000000001": Told("unknown", said["000000001"])}))
    assert list(judge_edi.answered(said, {"000000001": Told(state, {"1": "unknown"})}))
    assert list(judge_edi.answered(said, {}))
    assert list(judge_edi.answered({}, {"000000001": Told(state, {})}))


def test_a_file_is_taken_apart_and_its_own_numbers_are_checked() -> None:
    sent = x12_files.read("file", ONE_BILL.format(count=9).encode())
    assert (sent.interchange, sent.group, sent.faults) == ("000000007", "5", ())
    assert sent.records == (Record("0009", "1001", "v1", "-12.34", "EUR", 1),)
    assert len(list(judge_edi.broken([x12_files.read("file", ONE_BILL.format(count=8).encode())]))) == 1
