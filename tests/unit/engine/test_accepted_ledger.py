"""A ledger in another one's place: what a person has accepted for a lane holds for that lane, and for no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.context import LaneContext, Seen
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.staging.store import Staging

ONE, TWO, NEW = (LaneName("flow", stream, "target") for stream in ("one", "two", "new"))


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "staging")


@pytest.fixture
def old(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'old.db'}")


@pytest.fixture
def other(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'other.db'}")


def lane(ledger: Ledger, staging: Staging, name: LaneName, *seen: Seen) -> LaneContext:
    return LaneContext(ledger, staging, name, Actor(person="somebody"), seen)


def work(context: LaneContext, times: int = 1) -> Seen:
    """What a task does: looks, counts on, marks; returns what its XCom says."""
    from airflow_provider_mlconnector.ledger import lanes

    for _ in range(times):
        with context.ledger.write() as connection:
            seq = lanes.bump(connection, context.lock(connection).id)
        context.mark(seq)
    return Seen(context.ledger.id, seq)


def test_it_is_accepted_lane_by_lane(old: Ledger, other: Ledger, staging: Staging) -> None:
    work(lane(old, staging, ONE), 5)
    work(lane(old, staging, TWO), 3)
    for _ in range(5):
        work(lane(other, staging, NEW))
    with pytest.raises(IntegrityError, match="another ledger"):
        work(lane(other, staging, ONE))
    people.accept_ledger(lane(other, staging, ONE), "moved on purpose")
    work(lane(other, staging, ONE))
    work(lane(other, staging, NEW))
    with pytest.raises(IntegrityError, match="another ledger"):
        work(lane(other, staging, TWO))
    people.accept_ledger(lane(other, staging, TWO), "moved on purpose")
    for name in (ONE, TWO, NEW):
        work(lane(other, staging, name))


def test_the_xcoms_of_the_ledger_before_stay_readable(old: Ledger, other: Ledger, staging: Staging) -> None:
    seen = work(lane(old, staging, ONE), 5)
    # The commit that pushed it counts on without a marker.
    ahead = replace(seen, seq=seen.seq + 1)
    people.accept_ledger(lane(other, staging, ONE), "moved on purpose")
    work(lane(other, staging, ONE, ahead))


def test_the_ledger_before_is_refused_from_then_on(old: Ledger, other: Ledger, staging: Staging) -> None:
    work(lane(old, staging, ONE), 5)
    people.accept_ledger(lane(other, staging, ONE), "moved on purpose")
    work(lane(other, staging, ONE))
    with pytest.raises(IntegrityError, match="another ledger"):
        work(lane(old, staging, ONE))
    people.accept_ledger(lane(old, staging, ONE), "and back again")
    work(lane(old, staging, ONE))
    with pytest.raises(IntegrityError, match="restored"):
        work(lane(other, staging, ONE, work(lane(old, staging, ONE))))
