"""Control numbers: no number twice, and none lost unaudited, whoever asks, and whatever becomes of their batches."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.formats.edi.profile import ControlRange
from airflow_provider_mlconnector.ledger import audit, batches, lanes, numbers
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName
from tests.support.together import together

SETS = "edi:acme:out:set"


@pytest.fixture
def lane(ledger: Ledger) -> Lane:
    with ledger.write() as connection:
        return lanes.lock(connection, LaneName("flow", "stream", "target"))


def batch(ledger: Ledger, lane: Lane) -> int:
    with ledger.write() as connection:
        return batches.add(
            connection, lane_id=lane.id, run_id="run", dag_id="dag", folder="f", manifest_sha256="", low="", high="",
            generation=1, hash_version="", began_seq=0, claimed_seq=1, rows=0, counts={}, totals={},
        )  # fmt: skip


def allot(ledger: Ledger, owner: int, count: int, slot: str = "set") -> int:
    with ledger.write() as connection:
        return numbers.allot_block(connection, SETS, owner, slot, count)


def give_back(ledger: Ledger, owner: int, used: int, slot: str = "set", first: int | None = None) -> bool:
    """By the try that has the block as it is now, unless another first number is given."""
    with ledger.write() as connection:
        blocks = [block.first for block in numbers.of_batch(connection, owner, SETS) if block.slot == slot]
        begins = first if first is not None else blocks[0] if blocks else 0
        return numbers.give_back(connection, SETS, owner, slot, used, begins)


def gaps(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return [event.object for event in audit.search(connection, {"event": numbers.GAP}, None, None, 1000)][::-1]


def blocks(ledger: Ledger, owner: int) -> list[tuple[int, int]]:
    with ledger.read() as connection:
        return [(block.first, block.count) for block in numbers.of_batch(connection, owner, "edi:")]


def test_a_slot_keeps_its_block(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    given_ = [allot(ledger, one, 5), allot(ledger, two, 3), allot(ledger, one, 5), allot(ledger, one, 2, "other")]
    assert given_ == [1, 6, 1, 9]
    assert gaps(ledger) == []


def test_what_is_not_used_goes_back(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 5)
    assert give_back(ledger, one, 3)
    assert give_back(ledger, one, 3)
    assert allot(ledger, two, 1) == 4
    assert gaps(ledger) == []


def test_what_can_not_go_back_is_an_audited_gap(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 5)
    allot(ledger, two, 1)
    assert not give_back(ledger, one, 3)
    assert gaps(ledger) == [f"{SETS} 4 to 5"]
    assert give_back(ledger, one, 3)
    assert gaps(ledger) == [f"{SETS} 4 to 5"]
    assert blocks(ledger, one) == [(1, 3)]


def test_a_slot_that_uses_nothing_leaves_nothing(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 2)
    assert give_back(ledger, one, 0)
    assert allot(ledger, two, 2) == 1
    assert allot(ledger, one, 2) == 3
    allot(ledger, two, 1, "other")
    assert not give_back(ledger, one, 0)
    assert gaps(ledger) == [f"{SETS} 3 to 4"]
    assert blocks(ledger, one) == []


def test_a_batch_that_is_formatted_again_keeps_its_numbers_while_it_can(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 5)
    give_back(ledger, one, 3)
    assert allot(ledger, one, 5) == 1
    give_back(ledger, one, 3)
    assert allot(ledger, two, 1) == 4
    assert allot(ledger, one, 3) == 1
    assert allot(ledger, one, 4) == 5
    assert gaps(ledger) == [f"{SETS} 1 to 3"]
    assert blocks(ledger, one) == [(5, 4)]


def test_what_an_earlier_output_of_a_batch_uses_goes_to_nobody_else(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 5)
    give_back(ledger, one, 4)
    allot(ledger, one, 5)
    assert give_back(ledger, one, 2)
    assert allot(ledger, two, 1) == 5
    assert blocks(ledger, one) == [(1, 4)]


def test_a_try_that_was_overtaken_by_another_of_its_batch_does_not_go_on(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    allot(ledger, one, 5)
    give_back(ledger, one, 2)
    allot(ledger, two, 1)
    with pytest.raises(TransientError, match="another try"):
        give_back(ledger, one, 5)
    with pytest.raises(TransientError, match="another try"):
        give_back(ledger, one, 1, "never asked for")


@pytest.mark.parametrize("state", ["superseded", "sending"])
def test_a_batch_that_is_past_formatting_gets_no_new_numbers(ledger: Ledger, lane: Lane, state: str) -> None:
    one = batch(ledger, lane)
    allot(ledger, one, 2)
    with ledger.write() as connection:
        batches.change_state(connection, one, "staged", state)
    assert allot(ledger, one, 2) == 1
    for count, slot in ((3, "set"), (1, "other")):
        with pytest.raises(TransientError, match=state):
            allot(ledger, one, count, slot)
    with pytest.raises(IntegrityError, match="no batch 99"):
        allot(ledger, 99, 1)
    with pytest.raises(ValueError, match="0 numbers"):
        allot(ledger, one, 0)


def test_blocks_do_not_overlap_when_many_ask_at_once(ledger: Ledger, lane: Lane) -> None:
    owners = [batch(ledger, lane) for _ in range(8)]

    def work(one: int) -> list[int]:
        taken: list[int] = []
        for number, slot in enumerate("abc"):
            first = allot(ledger, owners[one], 5, slot)
            used = (one + number) % 6
            give_back(ledger, owners[one], used, slot)
            taken += range(first, first + used)
        return taken

    taken = [number for some in together(8, work) for number in some]
    assert len(set(taken)) == len(taken)
    with ledger.read() as connection:
        top = numbers.peek(connection, SETS)
    assert sorted([*taken, *lost(gaps(ledger))]) == list(range(1, top))


def test_tries_of_one_batch_that_ask_at_once_get_one_block(ledger: Ledger, lane: Lane) -> None:
    one = batch(ledger, lane)
    assert set(together(6, lambda _: allot(ledger, one, 4))) == {1}
    with ledger.read() as connection:
        assert numbers.peek(connection, SETS) == 5


def lost(found: Sequence[str]) -> list[int]:
    """The numbers that the audit names as gaps."""
    spans = [each.removeprefix(f"{SETS} ").split(" to ") for each in found]
    return [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]


def test_no_number_is_used_twice_or_lost_unaudited(ledger: Ledger, lane: Lane) -> None:
    """Tries of several batches, and several of one batch, in any order."""

    class Batches(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.name = f"edi:p{id(self)}:out:set"
            self.asked: list[tuple[int, int, int]] = []
            self.made: dict[int, list[set[int]]] = {}

        @rule()
        def stage(self) -> None:
            self.made[batch(ledger, lane)] = []

        @precondition(lambda self: self.made)
        @rule(which=st.integers(0, 99), count=st.integers(1, 4))
        def ask(self, which: int, count: int) -> None:
            owner = sorted(self.made)[which % len(self.made)]
            with ledger.write() as connection:
                first = numbers.allot_block(connection, self.name, owner, "set", count)
            self.asked.append((owner, first, count))

        @precondition(lambda self: self.asked)
        @rule(which=st.integers(0, 99), used=st.integers(0, 4))
        def finish(self, which: int, used: int) -> None:
            owner, first, count = self.asked.pop(which % len(self.asked))
            used = min(used, count)
            try:
                with ledger.write() as connection:
                    numbers.give_back(connection, self.name, owner, "set", used, first)
            except TransientError:
                return
            self.made[owner].append(set(range(first, first + used)))

        @invariant()
        def each_number_is_accounted_for(self) -> None:
            with ledger.read() as connection:
                top = numbers.peek(connection, self.name)
                held = {
                    owner: {
                        number
                        for block in numbers.of_batch(connection, owner, self.name)
                        for number in range(block.first, block.first + block.count)
                    }
                    for owner in self.made
                }
                events = audit.search(connection, {"event": numbers.GAP}, None, None, 10_000)
                named = [event.object for event in events if event.object.startswith(self.name)]
            gone = set(lost([each.replace(self.name, SETS) for each in named]))
            everywhere = [number for some in held.values() for number in some]
            assert len(everywhere) == len(set(everywhere))
            assert set(everywhere) | gone == set(range(1, top))
            for owner, outputs in self.made.items():
                others = {number for other, some in held.items() if other != owner for number in some}
                used_by_others = {
                    number for other, some in self.made.items() if other != owner for one in some for number in one
                }
                for output in outputs:
                    assert not output & (others | used_by_others)

    Batches.TestCase.settings = settings(
        max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    Batches.TestCase("runTest").runTest()


@given(st.integers(0, 50), st.integers(2, 60), st.integers(1, 500))
def test_what_is_written_begins_anew_behind_the_last(first: int, length: int, number: int) -> None:
    shown = ControlRange(first=first, last=first + length - 1, digits=9).shown
    assert len(shown(number)) == 9
    assert first <= int(shown(number)) <= first + length - 1
    assert shown(number + length) == shown(number)
    written = [shown(each) for each in range(number, number + length)]
    assert len(set(written)) == length
    following = first if int(shown(number)) == first + length - 1 else int(shown(number)) + 1
    assert int(shown(number + 1)) == following


def test_the_greatest_range_begins_anew() -> None:
    whole = ControlRange(digits=9)
    assert [whole.shown(number) for number in (1, 999_999_999, 1_000_000_000)] == [
        "000000001",
        "999999999",
        "000000001",
    ]
