"""What the ledger keeps: numbers, leases, lanes, alerts, audit events, claims."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.engine.session_lease import SessionLease, TokenCipher
from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.ledger import alerts, audit, batches, claims, lanes, leases, numbers
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName, WatermarkMove
from airflow_provider_mlconnector.streams.fingerprint import key_hash
from tests.support.together import together

NAME = LaneName("flow", "stream", "target")
KEY = "5nFeXmZ0J1dXPTgBO8uLAdLSvmzA7xL4nYv9V1GJHLs="


@pytest.fixture
def lane(ledger: Ledger) -> Lane:
    with ledger.write() as connection:
        return lanes.lock(connection, NAME)


def batch(ledger: Ledger, lane: Lane, run: str = "1") -> int:
    with ledger.write() as connection:
        return batches.add(
            connection, lane_id=lane.id, run_id=run, dag_id="dag", folder="f", manifest_sha256="", low="", high="",
            generation=1, hash_version="", began_seq=0, claimed_seq=1, rows=0, counts={}, totals={},
        )  # fmt: skip


def allot(ledger: Ledger, number_of: int, slot: str) -> int:
    with ledger.write() as connection:
        return numbers.allot(connection, "files", number_of, slot)


def test_a_number_is_kept_by_its_batch(ledger: Ledger, lane: Lane) -> None:
    one, two = batch(ledger, lane), batch(ledger, lane)
    given = [allot(ledger, one, "a"), allot(ledger, one, "b"), allot(ledger, two, "a"), allot(ledger, one, "a")]
    assert given == [1, 2, 3, 1]


def test_numbers_have_no_gap_when_many_ask_at_once(ledger: Ledger, lane: Lane) -> None:
    asking = [batch(ledger, lane) for _ in range(8)]
    given = together(8, lambda one: [allot(ledger, asking[one], slot) for slot in "abc"])
    assert sorted(number for some in given for number in some) == list(range(1, 25))


def test_two_tries_that_ask_for_one_number_get_the_same(ledger: Ledger, lane: Lane) -> None:
    one = batch(ledger, lane)
    assert set(together(6, lambda _: allot(ledger, one, "a"))) == {1}


def test_a_number_that_was_rolled_back_is_given_again(ledger: Ledger, lane: Lane) -> None:
    one = batch(ledger, lane)
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:  # noqa: PT012
        numbers.allot(connection, "files", one, "a")
        raise ZeroDivisionError
    assert allot(ledger, one, "b") == 1


def test_a_lane_is_made_once_however_many_begin_it(ledger: Ledger) -> None:
    def begin(_: int) -> int:
        with ledger.write() as connection:
            return lanes.bump(connection, lanes.lock(connection, NAME).id)

    assert sorted(together(8, begin)) == list(range(1, 9))


def test_a_locked_lane_is_changed_by_one_at_a_time(ledger: Ledger, lane: Lane) -> None:
    def move(number: int) -> None:
        with ledger.write() as connection:
            locked = lanes.lock(connection, NAME)
            watermark = str(int(locked.watermark or "0") + 1)
            lanes.move_watermark(connection, locked, watermark, 1, WatermarkMove("test", None, str(number)))

    together(6, move)
    with ledger.read() as connection:
        assert lanes.by_id(connection, lane.id).watermark == "6"
        assert [row.watermark for row in lanes.history(connection, lane.id)] == ["6", "5", "4", "3", "2", "1"]


def test_lanes_are_told_apart_by_each_of_their_names(ledger: Ledger) -> None:
    names = [LaneName("a", "b", "c"), LaneName("a", "b", "c", "d"), LaneName("a", "b", "d"), LaneName("b", "b", "c")]
    with ledger.write() as connection:
        assert len({lanes.lock(connection, name).id for name in names}) == len(names)
        assert [lane.name for lane in lanes.every(connection, "a", "b")] == names[:3]


def session(ledger: Ledger, holder: str, **settings: object) -> SessionLease:
    return SessionLease(
        ledger, "server/operator", holder, timedelta(minutes=5), TokenCipher([KEY]), sleep=lambda _: None, **settings  # type: ignore[arg-type]
    )  # fmt: skip


def test_one_of_many_tasks_signs_on(ledger: Ledger) -> None:
    signed_on: list[int] = []

    def logon() -> str:
        signed_on.append(1)
        return "token"

    tokens = together(6, lambda _: session(ledger, "run", wait=30).acquire(logon))
    assert tokens == ["token"] * 6
    assert len(signed_on) == 1


def test_another_run_waits_and_is_told_who_holds_the_session(ledger: Ledger) -> None:
    first = session(ledger, "run 1")
    first.acquire(lambda: "token")
    with pytest.raises(TransientError, match="run 1"):
        session(ledger, "run 2", wait=0).acquire(lambda: "other")
    first.release(lambda _token: None)
    assert session(ledger, "run 2", wait=0).acquire(lambda: "other") == "other"


def test_a_lease_that_was_left_behind_is_taken_over_and_its_holder_can_do_no_harm(ledger: Ledger) -> None:
    orphan = session(ledger, "run 1")
    orphan.acquire(lambda: "token")
    with ledger.write() as connection:
        connection.execute(text("UPDATE lease SET expires_at = :now"), {"now": utc_now() - timedelta(seconds=1)})
    assert session(ledger, "run 2", wait=0).acquire(lambda: "mine") == "mine"
    ended: list[str] = []
    orphan.release(ended.append)
    assert ended == []
    with ledger.read() as connection:
        lease = leases.get(connection, "server/operator")
    assert lease is not None
    assert lease.holder == "run 2"


def test_a_token_does_not_lie_open_in_the_ledger(ledger: Ledger) -> None:
    session(ledger, "run").acquire(lambda: "very-secret")
    with ledger.read() as connection:
        lease = leases.get(connection, "server/operator")
    assert lease is not None
    assert lease.token
    assert b"very-secret" not in lease.token


def test_an_alert_is_told_once_until_its_cause_is_resolved(ledger: Ledger) -> None:
    with ledger.write() as connection:
        told = [alerts.raise_once(connection, cause, "look") for cause in ("a_1", "a_1", "aX1", "b")]
        assert told == [True, False, True, True]
        alerts.resolve_others(connection, "a_", [])
        assert [row.cause for row in alerts.opened(connection)] == ["aX1", "b"]
        assert alerts.raise_once(connection, "a_1", "look again")


def test_an_alert_that_two_raise_at_once_is_told_once(ledger: Ledger) -> None:
    def tell(_: int) -> bool:
        with ledger.write() as connection:
            return alerts.raise_once(connection, "cause", "look")

    assert sorted(together(6, tell)) == [False] * 5 + [True]


def test_audit_events_are_found_by_what_people_know(ledger: Ledger, lane: Lane) -> None:
    with ledger.write() as connection:
        for number in range(5):
            actor = Actor(f"run {number % 2}", "task", 1, "dag", "somebody" if number == 4 else "")
            event = Event(f"event {number}", "file.csv", rows=number, totals={"EUR": "1.50"}, batch_id=number)
            audit.record(connection, lane, actor, event)
        found = audit.search(connection, {"run_id": "run 0"}, None, None, 10)
        assert [row.event for row in found] == ["event 4", "event 2", "event 0"]
        assert found[0].totals == {"EUR": "1.50"}
        assert [row.event for row in audit.search(connection, {"batch_id": [1, 3]}, None, None, 10)] == [
            "event 3",
            "event 1",
        ]
        assert len(audit.search(connection, {"flow": "flow", "actor": "somebody"}, None, None, 10)) == 1
        assert len(audit.search(connection, {}, None, None, 2)) == 2
        ahead = utc_now() + timedelta(hours=1)
        assert audit.search(connection, {}, ahead, None, 10) == []
        assert len(audit.search(connection, {}, None, ahead, 10)) == 5


def test_a_record_is_found_by_its_key_in_every_batch(ledger: Ledger, lane: Lane) -> None:
    one, two, key = batch(ledger, lane), batch(ledger, lane), key_hash("0000001/INV-1")
    query = text(
        "INSERT INTO claim (lane_id, key_hash, batch_id, version_hash, key) VALUES (:lane, :key, :batch, :key, 'k')"
    )
    with ledger.write() as connection:
        for number in (one, two):
            connection.execute(query, {"lane": lane.id, "key": key, "batch": number})
        claims.set_mark(connection, two, [key], claims.SET_ASIDE)
        assert claims.search(connection, key) == [(lane.id, one, 0, None), (lane.id, two, 1, None)]
        assert claims.count(connection, two) == 1
        assert claims.count(connection, two, claims.AS_BATCH) == 0
        found = claims.of_keys(connection, lane.id, [key, key_hash("another")])
        assert [(row.batch.id, row.mark, row.batch.state) for row in sorted(found[key], key=lambda r: r.batch.id)] == [
            (one, 0, "staged"),
            (two, 1, "staged"),
        ]
