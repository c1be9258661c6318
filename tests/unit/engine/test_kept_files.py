"""What becomes of files after they were read: at the partner's, and of our copies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import inbox_file
from tests.support.engine_looks import kinds, sent
from tests.support.inbox_world import InboxWorld, export, invoice

DAYS = timedelta(days=31)


@pytest.fixture
def world(tmp_path: Path) -> InboxWorld:
    return InboxWorld(tmp_path)


def names(world: InboxWorld) -> list[str]:
    return sorted(str(path.relative_to(world.root)) for path in world.root.rglob("*") if path.is_file())


def grow_old(world: InboxWorld) -> None:
    """What has been taken in was so a month ago."""
    with world.ledger.write() as connection:
        connection.execute(update(inbox_file).values(taken_at=utc_now() - DAYS))


def copies(world: InboxWorld) -> list[str]:
    """The files of which we still have a copy."""
    return sorted(file.name for file in world.files() if file.staged)


def test_nothing_is_moved_unless_that_is_wanted(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    world.run("2")
    assert names(world) == ["invoices_1.csv"]


@pytest.mark.parametrize(("archive", "left"), [("move", ["archive/invoices_1.csv"]), ("delete", [])])
def test_a_file_goes_once_what_was_in_it_is_committed(world: InboxWorld, archive: str, left: list[str]) -> None:
    world.settings_of = {"archive": archive}
    world.put("invoices_1.csv", export(invoice(1)))
    world.running.add("1")
    world.poll("1")
    world.poll("2")
    assert names(world) == ["invoices_1.csv"]
    world.running.clear()
    world.run("1")
    assert names(world) == ["invoices_1.csv"]
    world.run("3")
    assert names(world) == left
    assert world.files()[0].moved_to in ("archive/invoices_1.csv", inbox.REMOVED)
    world.run("4")
    assert sent(world) == [("0001", "")]


def test_a_repeated_file_goes_with_what_it_repeats_and_a_refused_one_stays(world: InboxWorld) -> None:
    world.settings_of = {"archive": "delete"}
    world.put("invoices_1.csv", export(invoice(1)))
    world.put("invoices_2.csv", export(invoice(1)), at=1)
    world.put("invoices_3.csv", b"nonsense\n1\n", at=2)
    world.run("1")
    world.run("2")
    assert names(world) == ["invoices_3.csv"]


def test_a_file_that_has_become_another_is_not_removed_for_the_one_that_was_read(world: InboxWorld) -> None:
    world.settings_of = {"archive": "delete", "settle_seconds": 600}
    world.put("invoices_1.csv", export(invoice(1)))
    world.receive()
    world.sleep(600)
    world.run("1")
    world.put("invoices_1.csv", export(invoice(2)), at=1)
    world.run("2")
    assert names(world) == ["invoices_1.csv"]


def test_copies_expire_once_they_are_old_and_committed(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    (kept,) = world.files()
    world.run("2")
    assert copies(world) == ["invoices_1.csv"]
    grow_old(world)
    world.put("invoices_2.csv", export(invoice(2)), at=1)
    world.run("3")
    assert copies(world) == ["invoices_2.csv"]
    assert kept.staged
    world.run("4")
    assert sent(world) == [("0001", ""), ("0002", "")]


def test_what_a_lane_has_not_committed_never_expires(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.receive()
    grow_old(world)
    world.poll("1")
    assert copies(world) == ["invoices_1.csv"]


def test_the_newest_copy_with_a_record_in_an_open_exception_stays(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1, "older"), invoice(2, "wrong")))
    world.bad = {"wrong"}
    world.run("1")
    world.put("invoices_2.csv", export(invoice(2, "wrong")), at=1)
    world.put("invoices_3.csv", export(invoice(3)), at=2)
    world.run("2")
    assert kinds(world) == {"0002": "mapping"}
    grow_old(world)
    world.run("3")
    assert copies(world) == ["invoices_2.csv"]
    world.bad = set()
    world.run("4")
    assert sent(world)[-1] == ("0002", "wrong")
    world.run("5")
    assert copies(world) == []


def test_a_window_over_expired_files_reads_what_is_left(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    grow_old(world)
    world.put("invoices_2.csv", export(invoice(2)), at=1)
    world.run("2")
    assert [row["Invoice"] for page in world.reader().everything() for row in page.rows.to_pylist()] == ["INV-0002"]
