"""Files that come in: taken in once, whole, under growing numbers."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import failure_points, receiving
from airflow_provider_mlconnector.ledger import audit, inbox
from airflow_provider_mlconnector.ledger.inbox import InboxFile
from tests.support.engine_looks import open_alerts
from tests.support.inbox_world import InboxWorld

PAIRS = {"patterns": {"invoices": r"inv_(?P<part>header|lines)_(?P<stamp>\d+)\.csv"}}


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> InboxWorld:
    return InboxWorld(tmp_path, url=ledger_url)


def numbered(world: InboxWorld) -> list[tuple[str, int | None]]:
    return [(file.name, file.number) for file in world.files(inbox.KEPT)]


def staged(world: InboxWorld, file: InboxFile) -> bytes:
    return world.staging.read_bytes(file.staged, receiving.staged_name(file))


def test_files_are_kept_whole_and_numbered_by_their_time_then_name(world: InboxWorld) -> None:
    world.put("invoices_b.csv", b"2", at=10)
    world.put("invoices_c.csv", b"3", at=5)
    world.put("invoices_a.csv", b"1", at=10)
    assert world.receive().counts == {"kept": 3}
    assert [name for name, _ in numbered(world)] == ["invoices_c.csv", "invoices_a.csv", "invoices_b.csv"]
    numbers = [number or 0 for _, number in numbered(world)]
    assert numbers == sorted(set(numbers))
    assert [staged(world, file) for file in world.files()] == [b"3", b"1", b"2"]
    assert world.files()[0].sha256 == sha256(b"3").hexdigest()
    assert world.slept == [30]
    assert world.receive().counts == {}
    assert world.slept == [30]


@pytest.mark.parametrize("name", ["invoices.csv.tmp", "invoices.part", ".invoices.csv", "vendors.csv", "invoices.txt"])
def test_what_is_being_written_or_is_of_another_kind_is_left(world: InboxWorld, name: str) -> None:
    world.put(name, b"1")
    assert world.receive().counts == {}
    assert world.files() == []


def test_a_file_is_left_while_it_grows(world: InboxWorld) -> None:
    world.put("invoices.csv", b"1")

    def grow(seconds: float) -> None:
        InboxWorld.sleep(world, seconds)
        world.put("invoices.csv", b"1" * len(world.slept) * 2, at=len(world.slept))

    world.sleep = grow  # type: ignore[method-assign]
    assert world.receive().counts == {"waiting": 1}
    world.sleep = lambda seconds: InboxWorld.sleep(world, seconds)  # type: ignore[method-assign]
    assert world.receive().counts == {"kept": 1}
    assert staged(world, world.files(inbox.KEPT)[0]) == b"11"


def test_a_long_settling_is_left_to_later_runs(world: InboxWorld) -> None:
    world.settings_of = {"settle_seconds": 600}
    world.put("invoices.csv", b"1")
    assert world.receive().counts == {"waiting": 1}
    world.sleep(599)
    assert world.receive().counts == {"kept": 1}
    assert world.slept == [599, 1]


def test_a_trigger_file_ends_the_waiting(world: InboxWorld) -> None:
    world.settings_of = {"trigger_endings": ".done,.ok", "patterns": {"invoices": "invoices.*"}}
    world.put("invoices_1.csv", b"1")
    world.put("invoices_2.csv", b"2")
    world.put("invoices_3.csv", b"3")
    world.put("invoices_1.csv.done", b"")
    world.put("invoices_2.ok", b"")
    assert world.receive().counts == {"kept": 2, "waiting": 1}
    assert world.slept == []
    assert sorted(name for name, _ in numbered(world)) == ["invoices_1.csv", "invoices_2.csv"]


def test_a_trigger_file_that_is_older_than_its_file_was_anothers(world: InboxWorld) -> None:
    world.settings_of = {"trigger_endings": [".done"]}
    world.put("invoices.csv", b"A")
    world.put("invoices.csv.done", b"")
    world.put("invoices.csv", b"B is being wri", at=60)
    assert world.receive().counts == {"waiting": 1}
    world.put("invoices.csv", b"B is being written", at=61)
    world.put("invoices.csv.done", b"", at=61)
    assert world.receive().counts == {"kept": 1}
    assert staged(world, world.files(inbox.KEPT)[0]) == b"B is being written"


def test_the_same_bytes_as_the_last_file_are_a_repetition(world: InboxWorld) -> None:
    for at, data in enumerate([b"A", b"A", b"B", b"A"]):
        world.put(f"invoices_{at}.csv", data, at=at)
    assert world.receive().counts == {"kept": 3, "repeated": 1}
    assert world.states()["invoices_1.csv"] == inbox.REPEATED
    with world.ledger.read() as connection:
        (event,) = audit.search(connection, {"outcome": "repeated"}, None, None, 10)
    assert event.object == "invoices_1.csv"
    assert "invoices_0.csv" in event.detail


def test_a_file_that_changes_is_another_one(world: InboxWorld) -> None:
    world.put("invoices.csv", b"A")
    world.receive()
    world.put("invoices.csv", b"B", at=1)
    world.receive()
    assert [staged(world, file) for file in world.files(inbox.KEPT)] == [b"A", b"B"]
    assert len({file.number for file in world.files()}) == 2


def test_a_file_that_vanishes_first_is_noted_and_may_come_back(world: InboxWorld) -> None:
    world.settings_of = {"settle_seconds": 600}
    world.put("invoices.csv", b"A")
    world.receive()
    (world.root / "invoices.csv").unlink()
    assert world.receive().counts == {"gone": 1}
    assert world.states() == {"invoices.csv": inbox.GONE}
    world.sleep(600)
    world.put("invoices.csv", b"A")
    assert world.receive().counts == {"waiting": 1}
    world.sleep(600)
    assert world.receive().counts == {"kept": 1}


def test_a_file_that_is_too_large_is_refused_and_told_of_once(world: InboxWorld) -> None:
    world.settings_of = {"max_file_mb": 1}
    world.put("invoices_1.csv", b"x" * 1_000_001)
    world.put("invoices_2.csv", b"1", at=1)
    assert world.receive().counts == {"kept": 1, "refused": 1}
    assert world.receive().counts == {}
    (refused,) = world.files(inbox.REFUSED)
    assert refused.detail == "1000001 bytes, where 1000000 are the most"
    assert open_alerts(world) == [receiving.refused_cause([refused])]


def test_two_files_of_a_stamp_are_one_and_half_a_pair_waits(world: InboxWorld) -> None:
    world.settings_of = PAIRS
    world.put("inv_header_1.csv", b"h1")
    world.put("inv_lines_2.csv", b"l2", at=1)
    assert world.receive().counts == {"waiting": 2}
    world.put("inv_lines_1.csv", b"l1", at=2)
    assert world.receive().counts == {"kept": 1, "waiting": 1}
    first, second = world.files(inbox.KEPT)
    assert (first.part, second.part, first.number, first.staged) == ("header", "lines", second.number, second.staged)
    assert (staged(world, first), staged(world, second)) == (b"h1", b"l1")
    world.put("inv_header_2.csv", b"h2", at=3)
    assert world.receive().counts == {"kept": 1}


def test_a_pair_repeats_only_as_a_whole(world: InboxWorld) -> None:
    world.settings_of = PAIRS
    for at, (stamp, lines) in enumerate([(1, b"l"), (2, b"l"), (3, b"other")]):
        world.put(f"inv_header_{stamp}.csv", b"h", at=2 * at)
        world.put(f"inv_lines_{stamp}.csv", lines, at=2 * at + 1)
    assert world.receive().counts == {"kept": 2, "repeated": 1}


def test_two_tasks_at_once_take_a_file_in_once(world: InboxWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("invoices.csv", b"A")
    inner: list[dict[str, int]] = []

    def meanwhile(point: str) -> None:
        if point == "file_downloaded" and not inner:
            inner.append({})
            inner[0] = dict(world.receive("other").counts)

    monkeypatch.setattr(failure_points, "_armed", meanwhile)
    outer = world.receive()
    assert (inner, outer.counts) == ([{"kept": 1}], {})
    assert len(world.files(inbox.KEPT)) == 1
    assert len(world.staging.names(world.staging.new_folder(str(world.place), "x").rpartition("/")[0])) == 1
