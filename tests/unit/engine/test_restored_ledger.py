"""A ledger that was restored or swapped is noticed before anything is sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.ledger.database import Ledger
from tests.support.engine_world import World, row


@pytest.fixture
def restored(tmp_path: Path) -> World:
    """Two runs, of which the restored ledger knows the first; another run had begun before."""
    world = World(tmp_path)
    world.source.put(row(1))
    world.run("1")
    backup = tmp_path / "backup.db"
    with world.ledger.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    _copy(tmp_path / "ledger.db", backup)
    world.source.put(row(2))
    world.run("2")
    _copy(backup, tmp_path / "ledger.db")
    world.ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    return world


def _copy(source: Path, target: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{target}{ending}").unlink(missing_ok=True)
    Ledger(f"sqlite:///{source}").engine.dispose()
    shutil.copy(source, target)


@pytest.mark.parametrize("step", ["poll", "deliver", "commit"])
@pytest.mark.parametrize("with_airflow", [True, False])
def test_every_task_stops(restored: World, step: str, with_airflow: bool) -> None:
    if with_airflow:
        restored.last_commit = None
    with pytest.raises(IntegrityError, match="restored"):
        getattr(restored, step)("2")
    with pytest.raises(IntegrityError, match="restored"):
        restored.poll("3")
    assert len(restored.site.arrived) == 2


def test_a_person_may_accept_it(restored: World) -> None:
    people.accept_ledger(restored.context("", "person"), "the newest copy that there is")
    restored.site.files.clear()
    restored.run("3")
    assert len(restored.site.arrived) == 3, "what it does not know is sent again, for which the person answers"
    restored.run("4")
    assert len(restored.site.arrived) == 3


def test_what_lies_at_the_partner_with_our_bytes_is_not_sent_again(restored: World) -> None:
    people.accept_ledger(restored.context("", "person"), "the newest copy that there is")
    restored.run("3")
    assert len(restored.site.arrived) == 2


def test_an_empty_database_in_its_place_stops_too(restored: World) -> None:
    restored.ledger = Ledger(f"sqlite:///{restored.home / 'other.db'}")
    with pytest.raises(IntegrityError, match="another ledger"):
        restored.poll("3")
    people.accept_ledger(restored.context("", "person"), "moved on purpose")
    restored.ledger = Ledger(f"sqlite:///{restored.home / 'other.db'}")
    restored.run("3")


def test_a_locked_ledger_is_a_transient_error(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", busy_timeout=0.1)
    world.source.put(row(1))
    with world.ledger.write(), pytest.raises(TransientError, match="ledger"):
        world.poll("1")


def test_a_ledger_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE mlconnector_version SET version_num = '9999'")
    with pytest.raises(IntegrityError, match="newer"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
